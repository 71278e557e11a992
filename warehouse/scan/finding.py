"""Look up: whatever is scanned, what it is and where it is."""

import re
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from inventory.models import Location, Lot, PurchaseOrder, Serial, Sku, StockQuant
from inventory.selectors.scanning import sku_by_barcode
from inventory.selectors.tracking import held_lots
from inventory.states import RECEIVABLE_SKUS
from orders.models import Fulfilment, Order, ReturnOrder, Shipment
from warehouse.models import HandlingUnit, Parcel, PickList, Receipt
from warehouse.scan.reads import article
from warehouse.services.counting.common import blind_places
from warehouse.services.floor.looking import expired_of
from warehouse.services.scan.kinds.base import plain
from warehouse.services.units import contents
from warehouse.sscc import read_plate

Found = dict[str, Any]
NUMBERED = re.compile(r"^(PL|FO|SO|PO|SH|GR|RMA)-?0*(\d{1,12})$", re.IGNORECASE)


def look_up(text: str, *, company_id: int, warehouse_id: int) -> list[Found]:
    """What a code means: bin, article, lot, unit by its serial number, order, fulfilment, pick list, shipment or parcel,
    purchase order, receipt, return. A fixed number of queries.

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
        *_serials(code, company_id),
        *_numbered(code, company_id),
    ]
    return found or _by_external_id(code, company_id) or _by_tracking(code, company_id)


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
    lots = list(Lot.objects.filter(company_id=company_id, code__iexact=code).select_related("sku").order_by("pk")[:5])
    held, expired = held_lots([lot.pk for lot in lots]), expired_of([lot.pk for lot in lots], company_id)
    return [
        _found(
            _("Lot"), lot.code,
            " · ".join(filter(None, (lot.sku.code, lot.sku.name, _state(lot, lot.pk in held, lot.pk in expired)))),
            _where(warehouse_id, lot_id=lot.pk), "place",
        )
        for lot in lots
    ]  # fmt: skip


def _state(lot: Lot, held: bool, expired: bool) -> str:
    """Until when it is good, and why nothing of it is picked."""
    day = date_format(lot.expiry_date, "SHORT_DATE_FORMAT") if lot.expiry_date else ""
    until = (_("expired %(day)s") if expired else _("good until %(day)s")) % {"day": day} if day else ""
    return " · ".join(filter(None, (until, _("blocked") if held else "")))


def _serials(code: str, company_id: int) -> list[Found]:
    """Where units with this number are; several SKUs may have used it."""
    rows = Serial.objects.filter(company_id=company_id, code__in={code, code.upper()})
    units = rows.select_related("sku", "location__warehouse").order_by("pk")[:5]
    return [_of_unit(unit) for unit in units]


def _of_unit(unit: Serial) -> Found:
    place = unit.location
    house = f"{place.warehouse.code} · " if place is not None and place.warehouse is not None else ""
    where = f"{house}{place.code}" if place is not None else _("never received")
    row = {"what": where, "more": place.get_kind_display() if place is not None else "", "quantity": "1"}
    return _found(_("Serial number"), unit.code, f"{unit.sku.code} · {unit.sku.name}", [row], "place")


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
    if prefix in PAPERS:
        return PAPERS[prefix](company_id, pk=pk)
    which = {"pk": pk} if prefix == "FO" else {"order_id": pk}
    return [_of_fulfilment(each) for each in _fulfilments(company_id, **which)]


def _by_external_id(code: str, company_id: int) -> list[Found]:
    orders = Order.objects.filter(company_id=company_id, external_id=code).values_list("pk", flat=True)[:5]
    return [_of_fulfilment(each) for each in _fulfilments(company_id, order_id__in=list(orders))]


def _by_tracking(code: str, company_id: int) -> list[Found]:
    """The shipment of a parcel's number, or the return that comes under it."""
    parcels = Parcel.objects.filter(shipment__company_id=company_id, tracking_number=code)
    found = _shipments(company_id, pk__in=list(parcels.values_list("shipment_id", flat=True)[:5]))
    return found or _shipments(company_id, tracking_number=code) or _returns(company_id, tracking_number=code)


def _shipments(company_id: int, **which: Any) -> list[Found]:
    rows = Shipment.objects.filter(company_id=company_id, **which).select_related("order").order_by("-pk")[:5]
    return [_paper(_("Shipment"), row, row.order.number, row.carrier, row.tracking_number) for row in rows]


def _receipts(company_id: int, **which: Any) -> list[Found]:
    rows = Receipt.objects.filter(company_id=company_id, **which).select_related("supplier", "purchase_order")[:5]
    return [
        _paper(_("Receipt"), row, str(row.purchase_order or row.supplier or ""), row.reference, row.note)
        for row in rows
    ]


def _returns(company_id: int, **which: Any) -> list[Found]:
    rows = ReturnOrder.objects.filter(company_id=company_id, **which).select_related("order").order_by("-pk")[:5]
    return [_paper(_("Return"), row, row.order.number if row.order else "", row.tracking_number) for row in rows]


def _paper(kind: Any, row: Shipment | Receipt | ReturnOrder, *said: str) -> Found:
    return _found(kind, row.number, " · ".join(filter(None, (*said, str(row.get_status_display())))), [])


PAPERS = {"SH": _shipments, "GR": _receipts, "RMA": _returns}


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
