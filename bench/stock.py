"""What is read and received in the middle of a grown stock: availability by the API, value at an instant, a delivery."""

import http.client
import json
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounting.models import Party
from backoffice.collector import calm_collector
from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from bench import house as our
from bench import stock_data
from bench.list_pages import serving
from bench.statements import counted
from inventory.models import Location, Sku, StockMove, Warehouse
from inventory.selectors.valuation import Valuation
from inventory.services import (
    PurchaseLineInput,
    approve_purchase_order,
    create_purchase_order,
    send_purchase_order,
    submit_purchase_order,
)
from warehouse.services.receiving import DeliveredLine, receive_purchase

WARM, TIMES = 1, 5
ASKED = 1_000


def measure_availability(progress: Any, *, skus: int, warehouses: int) -> dict[str, Any]:
    """ms: the whole HTTP response for 1,000 SKUs, each asked for when 25 can be promised; median."""
    house = stock_data.prepare(progress, skus=skus, warehouses=warehouses)
    user, _made = User.objects.get_or_create(username="bench-reader", defaults={"is_superuser": True, "is_staff": True})
    _key, secret = make_api_key(name="bench", user=user, scopes=["stock:read"], company_id=house.company_id)
    step = max(1, skus // ASKED)
    codes = list(Sku.objects.filter(pk__in=house.sku_ids[::step][:ASKED]).values_list("code", flat=True))
    calm_collector()
    body = json.dumps({"items": [{"sku": code, "quantity": "25"} for code in codes]})
    with serving() as port:
        taken = _times(lambda: _post(port, "/api/v1/availability/", secret, body))
    return {"ms": taken["median"], "worst_ms": taken["worst"], "skus_asked": len(codes), **_size(skus, warehouses)}


def measure_valuation(progress: Any, *, skus: int, warehouses: int) -> dict[str, Any]:
    """ms_now, ms_past: quantity and value of every SKU and the total, all rows read; ms_past: the slowest of some
    instants of the year, by both clocks. ms_warehouses: of every SKU in every warehouse, now; ms_sums: only what they
    come to. Medians."""
    house = stock_data.prepare(progress, skus=skus, warehouses=warehouses)
    now = datetime.now(UTC)
    asked = {"now": Valuation(house.company_id, now, per="sku")}
    for days in (30, 120, 180, 240, 350):
        asked[f"{days}_days_ago"] = Valuation(house.company_id, now - timedelta(days=days), per="sku")
    asked["half_recorded"] = Valuation(house.company_id, _half_recorded(), "recorded", per="sku")
    taken = {name: _times(lambda it=it: sum(row.value for row in it.rows()))["median"] for name, it in asked.items()}  # type: ignore[misc]
    everywhere = Valuation(house.company_id, now)
    with counted() as count:
        rows = sum(1 for _row in everywhere.rows())
    return {
        "ms_now": taken.pop("now"),
        "ms_past": max(taken.values()),
        **{f"ms_{name}": value for name, value in taken.items()},
        "ms_warehouses": _times(lambda: sum(row.value for row in everywhere.rows()))["median"],
        "ms_sums": _times(everywhere.sums)["median"],
        "rows": rows,
        "statements": count.statements,
        **_size(skus, warehouses),
    }


def measure_receipt(progress: Any, *, lines: int, skus: int, warehouses: int) -> dict[str, Any]:
    """s: a delivery of so many lines booked, from the call to its commit, median of some; each is stock, value, what is
    owed and what waits for it."""
    house = stock_data.prepare(progress, skus=skus, warehouses=warehouses)
    bar = progress.add_task("receiving", total=WARM + TIMES)
    taken, statements = [], 0
    for number in range(WARM + TIMES):
        order, delivered = _ordered(house, lines, number)
        started = time.perf_counter()
        with counted() as count:
            receive_purchase(
                delivered, po_id=order, company_id=house.company_id, effective_at=datetime.now(UTC), actor=our.ACTOR
            )
        if number >= WARM:
            taken.append(time.perf_counter() - started)
        statements = count.statements
        progress.advance(bar)
    return {
        "s": round(statistics.median(taken), 3),
        "worst_s": round(max(taken), 3),
        "lines": lines,
        "statements": statements,
        **_size(skus, warehouses),
    }


def _ordered(house: our.House, lines: int, number: int) -> tuple[int, list[DeliveredLine]]:
    """A purchase order, sent, of other SKUs each time."""
    first = number * lines % max(1, len(house.sku_ids) - lines)
    sku_ids = house.sku_ids[first : first + lines]
    main = Warehouse.objects.get(company_id=house.company_id, code="MAIN")
    shelf = Location.objects.get(warehouse=main, code="A-01")
    order = create_purchase_order(
        [PurchaseLineInput(sku, Decimal(5), Decimal(9)) for sku in sku_ids],
        company_id=house.company_id, supplier_id=Party.objects.get(company_id=house.company_id, code="SUP").pk,
        warehouse_id=main.pk, ordered_at=datetime.now(UTC), actor=our.ACTOR,
    )  # fmt: skip
    for step in (submit_purchase_order, approve_purchase_order, send_purchase_order):
        if order.status != "approved" or step is not approve_purchase_order:
            order = step(order.pk, company_id=house.company_id, actor=our.ACTOR)
    return order.pk, [DeliveredLine(pk, Decimal(5), shelf.pk) for pk in order.lines.values_list("pk", flat=True)]


def _half_recorded() -> datetime:
    """The instant at which half of the moves were in the books: they are all written within one run."""
    rows = StockMove.objects.order_by("id")
    return rows[rows.count() // 2].recorded_at


def _post(port: int, path: str, secret: str, body: str) -> None:
    connection = http.client.HTTPConnection("localhost", port, timeout=60)
    headers = {"Authorization": f"Api-Key {secret}", "Content-Type": "application/json", "X-Forwarded-Proto": "https"}
    connection.request("POST", path, body=body, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status != 200 or content.count(b'"code":""') < 1:
        raise RuntimeError(f"{path}: HTTP {answer.status} {content[:300]!r}")


def _times(call: Callable[[], Any]) -> dict[str, float]:
    taken = []
    for number in range(WARM + TIMES):
        started = time.perf_counter()
        call()
        if number >= WARM:
            taken.append((time.perf_counter() - started) * 1000)
    return {"median": round(statistics.median(taken), 1), "worst": round(max(taken), 1)}


def _size(skus: int, warehouses: int) -> dict[str, Any]:
    return {
        "skus": skus, "warehouses": warehouses, "moves": stock_data.moves(), "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip
