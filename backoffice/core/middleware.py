"""Gives every request an id: in the log, in the audit trail, in the answer."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from backoffice.core import logs

HEADER = "X-Request-ID"
_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestIdMiddleware:
    """request.request_id is the caller's X-Request-ID if it is plain, else a new one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        request.request_id = given if _PLAIN.fullmatch(given) else uuid.uuid4().hex  # type: ignore[attr-defined]
        logs.clear()
        logs.bind(request_id=request.request_id)  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers[HEADER] = request.request_id  # type: ignore[attr-defined]
        return response
