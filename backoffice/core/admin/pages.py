"""Whole pages of our own inside the admin: a model's story page and the buttons on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from backoffice.core.models import AuditEvent
from backoffice.core.registry import Panel, Row, registry


def render_page(
    request: HttpRequest, site: AdminSite, template: str, *, title: str, **context: Any
) -> TemplateResponse:
    """A page in the admin's frame; `template` extends admin/base_site.html."""
    return TemplateResponse(request, template, {**site.each_context(request), "title": title, **context})


def run_action(request: HttpRequest, action: Callable[[Actor], str], *, back: str, permission: str) -> HttpResponse:
    """Run one service call for a POSTed button and go back with what it says, or with its refusal."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm(permission):
        raise PermissionDenied
    try:
        messages.success(request, action(Actor.of(request.user)))
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    return HttpResponseRedirect(back)


@dataclass(frozen=True, slots=True)
class FilledPanel:
    """A registered panel with the rows of one object, as lists of cells."""

    panel: Panel
    rows: list[tuple[str, list[Any]]]  # (url or "", cells)


def filled_panels(slot: str, object_id: int) -> list[FilledPanel]:
    """What the storeys above show on this page; panels without rows are left out."""
    filled = []
    for panel in registry.panels(slot):
        rows: list[Row] = list(panel.rows(object_id))
        if rows:
            filled.append(
                FilledPanel(
                    panel, [(row.get("url", ""), [row.get(key, "") for key, _ in panel.columns]) for row in rows]
                )
            )
    return filled


def events_of(object_type: str, object_id: int, *, limit: int = 100) -> list[AuditEvent]:
    """The object's audit trail, newest first."""
    return list(
        AuditEvent.objects.filter(object_type=object_type, object_id=object_id)
        .select_related("actor")
        .order_by("-id")[:limit]
    )
