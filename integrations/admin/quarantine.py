"""What could not be imported, and trying it again after mapping."""

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, in_words, show_time
from backoffice.core.admin.pages import events_of, posted_reason, render_page, run_action
from backoffice.core.errors import DomainError, InvalidInput
from integrations import services
from integrations.models import QuarantinedRow

PERMISSION = "integrations.change_quarantinedrow"


@admin.register(QuarantinedRow)
class QuarantinedRowAdmin(FactAdmin):
    list_display = [
        "show_source",
        "row_number",
        "external_id",
        "show_code",
        "reason",
        "value",
        "show_status",
        "show_created",
    ]
    list_filter = ["status", ("channel", RelatedDropdownFilter)]
    search_fields = ["=external_id"]
    ordering = ["-id"]
    actions = ["try_again"]

    @display(description=_("Source"))
    def show_source(self, row: QuarantinedRow) -> str:
        return row.source or str(row.pk)

    @display(description=_("What is wrong"))
    def show_code(self, row: QuarantinedRow) -> str:
        return in_words(row.code)

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, row: QuarantinedRow) -> tuple[str, str]:
        return row.status, in_words(row.status)

    @display(description=_("Since"))
    def show_created(self, row: QuarantinedRow) -> str:
        return show_time(row.created_at)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    @admin.action(description=_("Try again"), permissions=["replay"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[QuarantinedRow]) -> None:
        ids = list(queryset.values_list("pk", flat=True)[:500])
        try:
            messages.success(request, _replay(ids, Actor.of_request(request)))
        except DomainError as refusal:
            messages.error(request, refusal.detail)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/replay/", view(self.replay_view), name="integrations_quarantinedrow_replay"),
            path("<int:pk>/drop/", view(self.drop_view), name="integrations_quarantinedrow_drop"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "integrations/quarantined.html",
            title=gettext("Not imported: %(row)s") % {"row": row},
            opts=self.opts,
            row=row,
            raw=row.raw.items() if isinstance(row.raw, dict) else [("", json.dumps(row.raw))],
            events=events_of("integrations.quarantinedrow", row.pk),
        )

    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return run_action(
            request, lambda actor: _replay([pk], actor), back=_url(pk), permission=PERMISSION, atomic=False
        )

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            get_object_or_404(QuarantinedRow, pk=pk)
            if not services.drop(row_ids=[pk], actor=actor, reason=posted_reason(request)):
                raise InvalidInput(gettext("It is not open any more."))
            return gettext("Given up for good.")

        return run_action(request, act, back=_url(pk), permission=PERMISSION)


def _replay(ids: list[int], actor: Actor) -> str:
    done = services.replay_quarantined(row_ids=ids, actor=actor)
    if not done.resolved:
        raise InvalidInput(
            gettext("Tried again: the reason still holds. Map the code first; rows of files need their file again.")
        )
    return gettext("Imported now: %(resolved)s; still open: %(open)s") % {
        "resolved": done.resolved,
        "open": done.still_open,
    }


def _url(pk: int) -> str:
    return reverse("admin:integrations_quarantinedrow_change", args=[pk])
