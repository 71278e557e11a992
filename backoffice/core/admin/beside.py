"""From a page to the next and previous row of the list that it was opened from, without reading the list."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import FieldError, ValidationError
from django.db.models import F, OrderBy, Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from backoffice.core.admin.lists import SAVED, view_of
from backoffice.core.models import SavedView

FILTERS = "_changelist_filters"


@dataclass(frozen=True, slots=True)
class Beside:
    """Addresses; empty where the list ends."""

    title: str
    list_url: str
    previous: str
    next: str


def beside(model_admin: Any, request: HttpRequest, row: Any) -> Beside | None:
    """The neighbours of `row` in its list, by the list's own order; None for an address that makes no list.

    The row itself need not be in the list any more. Statements: 2, and those of the list's filters.
    """
    given = request.GET.get(FILTERS, "")[:2000]
    asked = HttpRequest()
    asked.method, asked.user, asked.GET = "GET", request.user, QueryDict(given)
    asked.path = request.path
    try:
        rows = model_admin.get_changelist_instance(asked).queryset
        order = _order(rows)
        at = {name: _value(row, name) for name, _down in order}
        following = rows.filter(_after(order, at)).first()
        before = rows.filter(_after([(name, not down) for name, down in order], at)).reverse().first()
    except (IncorrectLookupParameters, FieldError, ValidationError, ValueError):
        return None
    options = model_admin.opts
    address = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    return Beside(
        title=_title(model_admin, asked),
        list_url=f"{address}?{given}" if given else address,
        previous=_page(options, before, given),
        next=_page(options, following, given),
    )


def _title(model_admin: Any, asked: HttpRequest) -> str:
    """The view's name, for a person to see where the keys lead."""
    saved = asked.GET.get(SAVED, "")
    if saved.isdecimal() and (kept := SavedView.objects.filter(pk=int(saved[:18])).first()):
        return kept.name
    view = view_of(model_admin, asked)
    return str(view.title if view else model_admin.opts.verbose_name_plural).capitalize()


def _page(options: Any, row: Any, given: str) -> str:
    if row is None:
        return ""
    address = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[row.pk])
    return f"{address}?{urlencode({FILTERS: given})}" if given else address


def _order(rows: QuerySet[Any]) -> list[tuple[str, bool]]:
    """(field, whether it falls) of the list's order."""
    found = []
    for part in rows.query.order_by:
        if isinstance(part, OrderBy):
            if not isinstance(part.expression, F):
                raise FieldError("ordered by an expression")
            found.append((str(part.expression.name), part.descending))  # type: ignore[attr-defined]
        else:
            found.append((str(part).lstrip("-"), str(part).startswith("-")))
    return [("pk" if name == "id" else name, down) for name, down in found]


def _value(row: Any, name: str) -> Any:
    for part in name.split("__"):
        row = getattr(row, part)
    return row


def _after(order: list[tuple[str, bool]], at: dict[str, Any]) -> Q:
    """Rows behind the one at hand. PostgreSQL puts empty values last where it rises, first where it falls."""
    condition, same = Q(), Q()
    for name, down in order:
        value = at[name]
        if value is None:
            behind = Q(**{f"{name}__isnull": False}) if down else None
            equal = Q(**{f"{name}__isnull": True})
        else:
            behind = Q(**{f"{name}__lt" if down else f"{name}__gt": value})
            if not down:
                behind |= Q(**{f"{name}__isnull": True})
            equal = Q(**{name: value})
        if behind is not None:
            condition |= same & behind
        same &= equal
    return condition
