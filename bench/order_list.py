"""How long the order list takes at ten thousand and at a million orders: whole responses of a signed-in user, in turns."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from backoffice.collector import calm_collector
from bench.list_pages import ask, rows_of, serving, signed_in
from bench.order_data import BUYER, POPULAR, prepare
from orders.admin.views import LIST_VIEWS
from orders.models import Order

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
SIZES = {"10k": 10_000, "1m": 1_000_000}
WARM, TIMES = 3, 20
COUNTS = "view_counts"


def pages() -> dict[str, str]:
    """What is asked for: the first page, each view, the search by each kind of term; and what the page itself asks
    for afterwards, the counts of the views."""
    address = reverse("admin:orders_order_changelist")
    views = {view.name: f"{address}?{urlencode({'view': view.name})}" for view in LIST_VIEWS if view.narrow}
    terms = {
        "search_external_id": "H-4321",
        "search_tracking": "TRACK4321",
        "search_popular_sku": POPULAR,
        "search_buyer": BUYER,
        "search_number": "SO-004321",
    }
    searches = {name: f"{address}?{urlencode({'q': term})}" for name, term in terms.items()}
    return {
        "first_page": address,
        **views,
        **searches,
        COUNTS: reverse("admin:orders_order_view_counts"),
    }


def serve(orders: int, progress: Any) -> None:
    """In a process of its own: the data set, then its pages until standard input ends."""
    user = prepare(orders, progress)
    calm_collector()  # as the web's processes do
    with serving() as port, signed_in(user) as cookie:
        print(json.dumps({"port": port, "cookie": cookie, "orders": Order.objects.count()}), flush=True)
        sys.stdin.read()


@contextmanager
def _served(orders: int) -> Iterator[dict[str, Any]]:
    environment = {**os.environ, "BACKOFFICE_BENCH_KEPT": f"orders_{orders}"}
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):  # this process's own; the child makes its name itself
        if variable in environment:
            environment[variable] = environment[variable].rpartition("_bench")[0] + _rest(environment[variable])
    command = [sys.executable, str(MANAGE), "bench", "order_list", "--serve", str(orders)]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    try:
        answer = process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the data set of {orders} orders could not be made")
        yield json.loads(answer)
    finally:
        process.stdin.close()
        process.wait(timeout=60)


def _rest(url: str) -> str:
    """What follows the database's name."""
    return f"?{url.partition('?')[2]}" if "?" in url else ""


def measure(progress: Any, *, sizes: dict[str, int] | None = None, times: int = TIMES) -> dict[str, Any]:
    """Medians by page and size; both sizes are asked in turns, so that what else the machine does meets both."""
    sizes = SIZES if sizes is None else sizes
    with ExitStack() as stack:
        served = {name: stack.enter_context(_served(orders)) for name, orders in sizes.items()}
        asked = pages()
        bar = progress.add_task("asking for pages", total=len(asked))
        found: dict[str, dict[str, list[float]]] = {}
        rows: dict[str, dict[str, int]] = {}
        for page, address in asked.items():
            found[page], rows[page] = _page(served, address, times)
            progress.advance(bar)
    return _figures(found, rows, {name: place["orders"] for name, place in served.items()})


def _page(served: dict[str, Any], address: str, times: int) -> tuple[dict[str, list[float]], dict[str, int]]:
    taken: dict[str, list[float]] = {name: [] for name in served}
    rows: dict[str, int] = {}
    for attempt in range(WARM + times):
        for name, place in served.items():
            ms, body = ask(place["port"], place["cookie"], address)
            rows[name] = rows_of(body)
            if attempt >= WARM:
                taken[name].append(ms)
    return taken, rows


def _figures(
    found: dict[str, dict[str, list[float]]], rows: dict[str, dict[str, int]], orders: dict[str, int]
) -> dict[str, Any]:
    medians = {page: {name: statistics.median(ms) for name, ms in by.items()} for page, by in found.items()}
    names: Sequence[str] = list(orders)
    small, large = names[0], names[-1]
    later = medians.pop(COUNTS, None)  # asked for when the page stands: a thousand rows of each view at most
    ratios = {page: round(by[large] / by[small], 2) for page, by in medians.items()}
    return {
        **{f"ms_{name}": {page: round(by[name], 1) for page, by in medians.items()} for name in names},
        "ratio": ratios,
        "worst_ms": round(max(by[large] for by in medians.values()), 1),
        "worst_ratio": max(ratios.values()),
        **({f"{COUNTS}_ms": {name: round(ms, 1) for name, ms in later.items()}} if later else {}),
        "rows": {page: by[large] for page, by in rows.items()},
        "orders": orders,
    }
