"""Returned goods that wait: looked at, and decided on again when quarantine or refurbishing ends."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.money import round_money
from inventory.models import Location
from inventory.services import (
    Lacking,
    MoveRequest,
    MoveResult,
    counterparts,
    lock_lacking,
    lock_stock,
    post_moves,
    serve_lacking,
)
from orders.models import Disposition, Grade
from orders.selectors.returned import GoodsLeft
from orders.services import ReturnRecord, begin_decisions, record_decisions
from warehouse.errors import ReturnRefused
from warehouse.services.return_places import KINDS, Places, places_of
from warehouse.services.write_downs import Worn, write_down

ZERO = Decimal(0)
WAITING = (Disposition.INSPECT, Disposition.QUARANTINE, Disposition.REFURBISH)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a quantity of goods that wait: restock, quarantine, refurbish or scrap, with its grade."""

    goods_id: int
    quantity: Decimal
    disposition: str
    grade: str = ""
    location_id: int | None = None
    note: str = ""


@transaction.atomic(savepoint=False)
def decide_goods(decisions: Sequence[Decision], *, company_id: int, effective_at: datetime, actor: Actor) -> list[int]:
    """Say what becomes of returned goods that wait to be inspected, lie in quarantine or were refurbished.

    A quantity may be split over several decisions. Goods stay at the cost they came back at; scrap is written off,
    a worn grade written down (never up again). What is restocked goes to those who wait (topic published:
    DemandsServed). The ids of the returns that are inspected with it: refund them next.

    Raises ReturnRefused naming every row that cannot be booked (more_than_waits, quantity_not_positive,
    bad_disposition, bad_grade, wrong_place, no_place), NotFound; nothing is written then.
    Statements: 16 and those of the claims and the goods' entries, whatever the number.
    """
    goods = begin_decisions(sorted({decision.goods_id for decision in decisions}), company_id=company_id)
    places = places_of(
        [(goods[d.goods_id].return_line_id, d.location_id) for d in decisions],
        company_id=company_id,
        warehouses={found.return_line_id: found.warehouse_id for found in goods.values()},
        refurbish={goods[d.goods_id].return_line_id for d in decisions if d.disposition == Disposition.REFURBISH},
    )
    _check(decisions, goods, places)
    waiting = _waiting(decisions, goods, places, company_id)
    stock = sorted({(found.sku_id, found.warehouse_id or 0) for found in goods.values()})
    lock_stock(stock, company_id=company_id)
    moved = _move(decisions, goods, places, company_id, effective_at, actor)
    written = _write_down(decisions, goods, stock, company_id, effective_at, actor)
    records = [
        ReturnRecord(
            goods[decision.goods_id].return_line_id,
            decision.quantity,
            decision.disposition,
            decision.grade,
            None if decision.disposition == Disposition.SCRAP else _target(decision, goods, places),
            result.move_id if result else None,
            taken,
            decision.note,
            decision.goods_id,
        )
        for decision, result, taken in zip(decisions, moved, written, strict=True)
    ]
    done = record_decisions(records, goods=goods, company_id=company_id, actor=actor)
    serve_lacking(waiting, company_id=company_id, actor=actor)
    return done


def _waiting(decisions: Sequence[Decision], goods: Mapping[int, GoodsLeft], places: Places, company_id: int) -> Lacking:
    """Who waits for what goes back on the shelf, locked before the goods' levels. Statements: 3 to 6."""
    moving = [
        (goods[decision.goods_id].sku_id, decision.quantity, None, place)
        for decision in decisions
        if (place := _target(decision, goods, places)) is not None
    ]
    return lock_lacking(
        moving, places=Location.objects.in_bulk({place for *_rest, place in moving}), company_id=company_id
    )


def _check(decisions: Sequence[Decision], goods: Mapping[int, GoodsLeft], places: Places) -> None:
    asked: dict[int, Decimal] = defaultdict(Decimal)
    wrong: list[dict[str, Any]] = []
    for row, decision in enumerate(decisions, 1):
        asked[decision.goods_id] += decision.quantity
        found = goods[decision.goods_id]
        if code := _wrong(decision, found, asked[decision.goods_id], places):
            wrong.append({"return_order_id": found.return_order_id, "row": row, "code": code})
    if wrong or not decisions:
        first = wrong[0] if wrong else {"return_order_id": 0, "row": 0, "code": "no_lines"}
        raise ReturnRefused(
            _("Line %(row)s of return RMA-%(return_order_id)06d cannot be booked: %(code)s.") % first, lines=wrong
        )


def _wrong(decision: Decision, found: GoodsLeft, asked: Decimal, places: Places) -> str:
    if decision.quantity <= 0:
        return "quantity_not_positive"
    if found.disposition not in WAITING or found.location_id is None or asked > found.left:
        return "more_than_waits"
    if decision.disposition not in KINDS or decision.disposition == Disposition.INSPECT:
        return "bad_disposition"
    if decision.grade and decision.grade not in Grade.values:
        return "bad_grade"
    place = places.get((found.return_line_id, decision.location_id))
    return place.refusal(decision) if place else "no_place"


def _target(decision: Decision, goods: Mapping[int, GoodsLeft], places: Places) -> int | None:
    return places[goods[decision.goods_id].return_line_id, decision.location_id].location(decision)


def _move(
    decisions: Sequence[Decision],
    goods: Mapping[int, GoodsLeft],
    places: Places,
    company_id: int,
    at: datetime,
    actor: Actor,
) -> list[MoveResult | None]:
    """The moves, for each decision; None where the goods stay where they are."""
    outside = counterparts(company_id)
    requests: dict[int, MoveRequest] = {}
    for index, decision in enumerate(decisions):
        found = goods[decision.goods_id]
        scrap = decision.disposition == Disposition.SCRAP
        target = outside["adjustment"] if scrap else _target(decision, goods, places)
        assert target is not None and found.location_id is not None
        if target == found.location_id:
            continue
        requests[index] = MoveRequest(
            sku_id=found.sku_id,
            quantity=decision.quantity,
            from_location_id=found.location_id,
            to_location_id=target,
            effective_at=at,
            source_type="orders.returnorder",
            source_id=found.return_order_id,
            lot_id=found.lot_id,
            reason="scrap" if scrap else "return",
            dimensions=found.dimensions,
        )
    results = dict(zip(requests, post_moves(list(requests.values()), company_id=company_id, actor=actor), strict=True))
    return [results.get(index) for index in range(len(decisions))]


def _write_down(
    decisions: Sequence[Decision],
    goods: Mapping[int, GoodsLeft],
    stock: Sequence[tuple[int, int]],
    company_id: int,
    at: datetime,
    actor: Actor,
) -> list[Decimal]:
    """What each decision's goods have lost so far. Statements: 2 without grades."""
    worn: list[Worn | None] = []
    for decision in decisions:
        found = goods[decision.goods_id]
        part = decision.quantity / found.quantity
        kept = decision.disposition != Disposition.SCRAP
        worn.append(
            Worn(
                found.sku_id,
                decision.grade,
                found.cost * part,
                round_money(found.write_down * part, 2),
                found.layer_id,
                found.return_line_id,
                found.dimensions,
            )
            if kept
            else None
        )
    values = lock_stock(stock, company_id=company_id)  # after scrap has left
    return write_down(
        worn,
        {sku_id: value for sku_id, (_quantity, value) in values.items()},
        company_id=company_id,
        effective_at=at,
        entry_key=f"return-decision:{min(goods)}:{at.timestamp():f}",
        actor=actor,
    )
