"""Goods set aside by hand, as quarantine or damaged, and put back on sale: from a place's page or a lot's."""

from typing import Any
from uuid import uuid4

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_quantity, posted_reason, run_action
from backoffice.core.errors import InvalidInput
from backoffice.core.money import ZERO
from backoffice.core.show import show_number
from inventory import services
from inventory.models import Location, Lot, Sku, StockQuant, Warehouse

PERMISSION = "inventory.add_adjustment"
CONDITIONS = {"quarantine": _("Quarantine"), "damaged": _("Damaged"), "sellable": _("Put back on sale")}
ASIDE = {name: label for name, label in CONDITIONS.items() if name != "sellable"}


def place_condition_view(request: HttpRequest, sku_id: int, warehouse_id: int) -> HttpResponseBase:
    """POST quantity-<quant id>, condition, location (a code, for sellable), reason, serials (one a line)."""
    sku = get_object_or_404(Sku, pk=sku_id)
    warehouse = get_object_or_404(Warehouse, pk=warehouse_id, company=sku.company_id, is_transit=False)

    def change(actor: Actor) -> str:
        condition = request.POST.get("condition", "")
        rows = _regrades(request, sku, warehouse, condition)
        services.set_condition(
            rows,
            company_id=sku.company_id,
            effective_at=timezone.now(),
            reason=posted_reason(request, limit=40),
            actor=actor,
            source_key=f"condition:{request.POST['key'][:60]}" if request.POST.get("key") else None,
        )
        return gettext("%(quantity)s of %(sku)s: %(condition)s.") % {
            "quantity": show_number(sum((row.quantity for row in rows), ZERO)),
            "sku": sku.code,
            "condition": CONDITIONS.get(condition, condition),
        }

    back = reverse("stock_place", args=[sku.pk, warehouse.pk])
    return run_action(request, change, back=back, permission=PERMISSION)


def _regrades(request: HttpRequest, sku: Sku, warehouse: Warehouse, condition: str) -> list[services.Regrade]:
    """A row for each place whose quantity was filled in. Raises InvalidInput."""
    target = _target(request, warehouse) if condition == "sellable" else None
    serials = tuple(dict.fromkeys(request.POST.get("serials", "").split()))
    quants = {
        quant.pk: quant for quant in StockQuant.objects.filter(sku=sku, location__warehouse=warehouse, quantity__gt=0)
    }
    rows = []
    for name in request.POST:
        number = name.removeprefix("quantity-")
        quant = quants.get(int(number)) if number != name and number.isdecimal() else None
        quantity = posted_quantity(request, name, gettext("Quantity"), default=ZERO) if quant else ZERO
        if quant and quantity:
            rows.append(
                services.Regrade(
                    sku.pk, quantity, quant.location_id, condition, target, quant.lot_id, quant.owner_id, serials
                )
            )
    if not rows:
        raise InvalidInput(gettext("Fill in how many of which place."), errors=[{"field": "quantity"}])
    if serials and len(rows) > 1:
        raise InvalidInput(
            gettext("Change the condition of units with serial numbers place by place."), errors=[{"field": "serials"}]
        )
    return rows


def _target(request: HttpRequest, warehouse: Warehouse) -> int:
    code = request.POST.get("location", "").strip()
    found = Location.objects.filter(warehouse=warehouse, code__iexact=code, is_active=True).first()
    if found is None:
        message = gettext("There is no place “%(code)s”.") % {"code": code[:40]}
        raise InvalidInput(message, errors=[{"field": "location", "message": message}])
    return found.pk


def lot_condition_view(request: HttpRequest, lot_id: int) -> HttpResponseBase:
    """POST condition, reason: all that is free of the lot, in every warehouse."""
    lot = get_object_or_404(Lot, pk=lot_id)

    def change(actor: Actor) -> str:
        done = services.set_lot_aside(
            lot.pk,
            sku_id=lot.sku_id,
            company_id=lot.company_id,
            condition=request.POST.get("condition", "") if request.POST.get("condition") in ASIDE else "quarantine",
            effective_at=timezone.now(),
            reason=posted_reason(request, limit=40),
            actor=actor,
        )
        said = gettext("%(quantity)s were set aside.") % {"quantity": show_number(done.moved)}
        if done.promised:
            said += " " + gettext("%(quantity)s stay: they are claimed for orders.") % {
                "quantity": show_number(done.promised)
            }
        return said

    return run_action(request, change, back=reverse("admin:inventory_lot_change", args=[lot.pk]), permission=PERMISSION)


def condition_context(request: HttpRequest) -> dict[str, Any]:
    """What the forms show. key: of the form as it was shown, so that pressed twice it is one change."""
    return {
        "may_condition": request.user.has_perm(PERMISSION),
        "conditions": CONDITIONS.items(),
        "aside": ASIDE.items(),
        "key": uuid4().hex,
    }
