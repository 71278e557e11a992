"""Pick scans beside a grown history: open lists of two lines, in bins, among finished lists of four."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection

from backoffice.core.roles import as_owner
from bench import house as our
from bench.floors import PRICE
from orders.inputs import LineInput, OrderInput
from orders.services.placing import place_orders
from warehouse.models import PickTask
from warehouse.services import create_pick_lists

if TYPE_CHECKING:
    from bench.scan import Floor

BATCH, LINES, OLD_LINES = 250, 2, 4
FAR = 10**12  # claims and lines of what is finished long ago: nobody reads them

# The rows are right by making: their guards rest meanwhile.
_LISTS = """
INSERT INTO warehouse_picklist (company_id, warehouse_id, fulfilment_id, status, created_at)
SELECT %(company)s, %(warehouse)s, (%(fulfilments)s::bigint[])[1 + n %% %(fulfilment_count)s], 'done', now() - interval '1 day'
FROM generate_series(1, %(lists)s) n RETURNING id
"""
_TASKS = """
INSERT INTO warehouse_picktask (pick_list_id, fulfilment_line_id, bin_claim_id, sku_id, from_location_id, to_location_id,
    quantity, picked, put_back, status, device, started_at, finished_at, picked_by_id)
SELECT %(first)s + n / %(each)s, %(far)s + n, %(far)s + n, (%(skus)s::bigint[])[1 + n %% %(sku_count)s],
    (%(bins)s::bigint[])[1 + n %% %(bin_count)s], %(dock)s, 1, 1, 0, 'done', 'bench', now() - interval '1 day',
    now() - interval '1 day' + n * interval '50 milliseconds', %(user)s
FROM generate_series(0, %(count)s - 1) n
"""


def pick(floor: "Floor", progress: Any, finished: int, open_tasks: int, wanted: int) -> Iterator[tuple[str, Any]]:
    """Each scan takes what one task asks for from the bin that it names."""
    skus, bins = floor.house.sku_ids, floor.bin_ids
    for number, sku_id in enumerate(skus):
        our.stock(floor.house, [sku_id], bins[number % len(bins)], Decimal(open_tasks))
    fulfilments = _place(floor, progress, -(-open_tasks // LINES))
    _history(floor, progress, finished, fulfilments)
    rows = PickTask.objects.filter(status="open", pick_list__fulfilment__in=fulfilments)
    tasks = rows.select_related("from_location", "sku").order_by("pk")[:wanted]
    return iter(
        [
            ("pick", {"task": task.pk, "bin": task.from_location.code, "code": task.sku.code, "quantity": "1"})
            for task in tasks
        ]
    )


def _place(floor: "Floor", progress: Any, orders: int) -> list[int]:
    """Orders with their open pick lists; the fulfilments."""
    bar, found = progress.add_task("orders", total=orders), []
    skus = floor.house.sku_ids
    for start in range(0, orders, BATCH):
        given = [
            OrderInput(
                f"PK-{number}", datetime.now(UTC), "EUR",
                [
                    LineInput(f"#{sku}", Decimal(1), PRICE, sku_id=sku)
                    for sku in (skus[(number * LINES + line) % len(skus)] for line in range(LINES))
                ],
            )
            for number in range(start, min(start + BATCH, orders))
        ]  # fmt: skip
        placed = place_orders(given, channel_id=floor.house.channel_id, actor=our.ACTOR)
        ids = [pk for result in placed for pk in result.fulfilment_ids]
        create_pick_lists(ids, company_id=floor.house.company_id, actor=our.ACTOR)
        found += ids
        progress.advance(bar, len(given))
    return found


def _history(floor: "Floor", progress: Any, finished: int, fulfilments: list[int]) -> None:
    if not finished:
        return
    bar = progress.add_task("writing finished picks", total=finished)
    given: dict[str, Any] = {
        "company": floor.house.company_id, "warehouse": floor.warehouse.pk, "fulfilments": fulfilments,
        "fulfilment_count": len(fulfilments), "lists": -(-finished // OLD_LINES), "each": OLD_LINES, "far": FAR,
        "skus": floor.house.sku_ids, "sku_count": len(floor.house.sku_ids), "bins": floor.bin_ids,
        "bin_count": len(floor.bin_ids), "dock": floor.dock_id, "count": finished, "user": floor.user_id,
    }  # fmt: skip
    with as_owner(connection), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing may be pending where triggers are switched
        for table in ("warehouse_picklist", "warehouse_picktask"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"WITH made AS ({_LISTS}) SELECT min(id) FROM made", given)
        cursor.execute(_TASKS, given | {"first": cursor.fetchone()[0]})
        for table in ("warehouse_picklist", "warehouse_picktask"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    progress.advance(bar, finished)
