"""The value of moves over the company's border, and the cost rows that go with them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from backoffice.core.db import prepared_cursor
from backoffice.core.money import ZERO, round_money
from inventory.costing import AverageCosts, Costs, CostShort, FifoCosts, Layer, StandardCosts, Use, share, unit_value
from inventory.models import CostMethod
from inventory.selectors.cost_rules import standard_prices
from inventory.services.checking import INTERNAL, refused, refused_item
from inventory.services.locking import MoveFacts
from inventory.services.requests import MoveRequest

_VALUE_NEEDED = frozenset({"supplier", "opening", "production"})


@dataclass(frozen=True, slots=True)
class Valued:
    """value: signed, as it is written on the move. Own goods that come in make a layer, that leave have uses.
    variance: what an arrival brought above the standard price of its SKU."""

    value: Decimal = ZERO
    layer: bool = False
    uses: list[Use] = field(default_factory=list)
    variance: Decimal = ZERO


@dataclass(slots=True)
class _Issue:
    """What may still come back of an issue."""

    sku_id: int
    quantity: Decimal
    value: Decimal


def crosses_border(move: MoveRequest, facts: MoveFacts) -> bool:
    """Whether own goods enter or leave the company."""
    return move.owner_id is None and (facts.from_kind in INTERNAL) != (facts.to_kind in INTERNAL)


def is_drop_ship(move: MoveRequest, facts: MoveFacts) -> bool:
    """Whether a supplier's goods go straight to a customer: they cost what the supplier asks and are never stock."""
    return move.owner_id is None and facts.from_kind == "supplier" and facts.to_kind == "customer"


def value_moves(
    moves: Sequence[MoveRequest], facts: Sequence[MoveFacts], *, company_id: int, exponent: int
) -> list[Valued]:
    """Work through the moves in order, costs being locked. Statements: 1 if a FIFO SKU leaves, 1 for standard prices, 1 if something
    comes back to its issue, 1 if goods are found of which there are none.

    Raises StockRefused (return_mismatch); ValueError if a value is missing or not in whole minor units.
    """
    pairs = list(zip(moves, facts, strict=True))
    costs = _present_costs([(m, f) for m, f in pairs if crosses_border(m, f)], company_id, exponent)
    issues = _issues([m.returns_move_id for m in moves if m.returns_move_id is not None], company_id)
    last = _last_layers(
        [m.sku_id for m, f in pairs if crosses_border(m, f) and _at_todays_cost(m, f) and not costs[m.sku_id].quantity]
    )
    valued = []
    for index, (move, found) in enumerate(pairs):
        if not crosses_border(move, found):
            valued.append(Valued(-(move.value or ZERO)) if is_drop_ship(move, found) else Valued())
            continue
        pool = costs[move.sku_id]
        if found.to_kind in INTERNAL:
            value = _arriving_value(index, move, found, pool, issues, last, exponent)
            pool.add(found.move_id, move.quantity, value)
            variance = pool.variances[found.move_id] if isinstance(pool, StandardCosts) else ZERO
            valued.append(Valued(value, layer=True, variance=variance))
        else:
            try:
                uses = pool.take(move.quantity, exponent)
            except CostShort:
                raise refused([refused_item(index, "not_enough_stock", move, found, pool.quantity)]) from None
            valued.append(Valued(-sum((use.value for use in uses), ZERO), uses=uses))
    return valued


def _at_todays_cost(move: MoveRequest, facts: MoveFacts) -> bool:
    return facts.to_kind in INTERNAL and move.value is None and move.returns_move_id is None


