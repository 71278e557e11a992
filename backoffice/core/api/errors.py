"""Every error of the API is problem+json (RFC 9457): type, title, status, code, detail, and what it is about."""

import logging
import sys
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DatabaseError, DataError, IntegrityError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_handler
from rest_framework.views import set_rollback

from backoffice.core.db import is_scarce, is_transient
from backoffice.core.errors import DomainError, Unavailable

log = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_S = 5


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """A problem+json answer; `more` are further members, e.g. context or errors."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    return Response(body | more, status=status, content_type=CONTENT_TYPE)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """Turn any exception of a view into problem+json; an unforeseen one is logged and told without details."""
    response = _known(error, context)
    set_rollback()
    if response is None:
        log.error("unhandled error in the API", exc_info=error)
        response = problem(500, "server_error", _("Something went wrong on our side. It has been logged."))
    response["Cache-Control"] = "no-store"
    return response


def _known(error: Exception, context: Mapping[str, Any]) -> Response | None:
    if isinstance(error, DomainError):
        return _refusal(error)
    if isinstance(error, exceptions.ValidationError):
        return _invalid(list(flatten(error.get_full_details())))
    if isinstance(error, DjangoValidationError):
        return _invalid(list(flatten(exceptions.ValidationError(_messages(error)).get_full_details())))
    if isinstance(error, RequestDataTooBig):
        return problem(413, "body_too_large", _("The request's body is too large."))
    if isinstance(error, DatabaseError):
        return _from_database(error)
    return _from_rest(error, context)


def _refusal(error: DomainError) -> Response:
    if isinstance(error, Unavailable):
        return _unavailable(error.detail)
    if errors := error.context.get("errors"):
        return problem(error.status, error.code, error.detail, errors=errors)
    return problem(error.status, error.code, error.detail, context=error.context)


def _messages(error: DjangoValidationError) -> Any:
    return error.message_dict if hasattr(error, "error_dict") else error.messages


def _invalid(errors: list[dict[str, str]]) -> Response:
    return problem(400, "invalid_input", _("Some fields are wrong; nothing was saved."), errors=errors)


def flatten(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested error details as {field, message, code}; field is dotted, with the row: "lines.3.quantity"."""
    if isinstance(details, Mapping) and set(details) == {"message", "code"} and isinstance(details["code"], str):
        yield {"field": path, "message": str(details["message"]), "code": details["code"]}
    elif isinstance(details, Mapping):
        for key, value in details.items():
            own = "" if key == "non_field_errors" else str(key)
            yield from flatten(value, ".".join(part for part in (path, own) if part))
    else:
        rows = any(isinstance(item, Mapping) and set(item) != {"message", "code"} for item in details) or not all(
            details
        )
        for index, item in enumerate(details):
            yield from flatten(item, ".".join(part for part in (path, str(index)) if part) if rows else path)


def _from_database(error: DatabaseError) -> Response | None:
    if is_transient(error):
        response = problem(503, "try_again", _("The database was busy with the same rows. Please send it again."))
        response["Retry-After"] = "1"
        return response
    if is_scarce(error):
        log.error("the database is short of something or away: %s", error)  # of every request: one line each
        return _unavailable()
    if isinstance(error, DataError):  # a number beyond its column, a NUL in a text
        log.warning("no value for the database", exc_info=error)
        return problem(400, "invalid_input", _("A value is too large, or holds a character that cannot be kept."))
    if isinstance(error, IntegrityError):
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        log.warning("refused by the database", exc_info=error)
        return problem(
            409, "conflict", _("The database refused this; nothing was saved."), context={"constraint": name}
        )
    return None


def _unavailable(detail: str = "", code: str = Unavailable.code) -> Response:
    detail = detail or _("The database is not available just now; nothing was saved. Please try again soon.")
    response = problem(503, code, detail)
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _from_rest(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Not found, no permission, not signed in, wrong media type …: DRF's status and headers, our body."""
    plain = rest_handler(error, dict(context))
    if plain is None:
        return None
    detail = plain.data.get("detail", "") if isinstance(plain.data, Mapping) else ""
    if isinstance(error, Http404) and str(error).endswith("matches the given query."):  # Django's, in English only
        return problem(404, "not_found", _("There is no such row here, or you may not see it."))
    response = problem(plain.status_code, getattr(detail, "code", "error"), str(detail))
    for header in ("WWW-Authenticate", "Retry-After", "Allow"):
        if header in plain:
            response[header] = plain[header]
    return response


def not_found(request: Any, exception: Exception) -> Any:
    """The answer to an address that is none: problem+json below /api/, else Django's page."""
    from django.http import JsonResponse
    from django.views.defaults import page_not_found

    if not request.path.startswith("/api/"):
        return page_not_found(request, exception)
    body = problem(404, "not_found", _("There is nothing at this address.")).data
    return JsonResponse(body, status=404, content_type=CONTENT_TYPE)


def server_error(request: Any) -> Any:
    """The answer to what nobody foresaw; where the database or the files were away, 503: try again soon."""
    from django.http import JsonResponse
    from django.views.defaults import server_error as plain

    error = sys.exc_info()[1]
    if isinstance(error, Unavailable):
        return unavailable(request, error.detail)
    if isinstance(error, DatabaseError) and is_scarce(error):
        return unavailable(request)
    if not request.path.startswith("/api/"):
        return plain(request)
    body = problem(500, "server_error", _("Something went wrong on our side. It has been logged.")).data
    return JsonResponse(body, status=500, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def unavailable(request: Any, detail: str = "", code: str = Unavailable.code) -> Any:
    """503, to be tried again soon: problem+json below /api/, else a page that loads itself anew.

    Pages ask it while the session or the user is read, so it must not need the database itself.
    """
    from django.http import HttpResponse, JsonResponse
    from django.template.loader import render_to_string

    headers = {"Retry-After": str(RETRY_AFTER_S), "Cache-Control": "no-store"}
    if request.path.startswith("/api/"):
        body = _unavailable(detail, code).data
        return JsonResponse(body, status=503, content_type=CONTENT_TYPE, headers=headers)
    return HttpResponse(render_to_string("503.html", {"detail": detail}), status=503, headers=headers)
