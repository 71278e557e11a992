"""Shipping a pallet in one scan: everything packed that lies in it leaves together."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import prepared_cursor
from warehouse.errors import UnitRefused
from warehouse.models import HandlingUnit
from warehouse.services.merged import shipped_with
from warehouse.services.shipping import Dispatch, ShipResult, ship
from warehouse.services.units import lock_units, units_below


@dataclass(frozen=True, slots=True)
class UnitShipped:
    """results: one for each shipment that lay in the unit."""

    unit_id: int
    results: tuple[ShipResult, ...]


# Shipments whose goods lie in these units, and goods that lie there for no packed shipment.
_INSIDE = """
SELECT DISTINCT s.id, s.carrier, s.service, s.tracking_number, s.tracking_url
FROM warehouse_handlingunit h
JOIN warehouse_picktask t ON t.to_location_id = h.location_id AND t.picked > t.put_back
JOIN orders_fulfilmentline fl ON fl.id = t.fulfilment_line_id AND fl.picked > fl.shipped
JOIN orders_shipment s ON s.fulfilment_id = fl.fulfilment_id AND s.status IN ('draft', 'labelled')
WHERE h.id = ANY(%s) ORDER BY s.id
"""
_LEFT = """
SELECT k.code FROM warehouse_handlingunit h JOIN inventory_stockquant q ON q.location_id = h.location_id AND q.quantity > 0
JOIN inventory_sku k ON k.id = q.sku_id WHERE h.id = ANY(%s) ORDER BY k.code LIMIT 1
"""


@transaction.atomic
def ship_unit(
    unit_id: int, *, company_id: int, at: datetime, actor: Actor, carrier: str = "", tracking_number: str = ""
) -> UnitShipped:
    """All packed shipments whose goods lie in the unit, and in what stands in it, are handed over: one scan.

    carrier, tracking_number: for shipments without labels of their own. All or nothing: raises UnitRefused (unknown_unit,
    gone, nothing_packed, stays: a shipment may not leave, context["code"]; not_all_packed: something in it belongs to
    no packed shipment); nothing is written then. Statements: those of ship and 9, whatever the number.
    """
    below = units_below(unit_id)
    locked = lock_units(below or [unit_id], company_id)
    with prepared_cursor() as cursor:
        cursor.execute(_INSIDE, [list(locked)])
        rows = cursor.fetchall()
    if not rows:
        raise UnitRefused(_("Nothing packed lies in this unit: pack its orders first."), code="nothing_packed")
    given = {
        pk: Dispatch(pk, name or carrier, service, number or tracking_number, at, url)
        for pk, name, service, number, url in rows
    }
    for pk in shipped_with(list(given)):
        first = next(iter(given.values()))
        given.setdefault(pk, Dispatch(pk, first.carrier, first.service, first.tracking_number, at, first.tracking_url))
    results = ship(list(given.values()), company_id=company_id, actor=actor)
    for result in results:
        if result.state == "refused":
            raise UnitRefused(
                _("Shipment SH-%(id)06d in this unit may not leave (%(code)s): take it out first.")
                % {"id": result.shipment_id, "code": result.code},
                code="stays",
                shipment_id=result.shipment_id,
            )
    with prepared_cursor() as cursor:
        cursor.execute(_LEFT, [list(locked)])
        left = cursor.fetchone()
    if left:
        raise UnitRefused(
            _("%(sku)s in this unit belongs to no packed order: take it out first.") % {"sku": left[0]},
            code="not_all_packed",
        )
    HandlingUnit.objects.filter(pk__in=locked).update(shipped_at=at, stands_in=None, parent=None)
    record([Change("warehouse.handlingunit", pk, "shipped", company_id=company_id) for pk in locked], actor=actor)
    return UnitShipped(unit_id, tuple(results))