def _arriving_value(
    index: int,
    move: MoveRequest,
    facts: MoveFacts,
    pool: Costs,
    issues: dict[int, _Issue],
    last: dict[int, tuple[Decimal, Decimal]],
    exponent: int,
) -> Decimal:
    if move.returns_move_id is not None:
        issue = issues.get(move.returns_move_id)
        if issue is None or issue.sku_id != move.sku_id or issue.quantity < move.quantity:
            left = issue.quantity if issue else ZERO
            raise refused([refused_item(index, "return_mismatch", move, facts, left)])
        value = share(issue.value, move.quantity, issue.quantity, exponent)
        issue.quantity -= move.quantity
        issue.value -= value
        return value
    if move.value is not None:
        if move.value < 0 or move.value != round_money(move.value, exponent):
            raise ValueError(f"a value is in whole minor units and not negative, not {move.value}")
        return move.value
    if facts.from_kind in _VALUE_NEEDED:
        raise ValueError(f"goods from a {facts.from_kind} need a value")
    if isinstance(pool, StandardCosts):
        return pool.arriving(move.quantity)
    if pool.quantity:
        return unit_value(pool, move.quantity, exponent)
    quantity, value = last.get(move.sku_id, (Decimal(1), ZERO))
    return round_money(value * move.quantity / quantity, exponent)


def _present_costs(
    crossing: Sequence[tuple[MoveRequest, MoveFacts]], company_id: int, exponent: int
) -> dict[int, Costs]:
    fifo = {m.sku_id for m, f in crossing if f.cost_method == CostMethod.FIFO}
    layers: dict[int, list[Layer]] = {sku: [] for sku in fifo}
    if fifo:
        for sku, layer_id, quantity, value in _rows(
            "SELECT sku_id, move_id, remaining, remaining_value FROM inventory_costlayer"
            " WHERE sku_id = ANY(%s) AND NOT pooled AND used < quantity ORDER BY sku_id, move_id",
            [sorted(fifo)],
        ):
            layers[sku].append(Layer(layer_id, quantity, value))
    standard = {m.sku_id for m, f in crossing if f.cost_method == CostMethod.STANDARD}
    prices = standard_prices(company_id, standard) if standard else {}
    costs: dict[int, Costs] = {}
    for move, found in crossing:
        quantity, value = found.cost_quantity or ZERO, found.cost_value or ZERO
        if move.sku_id in costs:
            continue
        if move.sku_id in fifo:
            costs[move.sku_id] = FifoCosts(layers[move.sku_id])
        elif move.sku_id in prices:
            costs[move.sku_id] = StandardCosts(quantity, value, prices[move.sku_id], exponent)
        else:  # average; and standard cost before its first price, so that nothing counts for nothing
            costs[move.sku_id] = AverageCosts(quantity, value)
    return costs


def _issues(move_ids: Sequence[int], company_id: int) -> dict[int, _Issue]:
    if not move_ids:
        return {}
    rows = _rows(
        "SELECT m.id, m.sku_id, m.quantity - coalesce(r.quantity, 0), -m.value - coalesce(r.value, 0)"
        " FROM inventory_stockmove m LEFT JOIN LATERAL (SELECT sum(x.quantity) AS quantity, sum(x.value) AS value"
        " FROM inventory_stockmove x WHERE x.returns_move_id = m.id) r ON true"
        " WHERE m.id = ANY(%s) AND m.company_id = %s AND m.value <= 0",
        [sorted(set(move_ids)), company_id],
    )
    return {move_id: _Issue(sku, quantity, value) for move_id, sku, quantity, value in rows}


def _last_layers(sku_ids: Sequence[int]) -> dict[int, tuple[Decimal, Decimal]]:
    """The newest arrival's quantity and value by SKU: the last cost known when nothing is left."""
    if not sku_ids:
        return {}
    rows = _rows(
        "SELECT s.id, l.quantity, l.value FROM unnest(%s::bigint[]) s (id) CROSS JOIN LATERAL ("
        "SELECT c.quantity, c.value FROM inventory_costlayer c WHERE c.sku_id = s.id"
        " ORDER BY c.move_id DESC LIMIT 1) l",
        [sorted(set(sku_ids))],
    )
    return {sku: (quantity, value) for sku, quantity, value in rows}


def _rows(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with prepared_cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
