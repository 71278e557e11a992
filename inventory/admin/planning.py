"""Replenishment: what should be bought or brought over, the rules behind it, and what of the stock needs an eye."""

import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import FactAdmin, HouseAdmin, ReasonForm, show_money, show_quantity, show_time
from backoffice.core.admin.pages import events_of, posted_quantity, posted_reason, render_page, run_action
from backoffice.core.errors import DomainError, InvalidInput
from inventory import services
from inventory.models import PlanningSettings, Proposal, ProposalStatus, ReorderRule, StockAlert
from inventory.replenishment_words import tell, why_of

STATUS = {"open": "info", "ordered": "success", "dismissed": "", "gone": ""}
KINDS = {"low": "danger", "over": "warning", "dead": "warning", "expiry": "danger"}
DISMISS_DAYS = 14


class BoughtFilter(admin.SimpleListFilter):
    title = _("how")
    parameter_name = "how"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("bought", _("Bought")), ("brought", _("Transferred")), ("nobody", _("No supplier known"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Proposal]) -> QuerySet[Proposal]:
        wanted = {
            "bought": queryset.filter(source__isnull=True, supplier__isnull=False),
            "brought": queryset.filter(source__isnull=False),
            "nobody": queryset.filter(source__isnull=True, supplier__isnull=True),
        }
        return wanted.get(self.value() or "", queryset)


