"""Scans of handhelds in the middle of a grown history: the server's time for one command, from request to commit.

A kind of scan is one function in KINDS: it prepares open work beside finished rows, and gives the commands to be sent.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test import Client

from backoffice.collector import calm_collector
from backoffice.core.models import User
from backoffice.core.roles import as_owner
from bench import house as our
from bench import picks
from inventory.models import Location, Sku, Warehouse
from inventory.services import BinPlan, make_bins
from warehouse.models import CountTask, FloorTask, ScanSession, Stocktake
from warehouse.scan.guard import COOKIE
from warehouse.services import scan

WARM, TIMES = 20, 300
BINS = "B-{01..20}-{A..E}-{01..10}"

# One row for each finished and each open task; triggers are off meanwhile, for the rows are right by making.
_TASKS = """
INSERT INTO warehouse_floortask (company_id, warehouse_id, kind, status, priority, sku_id, quantity, done,
    from_location_id, to_location_id, reason, source_type, device, created_by_label, created_at, started_at, finished_at)
SELECT %(company)s, %(warehouse)s, 'put_away', %(status)s, 100,
    (%(skus)s::bigint[])[1 + n %% %(sku_count)s], 1, CASE WHEN %(over)s THEN 1 ELSE 0 END,
    %(dock)s, (%(bins)s::bigint[])[1 + n %% %(bin_count)s], 'Empty', '', '', 'bench', now() - interval '1 day',
    CASE WHEN %(over)s THEN now() END, CASE WHEN %(over)s THEN now() END
FROM generate_series(1, %(count)s) n
"""


@dataclass(frozen=True, slots=True)
class Floor:
    """A house with bins and a handheld that somebody is signed in on."""

    house: our.House
    warehouse: Warehouse
    dock_id: int
    bin_ids: list[int]
    client: Client
    session: str
    user_id: int

    def send(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        command = {
            "id": str(uuid4()), "session": self.session, "sequence": time.monotonic_ns() % 10**12, "kind": kind,
            "scanned_at": now, "body": body,
        }  # fmt: skip
        text = json.dumps({"sent_at": now, "commands": [command]})
        answer = self.client.post("/api/v1/scan/commands/", text, content_type="application/json")
        [result] = answer.json()["results"]
        if result["state"] != "done":
            raise RuntimeError(f"a scan was not done: {result}")
        return result  # type: ignore[no-any-return]


def measure(progress: Any, *, kind: str, finished: int, open_tasks: int) -> dict[str, Any]:
    """p50_ms, p95_ms: of the server's time for one scan."""
    floor = _floor(progress)
    commands = KINDS[kind](floor, progress, finished, open_tasks)
    our.analyse()
    calm_collector()
    taken = []
    bar = progress.add_task("scanning", total=WARM + TIMES)
    for number in range(WARM + TIMES):
        name, body = next(commands)
        started = time.perf_counter()
        floor.send(name, body)
        if number >= WARM:
            taken.append((time.perf_counter() - started) * 1000)
        progress.advance(bar)
    cuts = statistics.quantiles(taken, n=100)
    return {
        "kind": kind, "p50_ms": round(cuts[49], 1), "p95_ms": round(cuts[94], 1), "worst_ms": round(max(taken), 1),
        "scans": TIMES, "finished": finished, "open": open_tasks,
    }  # fmt: skip


def _floor(progress: Any) -> Floor:
    house = our.build(progress, products=500)
    warehouse = Warehouse.objects.get(company_id=house.company_id, code="MAIN")
    make_bins(BinPlan(BINS), warehouse=warehouse, actor=our.ACTOR)
    dock = Location.objects.get(warehouse=warehouse, kind="dock")
    bins = list(Location.objects.filter(warehouse=warehouse, code__startswith="B-").values_list("pk", flat=True))
    user = User.objects.create(username="bench-picker", is_superuser=True)
    made = scan.create_device(company_id=house.company_id, warehouse_id=warehouse.pk, name="bench", actor=our.ACTOR)
    device, token = scan.enrol_device(made.code)
    client = Client()
    client.cookies[COOKIE] = token
    session = ScanSession.objects.create(device=device, user=user, method="badge")
    return Floor(house, warehouse, dock.pk, bins, client, str(session.token), user.pk)


