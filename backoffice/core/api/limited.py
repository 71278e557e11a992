"""What a caller with limits may ask of the API; the other half of backoffice/core/scope_gate.

Lists and rows are narrowed by own_rows. A reading that is neither is refused unless a LimitedPage names it, and what a
body names, by code or by id, has to be the caller's to work with.
"""

from typing import Any

from django.core.exceptions import PermissionDenied

from backoffice.core.registry import registry
from backoffice.core.scope_gate import WHOLE, check_named, check_rows, named_in
from backoffice.core.scopes import limits_of


def check_limits(request: Any, view: Any) -> None:
    """Raises Http404 for what is another's, PermissionDenied for what is the whole company's. Statements: 0 unlimited.

    A view says what names of its own mean in a body: body_rows = {"tasks": "warehouse.floortask"}.
    """
    limits = limits_of(request.user)
    if not limits:
        return
    sent = [*request.query_params.items(), *(named_in(request.data) if request.method not in ("GET", "HEAD") else ())]
    check_named(limits, sent)
    check_rows(limits, sent, {**registry.body_rows(), **getattr(view, "body_rows", {})})
    if request.method in ("GET", "HEAD") and not _is_rows(view):
        page = registry.limited_pages().get(request.resolver_match.route.replace("^", "").replace("$", ""))
        if page is None or not page.why and set(limits) - {*page.asks, *page.free_of}:
            raise PermissionDenied(WHOLE)
        if any(kind in page.asks and not request.query_params.get(kind) for kind in limits):
            raise PermissionDenied(WHOLE)


def _is_rows(view: Any) -> bool:
    """A list or a row of the view's own queryset, which is made by own_rows."""
    own = (kind for kind in type(view).__mro__ if not kind.__module__.startswith("rest_framework"))
    has_rows = getattr(view, "queryset", None) is not None or any("get_queryset" in vars(kind) for kind in own)
    return has_rows and (getattr(view, "detail", None) is not False or getattr(view, "action", "") == "list")
