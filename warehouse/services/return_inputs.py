"""What the dock says of return parcels, and whether it can be booked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from orders.models import Grade
from orders.services import ReturnPlan, ReturnPlanLine
from warehouse.errors import ReturnRefused
from warehouse.services.return_places import KINDS, Key, Places


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """What came of a return line. disposition: restock, quarantine, refurbish, scrap, or inspect (looked at later).

    grade: A to D, or empty. location_id empty: the place of that disposition, or for restock the bin that holds the
    SKU (or the first one) where it left from. serials: the units that came, empty where all that left did.
    """

    return_line_id: int
    quantity: Decimal
    disposition: str
    location_id: int | None = None
    grade: str = ""
    note: str = ""
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnexpectedGoods:
    """Goods in the parcel that the return says nothing of: too many, or something else."""

    sku_id: int
    quantity: Decimal
    disposition: str
    grade: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReturnReceipt:
    """One return parcel. warehouse_id: where it came; empty: where its goods left from."""

    return_order_id: int
    lines: Sequence[ReturnedLine]
    unexpected: Sequence[UnexpectedGoods] = field(default=())
    warehouse_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReturnResult:
    """state: resolved (all is in and refunded), inspected (all is in) or received (more is expected)."""

    return_order_id: int
    state: str
    receipt_id: int
    credit_note_id: int | None = None
    credit_note_number: str = ""


def key_of(line: ReturnedLine) -> Key:
    return line.return_line_id, line.location_id


def check_lines(
    returns: Sequence[ReturnReceipt],
    plans: Mapping[int, ReturnPlan],
    expected: Mapping[int, ReturnPlanLine],
    places: Places,
) -> None:
    arrived: dict[int, Decimal] = defaultdict(Decimal)
    wrong = []
    for given in returns:
        own = {line.return_line_id for line in plans[given.return_order_id].lines}
        for row, line in enumerate(given.lines, 1):
            known = expected.get(line.return_line_id) if line.return_line_id in own else None
            arrived[line.return_line_id] += line.quantity
            if code := _wrong(line, known, arrived[line.return_line_id], places):
                wrong.append({"return_order_id": given.return_order_id, "row": row, "code": code})
        if not given.lines:
            wrong.append({"return_order_id": given.return_order_id, "row": 0, "code": "no_lines"})
    if wrong:
        raise refused(wrong)


def refused(wrong: list[dict[str, Any]]) -> ReturnRefused:
    return ReturnRefused(
        _("Line %(row)s of return RMA-%(return_order_id)06d cannot be booked: %(code)s.") % wrong[0], lines=wrong
    )


def _wrong(line: ReturnedLine, known: ReturnPlanLine | None, arrived: Decimal, places: Places) -> str:
    if known is None or known.sku_id is None:
        return "unknown_line"
    if line.quantity <= 0 or arrived > known.quantity - known.received:
        return "more_than_expected" if line.quantity > 0 else "quantity_not_positive"
    if line.disposition not in KINDS or (line.grade and line.grade not in Grade.values):
        return "bad_disposition" if line.disposition not in KINDS else "bad_grade"
    place = places.get(key_of(line))
    return place.refusal(line) if place else "no_place"
