"""Products' pictures as channels fetch them: no login, but nobody can name one without having it."""

import re

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse

from backoffice.core.pictures import picture_format
from inventory.models import ProductImage
from inventory.services.pictures import MAX_BYTES

_NAME = re.compile(r"[0-9a-f]{64}")


def public_picture(request: HttpRequest, digest: str, kind: str) -> HttpResponse:
    """The picture whose content has this SHA-256, as what it is; nothing else that was uploaded is served, nor one that no
    product has: taken off, or never committed."""
    if request.method not in ("GET", "HEAD") or not _NAME.fullmatch(digest) or kind not in ("png", "jpeg", "jpg"):
        raise Http404
    if not ProductImage.objects.filter(sha256=digest).exists():
        raise Http404
    try:
        with default_storage.open(f"products/{digest[:2]}/{digest}.{kind}") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError:
        raise Http404 from None
    if not (found := picture_format(content)):
        raise Http404
    response = HttpResponse(content, content_type="image/png" if found == "png" else "image/jpeg")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response