class OpenProposals(admin.SimpleListFilter):
    """Open ones unless another status is asked for."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*ProposalStatus.choices, ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        for choice in super().choices(changelist):
            if choice["query_string"] != changelist.get_query_string(remove=[self.parameter_name]):
                yield choice | {
                    "selected": choice["selected"] or self.value() is None and choice["display"] == _("Open")
                }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Proposal]) -> QuerySet[Proposal]:
        value = self.value() or ProposalStatus.OPEN
        return queryset if value == "all" else queryset.filter(status=value)


@admin.register(Proposal)
class ProposalAdmin(FactAdmin):
    """What is lacking, what runs out first on top."""

    list_display = [
        "show_sku", "warehouse", "show_from", "show_quantity", "show_value", "show_needed", "show_left", "show_status",
    ]  # fmt: skip
    list_select_related = ["sku", "warehouse", "source", "supplier__person", "company"]
    list_filter = [
        OpenProposals, BoughtFilter, ("warehouse", RelatedDropdownFilter), ("supplier", RelatedDropdownFilter),
    ]  # fmt: skip
    search_fields = ["sku__code__istartswith", "sku__name"]
    search_help_text = _("SKU or part of its name")
    ordering = ["needed_date", "id"]

    @display(description=_("SKU"))
    def show_sku(self, row: Proposal) -> str:
        return f"{row.sku.code} · {row.sku.name}"[:80]

    @display(description=_("From"))
    def show_from(self, row: Proposal) -> str:
        if row.source is not None:
            return row.source.name
        return str(row.supplier) if row.supplier else gettext("No supplier known")

    @display(description=_("Quantity"))
    def show_quantity(self, row: Proposal) -> str:
        return show_quantity(row.to_order)

    @display(description=_("Value"), ordering="value")
    def show_value(self, row: Proposal) -> str:
        return show_money(row.value, row.company.base_currency_id)

    @display(description=_("Needed by"), ordering="needed_date")
    def show_needed(self, row: Proposal) -> Any:
        return row.needed_date

    @display(description=_("Free, coming"))
    def show_left(self, row: Proposal) -> str:
        facts = row.facts
        return f"{facts.get('available', '0')} + {facts.get('on_order', '0')} + {facts.get('on_transfer', '0')}"

    @display(description=_("Status"), label=STATUS)
    def show_status(self, row: Proposal) -> tuple[str, str]:
        return row.status, row.get_status_display()

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        buttons = {"choose": choose, "order": order, "dismiss": dismiss, "count": count}
        return [
            *(path(f"<int:pk>/{name}/", view(act), name=f"inventory_proposal_{name}") for name, act in buttons.items()),
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
            "inventory/proposal.html",
            title=gettext("Proposal"),
            opts=self.opts,
            proposal=row,
            colour=STATUS[row.status],
            why=why_of(row),
            is_open=row.status == ProposalStatus.OPEN,
            dismiss_days=DISMISS_DAYS,
            events=events_of("inventory.proposal", row.pk),
        )


def _back(pk: int) -> str:
    return reverse("admin:inventory_proposal_change", args=[pk])


def _count(request: HttpRequest, company_id: int, sku_id: int, back: str) -> HttpResponse:
    def act(actor: Actor) -> str:
        services.plan_replenishment(company_id=company_id, sku_ids=[sku_id])
        return gettext("Counted anew.")

    return run_action(request, act, back=back, permission="inventory.change_proposal")


def count(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Proposal, pk=pk)
    return _count(request, row.company_id, row.sku_id, _back(pk))


def count_alert(request: HttpRequest, pk: int) -> HttpResponse:
    alert = get_object_or_404(StockAlert, pk=pk)
    return _count(request, alert.company_id, alert.sku_id, reverse("admin:inventory_stockalert_change", args=[pk]))


def choose(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        row = get_object_or_404(Proposal, pk=pk)
        empty = not request.POST.get("quantity", "").strip()
        quantity = None if empty else posted_quantity(request, "quantity", gettext("Quantity"))
        services.choose_quantity(pk, quantity=quantity, company_id=row.company_id, actor=actor)
        return gettext("As counted again.") if empty else gettext("The quantity is kept.")

    return run_action(request, act, back=_back(pk), permission="inventory.change_proposal")


def order(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        row = get_object_or_404(Proposal, pk=pk)
        (done,) = services.order_proposals([pk], company_id=row.company_id, actor=actor, ordered_at=timezone.now())
        if done.state == "refused":
            raise DomainError(done.detail)
        number = f"PO-{done.purchase_order_id:06d}" if done.purchase_order_id else f"TR-{done.transfer_id:06d}"
        return gettext("%(number)s is a draft.") % {"number": number}

    return run_action(request, act, back=_back(pk), permission="inventory.change_proposal")


def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        row = get_object_or_404(Proposal, pk=pk)
        days = request.POST.get("days", "")
        if not days.isdecimal() or not 1 <= int(days) <= 3_650:
            raise InvalidInput(gettext("Give the days as a whole number from 1 on."), errors=[{"field": "days"}])
        until = timezone.localdate() + datetime.timedelta(days=int(days))
        services.dismiss_proposals(
            [pk], company_id=row.company_id, until=until, reason=posted_reason(request), actor=actor
        )
        return gettext("Dismissed: not proposed again before that day.")

    return run_action(request, act, back=_back(pk), permission="inventory.change_proposal")


@admin.register(StockAlert)
class StockAlertAdmin(FactAdmin):
    """Open alerts first; one closes itself when it is no longer so."""

    list_display = [
        "show_kind",
        "show_sku",
        "warehouse",
        "show_says",
        "show_value",
        "show_opened",
        "show_closed",
        "note",
    ]
    list_select_related = ["sku", "warehouse", "company", "lot"]
    list_filter = [
        ("kind", ChoicesDropdownFilter), ("closed_at", admin.EmptyFieldListFilter), ("warehouse", RelatedDropdownFilter),
    ]  # fmt: skip
    search_fields = ["sku__code__istartswith", "sku__name"]
    search_help_text = _("SKU or part of its name")
    ordering = ["-closed_at", "-id"]

    @display(description=_("Kind"), label=KINDS)
    def show_kind(self, row: StockAlert) -> tuple[str, str]:
        return row.kind, row.get_kind_display()

    @display(description=_("SKU"))
    def show_sku(self, row: StockAlert) -> str:
        return f"{row.sku.code} · {row.sku.name}"[:80]

    @display(description=_("What is so"))
    def show_says(self, row: StockAlert) -> str:
        return tell(row.kind, row.facts)

    @display(description=_("Value"), ordering="value")
    def show_value(self, row: StockAlert) -> str:
        return show_money(row.value, row.company.base_currency_id)

    @display(description=_("Since"), ordering="opened_at")
    def show_opened(self, row: StockAlert) -> str:
        return show_time(row.opened_at)

    @display(description=_("Closed"))
    def show_closed(self, row: StockAlert) -> str:
        return show_time(row.closed_at) if row.closed_at else "–"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/note/", view(note_alert), name="inventory_stockalert_note"),
            path("<int:pk>/count/", view(count_alert), name="inventory_stockalert_count"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        alert = self.get_object(request, object_id)
        if alert is None or not self.has_view_permission(request, alert):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "inventory/alert.html",
            title=str(alert.get_kind_display()),
            opts=self.opts,
            alert=alert,
            says=tell(alert.kind, alert.facts),
            colour=KINDS[alert.kind],
            proposal=Proposal.objects.filter(sku=alert.sku, warehouse=alert.warehouse, status="open").first(),
            events=events_of("inventory.stockalert", alert.pk),
        )


def note_alert(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        alert = get_object_or_404(StockAlert, pk=pk)
        services.note_alert(pk, note=request.POST.get("note", ""), company_id=alert.company_id, actor=actor)
        return gettext("The note is kept.")

    back = reverse("admin:inventory_stockalert_change", args=[pk])
    return run_action(request, act, back=back, permission="inventory.change_stockalert")


class RuleForm(ReasonForm):
    """The same questions as the service asks."""

    class Meta:
        model = ReorderRule
        fields = [
            "company", "sku", "warehouse", "reorder_point", "order_up_to", "safety_days", "cover_days", "source", "is_active",
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        company, warehouse, source = given.get("company"), given.get("warehouse"), given.get("source")
        if company is None:
            return given
        sku = given.get("sku")
        if sku is not None and (sku.company_id != company.pk or sku.kit_id is not None):
            self.add_error("sku", _("Choose a SKU of the company that is no kit."))
        rule = services.RuleInput(
            given.get("reorder_point"), given.get("order_up_to"), source_id=source.pk if source else None
        )
        try:
            services.check_rule(rule, company_id=company.pk, warehouse_id=warehouse.pk if warehouse else None)
        except InvalidInput as refusal:
            for error in refusal.context["errors"]:
                self.add_error(error["field"], forms.ValidationError(error["message"]))
        return given


@admin.register(ReorderRule)
class ReorderRuleAdmin(HouseAdmin):
    form = RuleForm
    list_display = ["show_sku", "show_place", "show_point", "show_up_to", "source", "is_active"]
    list_select_related = ["sku", "warehouse", "source"]
    list_filter = [("warehouse", RelatedDropdownFilter), "is_active"]
    search_fields = ["sku__code__istartswith", "sku__name"]
    autocomplete_fields = ["sku"]
    ordering = ["sku__code", "id"]

    @display(description=_("SKU"), ordering="sku__code")
    def show_sku(self, rule: ReorderRule) -> str:
        return rule.sku.code

    @display(description=_("Warehouse"))
    def show_place(self, rule: ReorderRule) -> str:
        return rule.warehouse.code if rule.warehouse else gettext("All warehouses")

    @display(description=_("Reorder point"))
    def show_point(self, rule: ReorderRule) -> str:
        return gettext("from demand") if rule.reorder_point is None else show_quantity(rule.reorder_point)

    @display(description=_("Order up to"))
    def show_up_to(self, rule: ReorderRule) -> str:
        return gettext("from demand") if rule.order_up_to is None else show_quantity(rule.order_up_to)


@admin.register(PlanningSettings)
class PlanningSettingsAdmin(HouseAdmin):
    list_display = ["company", "history_days", "lead_time_days", "safety_days", "cover_days"]
