"""What can be promised of a SKU, as its page shows it; and the rules of trust in suppliers' dates."""

import json
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin.base import HouseAdmin
from backoffice.core.admin.pages import posted_date, posted_reason, run_action
from backoffice.core.errors import InvalidInput
from inventory import services
from inventory.models import InboundRule, PurchaseOrder, Sku, Warehouse
from inventory.selectors import Atp, atp

TRUST = {"": None, "yes": True, "no": False}


def promising(sku: Sku, own: Collection[int] | None = None) -> dict[str, Any]:
    """The template's context of one SKU's promises, which are of all warehouses together: nothing for whoever sees but
    some of them (own). Statements: 4.
    """
    if own is not None:
        return {}
    entry = atp(sku.company_id, [sku.pk])[sku.pk]
    warehouses = dict(Warehouse.objects.filter(company_id=sku.company_id).values_list("pk", "code"))
    places = {*entry.free, *(line.warehouse_id for line in entry.inbound if line.warehouse_id)}
    used = sorted(places, key=lambda pk: warehouses[pk])
    curve = entry.curve()
    return {
        "atp": entry,
        "atp_rows": [
            (part, [(warehouses[pk], _at(entry, pk, part.date)) for pk in used] if len(used) > 1 else [])
            for part in curve
        ],
        "atp_warehouses": [warehouses[pk] for pk in used] if len(used) > 1 else [],
        "atp_inbound": [(line, warehouses.get(line.warehouse_id or 0, "")) for line in entry.inbound],
        "atp_chart": _chart(entry) if len(curve) > 1 else "",
    }


def _at(entry: Atp, warehouse_id: int, day: Any) -> Decimal:
    """What one warehouse can promise in all by a day."""
    known = [part.quantity for part in entry.curve(warehouse_id) if part.date <= day]
    return known[-1] if known else Decimal(0)


def _chart(entry: Atp) -> str:
    curve = entry.curve()
    return json.dumps(
        {
            "labels": [date_format(part.date, "j M") for part in curve],
            "datasets": [
                {
                    "label": gettext("Can be promised"),
                    "data": [float(part.quantity) for part in curve],  # for drawing only
                    "borderColor": "var(--color-primary-500)",
                    "backgroundColor": "rgba(14, 116, 144, 0.12)",
                    "fill": True,
                    "stepped": True,
                }
            ],
        }
    )


def expect(request: HttpRequest, pk: int) -> HttpResponse:
    """Another expected date, of the order or of single lines."""

    def act(actor: Actor) -> str:
        order = get_object_or_404(PurchaseOrder, pk=pk)
        services.set_expected_dates(
            pk,
            company_id=order.company_id,
            expected_date=posted_date(request, "expected"),
            lines={
                line_id: posted_date(request, f"expected-{line_id}")
                for line_id in order.lines.values_list("pk", flat=True)
                if f"expected-{line_id}" in request.POST
            },
            reason=posted_reason(request),
            actor=actor,
        )
        return gettext("Saved: what was promised from it is counted again.")

    return run_action(request, act, back=_back(pk), permission="inventory.change_purchaseorder")


def trust(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether customers may be promised these goods before they arrive."""

    def act(actor: Actor) -> str:
        order = get_object_or_404(PurchaseOrder, pk=pk)
        given = request.POST.get("trusted", "")
        if given not in TRUST:
            raise InvalidInput(gettext("Choose yes, no or by the supplier's rule."))
        services.set_trusted(
            pk, company_id=order.company_id, trusted=TRUST[given], reason=posted_reason(request), actor=actor
        )
        return gettext("Saved: what was promised from it is counted again.")

    return run_action(request, act, back=_back(pk), permission="inventory.change_purchaseorder")


def _back(pk: int) -> str:
    return reverse("admin:inventory_purchaseorder_change", args=[pk])


@admin.register(InboundRule)
class InboundRuleAdmin(HouseAdmin):
    list_display = ["show_supplier", "is_trusted", "unconfirmed_too", "margin_days", "overdue_days"]
    list_select_related = ["supplier__person"]
    autocomplete_fields = ["supplier"]
    search_fields = ["supplier__code"]

    @admin.display(description=_("Supplier"))
    def show_supplier(self, rule: InboundRule) -> str:
        return str(rule)
