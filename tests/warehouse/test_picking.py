"""Picks: bin to staging under the bin claim; a short pick is told to everybody; done work is answered again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.core.actor import Actor
from inventory.models import Lot
from inventory.services import hold_lot
from tests.factories.books import ACTOR, NOON
from tests.factories.buying import in_days
from tests.factories.floor import broken_checks, facts, in_place, make_channel, make_order, status_of
from tests.factories.goods import Shop, level, make_shop, make_sku, make_stock, rows
from tests.factories.tracking import make_lot, make_lot_stock, make_tracked
from warehouse.models import PickTask
from warehouse.services import Pick, confirm_picks, create_pick_lists

pytestmark = pytest.mark.django_db
D = Decimal


def make_task(quantity: str = "4", stock: str = "10") -> tuple[Shop, int, int, int]:
    """(shop, SKU, fulfilment, task) of one line on a pick list."""
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, stock)
    placed = make_order(make_channel(shop), {mug: quantity})
    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)
    return shop, mug, placed.fulfilment_id, made.tasks[0][0]


def test_goods_go_to_staging_and_the_fulfilment_is_picked():
    shop, mug, fulfilment, task_id = make_task()
    user = get_user_model().objects.create(username="pia")

    (result,) = confirm_picks(
        [Pick(task_id, D(4))], company_id=shop.id, effective_at=NOON, actor=Actor.of(user), device="scanner-3"
    )

    assert (result.state, result.fulfilment_id) == ("done", fulfilment)
    assert (in_place(mug, shop.bin), in_place(mug, shop.staging)) == ((6, 0), (4, 0))
    assert level(shop, mug) == (10, 10, 4)
    task = PickTask.objects.get(pk=task_id)
    assert (task.status, task.picked, task.picked_by, task.device) == ("done", 4, user, "scanner-3")
    assert (task.started_at, task.finished_at) == (NOON, NOON)
    assert status_of("warehouse_picklist", task.pick_list_id) == "done"
    assert status_of("orders_fulfilment", fulfilment) == "picked"
    assert rows("SELECT picked, quantity FROM orders_fulfilmentline WHERE fulfilment_id = %s", fulfilment) == [(4, 4)]
    assert broken_checks() == []


def test_short_pick_goes_missing_and_back_to_the_order():
    shop, mug, fulfilment, task_id = make_task("4", "4")

    (result,) = confirm_picks([Pick(task_id, D(3))], company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert (result.state, result.short) == ("short", 1)
    assert in_place(mug, shop.bin) == (0, 0)
    assert in_place(mug, shop.staging) == (3, 0)
    assert in_place(mug, shop.missing) == (1, 0)
    assert level(shop, mug) == (4, 3, 3)  # the missing unit is on hand, but not to be sold
    assert rows("SELECT quantity, claimed, unmet FROM inventory_demand") == [(4, 3, 1)]
    assert rows("SELECT picked, quantity FROM orders_fulfilmentline WHERE fulfilment_id = %s", fulfilment) == [(3, 3)]
    assert status_of("orders_fulfilment", fulfilment) == "picked"
    assert status_of("warehouse_picktask", task_id) == "short"
    assert broken_checks() == []


def test_nothing_found_cancels_the_fulfilment_and_keeps_the_demand():
    shop, mug, fulfilment, task_id = make_task("4", "4")

    (result,) = confirm_picks([Pick(task_id, D(0))], company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert (result.state, result.short) == ("short", 4)
    assert level(shop, mug) == (4, 0, 0)
    assert rows("SELECT quantity, claimed, unmet FROM inventory_demand") == [(4, 0, 4)]
    assert status_of("orders_fulfilment", fulfilment) == "cancelled"
    assert broken_checks() == []


def test_tasks_of_one_list_may_come_one_by_one():
    shop = make_shop()
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    make_stock(shop, mug)
    make_stock(shop, cup)
    placed = make_order(make_channel(shop), {mug: "2", cup: "3"})
    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)
    (first, _), (second, _) = made.tasks

    confirm_picks([Pick(first, D(2))], company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert status_of("warehouse_picklist", made.pick_list_id) == "in_progress"
    assert status_of("orders_fulfilment", placed.fulfilment_id) == "picking"

    confirm_picks([Pick(second, D(3))], company_id=shop.id, effective_at=NOON + timedelta(minutes=1), actor=ACTOR)

    assert status_of("warehouse_picklist", made.pick_list_id) == "done"
    assert status_of("orders_fulfilment", placed.fulfilment_id) == "picked"


def test_done_work_is_answered_already():
    shop, _mug, _fulfilment, task_id = make_task()
    confirm_picks([Pick(task_id, D(4))], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    before = facts()

    again = confirm_picks([Pick(task_id, D(4))] * 2, company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert [r.state for r in again] == ["already", "already"]
    assert facts() == before


@pytest.mark.parametrize(
    ("quantity", "lot", "code"),
    [("5", None, "more_than_asked"), ("-1", None, "negative"), ("4", 999, "wrong_lot")],
)
def test_wrong_picks_are_refused_and_write_nothing(quantity, lot, code):
    shop, _mug, fulfilment, task_id = make_task()
    before = facts()

    (result,) = confirm_picks([Pick(task_id, D(quantity), lot)], company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert (result.state, result.code) == ("refused", code)
    assert facts() == before
    assert status_of("warehouse_picktask", task_id) == "open"
    assert status_of("orders_fulfilment", fulfilment) == "picking"


def test_a_lot_that_expired_since_it_was_claimed_is_not_picked():
    shop = make_shop()
    milk = make_tracked(shop)
    lot = make_lot(shop, milk, "OLD", 5)
    make_lot_stock(shop, milk, lot, "10")
    placed = make_order(make_channel(shop), {milk: "4"})
    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)
    task_id = made.tasks[0][0]
    Lot.objects.filter(pk=lot).update(expiry_date=in_days(-1))
    before = facts()

    (result,) = confirm_picks([Pick(task_id, D(4))], company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert (result.state, result.code) == ("refused", "expired_lot")
    assert facts() == before and status_of("warehouse_picktask", task_id) == "open"
    (none,) = confirm_picks([Pick(task_id, D(0))], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    assert (none.state, none.short) == ("short", 4)
    assert broken_checks() == []


def test_a_lot_that_was_blocked_since_it_was_claimed_is_not_picked():
    shop = make_shop()
    milk = make_tracked(shop)
    lot = make_lot(shop, milk, "BAD", 50)
    make_lot_stock(shop, milk, lot, "10")
    placed = make_order(make_channel(shop), {milk: "4"})
    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)
    held = hold_lot(lot, company_id=shop.id, cause="recall", reason="Glass", effective_at=NOON, actor=ACTOR)
    before = facts()

    (result,) = confirm_picks([Pick(made.tasks[0][0], D(4))], company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert (held.aside.moved, held.aside.promised) == (6, 4)
    assert (result.state, result.code) == ("refused", "held_lot") and facts() == before
    assert broken_checks() == []


def test_another_quantity_for_done_work_is_refused():
    shop, _mug, _fulfilment, task_id = make_task()
    confirm_picks([Pick(task_id, D(4))], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    before = facts()

    (result,) = confirm_picks([Pick(task_id, D(3))], company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert (result.state, result.code) == ("refused", "picked_otherwise")
    assert facts() == before


def test_unknown_tasks_and_those_of_others_are_refused_while_the_rest_go_on():
    shop, _mug, _fulfilment, task_id = make_task()
    other = make_shop("other", "PAR")

    (strange,) = confirm_picks([Pick(task_id, D(4))], company_id=other.id, effective_at=NOON, actor=ACTOR)
    mixed = confirm_picks(
        [Pick(task_id + 99, D(1)), Pick(task_id, D(4))], company_id=shop.id, effective_at=NOON, actor=ACTOR
    )

    assert (strange.state, strange.code) == ("refused", "not_found")
    assert [(r.state, r.code) for r in mixed] == [("refused", "not_found"), ("done", "")]


def test_statements_do_not_grow_with_the_batch():
    shop = make_shop()
    skus = [make_sku(shop, f"S{n}") for n in range(3)]
    for sku in skus:
        make_stock(shop, sku, "1000", "1000.00")
    channel = make_channel(shop)
    placed = [make_order(channel, dict.fromkeys(skus, "1"), f"o{n}").fulfilment_id for n in range(21)]
    lists = create_pick_lists(placed, company_id=shop.id, actor=ACTOR)

    counts = []
    for batch in (lists[:1], lists[1:]):
        picks = [Pick(task, quantity) for made in batch for task, quantity in made.tasks]
        with CaptureQueriesContext(connection) as queries:
            confirm_picks(picks, company_id=shop.id, effective_at=NOON, actor=ACTOR)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 9
