"""Goods that were picked and do not leave after all go back to the bins they came from."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from inventory.services import MoveRequest, Release, post_moves, release
from orders.services.picking_kits import LeftOver, cut_to_whole_kits
from warehouse.services.standing import stock_again

if TYPE_CHECKING:
    from warehouse.services.picking import Task

ZERO = Decimal(0)


def put_back_broken_kits(
    fulfilment_ids: Collection[int],
    *,
    tasks: Mapping[int, "Task"],
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
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE warehouse_picktask t SET put_back = t.put_back + n.quantity FROM (SELECT id, sum(quantity) AS quantity"
            " FROM unnest(%s::bigint[], %s::numeric[]) AS g(id, quantity) GROUP BY id) n WHERE t.id = n.id",
            [[task.id for task, _quantity, _place in parts], [quantity for _task, quantity, _place in parts]],
        )


def _parts(
    left_over: Sequence[LeftOver], tasks: Mapping[int, "Task"], picked: Mapping[int, Decimal]
) -> list[tuple["Task", Decimal]]:
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
