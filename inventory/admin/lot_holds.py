"""Blocked lots: the list, and what the page of a lot says and does about its block."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import FactAdmin
from backoffice.core.admin.pages import posted_reason, run_action
from backoffice.core.show import show_number
from inventory import services
from inventory.models import HoldCause, Lot, LotHold

ADD, ASK, LIFT = "inventory.add_lothold", "inventory.change_lothold", "inventory.lift_lothold"
STATES = {"blocked": _("Blocked"), "asked": _("To be lifted"), "lifted": _("Lifted")}
TONES = {"blocked": "danger", "asked": "warning", "lifted": "success"}
STEPS = {"ask": (ASK, services.ask_to_lift), "keep": (LIFT, services.keep_hold), "lift": (LIFT, services.lift_hold)}


class HoldStateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(STATES.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        state = self.value()
        if state == "lifted":
            return queryset.filter(lifted_at__isnull=False)
        if state in STATES:
            return queryset.filter(lifted_at__isnull=True, asked_by__isnull=state == "blocked")
        return queryset


@admin.register(LotHold)
class LotHoldAdmin(FactAdmin):
    list_display = [
        "show_lot",
        "show_sku",
        "show_state",
        "cause",
        "reason",
        "made_by_label",
        "recorded_at",
        "lifted_at",
    ]
    list_select_related = ["lot__sku"]
    list_filter = [HoldStateFilter, ("cause", ChoicesDropdownFilter)]
    list_filter_submit = True
    search_fields = ["=lot__code", "=lot__sku__code"]
    search_help_text = _("Lot or SKU")
    ordering = ["-id"]

    @display(description=_("Lot"))
    def show_lot(self, hold: LotHold) -> str:
        return hold.lot.code

    @display(description=_("SKU"))
    def show_sku(self, hold: LotHold) -> str:
        return hold.lot.sku.code

    @display(description=_("State"), label=TONES)
    def show_state(self, hold: LotHold) -> tuple[str, Any]:
        return hold.state, STATES[hold.state]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("lot/<int:lot_id>/hold/", view(hold_view), name="inventory_lothold_hold"),
            path("<int:pk>/<str:step>/step/", view(step_view), name="inventory_lothold_step"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        hold = self.get_object(request, object_id)
        if hold is None or not self.has_view_permission(request, hold):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(_lot_url(hold.lot_id))


def hold_view(request: HttpRequest, lot_id: int) -> HttpResponseBase:
    """POST cause, reason: block the lot."""
    lot = get_object_or_404(Lot, pk=lot_id)

    def act(actor: Actor) -> str:
        held = services.hold_lot(
            lot.pk,
            company_id=lot.company_id,
            cause=request.POST.get("cause", ""),
            reason=posted_reason(request),
            effective_at=timezone.now(),
            actor=actor,
        )
        said = gettext("Lot %(lot)s is blocked; %(quantity)s went to quarantine.")
        said %= {"lot": lot.code, "quantity": show_number(held.aside.moved)}
        if held.aside.promised:
            said += " " + gettext("%(quantity)s stay where they are: they are claimed, and may not be picked.") % {
                "quantity": show_number(held.aside.promised)
            }
        return said

    return run_action(request, act, back=_lot_url(lot_id), permission=ADD)


def step_view(request: HttpRequest, pk: int, step: str) -> HttpResponseBase:
    """POST reason: ask to lift the block, keep it, or lift it."""
    hold = get_object_or_404(LotHold, pk=pk)
    permission, service = STEPS.get(step, STEPS["ask"])
    words = {
        "ask": gettext("Asked for; another person lifts the block."),
        "keep": gettext("The lot stays blocked."),
        "lift": gettext("The block is lifted; put the goods back on sale where they lie."),
    }

    def act(actor: Actor) -> str:
        service(pk, company_id=hold.company_id, reason=posted_reason(request), actor=actor)
        return words.get(step, words["ask"])

    return run_action(request, act, back=_lot_url(hold.lot_id), permission=permission)


def hold_context(request: HttpRequest, lot: Lot) -> dict[str, Any]:
    """What the page of a lot says of its blocks, the newest first."""
    holds = list(LotHold.objects.filter(lot=lot).order_by("-pk")[:20])
    may = request.user.has_perm
    return {
        "hold": next((hold for hold in holds if hold.lifted_at is None), None),
        "past_holds": [hold for hold in holds if hold.lifted_at is not None],
        "causes": HoldCause.choices,
        "may_hold": may(ADD),
        "may_ask": may(ASK),
        "may_lift": may(LIFT),
    }


def _lot_url(lot_id: int) -> str:
    return reverse("admin:inventory_lot_change", args=[lot_id])
