"""Returns on the handheld: what is expected back, and one parcel unit by unit."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from orders.models import Disposition, Grade, ReturnLine, ReturnOrder
from warehouse.scan.guard import signed_in
from warehouse.scan.pages import page
from warehouse.scan.reads import LIMIT, codes_of
from warehouse.services.return_places import KINDS
from warehouse.services.scan.kinds.base import plain

RECEIVE = "warehouse.add_receipt"
EXPECTED = ("approved", "in_transit", "received")
# What is proposed for a grade; whoever holds the goods may say otherwise.
PROPOSED = {"A": "restock", "B": "restock", "C": "quarantine", "D": "scrap"}


def expected_returns(warehouse_id: int, company_id: int) -> QuerySet[ReturnOrder]:
    """Those whose goods may come here, oldest first."""
    rows = ReturnOrder.objects.filter(company_id=company_id, status__in=EXPECTED, goods_expected=True)
    return rows.filter(Q(warehouse=None) | Q(warehouse_id=warehouse_id)).select_related("order").order_by("pk")


def returns_to_come(warehouse_id: int) -> int:
    rows = ReturnOrder.objects.filter(status__in=EXPECTED, goods_expected=True, company__warehouse=warehouse_id)
    return rows.filter(Q(warehouse=None) | Q(warehouse_id=warehouse_id)).count()


@require_GET
@signed_in(RECEIVE)
def returns(request: Any) -> HttpResponse:
    """Scan the return's label, the order, or the parcel's tracking number."""
    device = request.scan_device
    rows = list(expected_returns(device.warehouse_id, device.company_id)[:LIMIT])
    numbers: dict[str, str] = {}
    for each in rows:
        url = reverse("scan:return_one", args=[each.pk])
        names = [each.number, each.tracking_number, each.external_id]
        if each.order is not None:
            names += [each.order.number, each.order.external_id]
        numbers |= {name.upper(): url for name in names if name}
    return page(request, "scan/returns.html", gettext("Returns"), {"numbers": numbers}, returns=rows)


@require_GET
@signed_in(RECEIVE)
def return_one(request: Any, pk: int) -> HttpResponse:
    device = request.scan_device
    found = get_object_or_404(expected_returns(device.warehouse_id, device.company_id), pk=pk)
    config = {
        "return": found.pk,
        "lines": _lines(found),
        "grades": [value for value, _label in Grade.choices],
        "dispositions": [[value, str(Disposition(value).label)] for value in KINDS],
        "proposed": PROPOSED,
        "back": reverse("scan:returns"),
    }
    return page(request, "scan/return_one.html", found.number, config, found=found)


def _lines(found: ReturnOrder) -> list[dict[str, Any]]:
    rows = [
        (line, line.sku)
        for line in ReturnLine.objects.filter(return_order=found).select_related("sku").order_by("position")
        if line.sku is not None
    ]
    codes = codes_of({sku.pk for _line, sku in rows})
    return [
        {
            "id": line.pk,
            "sku": sku.code,
            "name": sku.name,
            "quantity": plain(line.quantity - line.received),
            "serial": sku.serial_tracked,
            "codes": codes.get(sku.pk, {}) | {sku.code.upper(): "1"},
        }
        for line, sku in rows
        if line.quantity > line.received
    ]
