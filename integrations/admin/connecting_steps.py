"""The steps of connecting a shop: which there are, which are done, and the frame of their pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin.pages import render_page, require
from integrations.connectors.registry import kind_of
from integrations.models import Connection, ConnectionStatus
from integrations.services import connecting

CHANGE = "integrations.change_connection"
STEPS: Sequence[tuple[str, Promise]] = (
    ("choose", _("Choose")), ("login", _("Log in")), ("skus", _("Match SKUs")), ("start", _("First day")),
    ("preview", _("Look")), ("live", _("Go live")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """state: done, part (this page) or none."""

    name: Promise
    state: str
    url: str
    said: str = ""


def step_url(pk: int, step: str) -> str:
    return reverse(f"admin:integrations_setup_{step}", args=[pk])


def next_step(connection: Connection) -> str:
    """The first that is not done."""
    left = [step.name for step in connecting.open_steps(connection)]
    if "login" in left:
        return "login"
    if kind_of(connection.connector).capabilities.catalogue and "catalogue" not in connection.setup:
        return "skus"
    return left[0] if left else "live"


def steps_of(connection: Connection | None, present: str) -> list[Step]:
    left = {step.name for step in connecting.open_steps(connection)} if connection else set()
    setup = connection.setup if connection else {}
    done = {
        "choose": connection is not None,
        "login": "login" not in left,
        "skus": bool(setup.get("catalogue")) or bool(connection and connection.listings.exists()),
        "start": bool(setup.get("first_day")),
        "preview": "preview" in setup,
        "live": False,
    }
    return [
        Step(
            name,
            "part" if step == present else "done" if connection and done[step] else "none",
            step_url(connection.pk, step) if connection and step != "choose" else reverse("admin:integrations_connection_add"),
        )
        for step, name in STEPS
    ]  # fmt: skip


def draft_of(request: HttpRequest, pk: int) -> Connection:
    require(request, CHANGE)
    return get_object_or_404(Connection.objects.select_related("channel"), pk=pk)


def setup_page(request: HttpRequest, connection: Connection, step: str, **context: Any) -> HttpResponse:
    if connection.status != ConnectionStatus.DRAFT:
        return HttpResponseRedirect(reverse("admin:integrations_connection_change", args=[connection.pk]))
    kind = kind_of(connection.connector)
    context = {"title": connection.channel.name, "connection": connection, "kind": kind} | context
    return render_page(
        request, admin.site, f"integrations/setup_{step}.html", steps=steps_of(connection, step), opts=connection._meta, **context
    )  # fmt: skip
