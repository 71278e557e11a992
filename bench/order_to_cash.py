"""One order, three lines: place, claim, pick, pack, ship, invoice, post; beside the floors, in rounds."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from backoffice.collector import calm_collector
from bench import house as our
from bench.clients import Clients, rss_mib
from bench.floors import Floors
from bench.statements import counted

ROUNDS = 5
FLOOR_BATCH = 250


@dataclass(frozen=True, slots=True)
class Options:
    orders: int
    batch: int
    clients: int
    path: str


@dataclass(frozen=True, slots=True)
class Worked:
    seconds: list[float]  # of each batch
    statements: int  # of one batch, BEGIN and COMMIT included
    rss_mib: float


class Client:
    """What one client process keeps between its rounds."""

    maker: our.Maker | None = None
    statements = 0  # of one batch; counted before the clock runs, for counting costs time

    def __init__(self, house: our.House, options: Options) -> None:
        self.house, self.options = house, options

    def __call__(self, number: int, orders: int) -> Worked:
        if self.maker is None:
            self.maker = our.Maker(self.house, seed=number + 1)
            self._run(self.options.batch)  # the first call loads code and plans
            calm_collector()  # as web and workers do
            with counted() as count:
                self._run(self.options.batch)
            self.statements = count.statements + 2 * (1 if self.options.path == "straight" else 4)
        return Worked(self._run(orders), self.statements, rss_mib())

    def _run(self, orders: int) -> list[float]:
        """The seconds of each batch."""
        assert self.maker is not None
        work = self.maker.straight if self.options.path == "straight" else self.maker.steps
        seconds = []
        for start in range(0, orders, self.options.batch):
            made = self.maker.orders(min(self.options.batch, orders - start))
            started = time.perf_counter()
            work(made)
            seconds.append(time.perf_counter() - started)
        return seconds


def measure(options: Options, progress: Any) -> dict[str, Any]:
    """Rates are medians over rounds in which ours and the floors take turns on the same server."""
    house = our.build(progress)
    connection.close()
    with Clients(Client(house, options), options.clients) as clients:
        floors = Floors(os.environ["DATABASE_URL"])
        bar = progress.add_task("building the floors", total=1)
        floors.build()
        progress.update(bar, completed=1)
        result = _rounds(options, clients, floors, progress)
        floors.close()
    return result | _proof(house, options)


def _rounds(options: Options, clients: Clients, floors: Floors, progress: Any) -> dict[str, Any]:
    per_round = max(options.batch, options.orders // ROUNDS // options.clients // options.batch * options.batch)
    bar = progress.add_task(f"measuring, {ROUNDS} rounds", total=ROUNDS)
    clients.run([(options.batch,)] * options.clients)  # warm up
    floors.rows(20)
    floors.batch(FLOOR_BATCH)
    ours, alone, rows, batches, worked = [], [], [], [], []
    for _round in range(ROUNDS):
        seconds, answers = clients.run([(per_round,)] * options.clients)
        ours.append(per_round * options.clients / seconds)
        worked += answers
        if options.clients > 1:
            seconds, _answers = clients.run([(per_round,)])
            alone.append(per_round / seconds)
        rows.append(_rate(floors.rows, 200))
        batches.append(_rate(floors.batch, 4 * FLOOR_BATCH))
        progress.advance(bar)
    return _figures(options, ours, alone, rows, batches, worked)


def _rate(write: Callable[[int], None], orders: int) -> float:
    started = time.perf_counter()
    write(orders)
    return orders / (time.perf_counter() - started)


def _figures(
    options: Options,
    ours: list[float],
    alone: list[float],
    rows: list[float],
    batches: list[float],
    worked: list[Worked],
) -> dict[str, Any]:
    calls = [seconds for work in worked for seconds in work.seconds]
    statements = max(work.statements for work in worked)
    first, last = worked[0].seconds, worked[-1].seconds
    rate, floor_rows, floor_batch = statistics.median(ours), statistics.median(rows), statistics.median(batches)
    figures = {
        "orders_per_s": round(rate, 1),
        "ms_per_order": round(1000 * statistics.median(calls) / options.batch, 3),
        "statements_per_order": round(statements / options.batch, 2),
        "statements_per_batch": statements,
        "floor_rows_orders_per_s": round(floor_rows, 1),
        "floor_batch_orders_per_s": round(floor_batch, 1),
        "of_floor_rows": round(statistics.median(o / f for o, f in zip(ours, rows, strict=True)), 3),
        "of_floor_batch": round(statistics.median(o / f for o, f in zip(ours, batches, strict=True)), 3),
        "path": options.path,
        "orders": len(calls) * options.batch,
        "batch": options.batch,
        "clients": options.clients,
        "rounds": ROUNDS,
        "ms_per_order_first": round(1000 * statistics.median(first[:100]) / options.batch, 3),
        "ms_per_order_last": round(1000 * statistics.median(last[-100:]) / options.batch, 3),
        "worker_rss_mib": round(max(w.rss_mib for w in worked), 1),
    }
    if alone:
        figures["one_client_orders_per_s"] = round(statistics.median(alone), 1)
        figures["times_one_client"] = round(statistics.median(o / a for o, a in zip(ours, alone, strict=True)), 3)
    return figures


def _proof(house: our.House, options: Options) -> dict[str, Any]:
    """That the figures are of real work: every invoice number is there, without gaps, and all is shipped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(max(sequence) - min(sequence) + 1, 0) FROM accounting_invoice WHERE company_id = %s",
            [house.company_id],
        )
        invoices, span = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM orders_order WHERE company_id = %s AND status <> 'shipped'", [house.company_id]
        )
        (unshipped,) = cursor.fetchone()
    if unshipped or invoices != span:
        raise SystemExit(f"{unshipped} orders not shipped; {invoices} invoices over {span} numbers")
    return {"invoices": invoices, "gapless": True}
