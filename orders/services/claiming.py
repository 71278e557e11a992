"""Claiming goods for order lines, and making fulfilments of what is claimed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from inventory.services import Claim, ClaimResult, allocate
from orders.models import SourcingCause
from orders.services.deciding import Decided, OrderWants, decide, record_decisions
from orders.sourcing import Choice, everything_from

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed quantity that a warehouse is to ship."""

    order_id: int
    warehouse_id: int
    order_line_id: int
    allocation_id: int
    quantity: Decimal


def claim(
    orders: Sequence[OrderWants],
    *,
    company_id: int,
    warehouses: Sequence[int],
    is_ruled: bool,
    actor: Actor,
    cause: str = SourcingCause.PLACED,
) -> list[tuple[Choice, ClaimResult]]:
    """Source and claim, order by order as given; what nobody has is left unmet.

    A pinned order is served by its warehouse, and where there is only one warehouse and no rule, by that one.
    Otherwise each order's best plan is found and written down (SourcingDecision).

    Statements: those of inventory's allocate; where a warehouse has to be chosen 5 more, and 1 each where
    kilograms cost and where warehouses are excluded.
    """
    open_choice = is_ruled or len(warehouses) > 1
    chosen: list[tuple[Choice, bool]] = []
    plans: Mapping[int, Decided] = {}
    if open_choice and any(order.pinned is None for order in orders):
        plans = decide(orders, company_id=company_id)
        record_decisions(
            [plans[order.order_id] for order in orders if open_choice and order.pinned is None],
            company_id=company_id,
            cause=cause,
            actor=actor,
        )
    kits = {key: (min(kit.parts), part) for order in orders for kit in order.kits for key, part in kit.parts.items()}
    for order in orders:
        if order.order_id in plans:
            choices = plans[order.order_id].plan.choices
        elif (place := order.pinned or next(iter(warehouses), None)) is not None:
            choices = everything_from(order.wants, place)
        else:
            choices = ()
        if order.kits:  # the components of a kit side by side
            choices = sorted(choices, key=lambda choice: kits.get(choice.key, (0,))[0])
        chosen += [(choice, order.ship_complete) for choice in choices]
    claims = [
        Claim(
            demand_id=choice.key,
            sku_id=choice.sku_id,
            warehouse_id=choice.warehouse_id,
            quantity=choice.quantity,
            allow_partial=not whole,
            kit_group=kits[choice.key][0] if choice.key in kits else None,
            per_kit=kits[choice.key][1] if choice.key in kits else None,
        )
        for choice, whole in chosen
    ]
    results = allocate(claims, company_id=company_id, actor=actor) if claims else []
    return [(choice, result) for (choice, _), result in zip(chosen, results, strict=True)]


# Work that nobody has begun yet takes up what was claimed since: one box rather than two.
_FULFIL = """
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[])
        WITH ORDINALITY AS t(order_id, warehouse_id, order_line_id, allocation_id, quantity, place)
), parts AS (
    SELECT order_id, warehouse_id, min(place) AS place FROM given GROUP BY 1, 2
), present AS (
    SELECT p.order_id, p.warehouse_id, min(f.id) AS id FROM parts p
    JOIN orders_fulfilment f ON f.order_id = p.order_id AND f.warehouse_id = p.warehouse_id AND f.status = 'ready'
    GROUP BY 1, 2
), made AS (
    INSERT INTO orders_fulfilment (company_id, order_id, warehouse_id, status, created_at)
    SELECT %s, order_id, warehouse_id, 'ready', now() FROM parts
    WHERE (order_id, warehouse_id) NOT IN (SELECT order_id, warehouse_id FROM present) ORDER BY place
    RETURNING id, order_id, warehouse_id
), work AS (
    SELECT id, order_id, warehouse_id FROM made UNION ALL SELECT id, order_id, warehouse_id FROM present
)
INSERT INTO orders_fulfilmentline AS fl (fulfilment_id, order_line_id, allocation_id, quantity, picked, shipped)
SELECT work.id, given.order_line_id, given.allocation_id, given.quantity, 0, 0
FROM given JOIN work USING (order_id, warehouse_id) ORDER BY given.place
ON CONFLICT (fulfilment_id, allocation_id) DO UPDATE SET quantity = fl.quantity + EXCLUDED.quantity
RETURNING fulfilment_id
"""


_FULFIL_FIRST = """
WITH made AS (
    INSERT INTO orders_fulfilment (id, company_id, order_id, warehouse_id, status, created_at)
    SELECT id, %s, order_id, warehouse_id, 'ready', now()
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS t(id, order_id, warehouse_id)
)
INSERT INTO orders_fulfilmentline (fulfilment_id, order_line_id, allocation_id, quantity, picked, shipped)
SELECT fulfilment_id, order_line_id, allocation_id, quantity, 0, 0
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[])
    WITH ORDINALITY AS t(fulfilment_id, order_line_id, allocation_id, quantity, place) ORDER BY place
"""


def make_first_fulfilments(
    work: Sequence[Work], drawn: Mapping[int, int], *, company_id: int
) -> Mapping[int, tuple[int, ...]]:
    """The fulfilments of new orders; their ids by order. drawn: an id for each order's.

    While these orders hold the levels they claimed, others wait: nothing is asked back, unless one of them ships from
    several warehouses. Statements: 1, or 0 without work.
    """
    places = dict.fromkeys((item.order_id, item.warehouse_id) for item in work)
    warehouses = dict(places.keys())
    if len(warehouses) < len(places):
        return make_fulfilments(work, company_id=company_id)
    if work:
        ids = [drawn[order_id] for order_id in warehouses]
        lines = zip(*((drawn[w.order_id], w.order_line_id, w.allocation_id, w.quantity) for w in work), strict=True)
        with prepared_cursor() as cursor:
            cursor.execute(
                _FULFIL_FIRST,
                [company_id, ids, list(warehouses), list(warehouses.values()), *(list(column) for column in lines)],
            )
    return {order_id: (drawn[order_id],) for order_id in warehouses}


def make_fulfilments(work: Sequence[Work], *, company_id: int) -> Mapping[int, tuple[int, ...]]:
    """One fulfilment for each order and warehouse, a new one unless one is ready; their ids by order.

    The orders are new or locked. Statements: 1, or 0 without work.
    """
    if not work:
        return {}
    columns = zip(
        *((w.order_id, w.warehouse_id, w.order_line_id, w.allocation_id, w.quantity) for w in work), strict=True
    )
    with prepared_cursor() as cursor:
        cursor.execute(_FULFIL, [*(list(column) for column in columns), company_id])
        made = [fulfilment_id for (fulfilment_id,) in cursor.fetchall()]
    found: dict[int, dict[int, None]] = {}
    for item, fulfilment_id in zip(work, made, strict=True):
        found.setdefault(item.order_id, {})[fulfilment_id] = None
    return {order_id: tuple(ids) for order_id, ids in found.items()}
