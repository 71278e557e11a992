"""Units with serial numbers that are transferred: where the named ones lie, and which of a line are in transit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from inventory.errors import TransferRefused
from inventory.models import Serial, TransferLine
from inventory.services.transfers.common import LINE, Held, plain


def parted_by_place(held: Held, parts: Sequence[Any]) -> list[Any]:
    """Parts that name units, parted into one for each place where these lie; the others as they are.

    Raises TransferRefused (serials_needed: not as many as go; unknown_serial). Statements: 1, or 0 without numbers.
    """
    named = {(held.line(part.line_id).sku_id, code) for part in parts for code in part.serials}
    if not named:
        return list(parts)
    units = Serial.objects.filter(sku__in={sku for sku, _code in named}, code__in={code for _sku, code in named})
    places = {(sku, code): place for sku, code, place in units.values_list("sku_id", "code", "location_id")}
    found = []
    for part in parts:
        if not part.serials:
            found.append(part)
            continue
        line = held.line(part.line_id)
        check_number(line, part.quantity, part.serials)
        by_place: defaultdict[int, list[str]] = defaultdict(list)
        for code in part.serials:
            place = places.get((line.sku_id, code))
            if place is None:
                raise TransferRefused(
                    _("%(sku)s: there is no unit “%(code)s”.") % {"sku": line.sku.code, "code": code},
                    code="unknown_serial",
                    row=line.position,
                )
            by_place[place].append(code)
        found += [
            replace(part, quantity=Decimal(len(codes)), location_id=place, serials=tuple(codes))
            for place, codes in sorted(by_place.items())
        ]
    return found


def check_number(line: TransferLine, quantity: Decimal, serials: Sequence[str]) -> None:
    """Raises TransferRefused (serials_needed)."""
    if len(serials) != quantity or len(set(serials)) != len(serials):
        raise TransferRefused(
            _("%(sku)s: %(wanted)s go, so name as many different serial numbers; %(there)s are named.")
            % {"sku": line.sku.code, "wanted": plain(quantity), "there": len(set(serials))},
            code="serials_needed",
            row=line.position,
        )


def units_of(
    held: Held, taken: Sequence[tuple[int, TransferLine, Decimal, int | None]], named: Sequence[Sequence[str]]
) -> list[tuple[str, ...]]:
    """The serial numbers that go with each part of what is taken out of transit. named: by wish, the index in taken.

    Where none are named and all of a line's units go, these. Raises TransferRefused (serials_needed,
    unknown_serial: not of this line). Statements: 1, or 0 where nothing is tracked.
    """
    if not any(line.sku.serial_tracked for _index, line, _quantity, _lot in taken):
        return [() for _part in taken]
    moving: defaultdict[int, list[str]] = defaultdict(list)
    units = Serial.objects.filter(
        last_move__source_type=LINE, last_move__source_id__in=[line.pk for line in held.lines], location__kind="transit"
    )
    for line_id, code in units.order_by("code").values_list("last_move__source_id", "code"):
        moving[line_id or 0].append(code)
    left: dict[int, list[str]] = {}
    found: list[tuple[str, ...]] = []
    for index, line, quantity, _lot in taken:
        if not line.sku.serial_tracked:
            found.append(())
            continue
        if index not in left:
            wanted = sum((q for number, _l, q, _o in taken if number == index), Decimal(0))
            left[index] = _wanted(line, wanted, named[index], moving[line.pk])
        found.append(tuple(left[index][: int(quantity)]))
        del left[index][: int(quantity)]
    return found


def _wanted(line: TransferLine, quantity: Decimal, named: Sequence[str], moving: list[str]) -> list[str]:
    if not named and len(moving) == quantity:
        return list(moving)
    check_number(line, quantity, named)
    strange = [code for code in named if code not in moving]
    if strange:
        raise TransferRefused(
            _("%(sku)s: the unit “%(code)s” is not in transit on this transfer.")
            % {"sku": line.sku.code, "code": strange[0]},
            code="unknown_serial",
            row=line.position,
        )
    return list(named)
