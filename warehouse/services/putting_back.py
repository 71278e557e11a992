"""Goods that were picked and do not leave after all go back to the bins they came from."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows, prepared_cursor
from inventory.services import MoveRequest, Release, post_moves, release
from orders.services.picking_kits import LeftOver, cut_to_whole_kits
from warehouse.services.standing import stock_again
from warehouse.services.tasks import Task

ZERO = Decimal(0)
PUT_BACK_PRIORITY = 50


def put_back_broken_kits(
    fulfilment_ids: Collection[int],
    *,
    tasks: Mapping[int, Task],
    picked: Mapping[int, Decimal],
    company_id: int,
    at: datetime,
    actor: Actor,
) -> None:
    """Components of kits that cannot be complete go back to their bins, and their claims are given back.

    tasks: of the fulfilments, locked, with their allocations; picked: by task. Statements: 1, about 8 if there is any.
    """
    left_over = cut_to_whole_kits(fulfilment_ids, company_id=company_id, actor=actor)
    if not left_over:
        return
    parts = _parts(left_over, tasks, picked)
    release([Release(item.allocation_id, item.quantity) for item in left_over], company_id=company_id, actor=actor)
    move_back(
        [(task, quantity, task.from_location_id) for task, quantity in parts], company_id=company_id, at=at, actor=actor
    )


class Picked(Protocol):
    """A pick task: what was taken, and the place that it was brought to."""

    @property
    def id(self) -> int: ...
    @property
    def sku_id(self) -> int: ...
    @property
    def lot_id(self) -> int | None: ...
    @property
    def owner_id(self) -> int | None: ...
    @property
    def from_location_id(self) -> int: ...
    @property
    def to_location_id(self) -> int: ...


def move_back(parts: Sequence[tuple[Picked, Decimal, int]], *, company_id: int, at: datetime, actor: Actor) -> None:
    """Quantities of picks from staging into bins (task, quantity, location), and the tasks say so.

    A pallet that was picked whole lies where it was picked from: it is stock again, and nothing moves.
    Statements: those of post_moves, and at most 3.
    """
    stock_again({place for task, _quantity, place in parts if place == task.to_location_id})
    post_moves(
        [
            MoveRequest(
                sku_id=task.sku_id,
                quantity=quantity,
                from_location_id=task.to_location_id,
                to_location_id=place,
                effective_at=at,
                source_type="warehouse.picktask",
                source_id=task.id,
                lot_id=task.lot_id,
                owner_id=task.owner_id,
                reason="put_back",
            )
            for task, quantity, place in parts
            if place != task.to_location_id
        ],
        company_id=company_id,
        actor=actor,
    )
    count_back([(task, quantity) for task, quantity, _place in parts])


_WAYS = """
SELECT t.id, l.warehouse_id, CASE WHEN x.is_active AND x.blocked_at IS NULL THEN x.id END,
    CASE WHEN u.is_active THEN u.id END
FROM warehouse_picktask t JOIN warehouse_picklist l ON l.id = t.pick_list_id
JOIN inventory_location x ON x.id = t.from_location_id LEFT JOIN core_user u ON u.id = t.picked_by_id
WHERE t.id = ANY(%s)
"""
_TASK = {
    "company_id": "bigint", "warehouse_id": "bigint", "kind": "text", "priority": "int", "sku_id": "bigint",
    "lot_id": "bigint", "owner_id": "bigint", "quantity": "numeric", "from_location_id": "bigint",
    "to_location_id": "bigint", "reason": "text", "source_type": "text", "source_id": "bigint", "device": "text",
    "created_by_label": "text", "status": "text", "assigned_to_id": "bigint",
}  # fmt: skip


def direct_back(parts: Sequence[tuple[Picked, Decimal]], *, reason: str, company_id: int, actor: Actor) -> None:
    """Whoever picked these quantities gets tasks that bring them from staging, or from the tote, back to their bins.

    A bin that is blocked meanwhile leaves the place open; what was picked whole, on its pallet, is stock again where
    it stands. Statements: 0, or 2 to 4.
    """
    if not parts:
        return
    with prepared_cursor() as cursor:
        cursor.execute(_WAYS, [[task.id for task, _quantity in parts]])
        ways = {pk: rest for pk, *rest in cursor.fetchall()}
    stock_again({task.to_location_id for task, _quantity in parts if task.to_location_id == task.from_location_id})
    rows: list[tuple[Any, ...]] = []
    for task, quantity in parts:
        warehouse_id, place, user = ways[task.id]
        if task.to_location_id == task.from_location_id:
            continue
        said = _("Put back: %(reason)s") % {"reason": reason[:250]}
        rows.append(
            (
                company_id, warehouse_id, "put_away", PUT_BACK_PRIORITY, task.sku_id, task.lot_id, task.owner_id, quantity,
                task.to_location_id, place, said[:300], "warehouse.picktask", task.id, "", actor.label,
                "assigned" if user else "open", user,
            )
        )  # fmt: skip
    insert_rows("warehouse_floortask", _TASK, rows)


def count_back(parts: Sequence[tuple[Picked, Decimal]]) -> None:
    """The tasks say what of them was put back, or is to be. Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE warehouse_picktask t SET put_back = t.put_back + n.quantity FROM (SELECT id, sum(quantity) AS quantity"
            " FROM unnest(%s::bigint[], %s::numeric[]) AS g(id, quantity) GROUP BY id) n WHERE t.id = n.id",
            [[task.id for task, _quantity in parts], [quantity for _task, quantity in parts]],
        )


def _parts(
    left_over: Sequence[LeftOver], tasks: Mapping[int, Task], picked: Mapping[int, Decimal]
) -> list[tuple[Task, Decimal]]:
    """From which picks: the last ones first, for the first ones ship."""
    found = []
    for item in left_over:
        left = item.quantity
        own = [task for pk, task in tasks.items() if task.fulfilment_line_id == item.fulfilment_line_id]
        for task in sorted(own, key=lambda task: -task.id):
            part = min(left, picked.get(task.id, task.picked))
            if part > 0:
                found.append((task, part))
                left -= part
    return found
