"""Advance shipping notices: taken down by page or file, moved, called off."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin
from backoffice.core.admin.pages import events_of, posted_date, posted_quantity, posted_reason, render_page, run_action
from backoffice.core.errors import InvalidInput
from backoffice.core.tabular import Column
from inventory import services
from inventory.admin.purchasing.changes import back, read_table
from inventory.models import AdvanceNotice, PurchaseOrder

ZERO = Decimal(0)
COLUMNS = (
    Column("sku", _("SKU"), required=True, max_length=60, help=_("Ours, or the supplier's code.")),
    Column("quantity", _("Quantity"), "decimal", required=True),
    Column("lot", _("Lot"), max_length=60),
    Column("expiry_date", _("Expiry date"), "date"),
    Column("package", _("Package"), max_length=40, aliases=("sscc",)),
)


@admin.register(AdvanceNotice)
class AdvanceNoticeAdmin(FactAdmin):
    list_display = [
        "show_number", "purchase_order", "show_supplier", "show_status", "expected_date", "reference", "carrier",
        "tracking_number",
    ]  # fmt: skip
    list_select_related = ["purchase_order__supplier__person"]
    list_filter = [("status", ChoicesDropdownFilter)]
    search_fields = ["=reference", "=tracking_number"]
    search_help_text = _("The supplier's reference or the tracking number")
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, notice: AdvanceNotice) -> str:
        return notice.number

    @display(description=_("Supplier"))
    def show_supplier(self, notice: AdvanceNotice) -> str:
        return str(notice.purchase_order.supplier)

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, notice: AdvanceNotice) -> tuple[str, str]:
        return notice.status, notice.get_status_display()

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("of/<int:pk>/", view(announce), name="inventory_notice_add"),
            path("<int:pk>/move/", view(move), name="inventory_notice_move"),
            path("<int:pk>/cancel/", view(cancel), name="inventory_notice_cancel"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        notice = self.get_object(request, object_id)
        if notice is None or not self.has_view_permission(request, notice):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "inventory/notice.html",
            title=notice.number,
            opts=self.opts,
            notice=notice,
            lines=list(notice.lines.select_related("po_line__sku").order_by("position")),
            events=events_of("inventory.advancenotice", notice.pk),
        )


def announce(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a notice down, typed or from a file."""

    def act(actor: Actor) -> str:
        order = get_object_or_404(PurchaseOrder, pk=pk)
        day = posted_date(request, "expected_date")
        if day is None:
            raise InvalidInput(gettext("Say when it should arrive."), errors=[{"field": "expected_date"}])
        upload = request.FILES.get("file")
        noted = services.note_delivery(
            _from_file(upload, order) if upload else _typed(request, order),
            purchase_order_id=pk,
            company_id=order.company_id,
            reference=request.POST.get("reference", "").strip(),
            expected_date=day,
            actor=actor,
            carrier=request.POST.get("carrier", "").strip(),
            tracking_number=request.POST.get("tracking_number", "").strip(),
        )
        if noted.state == "already":
            return gettext("%(number)s has this reference already; nothing was changed.") % {
                "number": noted.notice.number
            }
        return gettext("%(number)s is noted.") % {"number": noted.notice.number}

    return run_action(request, act, back=back(pk), permission="inventory.add_advancenotice")


def _typed(request: HttpRequest, order: PurchaseOrder) -> list[services.NoticeLine]:
    lines = []
    for line in order.lines.select_related("sku").order_by("position"):
        quantity = posted_quantity(request, f"announced-{line.pk}", line.sku.code, ZERO)
        if quantity:
            lot = request.POST.get(f"lot-{line.pk}", "").strip()
            lines.append(services.NoticeLine(line.pk, quantity, lot, posted_date(request, f"expiry-{line.pk}")))
    return lines


def _from_file(upload: Any, order: PurchaseOrder) -> list[services.NoticeLine]:
    """Rows of our codes or the supplier's; of a SKU on several lines the first that has room."""
    rows = read_table(upload, COLUMNS)
    lines = list(order.lines.select_related("sku").order_by("position"))
    theirs = dict(order.supplier.supplier_skus.exclude(code="").values_list("sku_id", "code"))
    left = {line.pk: line.quantity - line.received - line.cancelled for line in lines}
    found = []
    for row in rows:
        code = row["sku"].upper()
        named = [line for line in lines if code in (line.sku.code.upper(), theirs.get(line.sku_id, "").upper())]
        if not named:
            words = {"row": row["row"], "sku": row["sku"], "order": order.number}
            raise InvalidInput(
                gettext("Row %(row)s: %(order)s has no line of %(sku)s.") % words, errors=[{"field": "file"}]
            )
        line = next((line for line in named if left[line.pk] >= row["quantity"]), named[0])
        left[line.pk] -= row["quantity"]
        found.append(
            services.NoticeLine(
                line.pk, row["quantity"], row.get("lot") or "", row.get("expiry_date"), row.get("package") or ""
            )
        )
    return found


def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Another day."""

    def act(actor: Actor) -> str:
        notice = get_object_or_404(AdvanceNotice, pk=pk)
        day = posted_date(request, "expected_date")
        if day is None:
            raise InvalidInput(gettext("Say when it should arrive."), errors=[{"field": "expected_date"}])
        services.move_notice(
            pk, company_id=notice.company_id, expected_date=day, actor=actor, reason=posted_reason(request)
        )
        return gettext("Saved: what was promised from it is counted again.")

    return run_action(request, act, back=_url(pk), permission="inventory.change_advancenotice")


def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """It does not come."""

    def act(actor: Actor) -> str:
        notice = get_object_or_404(AdvanceNotice, pk=pk)
        services.cancel_notice(pk, company_id=notice.company_id, actor=actor, reason=posted_reason(request))
        return gettext("Called off: the order's own day counts again.")

    return run_action(request, act, back=_url(pk), permission="inventory.change_advancenotice")


def _url(pk: int) -> str:
    return reverse("admin:inventory_advancenotice_change", args=[pk])
