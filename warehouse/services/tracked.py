"""Lots, expiry dates and serial numbers of what arrives, checked before anything is booked."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from django.utils.translation import gettext as _

from accounting.selectors import books_of
from backoffice.core.db import prepared_cursor
from backoffice.core.errors import InvalidInput
from inventory.models import SELLABLE_KINDS, Location, Lot, Sku
from inventory.selectors.places import counterpart
from inventory.services import LotInput, ensure_lots
from warehouse.services.receiving import BlindLine, DeliveredLine

_TAKEN = """
SELECT s.sku_id, s.code FROM unnest(%s::bigint[], %s::text[]) w (sku, code)
JOIN inventory_serial s ON s.sku_id = w.sku AND s.code = w.code AND s.location_id IS DISTINCT FROM %s
"""
Line = TypeVar("Line", DeliveredLine, BlindLine)
# field, code, what is said of it
Problem = tuple[str, str, str]


class _Known(NamedTuple):
    """What is there already, and today in the company's zone."""

    lots: Mapping[tuple[int, str], Lot]
    sellable: frozenset[int]
    today: datetime.date
    taken: frozenset[tuple[int, str]]


def with_lots(
    lines: Sequence[Line],
    *,
    skus: Sequence[int | None],
    company_id: int,
    effective_at: datetime.datetime,
) -> list[Line]:
    """The lines with the lots that they name by code; missing lots are made, with their expiry date.

    skus: of each line; lines without one (of other orders) pass unchecked. Raises InvalidInput whose errors name
    each field that is wrong, e.g. lines.0.serials (lot_needed, expiry_date_needed, other_expiry_date, expired: such
    goods go into quarantine only; serials_needed, serial_twice, serial_known, serial_not_tracked); nothing is
    written then. Statements: 1 where nothing is tracked, up to 9.
    """
    tracked = Sku.objects.in_bulk({sku_id for sku_id in skus if sku_id is not None})
    mine = [
        (row, line, tracked[sku_id])
        for row, (line, sku_id) in enumerate(zip(lines, skus, strict=True))
        if sku_id in tracked
    ]
    mine = [item for item in mine if _concerns(item[1], item[2])]
    if not mine:
        return list(lines)
    known = _look([(line, sku) for _row, line, sku in mine], company_id, effective_at)
    if errors := _errors(mine, known):
        raise InvalidInput(_("Some fields are wrong; nothing was saved."), errors=errors)
    named = [(row, line, sku) for row, line, sku in mine if line.lot and line.lot_id is None]
    made = ensure_lots(
        [LotInput(sku.pk, line.lot, line.expiry_date) for _row, line, sku in named], company_id=company_id
    )
    lots = {row: lot_id for (row, _line, _sku), lot_id in zip(named, made, strict=True)}
    return [replace(line, lot_id=lots.get(row, line.lot_id)) for row, line in enumerate(lines)]


def _errors(mine: Sequence[tuple[int, DeliveredLine | BlindLine, Sku]], known: _Known) -> list[dict[str, str]]:
    seen: set[tuple[int, str]] = set()
    return [
        {"field": f"lines.{row}.{field}", "code": code, "message": said}
        for row, line, sku in mine
        for field, code, said in [*_lot_problems(line, sku, known), *_serial_problems(line, sku, known, seen)]
    ]


def _concerns(line: DeliveredLine | BlindLine, sku: Sku) -> bool:
    return bool(sku.lot_tracked or sku.serial_tracked or line.lot or line.serials)


def _look(lines: Iterable[tuple[DeliveredLine | BlindLine, Sku]], company_id: int, at: datetime.datetime) -> _Known:
    rows = list(lines)
    lots = {
        (lot.sku_id, lot.code): lot
        for lot in Lot.objects.filter(
            sku__in=[sku.pk for _line, sku in rows], code__in=[line.lot for line, _sku in rows if line.lot]
        )
    }
    places = Location.objects.filter(pk__in={line.location_id for line, _sku in rows}, kind__in=SELLABLE_KINDS)
    units = [(sku.pk, code) for line, sku in rows for code in line.serials]
    taken: list[tuple[int, str]] = []
    if units:
        with prepared_cursor() as cursor:
            outside = counterpart(company_id, "supplier")
            cursor.execute(_TAKEN, [[sku for sku, _code in units], [code for _sku, code in units], outside])
            taken = cursor.fetchall()
    return _Known(
        lots,
        frozenset(places.values_list("pk", flat=True)),
        books_of(company_id).local_date(at),
        frozenset((sku, code) for sku, code in taken),
    )


def _lot_problems(line: DeliveredLine | BlindLine, sku: Sku, known: _Known) -> list[Problem]:
    words = {"sku": sku.code, "lot": line.lot}
    if not line.lot:
        if sku.lot_tracked and line.lot_id is None:
            return [("lot", "lot_needed", _("%(sku)s is tracked by lot: name the lot.") % words)]
        return []
    lot = known.lots.get((sku.pk, line.lot))
    old = lot.expiry_date if lot else None
    date = line.expiry_date or old
    if sku.expiry_required and date is None:
        said = _("%(sku)s needs an expiry date for lot %(lot)s.") % words
        return [("expiry_date", "expiry_date_needed", said)]
    if old is not None and date != old:
        said = _("Lot %(lot)s of %(sku)s expires on %(date)s.") % {**words, "date": old}
        return [("expiry_date", "other_expiry_date", said)]
    if date is not None and date < known.today and line.location_id in known.sellable:
        said = _("Lot %(lot)s of %(sku)s has expired: put it into quarantine, or refuse it.") % words
        return [("expiry_date", "expired", said)]
    return []


def _serial_problems(
    line: DeliveredLine | BlindLine, sku: Sku, known: _Known, seen: set[tuple[int, str]]
) -> list[Problem]:
    if not sku.serial_tracked:
        said = _("%(sku)s is not tracked by serial number.") % {"sku": sku.code}
        return [("serials", "serial_not_tracked", said)] if line.serials else []
    if len(line.serials) != line.quantity:
        said = _("%(sku)s is tracked by serial number: %(wanted)s are needed, %(given)s are named.") % {
            "sku": sku.code,
            "wanted": f"{line.quantity.normalize():f}",
            "given": len(line.serials),
        }
        return [("serials", "serials_needed", said)]
    found: list[Problem] = []
    for code in line.serials:
        words = {"serial": code, "sku": sku.code}
        if (sku.pk, code) in seen:
            found.append(("serials", "serial_twice", _("Serial number %(serial)s of %(sku)s is named twice.") % words))
        elif (sku.pk, code) in known.taken:
            said = _("Serial number %(serial)s of %(sku)s has come in before.") % words
            found.append(("serials", "serial_known", said))
        seen.add((sku.pk, code))
    return found
