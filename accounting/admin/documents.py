"""Invoices, credit notes, payments and what is still open."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display

from accounting.admin.attachments import papers_context
from accounting.models import Invoice, ItemUse, OpenItem, Payment
from accounting.selectors import items_to_pay, overdue_items
from accounting.services import take_early_discount
from backoffice.core.actor import Actor
from backoffice.core.admin.base import FactAdmin, in_words, show_money
from backoffice.core.admin.lists import ListView
from backoffice.core.admin.pages import events_of, filled_panels, posted_date, render_page, run_action
from backoffice.core.registry import links_of


@admin.register(Invoice)
class InvoiceAdmin(FactAdmin):
    list_display = ["number", "kind", "date", "party", "show_total", "show_open", "due_date"]
    list_select_related = ["party__person", "open_item"]
    list_filter = [("kind", ChoicesDropdownFilter), ("date", RangeDateFilter)]
    list_filter_submit = True
    search_fields = ["=number"]
    ordering = ["-id"]

    @display(description=_("Total"))
    def show_total(self, invoice: Invoice) -> str:
        return show_money(invoice.total, invoice.currency)

    @display(description=_("Open"))
    def show_open(self, invoice: Invoice) -> str:
        return show_money(invoice.open_item.open_amount, invoice.currency)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.discount_view)
        return [path("<int:pk>/discount/", view, name="accounting_invoice_discount"), *super().get_urls()]

    def discount_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Credit what an early payer left out by their terms."""
        invoice = get_object_or_404(Invoice, pk=pk)

        def act(actor: Actor) -> str:
            issued = take_early_discount(
                pk,
                company_id=invoice.company_id,
                paid_on=posted_date(request, "paid_on") or timezone.localdate(),
                at=timezone.now(),
                actor=actor,
            )
            return gettext("%(number)s credits the discount.") % {"number": issued.number}

        back = reverse("admin:accounting_invoice_change", args=[pk])
        return run_action(request, act, back=back, permission="accounting.add_payment")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        invoice = self.get_object(request, object_id)
        if invoice is None or not self.has_view_permission(request, invoice):
            return super().change_view(request, object_id, form_url, extra_context)
        item = invoice.open_item_id
        return render_page(
            request,
            self.admin_site,
            "accounting/invoice.html",
            title=invoice.number,
            opts=self.opts,
            invoice=invoice,
            lines=invoice.lines.select_related("account", "tax_code").order_by("position"),
            source=links_of([(invoice.source_type, invoice.source_id)]).get(
                (invoice.source_type, invoice.source_id or 0)
            ),
            uses=ItemUse.objects.filter(Q(debit_item=item) | Q(credit_item=item)).order_by("id"),
            credit_notes=Invoice.objects.filter(corrects=invoice),
            discount=bool(
                invoice.kind == "invoice"
                and invoice.party.discount_percent
                and invoice.open_item.open_amount
                and request.user.has_perm("accounting.add_payment")
            ),
            **papers_context(request, "accounting.invoice", invoice.pk),
            panels=filled_panels("accounting.invoice", invoice.pk),
            events=events_of("accounting.invoice", invoice.pk),
        )


@admin.register(Payment)
class PaymentAdmin(FactAdmin):
    list_display = ["id", "direction", "date", "party", "method", "reference", "show_amount", "show_open"]
    list_select_related = ["party__person", "open_item"]
    list_filter = [("direction", ChoicesDropdownFilter), ("date", RangeDateFilter)]
    list_filter_submit = True
    search_fields = ["=reference"]
    ordering = ["-id"]
    exclude = ["amount"]
    readonly_fields = ["show_amount", "show_open"]

    @display(description=_("Amount"))
    def show_amount(self, payment: Payment) -> str:
        return show_money(payment.amount, payment.currency)

    @display(description=_("Not yet used"))
    def show_open(self, payment: Payment) -> str:
        return show_money(payment.open_item.open_amount, payment.currency)


def _overdue(rows: QuerySet[OpenItem]) -> QuerySet[OpenItem]:
    return overdue_items(rows, today=timezone.localdate())


def _to_pay(rows: QuerySet[OpenItem]) -> QuerySet[OpenItem]:
    return items_to_pay(rows, today=timezone.localdate())


@admin.register(OpenItem)
class OpenItemAdmin(FactAdmin):
    list_display = ["id", "show_kind", "party", "date", "due_date", "side", "show_amount", "show_open"]
    list_select_related = ["party__person"]
    list_filter = ["side", "kind", ("due_date", RangeDateFilter)]
    list_filter_submit = True
    list_views = (
        ListView("all", _("All")),
        ListView("overdue", _("Overdue"), _overdue, ordering=("due_date", "id")),
        ListView("to_pay", _("Bills to pay"), _to_pay, ordering=("due_date", "id")),
    )
    ordering = ["-id"]

    @display(description=_("Kind"))
    def show_kind(self, item: OpenItem) -> str:
        return in_words(item.kind)

    @display(description=_("Amount"))
    def show_amount(self, item: OpenItem) -> str:
        return show_money(item.amount, item.currency)

    @display(description=_("Open"))
    def show_open(self, item: OpenItem) -> str:
        return show_money(item.open_amount, item.currency)
