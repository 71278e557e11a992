"""Receipts, and booking a purchase delivery in."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_time
from backoffice.core.admin.lists import ListView
from backoffice.core.admin.pages import events_of, render_page, require
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.scopes import offered
from inventory.models import AdvanceNotice, Location, PurchaseOrder, PurchaseOrderLine
from warehouse import services
from warehouse.admin import receipt_steps
from warehouse.admin.problems import receipt_context
from warehouse.admin.receiving_rows import FormRow, given_lines, tell_rows
from warehouse.admin.returns import receive_return
from warehouse.models import Receipt, ReceiptLine


@admin.register(Receipt)
class ReceiptAdmin(FactAdmin):
    list_before_template = "warehouse/receipt_bar.html"
    list_display = [
        "show_number", "warehouse", "purchase_order", "return_order", "show_status", "reference", "due", "done",
    ]  # fmt: skip
    list_select_related = ["warehouse", "purchase_order", "return_order", "notice"]
    list_views = (
        ListView("all", _("All")),
        ListView("coming", _("To come"), lambda rows: rows.filter(status__in=("expected", "arrived", "receiving"))),
    )
    list_filter = [("status", ChoicesDropdownFilter), ("warehouse", RelatedDropdownFilter)]
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, receipt: Receipt) -> str:
        return receipt.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, receipt: Receipt) -> tuple[str, str]:
        return receipt.status, receipt.get_status_display()

    @display(description=_("Expected"))
    def due(self, receipt: Receipt) -> str:
        return date_format(receipt.notice.expected_date, "SHORT_DATE_FORMAT") if receipt.notice else ""

    @display(description=_("Finished"))
    def done(self, receipt: Receipt) -> str:
        return show_time(receipt.finished_at)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("purchase/<int:pk>/", view(self.receive_view), name="warehouse_receive"),
            path("<int:pk>/<slug:what>/go/", view(receipt_steps.step), name="warehouse_receipt_step"),
            path("return/<int:pk>/", view(receive_return), name="warehouse_receive_return"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        receipt = self.get_object(request, object_id)
        if receipt is None or not self.has_view_permission(request, receipt):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "warehouse/receipt.html",
            title=receipt.number,
            opts=self.opts,
            receipt=receipt,
            lines=ReceiptLine.objects.filter(receipt=receipt)
            .select_related("sku", "location", "lot")
            .prefetch_related("move__serials__serial")
            .order_by("id"),
            events=events_of("warehouse.receipt", receipt.pk),
            **receipt_context(request, receipt),
            **receipt_steps.context(request, receipt),
        )

    def receive_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Book a delivery of a purchase order in; what is wrong stands beside its field with what was typed."""
        require(request, "warehouse.add_receipt")
        order = get_object_or_404(PurchaseOrder.objects.select_related("supplier", "warehouse"), pk=pk)
        lines = list(PurchaseOrderLine.objects.filter(purchase_order=order).select_related("sku").order_by("position"))
        announced = _announced(request, order)
        rows = [
            FormRow.of(line, request.POST, announced.get(line.pk, _open(line) if not announced else Decimal(0)))
            for line in lines
        ]
        if request.method == "POST":
            try:
                with transaction.atomic():
                    said = _receive(request, order, rows, Actor.of_request(request))
            except DomainError as refusal:
                messages.error(request, refusal.detail)
                tell_rows(rows, refusal)
            else:
                messages.success(request, said)
                return HttpResponseRedirect(reverse("admin:inventory_purchaseorder_change", args=[pk]))
        locations = offered(
            Location.objects.filter(
                warehouse=order.warehouse, kind__in=["bin", "dock", "quarantine"], is_active=True, blocked_at=None
            )
        ).order_by("kind", "pick_sequence", "code")[:500]
        return render_page(
            request,
            self.admin_site,
            "warehouse/receive.html",
            title=_("Receive"),
            opts=self.opts,
            order=order,
            rows=rows,
            tracked=any(row.is_tracked for row in rows),
            notice=_notice(request, order),
            chosen=request.POST.get("location", ""),
            reference=request.POST.get("reference"),
            locations=locations,
        )


def _receive(request: HttpRequest, order: PurchaseOrder, rows: list[FormRow], actor: Actor) -> str:
    location = request.POST.get("location", "")
    if not location.isdecimal():
        raise InvalidInput(gettext("Choose where the goods are put."))
    accepted = given_lines(rows, request, int(location[:18]))
    if not accepted:
        raise InvalidInput(gettext("Give a quantity for at least one line."))
    notice = _notice(request, order)
    receipt, over = services.receive_delivery(
        accepted,
        po_id=order.pk,
        company_id=order.company_id,
        effective_at=timezone.now(),
        actor=actor,
        device="browser",
        reference=request.POST.get("reference", "").strip()[:60],
        notice_id=notice.pk if notice else None,
        receipt_id=_receipt_id(request, order),
        finish=request.POST.get("more") != "1",
    )
    if receipt is not None:
        _keep_photos(request, rows, receipt.problem_ids, order.company_id, actor)
    if receipt is not None and receipt.state == "already":
        return gettext("This delivery note was received before: nothing was booked again.")
    if over:
        return gettext("What is more than ordered waits for another person's approval; the rest is in stock.")
    return gettext("Received into stock.")


def _keep_photos(
    request: HttpRequest, rows: list[FormRow], problem_ids: Sequence[int], company_id: int, actor: Actor
) -> None:
    """The pictures of damaged goods, with their problem: told in the order of the rows."""
    damaged = [row for row in rows if row.damaged.strip() not in ("", "0")]
    for row, problem_id in zip(damaged, problem_ids, strict=False):
        for upload in request.FILES.getlist(f"photo-{row.line.pk}"):
            services.add_receipt_photo(upload.read(), company_id=company_id, actor=actor, problem_id=problem_id)


def _open(line: PurchaseOrderLine) -> Decimal:
    return max(line.quantity - line.cancelled - line.received, Decimal(0))


def _notice(request: HttpRequest, order: PurchaseOrder) -> AdvanceNotice | None:
    """The advance notice that is received, as the address names it."""
    given = request.POST.get("notice") or request.GET.get("notice", "")
    if not given.isdecimal():
        return None
    return AdvanceNotice.objects.filter(pk=int(given[:18]), purchase_order=order, status="expected").first()


def _receipt_id(request: HttpRequest, order: PurchaseOrder) -> int | None:
    """The receipt that is being received, as the address names it."""
    given = request.GET.get("receipt", "")
    rows = Receipt.objects.filter(pk=int(given[:18]) if given.isdecimal() else 0, purchase_order=order)
    return rows.values_list("pk", flat=True).first()


def _announced(request: HttpRequest, order: PurchaseOrder) -> dict[int, Decimal]:
    notice = _notice(request, order)
    found: dict[int, Decimal] = {}
    for po_line_id, quantity in notice.lines.values_list("po_line_id", "quantity") if notice else ():
        found[po_line_id] = found.get(po_line_id, Decimal(0)) + quantity
    return found
