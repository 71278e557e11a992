"""Two editors over HTTP: what was read is named by its content, and changed only if it still is what was read."""

import hashlib
import json
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter

from backoffice.core.errors import DomainError
from backoffice.core.models import AuditEvent

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag that was read. Changed meanwhile: 412 with who changed what, and nothing is done.",
)
TOLD = 10


class ChangedMeanwhile(DomainError):
    """Somebody changed the row since it was read; nothing was written. context["changes"]: the newest of its trail."""

    code = "changed_meanwhile"
    status = 412


def etag_of(data: Any) -> str:
    """The ETag of an answer: the same content has the same one."""
    text = json.dumps(data, sort_keys=True, default=str, separators=(",", ":"))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def expect_etag(request: Any, data: Any, *, object_type: str, object_id: int) -> None:
    """Go on only if the locked row still is as the caller read it; without If-Match, or with *, in any case.

    Raises ChangedMeanwhile. Statements: 0, or 1 for the refusal.
    """
    sent = request.headers.get("If-Match", "").strip()
    if sent in ("", "*") or etag_of(data) in [tag.strip().removeprefix("W/") for tag in sent.split(",")]:
        return
    events = AuditEvent.objects.filter(object_type=object_type, object_id=object_id).order_by("-id")[:TOLD]
    changes = [
        {
            "who": event.actor_label,
            "when": event.recorded_at.isoformat(),
            "action": event.action,
            "field": event.field,
            "old": event.old_value,
            "new": event.new_value,
        }
        for event in events
    ]
    raise ChangedMeanwhile(_("It was changed meanwhile: read it again, then decide."), changes=changes)


class ContentTags:
    """For view sets: every answer that is one row carries the ETag of its content."""

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        data = getattr(response, "data", None)
        if response.status_code < 300 and isinstance(data, dict) and "id" in data:
            response["ETag"] = etag_of(data)
        return response
