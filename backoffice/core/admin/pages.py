"""Whole pages of our own inside the admin: a model's story page and the buttons on it."""

import datetime
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.models import AuditEvent
from backoffice.core.registry import Panel, Row, registry
from backoffice.core.show import in_words


def render_page(
    request: HttpRequest, site: AdminSite, template: str, *, title: str, **context: Any
) -> TemplateResponse:
    """A page in the admin's frame; `template` extends admin/base_site.html."""
    return TemplateResponse(request, template, {**site.each_context(request), "title": title, **context})


def run_action(
    request: HttpRequest, action: Callable[[Actor], str], *, back: str, permission: str, atomic: bool = True
) -> HttpResponse:
    """Run what a POSTed button asks for and go back with what it says, or with its refusal.

    All of it is one transaction, so a refusal leaves nothing; atomic=False for what calls other hosts.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    require(request, permission)
    try:
        with transaction.atomic() if atomic else nullcontext():
            said = action(Actor.of_request(request))
        messages.success(request, said)
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    return HttpResponseRedirect(back)


def require(request: HttpRequest, permission: str) -> None:
    """Raises PermissionDenied (the page is a 403) without the permission."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def posted_quantity(request: HttpRequest, field: str, name: str, default: Decimal | None = None) -> Decimal:
    """A quantity from a form field, 0 or more; the default where it is empty. name: what the refusal calls it."""
    text = request.POST.get(field, "").strip().replace(",", ".")
    if not text and default is not None:
        return default
    try:
        quantity = Decimal(text)
        sane = quantity.is_finite() and 0 <= quantity < 10**12 and quantity == round(quantity, 6)
    except InvalidOperation:
        sane = False
    if not sane:
        raise InvalidInput(
            gettext("%(name)s: “%(value)s” is not a quantity. Give a number, 0 or more.")
            % {"name": name, "value": text[:40]},
            errors=[{"field": field, "message": "not a quantity"}],
        )
    return quantity


def posted_date(request: HttpRequest, field: str) -> datetime.date | None:
    """A day from a form field, None where it is empty. Raises InvalidInput."""
    text = request.POST.get(field, "").strip()
    day = _day(text)
    if text and day is None:
        message = gettext("“%(value)s” is not a date.") % {"value": text[:40]}
        raise InvalidInput(message, errors=[{"field": field, "message": message}])
    return day


def asked_date(request: HttpRequest, name: str) -> datetime.date | None:
    """A day that the address of a report names; what is none is passed over."""
    return _day(request.GET.get(name, "").strip())


def _day(text: str) -> datetime.date | None:
    try:
        return parse_date(text)
    except ValueError:  # well formed, such as 30 February
        return None


def posted_reason(request: HttpRequest, *, limit: int = 300) -> str:
    """Why somebody does it; refused if empty."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise InvalidInput(gettext("Say why: the reason is kept with the change."), errors=[{"field": "reason"}])
    return reason[:limit]


@dataclass(frozen=True, slots=True)
class FilledPanel:
    """A registered panel with the rows of one object."""

    panel: Panel
    rows: list[tuple[str, list[tuple[Any, Any]]]]  # (url or "", (heading, cell) of each column)


def filled_panels(slot: str, object_id: int) -> list[FilledPanel]:
    """What the storeys above show on this page; panels without rows are left out."""
    filled = []
    for panel in registry.panels(slot):
        rows: list[Row] = list(panel.rows(object_id))
        if rows:
            filled.append(
                FilledPanel(
                    panel,
                    [
                        (
                            row.get("url", ""),
                            [(heading, _cell(key, row.get(key, ""))) for key, heading in panel.columns],
                        )
                        for row in rows
                    ],
                )
            )
    return filled


def _cell(key: str, value: Any) -> Any:
    return in_words(value) if key == "status" and isinstance(value, str) else value


def events_of(object_type: str, object_id: int, *, limit: int = 100) -> list[AuditEvent]:
    """The object's audit trail, newest first."""
    return list(
        AuditEvent.objects.filter(object_type=object_type, object_id=object_id)
        .select_related("actor")
        .order_by("-id")[:limit]
    )
