"""The sync page: every channel account at a glance, with what to do and buttons to try again."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_reason, render_page, require, run_action
from backoffice.core.errors import InvalidInput
from backoffice.core.scopes import visible
from integrations import services
from integrations.models import Alarm, Connection, QuarantinedRow, TrackingPush
from integrations.selectors.sync_activity import activity
from integrations.selectors.sync_overview import accounts

AT_MOST = 500


def sync_page(request: HttpRequest) -> HttpResponse:
    require(request, "integrations.view_syncrun")
    found = accounts(visible(Connection.objects.all(), request.user))
    return render_page(
        request,
        admin.site,
        "integrations/sync.html",
        title=gettext("Sync"),
        accounts=found,
        alarms=visible(Alarm.objects.filter(cleared_at__isnull=True), request.user).order_by("-pk")[:20],
        chart=_chart([account.connection.pk for account in found], "day", "j M"),
        hours=_chart([account.connection.pk for account in found], "hour", "H:i"),
    )


def _chart(connection_ids: list[int], by: str, label: str) -> str:
    """For the theme's bars; empty where nothing came and nothing went."""
    rows = activity(connection_ids, by=by)
    if not any(row.orders or row.pushes for row in rows):
        return ""
    sets: list[dict[str, Any]] = [
        {"label": gettext("Orders"), "data": [row.orders for row in rows], "backgroundColor": "#0e7490"},
        {"label": gettext("Pushed"), "data": [row.pushes for row in rows], "backgroundColor": "#f59e0b"},
    ]  # fmt: skip
    return json.dumps({"labels": [date_format(row.begins, label) for row in rows], "datasets": sets})


def retry_tracking(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell the channel of the shipments that were given up, from the first try on."""

    def act(actor: Actor) -> str:
        get_object_or_404(Connection, pk=pk)
        rows = TrackingPush.objects.filter(connection_id=pk, status="dead").order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:AT_MOST])
        if not ids:
            raise InvalidInput(gettext("There is nothing to try again."))
        count = services.retry_pushes(push_ids=ids, actor=actor, reason=posted_reason(request))
        return gettext("%(count)s are tried again.") % {"count": count}

    return run_action(request, act, back=reverse("sync"), permission="integrations.change_trackingpush")


def retry_imports(request: HttpRequest, pk: int) -> HttpResponse:
    """Import again what was kept aside."""

    def act(actor: Actor) -> str:
        connection = get_object_or_404(Connection, pk=pk)
        rows = QuarantinedRow.objects.filter(channel_id=connection.channel_id, status="open").order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:AT_MOST])
        if not ids:
            raise InvalidInput(gettext("There is nothing to try again."))
        done = services.replay_quarantined(row_ids=ids, actor=actor, reason=posted_reason(request))
        return gettext("Imported now: %(resolved)s; still open: %(open)s") % {
            "resolved": done.resolved, "open": done.still_open,
        }  # fmt: skip

    return run_action(request, act, back=reverse("sync"), permission="integrations.change_quarantinedrow", atomic=False)