def put_away(floor: Floor, progress: Any, finished: int, open_tasks: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Goods on the dock, each scan one task into the bin that it names."""
    our.stock(floor.house, floor.house.sku_ids, floor.dock_id, Decimal(open_tasks))
    bar = progress.add_task("writing tasks", total=finished + open_tasks)
    given: dict[str, Any] = {
        "company": floor.house.company_id, "warehouse": floor.warehouse.pk, "skus": floor.house.sku_ids,
        "sku_count": len(floor.house.sku_ids), "dock": floor.dock_id, "bins": floor.bin_ids,
        "bin_count": len(floor.bin_ids),
    }  # fmt: skip
    with as_owner(connection), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE warehouse_floortask DISABLE TRIGGER USER")
        cursor.execute(_TASKS, {**given, "status": "done", "over": True, "count": finished})
        progress.advance(bar, finished)
        cursor.execute(_TASKS, {**given, "status": "open", "over": False, "count": open_tasks})
        progress.advance(bar, open_tasks)
        cursor.execute("ALTER TABLE warehouse_floortask ENABLE TRIGGER USER")
    codes = dict(Sku.objects.filter(pk__in=floor.house.sku_ids).values_list("pk", "code"))
    rows = FloorTask.objects.filter(status="open").select_related("to_location").order_by("pk")
    return iter(
        [
            (
                "floor",
                {
                    "task": task.pk, "from": "", "code": codes[task.sku_id], "quantity": "1",
                    "to": task.to_location.code if task.to_location else "",
                },
            )
            for task in rows[: WARM + TIMES]
        ]
    )  # fmt: skip


# Of each place and SKU one task is open; a stocktake has each pair once.
_COUNTS = """
INSERT INTO warehouse_counttask (stocktake_id, warehouse_id, location_id, sku_id, status, round, priority, counter_id, device,
    reason, created_at, started_at, finished_at)
SELECT (%(stocktakes)s::bigint[])[1 + n / %(pairs)s], %(warehouse)s, (%(bins)s::bigint[])[1 + n %% %(bin_count)s],
    (%(skus)s::bigint[])[1 + n %% %(pairs)s / %(bin_count)s], %(status)s, 1, 100, CASE WHEN %(over)s THEN %(user)s::bigint END, '', '',
    now() - interval '1 day', CASE WHEN %(over)s THEN now() END, CASE WHEN %(over)s THEN now() END
FROM generate_series(0, %(count)s - 1) n
"""


def count(floor: Floor, progress: Any, finished: int, open_tasks: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each scan says how much of a SKU lies in a bin, or that the bin is counted: one after the other."""
    pairs = len(floor.bin_ids) * len(floor.house.sku_ids)
    made = [
        Stocktake.objects.create(
            company_id=floor.house.company_id, warehouse=floor.warehouse, status="counting", created_label="bench"
        ).pk
        for _number in range(1 + max(finished, open_tasks) // pairs)
    ]
    ahead = Stocktake.objects.create(
        company_id=floor.house.company_id, warehouse=floor.warehouse, status="counting", created_label="bench"
    ).pk
    bar = progress.add_task("writing tasks", total=finished + open_tasks)
    given: dict[str, Any] = {
        "warehouse": floor.warehouse.pk, "skus": floor.house.sku_ids, "bins": floor.bin_ids, "pairs": pairs,
        "bin_count": len(floor.bin_ids), "user": User.objects.get(username="bench-picker").pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {**given, "stocktakes": made, "status": "counted", "over": True, "count": finished})
        progress.advance(bar, finished)
        cursor.execute(_COUNTS, {**given, "stocktakes": [ahead], "status": "open", "over": False, "count": open_tasks})
        progress.advance(bar, open_tasks)
    rows = CountTask.objects.filter(stocktake=ahead, status="open").select_related("location", "sku").order_by("pk")
    commands: list[tuple[str, dict[str, Any]]] = []
    for task in rows[: WARM + TIMES]:
        body = {"task": task.pk, "bin": task.location.code}
        commands += [
            ("count", {**body, "code": task.sku.code if task.sku else "", "quantity": "3"}),
            ("count_done", body),
        ]
    return iter(commands)


def pick(floor: Floor, progress: Any, finished: int, open_tasks: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """See bench/picks.py."""
    return picks.pick(floor, progress, finished, open_tasks, WARM + TIMES)


KINDS: dict[str, Callable[..., Iterator[tuple[str, dict[str, Any]]]]] = {
    "pick": pick,
    "put_away": put_away,
    "count": count,
}
