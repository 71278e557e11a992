"""Look up: whatever is scanned, what it is and where it is."""

import re
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from inventory.models import Location, Lot, PurchaseOrder, Sku, StockQuant
from inventory.selectors.scanning import sku_by_barcode
from inventory.states import RECEIVABLE_SKUS
from orders.models import Fulfilment, Order
from warehouse.models import HandlingUnit, PickList
from warehouse.scan.counting import blind_places
from warehouse.scan.reads import article
from warehouse.services.scan.kinds.base import plain
from warehouse.services.units import contents
from warehouse.sscc import read_plate

Found = dict[str, Any]
NUMBERED = re.compile(r"^(PL|FO|SO|PO)-?0*(\d{1,12})$", re.IGNORECASE)


def look_up(text: str, *, company_id: int, warehouse_id: int) -> list[Found]:
    """What a code means: bin, article, lot, order, fulfilment, pick list, purchase order. A fixed number of queries.

    Each: kind, title, detail, and rows of (what, where, quantity).
    """
    code = text.strip()
    if not code:
        return []
    found = [
        *_units(code, company_id, warehouse_id),
        *_bins(code, company_id, warehouse_id),
        *_articles(code, company_id, warehouse_id),
        *_lots(code, company_id, warehouse_id),
        *_numbered(code, company_id),
    ]
    return found or _by_external_id(code, company_id)


def _bins(code: str, company_id: int, warehouse_id: int) -> list[Found]:
    place = (
        Location.objects.filter(
            company_id=company_id, warehouse_id=warehouse_id, code__iexact=code, handling_unit__isnull=True
        )
        .order_by("pk")
        .first()
    )
    if place is None:
        return []
    stock = StockQuant.objects.filter(location=place, quantity__gt=0).select_related("sku", "lot").order_by("sku__code")
    blind = blind_places({place.pk})
    rows = [_row(f"{each.sku.code} · {each.sku.name}", each, blind) for each in stock[:100]]
    return [_found(place.get_kind_display(), place.code, place.name, rows, "place")]


def _units(code: str, company_id: int, warehouse_id: int) -> list[Found]:
    """What lies in a handling unit, and in those in it."""
    unit = HandlingUnit.objects.filter(
        company_id=company_id, warehouse_id=warehouse_id, code__iexact=read_plate(code)
    ).first()
    if unit is None:
        return []
    inside = contents(unit.pk)
    blind = blind_places({each.location_id for each, _own in inside})
    rows = [
        _row(f"{quant.sku.code} · {quant.sku.name}", quant, blind) | ({} if each.pk == unit.pk else {"more": each.code})
        for each, own in inside
        for quant in own
    ]
    where = str(unit.stands_in or unit.parent or "")
    return [_found(unit.get_kind_display(), unit.code, where, rows[:100], "place")]


def _articles(code: str, company_id: int, warehouse_id: int) -> list[Found]:
    scanned = sku_by_barcode(company_id, code)
    if scanned is None:
        return []
    sku = Sku.objects.get(pk=scanned.sku_id)
    detail = sku.name if scanned.pack_id is None else f"{sku.name} · {scanned.pack} × {plain(scanned.quantity)}"
    found = _found(_("Article"), sku.code, detail, _where(warehouse_id, sku_id=sku.pk), "sku")
    closed = "" if sku.status in RECEIVABLE_SKUS else sku.get_status_display()
    asked = {"lot": sku.lot_tracked, "serial": sku.serial_tracked}
    return [found | asked | {"per": plain(scanned.quantity), "closed": closed, "article": article(sku, {})}]


def _lots(code: str, company_id: int, warehouse_id: int) -> list[Found]:
    lots = Lot.objects.filter(company_id=company_id, code__iexact=code).select_related("sku").order_by("pk")[:5]
    return [
        _found(_("Lot"), lot.code, f"{lot.sku.code} · {lot.sku.name}", _where(warehouse_id, lot_id=lot.pk), "place")
        for lot in lots
    ]


def _where(warehouse_id: int, **which: int) -> list[Found]:
    stock = (
        StockQuant.objects.filter(location__warehouse_id=warehouse_id, quantity__gt=0, **which)
        .select_related("location", "lot")
        .order_by("location__pick_sequence", "location__code")
    )
    found = list(stock[:100])
    blind = blind_places({each.location_id for each in found})
    return [_row(each.location.code, each, blind) for each in found]


def _row(what: str, quant: StockQuant, blind: set[int]) -> Found:
    """blind: places that are being counted; whoever counts there is not told what the books say."""
    if quant.location_id in blind:
        return {"what": what, "more": _("being counted"), "quantity": "?"}
    claimed = _("%(quantity)s for picking") % {"quantity": plain(quant.claimed)} if quant.claimed else ""
    lot = quant.lot.code if quant.lot else ""
    return {"what": what, "more": " · ".join(filter(None, (lot, claimed))), "quantity": plain(quant.quantity)}


def _numbered(code: str, company_id: int) -> list[Found]:
    match = NUMBERED.match(code)
    if match is None:
        return []
    prefix, pk = match[1].upper(), int(match[2])
    if prefix == "PL":
        pick_list = PickList.objects.filter(company_id=company_id, pk=pk).select_related("fulfilment").first()
        return [_of_list(pick_list)] if pick_list else []
    if prefix == "PO":
        order = PurchaseOrder.objects.filter(company_id=company_id, pk=pk).select_related("supplier").first()
        status = order.get_status_display() if order else ""
        return [_found(_("Purchase order"), order.number, f"{order.supplier} · {status}", [])] if order else []
    which = {"pk": pk} if prefix == "FO" else {"order_id": pk}
    return [_of_fulfilment(each) for each in _fulfilments(company_id, **which)]


def _by_external_id(code: str, company_id: int) -> list[Found]:
    orders = Order.objects.filter(company_id=company_id, external_id=code).values_list("pk", flat=True)[:5]
    return [_of_fulfilment(each) for each in _fulfilments(company_id, order_id__in=list(orders))]


def _fulfilments(company_id: int, **which: Any) -> list[Fulfilment]:
    rows = Fulfilment.objects.filter(company_id=company_id, **which).select_related("order", "warehouse")
    return list(rows.annotate(units=Sum("lines__quantity")).order_by("pk")[:20])


def _of_list(pick_list: PickList) -> Found:
    return _found(
        _("Pick list"), pick_list.number, f"{pick_list.fulfilment.number} · {pick_list.get_status_display()}", []
    )


def _of_fulfilment(fulfilment: Any) -> Found:
    detail = f"{fulfilment.order.number} · {fulfilment.warehouse.code} · {fulfilment.get_status_display()}"
    row = {"what": _("Units"), "more": "", "quantity": plain(fulfilment.units or Decimal(0))}
    return _found(_("Order"), fulfilment.number, detail, [row])


def _found(kind: str, title: str, detail: str, rows: list[Found], what: str = "order") -> Found:
    """what: for the script: sku, place (which both may be empty) or order."""
    return {"is": what, "kind": str(kind), "title": title, "detail": detail, "rows": rows}
