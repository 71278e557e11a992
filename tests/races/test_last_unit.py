"""The last unit is sold once, whoever asks; and a counter without the database's guard sells it twice."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import DatabaseError, connection, transaction

from backoffice.core.proof import run_checks
from backoffice.core.roles import OWNER, role
from inventory.checks import CHECKS
from inventory.errors import StockRefused
from inventory.services import Claim, OpeningLine, SkuInput, allocate, ensure_skus, post_moves, post_opening_stock
from inventory.services.demands import DemandRequest, create_demands
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import Shop, level, make_demand, make_move, make_shop, make_sku, make_stock, rows

pytestmark = pytest.mark.django_db(transaction=True)

D = Decimal
T = TypeVar("T")
THREADS = 16


def together(work: Callable[[int], T], threads: int = THREADS) -> list[T]:
    """Run work(0…n-1) in as many threads, each with a connection of its own, started at one moment."""
    barrier = Barrier(threads)

    def run(number: int) -> T:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


def proved() -> bool:
    return run_checks(names=[check.name for check in CHECKS]).ok


def deadlocks() -> int:
    return rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0][0]


def test_sixteen_claims_for_the_last_units_never_oversell():
    """Answers concurrent checkouts that sell more than there is (saleor/saleor#543, django-oscar/django-oscar#2102,
    nopSolutions/nopCommerce#4184, opencart/opencart#4811, awesto/django-shop#888, frappe/erpnext#51375)."""
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "5", "5.00")
    demands = [make_demand(shop, sku) for _ in range(THREADS)]

    def claim(number: int) -> str:
        (result,) = allocate([Claim(demands[number], sku, shop.warehouse.pk, D(1))], company_id=shop.id, actor=ACTOR)
        return result.code

    codes = together(claim)

    assert sorted(codes) == [""] * 5 + ["out_of_stock"] * 11
    assert level(shop, sku) == (5, 5, 5)
    assert proved()


def test_sixteen_issues_of_the_last_units_never_go_below_zero():
    """Answers negative bins without transaction or lock (GreaterWMS/GreaterWMS#134)."""
    shop = make_shop()
    sku = make_sku(shop, cost_method="fifo")
    make_stock(shop, sku, "5", "5.03")

    def take(number: int) -> str:
        try:
            post_moves(
                [make_move(shop, sku, "1", shop.bin, shop.customer, entry_key=f"shipment:{number}")],
                company_id=shop.id,
                actor=ACTOR,
            )
        except StockRefused as error:
            return error.context["items"][0]["code"]
        return "done"

    states = together(take)

    assert sorted(states) == ["done"] * 5 + ["not_enough_stock"] * 11
    assert level(shop, sku) == (0, 0, 0)
    assert rows("SELECT quantity, value FROM inventory_skucost") == [(0, 0)]
    assert proved()


def test_raw_claims_that_pass_the_service_by_do_not_oversell_either():
    """Answers check and allocate in different transactions (vendurehq/vendure#3508, #4930): the rule is the row's own."""
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "5", "5.00")
    demands = [make_demand(shop, sku) for _ in range(THREADS)]

    def claim(number: int) -> str:
        try:
            raw_claim(shop, sku, demands[number])
        except DatabaseError as error:
            return "refused" if "stocklevel_reserved_within" in str(error) else str(error)
        return "claimed"

    states = together(claim)

    assert sorted(states) == ["claimed"] * 5 + ["refused"] * 11
    assert level(shop, sku) == (5, 5, 5)


def raw_claim(shop: Shop, sku: int, demand: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "WITH a AS (INSERT INTO inventory_allocation (company_id, demand_id, sku_id, warehouse_id)"
            " VALUES (%s, %s, %s, %s) RETURNING id)"
            " INSERT INTO inventory_allocationentry (company_id, allocation_id, kind, quantity, actor_label)"
            " SELECT %s, id, 'claim', 1, 'raw' FROM a",
            [shop.id, demand, sku, shop.warehouse.pk, shop.id],
        )


GUARD = "stocklevel_reserved_within_sellable_within_on_hand"


def test_negative_control_the_same_race_oversells_without_the_guard():
    """The very claims of the test above, with the levels' CHECK taken away: now 16 units of 5 are promised."""
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "5", "5.00")
    demands = [make_demand(shop, sku) for _ in range(THREADS)]
    definition = rows("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", GUARD)[0][0]
    with role(connection, OWNER), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE inventory_stocklevel DROP CONSTRAINT {GUARD}")
    try:
        together(lambda number: raw_claim(shop, sku, demands[number]))

        assert level(shop, sku) == (5, 5, 16)
    finally:
        with role(connection, OWNER), connection.cursor() as cursor:
            cursor.execute("UPDATE inventory_stocklevel SET reserved = 0")
            cursor.execute(f"ALTER TABLE inventory_stocklevel ADD CONSTRAINT {GUARD} {definition}")


def test_whole_orders_of_hot_skus_in_shuffled_order_do_not_deadlock():
    """Answers concurrency errors on peak days (odoo#62131, #32857, #46900, #32525)."""
    shop = make_shop()
    skus = ensure_skus([SkuInput(f"HOT{n}", "hot") for n in range(6)], company_id=shop.id)
    post_opening_stock(
        [OpeningLine(sku, shop.bin, D(40), D(40)) for sku in skus],
        company_id=shop.id,
        effective_at=NOON,
        actor=ACTOR,
    )
    before = deadlocks()

    def shop_around(number: int) -> tuple[Decimal, Decimal]:
        dice = random.Random(number)
        claimed = issued = D(0)
        for turn in range(6):
            basket = dice.sample(skus, 4)
            demands = create_demands(
                [DemandRequest(sku, D(1), "order_line", "orders.orderline", n, NOON) for n, sku in enumerate(basket)],
                company_id=shop.id,
            )
            claims = [Claim(d, sku, shop.warehouse.pk, D(1)) for d, sku in zip(demands, basket, strict=True)]
            results = allocate(claims, company_id=shop.id, actor=ACTOR)
            claimed += sum(r.claimed for r in results)
            got = [(sku, r.allocation_id) for sku, r in zip(basket, results, strict=True) if r.claimed]
            dice.shuffle(got)
            if got:
                moves = post_moves(
                    [
                        make_move(
                            shop, sku, "1", shop.bin, shop.customer, allocation_id=pk, entry_key=f"s:{number}:{turn}"
                        )
                        for sku, pk in got
                    ],
                    company_id=shop.id,
                    actor=ACTOR,
                )
                issued += len(moves)
        return claimed, issued

    done = together(shop_around)

    assert sum(c for c, _ in done) == sum(i for _, i in done) == 240
    assert [level(shop, sku) for sku in skus] == [(0, 0, 0)] * 6
    assert deadlocks() == before
    assert proved()
