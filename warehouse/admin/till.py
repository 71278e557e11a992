"""Tills, their shifts and receipts, and orders that are fetched in a shop."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, HouseAdmin, show_money, show_time
from warehouse.models import Pickup, Till, TillReceipt, TillShift
from warehouse.services import create_till


class TillForm(forms.ModelForm):
    """A new till says where it stands and whether its prices hold the tax; its channel is made with it."""

    prices_include_tax = forms.BooleanField(label=_("Prices include tax"), initial=True, required=False)

    class Meta:
        model = Till
        fields = ["code", "name", "warehouse", "receipt_text"]


@admin.register(Till)
class TillAdmin(HouseAdmin):
    list_display = ["name", "code", "warehouse", "is_active"]
    list_select_related = ["warehouse"]
    autocomplete_fields = ["warehouse"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = TillForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [*TillForm.Meta.fields, "prices_include_tax"]
        return ["name", "receipt_text", "is_active"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        given = form.cleaned_data
        made = create_till(
            company_id=given["warehouse"].company_id,
            code=given["code"],
            name=given["name"],
            warehouse_id=given["warehouse"].pk,
            actor=Actor.of_request(request),
            prices_include_tax=given["prices_include_tax"],
            receipt_text=given["receipt_text"],
        )
        obj.pk = made.pk
        obj.company_id, obj.channel_id = made.company_id, made.channel_id


class _Shown(FactAdmin):
    """Rows that have a page of their own at the counter."""

    page = ""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        if found is None or not self.has_view_permission(request, found):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(reverse(self.page, args=[found.pk]))


@admin.register(TillShift)
class TillShiftAdmin(_Shown):
    page = "till:report"
    list_display = ["show_number", "till", "show_status", "opened_by", "show_opened", "show_closed", "show_difference"]
    list_display_links = ["show_number"]
    list_select_related = ["till__channel", "opened_by"]
    list_filter = [("till", RelatedDropdownFilter), ("status", ChoicesDropdownFilter)]
    ordering = ["-id"]

    @display(description=_("Shift"))
    def show_number(self, shift: TillShift) -> str:
        return shift.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, shift: TillShift) -> tuple[str, str]:
        return shift.status, shift.get_status_display()

    @display(description=_("Opened"))
    def show_opened(self, shift: TillShift) -> str:
        return show_time(shift.opened_at)

    @display(description=_("Closed"))
    def show_closed(self, shift: TillShift) -> str:
        return show_time(shift.closed_at)

    @display(description=_("Over or short"))
    def show_difference(self, shift: TillShift) -> str:
        if shift.counted is None or shift.expected is None:
            return "–"
        return show_money(shift.counted - shift.expected, shift.till.channel.currency)


@admin.register(TillReceipt)
class TillReceiptAdmin(_Shown):
    page = "till:receipt"
    list_display = ["show_number", "kind", "show_till", "show_time", "actor_label", "show_total"]
    list_display_links = ["show_number"]
    list_select_related = ["shift__till"]
    list_filter = [("kind", ChoicesDropdownFilter)]
    ordering = ["-id"]

    @display(description=_("Receipt"))
    def show_number(self, receipt: TillReceipt) -> str:
        return receipt.number

    @display(description=_("Till"))
    def show_till(self, receipt: TillReceipt) -> str:
        return receipt.shift.till.name

    @display(description=_("Time"))
    def show_time(self, receipt: TillReceipt) -> str:
        return show_time(receipt.effective_at)

    @display(description=_("Total"))
    def show_total(self, receipt: TillReceipt) -> str:
        return show_money(receipt.total, receipt.currency)


@admin.register(Pickup)
class PickupAdmin(FactAdmin):
    list_display = ["order", "warehouse", "show_status", "show_asked", "show_ready", "show_collected"]
    list_select_related = ["order", "warehouse"]
    list_filter = [("warehouse", RelatedDropdownFilter), ("status", ChoicesDropdownFilter)]
    ordering = ["-id"]

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, pickup: Pickup) -> tuple[str, str]:
        return pickup.status, pickup.get_status_display()

    @display(description=_("Asked"))
    def show_asked(self, pickup: Pickup) -> str:
        return show_time(pickup.asked_at)

    @display(description=_("Ready"))
    def show_ready(self, pickup: Pickup) -> str:
        return show_time(pickup.ready_at)

    @display(description=_("Collected"))
    def show_collected(self, pickup: Pickup) -> str:
        return show_time(pickup.collected_at)
