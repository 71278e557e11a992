"""allocate, release, allocate_waiting, and the demands they serve."""

import datetime
from decimal import Decimal

import pytest

from inventory.errors import ClaimRefused
from inventory.models import Demand
from inventory.services import (
    Claim,
    Release,
    Repoint,
    allocate,
    allocate_waiting,
    claim_bins,
    reduce_demands,
    release,
    release_expired,
    repoint_demands,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import (
    add_shop,
    level,
    make_claim,
    make_demand,
    make_shop,
    make_sku,
    make_stock,
    rows,
    written,
)
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db

D = Decimal


def demand_totals(demand_id: int) -> tuple[Decimal, ...]:
    return rows("SELECT quantity, claimed, used FROM inventory_demand WHERE id = %s", demand_id)[0]


def test_what_is_there_is_claimed_in_order_and_the_rest_stays_unmet():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "5")
    demands = [make_demand(shop, sku, quantity) for quantity in ("2", "4", "1")]

    results = allocate(
        [Claim(d, sku, shop.warehouse.pk, D(q)) for d, q in zip(demands, ("2", "4", "1"), strict=True)],
        company_id=shop.id,
        actor=ACTOR,
    )

    assert [(r.claimed, r.code) for r in results] == [(2, ""), (3, "partial"), (0, "out_of_stock")]
    assert results[0].allocation_id and results[1].allocation_id and results[2].allocation_id is None
    assert level(shop, sku) == (5, 5, 5)
    assert [demand_totals(d) for d in demands] == [(2, 2, 0), (4, 3, 0), (1, 0, 0)]


def test_all_or_nothing_claims_leave_the_goods_to_the_next():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "3")
    first, second = make_demand(shop, sku, "4"), make_demand(shop, sku, "3")

    results = allocate(
        [
            Claim(first, sku, shop.warehouse.pk, D(4), allow_partial=False),
            Claim(second, sku, shop.warehouse.pk, D(3), allow_partial=False),
        ],
        company_id=shop.id,
        actor=ACTOR,
    )

    assert [(r.claimed, r.code) for r in results] == [(0, "out_of_stock"), (3, "")]


def test_claims_of_one_demand_are_summed_and_use_one_header():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku)
    demand = make_demand(shop, sku, "3")

    first = allocate(
        [Claim(demand, sku, shop.warehouse.pk, D(1)), Claim(demand, sku, shop.warehouse.pk, D(1))],
        company_id=shop.id,
        actor=ACTOR,
    )
    (second,) = allocate([Claim(demand, sku, shop.warehouse.pk, D(5))], company_id=shop.id, actor=ACTOR)
    (third,) = allocate([Claim(demand, sku, shop.warehouse.pk, D(1))], company_id=shop.id, actor=ACTOR)

    assert [r.claimed for r in (*first, second, third)] == [1, 1, 1, 0]
    assert third.code == "already"
    assert {r.allocation_id for r in (*first, second, third)} == {first[0].allocation_id}
    assert rows("SELECT open, used FROM inventory_allocation") == [(3, 0)]


def test_claims_that_cannot_be_are_answered_with_their_code():
    shop = make_shop()
    other = add_shop(shop.company, "MAN")
    sku, another = make_sku(shop), make_sku(shop, "CUP")
    make_stock(shop, sku)
    pinned = make_demand(shop, sku, "1", warehouse_id=other.warehouse.pk)
    expired = make_demand(shop, sku, "1", expires_at=NOON.replace(year=2020))
    open_one = make_demand(shop, sku, "1")
    before = written()

    results = allocate(
        [
            Claim(pinned, sku, shop.warehouse.pk, D(1)),
            Claim(expired, sku, shop.warehouse.pk, D(1)),
            Claim(999_999, sku, shop.warehouse.pk, D(1)),
            Claim(open_one, another, shop.warehouse.pk, D(1)),
            Claim(open_one, sku, 999_999, D(1)),
        ],
        company_id=shop.id,
        actor=ACTOR,
    )

    assert [r.code for r in results] == ["demand_closed"] * 3 + ["unknown_sku"] * 2
    assert written() == before


def test_another_company_cannot_claim():
    shop, other = make_shop(), make_shop("other")
    sku = make_sku(shop)
    make_stock(shop, sku)
    demand = make_demand(shop, sku)

    (result,) = allocate([Claim(demand, sku, shop.warehouse.pk, D(1))], company_id=other.id, actor=ACTOR)

    assert result.code == "demand_closed"
    assert level(shop, sku) == (10, 10, 0)


def test_a_released_claim_is_available_again():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "5")
    allocation = make_claim(shop, sku, "4")

    release([Release(allocation, D(1)), Release(allocation, D(2))], company_id=shop.id, actor=ACTOR)

    assert level(shop, sku) == (5, 5, 1)
    assert rows("SELECT claimed FROM inventory_demand") == [(1,)]


