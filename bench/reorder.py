"""Counting proposals and alerts of many SKUs in several warehouses, each with sales, a supplier and a lead time."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from accounting.services import ensure_party
from bench import house as our
from bench.statements import counted
from inventory.models import Proposal, StockAlert
from inventory.services import MoveRequest, counterparts, plan_replenishment, post_moves
from inventory.services.replenishing.counting import CHUNK

STEP = 2_000  # SKUs stocked and sold in one transaction
SOLD_DAYS_AGO = 30


def measure(progress: Any, *, skus: int, warehouses: int) -> dict[str, Any]:
    """s: of one count of everything, the second: the first also writes every proposal; s_first: of that."""
    house = our.build(progress, products=10)
    shelves = [house.bin_id, *(our.add_warehouse(house, f"W{n}") for n in range(1, warehouses))]
    supplier = ensure_party(company_id=house.company_id, code="SUP", name="Supplier", currency="EUR", is_supplier=True)
    bar = progress.add_task("stocking and selling", total=skus)
    for start in range(0, skus, STEP):
        codes = [f"PLAN-{n:06d}" for n in range(start, min(start + STEP, skus))]
        sku_ids = our.ensure_skus([our.SkuInput(code, code) for code in codes], company_id=house.company_id)
        for number, shelf in enumerate(shelves):
            our.stock(house, sku_ids, shelf, Decimal(60))
            _sell(house, sku_ids, shelf, number)
        _offer(house, sku_ids, supplier.pk)
        progress.advance(bar, len(codes))
    our.analyse()
    first = _count(house, progress, skus)
    with counted() as count:
        second = _count(house, progress, skus)
    return {
        "skus": skus,
        "warehouses": warehouses,
        "s": round(second, 1),
        "s_first": round(first, 1),
        "skus_per_s": round(skus / second),
        "statements_per_portion": round(count.statements / -(-skus // CHUNK), 1),
        "proposals": Proposal.objects.filter(status="open").count(),
        "alerts": StockAlert.objects.filter(closed_at__isnull=True).count(),
    }


def _sell(house: our.House, sku_ids: list[int], shelf: int, number: int) -> None:
    """Between 0 and 59 of the 60: some places are low, some have far too much."""
    customer = counterparts(house.company_id)["customer"]
    at = datetime.now(UTC) - timedelta(days=SOLD_DAYS_AGO)
    moves = [
        MoveRequest(
            sku_id=sku, quantity=Decimal(sold), from_location_id=shelf, to_location_id=customer, effective_at=at,
            source_type="bench.sale", source_id=sku, entry_key=f"sale:{shelf}:{sku_ids[0]}",
        )
        for place, sku in enumerate(sku_ids)
        if (sold := (place * 7 + number * 13) % 60)
    ]  # fmt: skip
    post_moves(moves, company_id=house.company_id, actor=our.ACTOR)


def _offer(house: our.House, sku_ids: list[int], supplier_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH made AS (INSERT INTO inventory_suppliersku (company_id, supplier_id, sku_id, code, currency, priority,"
            " min_quantity, pack_multiple, lead_time_days, lead_time_spread_days, stock_hours, promise_stock, is_discontinued)"
            " SELECT %s, %s, id, '', 'EUR', 100, 10, 5, 14, 0, 48, false, false FROM unnest(%s) id RETURNING id)"
            " INSERT INTO inventory_supplierprice (supplier_sku_id, min_quantity, unit_price)"
            " SELECT id, n, 10 - n / 100.0 FROM made, unnest(ARRAY[1, 100]) n",
            [house.company_id, supplier_id, sku_ids],
        )


def _count(house: our.House, progress: Any, skus: int) -> float:
    bar = progress.add_task("counting", total=skus)
    started = time.perf_counter()
    plan_replenishment(
        company_id=house.company_id, progress=lambda done, total: progress.update(bar, completed=done, total=total)
    )
    return time.perf_counter() - started
