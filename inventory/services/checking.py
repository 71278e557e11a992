"""Whether goods can move as asked, decided before anything is written."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.money import ZERO
from inventory.errors import StockRefused
from inventory.models import INTERNAL_KINDS, SELLABLE_KINDS
from inventory.services.locking import MoveFacts
from inventory.services.requests import MoveRequest

INTERNAL = frozenset(INTERNAL_KINDS)
SELLABLE = frozenset(SELLABLE_KINDS)
_STEP = Decimal("0.000001")


def check_requests(moves: Sequence[MoveRequest]) -> None:
    """Raise ValueError for what no honest caller sends: quantities not above zero, keys given twice."""
    keys = [move.source_key for move in moves if move.source_key is not None]
    if len(set(keys)) < len(keys):
        raise ValueError("a source_key is given twice")
    for move in moves:
        if not (move.quantity > 0 and move.quantity % _STEP == 0):
            raise ValueError(f"a quantity is above zero with at most 6 decimals, not {move.quantity}")
        if move.effective_at.tzinfo is None:
            raise ValueError("effective_at needs a time zone")
        if move.from_location_id == move.to_location_id:
            raise ValueError("goods move between two places")


class Book:
    """What is free at each place and level while a batch is worked through, in order."""

    def __init__(self) -> None:
        self.free: dict[tuple[Any, ...], Decimal] = {}
        self.came: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
        self.available: dict[tuple[Any, ...], Decimal] = {}
        self.arrived: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
        self.claims: dict[tuple[str, int], Decimal] = {}

    def refusal(self, move: MoveRequest, facts: MoveFacts) -> tuple[str, Decimal]:
        """(code, what is there); code "" if the move is possible, and then it is counted."""
        code, there = self._leave(move, facts) if facts.from_kind in INTERNAL else ("", ZERO)
        if not code and facts.to_kind in INTERNAL:
            self._arrive(move, facts)
        return code, there

    def _leave(self, move: MoveRequest, facts: MoveFacts) -> tuple[str, Decimal]:
        place = (move.sku_id, move.from_location_id, move.lot_id, move.owner_id)
        if place not in self.free:
            self.free[place] = (facts.there or ZERO) - (facts.picked or ZERO) + self.came.pop(place, ZERO)
        if move.bin_claim_id is None:
            if self.free[place] < move.quantity:
                return "not_enough_stock", self.free[place]
        elif not facts.bin_fits:
            return "bin_claim_mismatch", ZERO
        elif (left := self._claim("bin", move.bin_claim_id, facts.bin_open)) < move.quantity:
            return "bin_claim_too_small", left
        stays = facts.to_kind in SELLABLE and facts.to_warehouse == facts.from_warehouse
        leaves = facts.from_kind in SELLABLE and not stays
        level = (move.sku_id, facts.from_warehouse, move.owner_id)
        if move.allocation_id is not None:
            if not (leaves and facts.allocation_fits):
                return "allocation_mismatch", ZERO
            if (left := self._claim("allocation", move.allocation_id, facts.allocation_open)) < move.quantity:
                return "allocation_too_small", left
            self.claims["allocation", move.allocation_id] -= move.quantity
        elif leaves:
            if level not in self.available:
                self.available[level] = (
                    (facts.sellable or ZERO) - (facts.reserved or ZERO) + self.arrived.pop(level, ZERO)
                )
            if self.available[level] < move.quantity:
                return "reserved", self.available[level]
            self.available[level] -= move.quantity
        if move.bin_claim_id is None:
            self.free[place] -= move.quantity
        else:
            self.claims["bin", move.bin_claim_id] -= move.quantity
        return "", ZERO

    def _claim(self, kind: str, claim_id: int, opened: Decimal | None) -> Decimal:
        return self.claims.setdefault((kind, claim_id), opened or ZERO)

    def _arrive(self, move: MoveRequest, facts: MoveFacts) -> None:
        place = (move.sku_id, move.to_location_id, move.lot_id, move.owner_id)
        if place in self.free:
            self.free[place] += move.quantity
        else:
            self.came[place] += move.quantity
        stays = facts.from_kind in SELLABLE and facts.to_warehouse == facts.from_warehouse
        if facts.to_kind in SELLABLE and not stays:
            level = (move.sku_id, facts.to_warehouse, move.owner_id)
            if level in self.available:
                self.available[level] += move.quantity
            else:
                self.arrived[level] += move.quantity


def check_stock(moves: Sequence[MoveRequest], facts: Sequence[MoveFacts]) -> None:
    """Raise StockRefused, naming every move that cannot be made; moves posted before are passed over."""
    book = Book()
    items = []
    for index, (move, found) in enumerate(zip(moves, facts, strict=True)):
        there = ZERO
        if found.old_id is not None:
            code = "" if found.old_same else "source_key_reused"
        elif found.sku_code is None:
            code = "unknown_sku"
        elif found.from_kind is None or found.to_kind is None:
            code = "unknown_location"
        elif found.lot_lacks:
            code = found.lot_lacks
        else:
            code, there = book.refusal(move, found)
        if code:
            items.append(refused_item(index, code, move, found, there))
    if items:
        raise refused(items)


def refused_item(index: int, code: str, move: MoveRequest, facts: MoveFacts, there: Decimal = ZERO) -> dict[str, Any]:
    return {
        "index": index,
        "code": code,
        "sku": facts.sku_code or f"#{move.sku_id}",
        "location": facts.from_code or f"#{move.from_location_id}",
        "wanted": f"{move.quantity.normalize():f}",
        "there": f"{there.normalize():f}",
    }


def refused(items: list[dict[str, Any]]) -> StockRefused:
    first = items[0]
    return StockRefused(_detail(first) % first, items=items)


def _detail(item: dict[str, Any]) -> str:
    """What a person is told of the first that is refused."""
    return {
        "lot_held": _("The lot of %(sku)s is blocked: nothing of it leaves before its block is lifted."),
        "lot_needed": _("%(sku)s is tracked by lot: name the lot."),
        "expiry_date_needed": _("%(sku)s needs lots with an expiry date: give the lot one first."),
        "serials_needed": _("%(sku)s is tracked by serial number: name one for each of the %(wanted)s units."),
        "serial_twice": _("Serial number %(serial)s of %(sku)s is named twice."),
        "serial_elsewhere": _("Serial number %(serial)s of %(sku)s is not at %(location)s: it is at %(there)s."),
        "serial_not_tracked": _("%(sku)s is not tracked by serial number."),
    }.get(item["code"], _("%(wanted)s of %(sku)s cannot leave %(location)s (%(there)s there): %(code)s."))
