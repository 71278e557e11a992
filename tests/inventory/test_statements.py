"""The number of SQL statements does not grow with the batch."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting.services import ensure_periods
from inventory.services import (
    Claim,
    IssueRequest,
    OpeningLine,
    ReceiptLine,
    Release,
    SkuInput,
    allocate,
    claim_bins,
    counterpart,
    ensure_skus,
    issue,
    post_moves,
    post_opening_stock,
    receive,
    release,
    release_bins,
)
from inventory.services.demands import DemandRequest, create_demands
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import Shop, make_move, make_shop

pytestmark = pytest.mark.django_db

D = Decimal


def statements(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


def stocked(shop: Shop, count: int, prefix: str, cost_method: str = "average") -> list[int]:
    skus = ensure_skus(
        [SkuInput(f"{prefix}{n}", f"{prefix}{n}", cost_method=cost_method) for n in range(count)],
        company_id=shop.id,
    )
    post_opening_stock(
        [OpeningLine(sku, shop.bin, D(10), D(20)) for sku in skus],
        company_id=shop.id,
        effective_at=NOON,
        actor=ACTOR,
        source_key=f"opening:{prefix}",
    )
    return skus


def life(shop: Shop, skus: list[int], run: str) -> dict[str, int]:
    """Claim, pick, issue and give back one unit of each SKU; the statements of each step."""
    demands = create_demands(
        [DemandRequest(sku, D(3), "order_line", "orders.orderline", n, NOON) for n, sku in enumerate(skus)],
        company_id=shop.id,
    )
    claims = [Claim(d, sku, shop.warehouse.pk, D(3)) for d, sku in zip(demands, skus, strict=True)]
    allocations: list[int] = []
    bins: list = []

    def do_allocate() -> None:
        allocations.extend(r.allocation_id for r in allocate(claims, company_id=shop.id, actor=ACTOR))

    def do_claim_bins() -> None:
        bins.extend(claim_bins([(pk, D(2)) for pk in allocations], company_id=shop.id, actor=ACTOR))

    def do_pick() -> None:
        post_moves(
            [make_move(shop, b.sku_id, "1", shop.bin, shop.staging, bin_claim_id=b.bin_claim_id) for b in bins],
            company_id=shop.id,
            actor=ACTOR,
        )

    def do_issue() -> None:
        issue(
            [
                IssueRequest(sku, D(1), shop.staging, pk, NOON, "orders.shipmentline", 1, f"shipment:{run}:{n // 3}")
                for n, (sku, pk) in enumerate(zip(skus, allocations, strict=True))
            ],
            company_id=shop.id,
            actor=ACTOR,
        )

    def do_release_bins() -> None:
        release_bins([(b.bin_claim_id, D(1)) for b in bins], company_id=shop.id, actor=ACTOR)

    def do_release() -> None:
        release([Release(pk, D(2)) for pk in allocations], company_id=shop.id, actor=ACTOR)

    steps = (do_allocate, do_claim_bins, do_pick, do_issue, do_release_bins, do_release)
    return {step.__name__.removeprefix("do_"): statements(step) for step in steps}


@pytest.mark.parametrize("cost_method", ["average", "fifo"])
def test_one_order_of_three_lines_and_250_orders_cost_the_same(cost_method):
    shop = make_shop()
    few = stocked(shop, 3, "FEW", cost_method)
    many = stocked(shop, 250, "MANY", cost_method)
    assert counterpart(shop.id, "customer")

    one, batch = life(shop, few, "one"), life(shop, many, "many")

    assert one == batch
    assert one["allocate"] <= 5
    assert one["pick"] <= 4
    assert one["issue"] <= 9
    assert one == {
        "allocate": 3,
        "claim_bins": 3,
        "pick": 2,
        "issue": 7 if cost_method == "average" else 8,
        "release_bins": 4,
        "release": 3,
    }


def test_opening_stock_and_receipts_do_not_grow():
    shop = make_shop()
    ensure_periods(company_id=shop.id, dates=[NOON.date()])
    few = ensure_skus([SkuInput("FEW", "few")], company_id=shop.id)
    many = ensure_skus([SkuInput(f"MANY{n}", "many") for n in range(250)], company_id=shop.id)

    def opening(skus: list[int], key: str) -> int:
        lines = [OpeningLine(sku, shop.bin, D(1), D(1)) for sku in skus]
        return statements(
            lambda: post_opening_stock(lines, company_id=shop.id, effective_at=NOON, actor=ACTOR, source_key=key)
        )

    def arriving(skus: list[int], key: str) -> int:
        lines = [ReceiptLine(sku, D(1), shop.dock, unit_cost=D(2)) for sku in skus]
        return statements(
            lambda: receive(
                lines,
                company_id=shop.id,
                effective_at=NOON,
                source_type="warehouse.receipt",
                source_id=1,
                source_key=key,
                actor=ACTOR,
            )
        )

    assert opening(few, "o1") == opening(many, "o2") == 8
    assert arriving(few, "r1") == arriving(many, "r2")
