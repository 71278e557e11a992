"""Back-orders and pre-orders: the list of open promises, and an order's own with their history."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.admin.base import FactAdmin, show_quantity
from backoffice.core.scopes import visible
from orders.admin.buttons import order_url
from orders.models import LinePromise, Order, PromiseChange
from orders.selectors.promises import STATES, TROUBLE, open_promises

COLOURS = {"late": "danger", "at_risk": "warning", "no_date": "warning", "pre_order": "info", "kept": "success"}


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A line's promise as the order page shows it. parts: (day, quantity) of what it waits for."""

    promise: LinePromise
    state: str
    state_text: str
    colour: str
    parts: list[tuple[str, str]]


def promises_of(order: Order) -> dict[str, Any]:
    """The template's context: promises of the order's lines, and how they changed. Statements: 2."""
    lines = {"order_line__order": order}
    rows = open_promises(timezone.localdate()).filter(**lines).select_related("order_line__sku")
    changes = PromiseChange.objects.filter(**lines).select_related("order_line__sku").order_by("-id")
    return {
        "promises": [_row(promise) for promise in rows.order_by("order_line__position")],
        "promise_changes": list(changes[:50]),
    }


def _row(promise: LinePromise) -> PromiseRow:
    state: str = promise.state  # type: ignore[attr-defined]
    parts = [(date_format(day, "SHORT_DATE_FORMAT"), q) for text, q in promise.parts if (day := parse_date(text))]
    return PromiseRow(promise, state, str(STATES[state]), COLOURS[state], parts)


def _day(day: datetime.date | None) -> str:
    return "–" if day is None else date_format(day, "SHORT_DATE_FORMAT")


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("trouble", _("Late or at risk")), *STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LinePromise]) -> QuerySet[LinePromise]:
        if self.value() == "trouble":
            return queryset.filter(state__in=TROUBLE)
        return queryset.filter(state=self.value()) if self.value() in STATES else queryset


@admin.register(LinePromise)
class LinePromiseAdmin(FactAdmin):
    """What customers wait for, the oldest promise first; each leads to its order."""

    list_display = ["show_order", "show_sku", "show_waiting", "show_promised", "show_expected", "show_state"]
    list_display_links = ["show_order"]
    list_select_related = ["order_line__order__channel", "order_line__sku"]
    list_filter = [StateFilter, ("order_line__order__channel", RelatedDropdownFilter)]
    search_fields = ["=order_line__sku__code", "=order_line__order__external_id"]
    search_help_text = _("SKU or the order's external id")
    ordering = ["promised_date", "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LinePromise]:
        rows: QuerySet[LinePromise] = visible(open_promises(timezone.localdate()), request.user)
        return rows

    @display(description=_("Order"))
    def show_order(self, promise: LinePromise) -> str:
        return f"{promise.order_line.order.number} · {promise.order_line.position}"

    @display(description=_("SKU"))
    def show_sku(self, promise: LinePromise) -> str:
        return promise.order_line.sku.code if promise.order_line.sku else promise.order_line.channel_sku

    @display(description=_("Waiting"))
    def show_waiting(self, promise: LinePromise) -> str:
        return show_quantity(promise.waiting)

    @display(description=_("Promised for"), ordering="promised_date")
    def show_promised(self, promise: LinePromise) -> str:
        return _day(promise.promised_date)

    @display(description=_("Expected"), ordering="expected_date")
    def show_expected(self, promise: LinePromise) -> str:
        return _day(promise.expected_date)

    @display(description=_("State"), label=COLOURS)
    def show_state(self, promise: LinePromise) -> tuple[str, str]:
        state: str = promise.state  # type: ignore[attr-defined]
        return state, str(STATES[state])

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        promise = self.get_object(request, object_id)
        if promise is None or not self.has_view_permission(request, promise):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(order_url(promise.order_line.order_id))