def test_no_more_is_released_than_is_held():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "5")
    allocation = make_claim(shop, sku, "4")
    before = written()

    with refused(ClaimRefused) as caught:
        release([Release(allocation, D(5))], company_id=shop.id, actor=ACTOR)

    assert caught.value.context["code"] == "more_than_open"
    assert written() == before


def test_what_is_being_picked_is_not_released():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "5")
    allocation = make_claim(shop, sku, "4")
    claim_bins([(allocation, D(3))], company_id=shop.id, actor=ACTOR)
    (demand,) = rows("SELECT demand_id FROM inventory_allocation")[0]
    before = written()

    for change in (
        lambda: release([Release(allocation, D(2))], company_id=shop.id, actor=ACTOR),
        lambda: reduce_demands([(demand, D(2))], company_id=shop.id, actor=ACTOR),
    ):
        with refused(ClaimRefused) as caught:
            change()
        assert caught.value.context["code"] == "being_picked"

    assert written() == before


def test_waiting_demands_are_served_by_priority_promise_and_age():
    shop = make_shop()
    sku = make_sku(shop)
    day = datetime.timedelta(days=1)
    late = make_demand(shop, sku, "2", wanted_at=NOON)
    early = make_demand(shop, sku, "2", wanted_at=NOON - day)
    promised = make_demand(shop, sku, "2", wanted_at=NOON, promise_date=NOON.date())
    urgent = make_demand(shop, sku, "2", wanted_at=NOON, priority=10)
    elsewhere = make_demand(shop, sku, "2", priority=1, warehouse_id=add_shop(shop.company, "MAN").warehouse.pk)
    make_stock(shop, sku, "7")

    results = allocate_waiting(company_id=shop.id, sku_ids=[sku], warehouse_id=shop.warehouse.pk, actor=ACTOR)

    assert [(r.demand_id, r.claimed, r.code) for r in results] == [
        (urgent, 2, ""),
        (promised, 2, ""),
        (early, 2, ""),
        (late, 1, "partial"),
    ]
    assert demand_totals(elsewhere) == (2, 0, 0)


def test_a_reduced_demand_releases_only_what_is_over():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "5")
    make_claim(shop, sku, "4")
    (demand,) = rows("SELECT demand_id FROM inventory_allocation")[0]

    first = reduce_demands([(demand, D(1))], company_id=shop.id, actor=ACTOR)
    second = reduce_demands([(demand, D(3))], company_id=shop.id, actor=ACTOR)

    assert (first, second) == ({demand: 1}, {demand: 3})
    assert demand_totals(demand) == (0, 0, 0)
    assert level(shop, sku) == (5, 5, 0)


def test_an_unmet_part_is_taken_back_without_touching_the_claim():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "2")
    demand = make_demand(shop, sku, "5")
    allocate([Claim(demand, sku, shop.warehouse.pk, D(5))], company_id=shop.id, actor=ACTOR)

    released = reduce_demands([(demand, D(3))], company_id=shop.id, actor=ACTOR)

    assert released == {}
    assert demand_totals(demand) == (2, 2, 0)
    with refused(ClaimRefused, match="still be taken back"):
        reduce_demands([(demand, D(3))], company_id=shop.id, actor=ACTOR)


def test_a_cart_hold_becomes_an_order_line_with_its_claim():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "1")
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    make_claim(shop, sku, "1", kind="cart", source_type="orders.cart", source_id=5, expires_at=soon)
    (demand,) = rows("SELECT demand_id FROM inventory_allocation")[0]

    changed = repoint_demands([Repoint(demand, "order_line", "orders.orderline", 7)], company_id=shop.id)

    assert changed == 1
    assert rows("SELECT kind, source_type, source_id, claimed, expires_at FROM inventory_demand") == [
        ("order_line", "orders.orderline", 7, 1, None)
    ]
    assert level(shop, sku) == (1, 1, 1)


def test_an_expired_hold_is_not_made_an_order():
    shop = make_shop()
    sku = make_sku(shop)
    demand = make_demand(shop, sku, "1", kind="cart", expires_at=NOON.replace(year=2020))

    with refused(ClaimRefused, match="expired"):
        repoint_demands([Repoint(demand, "order_line", "orders.orderline", 7)], company_id=shop.id)

    assert rows("SELECT kind FROM inventory_demand") == [("cart",)]


def test_expired_holds_give_their_goods_back():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "5")
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    make_claim(shop, sku, "2", kind="cart", expires_at=soon)
    make_claim(shop, sku, "1", kind="cart", expires_at=soon)
    (first, _second) = rows("SELECT id FROM inventory_demand ORDER BY id")
    Demand.objects.filter(pk=first[0]).update(expires_at=NOON.replace(year=2020))

    assert release_expired(actor=ACTOR) == 1
    assert release_expired(actor=ACTOR) == 0

    assert level(shop, sku) == (5, 5, 1)
    assert rows("SELECT claimed FROM inventory_demand ORDER BY id") == [(0,), (1,)]
