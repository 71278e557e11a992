"""What was given up of open items, and what waits for a second person."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounting.models import WriteOff
from accounting.services import settlements
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_money
from backoffice.core.admin.pages import events_of, posted_reason, render_page, run_action


@admin.register(WriteOff)
class WriteOffAdmin(FactAdmin):
    list_display = ["show_number", "date", "party", "kind", "show_amount", "show_status", "reason"]
    list_select_related = ["party__person"]
    list_filter = [("status", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter)]
    list_filter_submit = True
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, made: WriteOff) -> str:
        return made.number

    @display(description=_("Amount"))
    def show_amount(self, made: WriteOff) -> str:
        return show_money(made.amount, made.currency)

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, made: WriteOff) -> tuple[str, str]:
        return made.status, made.get_status_display()  # type: ignore[attr-defined]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/approve/", view(self.approve_view), name="accounting_writeoff_approve"),
            path("<int:pk>/refuse/", view(self.refuse_view), name="accounting_writeoff_refuse"),
            *super().get_urls(),
        ]

    def approve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(made: WriteOff, actor: Actor) -> str:
            settlements.approve_write_off(pk, company_id=made.company_id, actor=actor)
            return gettext("%(number)s is posted.") % {"number": made.number}

        return self._decide(request, pk, act)

    def refuse_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(made: WriteOff, actor: Actor) -> str:
            settlements.refuse_write_off(pk, company_id=made.company_id, actor=actor, reason=posted_reason(request))
            return gettext("%(number)s is refused.") % {"number": made.number}

        return self._decide(request, pk, act)

    def _decide(self, request: HttpRequest, pk: int, act: Callable[[WriteOff, Actor], str]) -> HttpResponse:
        made = get_object_or_404(WriteOff, pk=pk)
        back = reverse("admin:accounting_writeoff_change", args=[pk])
        return run_action(request, lambda actor: act(made, actor), back=back, permission="accounting.approve_writeoff")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        made = self.get_object(request, object_id)
        if made is None or not self.has_view_permission(request, made):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request, self.admin_site, "accounting/write_off.html", title=made.number, opts=self.opts, made=made,
            items=made.items.select_related("open_item").order_by("pk"),
            may=made.status == "waiting" and request.user.has_perm("accounting.approve_writeoff"),
            events=events_of("accounting.writeoff", made.pk),
        )  # fmt: skip
