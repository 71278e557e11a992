"""Returns to suppliers: a form from an order's page, the list, and a page with the next steps."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_money
from backoffice.core.admin.pages import (
    events_of,
    filled_panels,
    posted_quantity,
    posted_reason,
    render_page,
    run_action,
)
from backoffice.core.errors import InvalidInput
from inventory import services
from inventory.admin.purchasing.changes import back
from inventory.models import PurchaseOrder, StockMove, SupplierReturn
from inventory.states import SUPPLIER_RETURN

ZERO = Decimal(0)
CHANGE = "inventory.change_supplierreturn"
# name: (button, whether a reason is asked for, the status it leads to)
STEPS = {
    "approve": (_("Approve and claim the goods"), False, "approved"),
    "ship": (_("The goods have left"), False, "shipped"),
    "credit": (_("Credit note came"), False, "credited"),
    "close": (_("Close"), False, "closed"),
    "cancel": (_("Cancel"), True, "cancelled"),
}


@admin.register(SupplierReturn)
class SupplierReturnAdmin(FactAdmin):
    list_display = ["show_number", "supplier", "warehouse", "show_status", "reason", "reference", "show_expected"]
    list_select_related = ["supplier__person", "warehouse", "company"]
    list_filter = [("status", ChoicesDropdownFilter), ("warehouse", RelatedDropdownFilter)]
    search_fields = ["=reference", "=credit_reference", "supplier__code__istartswith"]
    search_help_text = _("The supplier, their number of the return or of the credit note")
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, found: SupplierReturn) -> str:
        return found.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, found: SupplierReturn) -> tuple[str, str]:
        return found.status, found.get_status_display()

    @display(description=_("Credit expected"))
    def show_expected(self, found: SupplierReturn) -> str:
        return show_money(found.expected, found.company.base_currency_id) if found.shipped_at else "–"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("of/<int:pk>/", view(give_back), name="inventory_supplierreturn_of"),
            path("<int:pk>/step/<str:name>/", view(self.step_view), name="inventory_supplierreturn_step"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        if found is None or not self.has_view_permission(request, found):
            return super().change_view(request, object_id, form_url, extra_context)
        lines = list(found.lines.select_related("sku", "po_line__purchase_order").order_by("position"))
        moves = StockMove.objects.filter(
            source_type="inventory.supplierreturnline", source_id__in=[line.pk for line in lines]
        )
        return render_page(
            request,
            self.admin_site,
            "inventory/supplier_return.html",
            title=found.number,
            opts=self.opts,
            document=found,
            lines=[(line, line.quantity * line.unit_price) for line in lines],
            total=sum((line.quantity * line.unit_price for line in lines), ZERO),
            currency=found.company.base_currency_id,
            moves=list(moves.select_related("sku", "from_location", "entry").order_by("pk")[:200]),
            steps=[
                (name, label, asks)
                for name, (label, asks, status) in STEPS.items()
                if status in SUPPLIER_RETURN[found.status]
            ],
            panels=filled_panels("inventory.supplierreturn", found.pk),
            events=events_of("inventory.supplierreturn", found.pk),
        )

    def step_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        found = get_object_or_404(SupplierReturn, pk=pk)
        if name not in STEPS:
            return self.change_view(request, str(pk))

        def act(actor: Actor) -> str:
            changed = _STEP[name](request, found, actor)
            return f"{changed.number}: {changed.get_status_display()}"  # type: ignore[attr-defined]

        return run_action(request, act, back=_url(pk), permission=CHANGE)


def _approve(request: HttpRequest, found: SupplierReturn, actor: Actor) -> SupplierReturn:
    return services.approve_supplier_return(
        found.pk, company_id=found.company_id, actor=actor, wanted_at=timezone.now()
    )


def _ship(request: HttpRequest, found: SupplierReturn, actor: Actor) -> SupplierReturn:
    return services.ship_supplier_return(
        found.pk,
        company_id=found.company_id,
        effective_at=timezone.now(),
        actor=actor,
        carrier=request.POST.get("carrier", "").strip(),
        tracking_number=request.POST.get("tracking_number", "").strip(),
        reference=request.POST.get("reference", "").strip(),
    )


def _credit(request: HttpRequest, found: SupplierReturn, actor: Actor) -> SupplierReturn:
    reference = request.POST.get("reference", "").strip()
    return services.credit_supplier_return(found.pk, company_id=found.company_id, actor=actor, reference=reference)


def _close(request: HttpRequest, found: SupplierReturn, actor: Actor) -> SupplierReturn:
    return services.close_supplier_return(found.pk, company_id=found.company_id, actor=actor)


def _cancel(request: HttpRequest, found: SupplierReturn, actor: Actor) -> SupplierReturn:
    return services.cancel_supplier_return(
        found.pk, company_id=found.company_id, actor=actor, reason=posted_reason(request)
    )


_STEP: dict[str, Callable[[HttpRequest, SupplierReturn, Actor], SupplierReturn]] = {
    "approve": _approve,
    "ship": _ship,
    "credit": _credit,
    "close": _close,
    "cancel": _cancel,
}


def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft with goods of one purchase order."""
    made: list[SupplierReturn] = []

    def act(actor: Actor) -> str:
        order = get_object_or_404(PurchaseOrder, pk=pk, warehouse__isnull=False)
        lines = [
            services.SupplierReturnInput(line.sku_id, quantity, line.pk)
            for line in order.lines.select_related("sku").order_by("position")
            if (quantity := posted_quantity(request, f"back-{line.pk}", line.sku.code, ZERO)) > 0
        ]
        if not lines:
            raise InvalidInput(gettext("Give a quantity for at least one line."))
        found = services.create_supplier_return(
            lines,
            company_id=order.company_id,
            supplier_id=order.supplier_id,
            warehouse_id=order.warehouse_id,  # type: ignore[arg-type]  # filtered
            actor=actor,
            reason=posted_reason(request),
        )
        made.append(found)
        return gettext("%(number)s is a draft.") % {"number": found.number}

    answer = run_action(request, act, back=back(pk), permission="inventory.add_supplierreturn")
    if made:
        answer["Location"] = _url(made[0].pk)
    return answer


def _url(pk: int) -> str:
    return reverse("admin:inventory_supplierreturn_change", args=[pk])
