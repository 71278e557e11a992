"""Whether goods, or a whole handling unit, may be put into a place by hand: its class, size, weight and pallets."""

from collections.abc import Sequence
from decimal import Decimal

from inventory.models import Location
from warehouse.services.floor import reading
from warehouse.services.floor.judging import place_problem, unit_problem
from warehouse.services.floor.looking import limits_of, lock_places


def goods_problem(
    location_id: int, *, sku_id: int, lot_id: int | None, quantity: Decimal, company_id: int
) -> tuple[str, str]:
    """Why loose goods may not be put there, by its code and in words that say what to do; ("", "") if they may.

    The place is locked first, so that two people do not fill it at once; docks have no limits. Statements: 7 at most.
    """
    place = lock_places([location_id], company_id)[location_id]
    if place.kind != "bin":
        return "", ""
    [there] = reading.bins_of(ids=[location_id])
    article = reading.articles_of([sku_id])[sku_id]
    face = dict(limits_of({location_id: place})[location_id])
    return place_problem(place, there, article, lot_id, quantity, face)


def stand_problem(unit_id: int, code: str, kind: str, place: Location, company_id: int) -> tuple[str, str]:
    """Why a handling unit, with all that is in it, may not stand there. The place is locked first. Statements: 7 at most."""
    lock_places([place.pk], company_id)
    if place.kind != "bin":
        return "", ""
    [there] = reading.bins_of(ids=[place.pk], without_units=[unit_id])
    goods = reading.inside(unit_id)
    return unit_problem(place, there, code, goods, reading.pallets_of(kind))


def more_in_unit_problem(
    place: Location, code: str, goods: Sequence[tuple[int, int | None, Decimal]]
) -> tuple[str, str]:
    """Why a unit that stands there may not be filled with that much more (SKU, lot, quantity). Statements: 6 at most."""
    if place.kind != "bin":
        return "", ""
    [there] = reading.bins_of(ids=[place.pk])
    articles = reading.articles_of({sku for sku, _lot, _quantity in goods})
    loads = [(articles[sku], lot, quantity) for sku, lot, quantity in goods]
    return unit_problem(place, there, code, loads, Decimal(0))
