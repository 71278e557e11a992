"""A stored paper as an answer that a browser shows and runs nothing of."""

from typing import Any

from django.http import Http404, HttpResponseBase, StreamingHttpResponse

from accounting.attachments import ENDINGS


def served(paper: Any) -> HttpResponseBase:
    """The file as what it was found to be when it came; the browser shows it and runs nothing of it."""
    try:
        file = paper.file.open("rb")
    except OSError:
        raise Http404 from None
    text = paper.content_type == "text/plain"
    response = StreamingHttpResponse(
        file.chunks(), content_type=paper.content_type + ("; charset=utf-8" if text else "")
    )
    kind = "attachment" if text else "inline"
    response["Content-Disposition"] = f'{kind}; filename="paper-{paper.pk}.{ENDINGS[paper.content_type]}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
