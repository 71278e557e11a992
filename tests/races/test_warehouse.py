"""Real threads on the floor: a task is picked once, a shipment leaves once, a unit has one picker."""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection, transaction

from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, in_place, make_channel, make_order, make_packed, make_picked
from tests.factories.goods import level, make_shop, make_sku, make_stock, rows
from warehouse.models import PickTask
from warehouse.services import Dispatch, Pack, Pick, confirm_picks, create_pick_lists, pack, ship

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 4


def all_at_once(*works):
    """Run each work on a connection of its own, started together; their answers in order."""
    start = threading.Barrier(len(works))

    def run(work):
        try:
            connection.ensure_connection()
            start.wait(10)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(30) for future in [pool.submit(run, work) for work in works]]


def test_pickers_on_one_task_pick_it_once():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug)
    placed = make_order(make_channel(shop), {mug: "4"})
    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)
    picks = [Pick(task_id, quantity) for task_id, quantity in made.tasks]

    def scan():
        return confirm_picks(picks, company_id=shop.id, effective_at=NOON, actor=ACTOR)[0].state

    states = all_at_once(*[scan] * THREADS)

    assert sorted(states) == ["already"] * (THREADS - 1) + ["done"]
    assert (in_place(mug, shop.bin), in_place(mug, shop.staging)) == ((6, 0), (4, 0))
    assert broken_checks() == []


def test_without_the_lock_a_task_would_be_judged_open_twice():
    """The negative control: what the pickers would have seen had nobody locked the task."""
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug)
    placed = make_order(make_channel(shop), {mug: "4"})
    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)
    seen = threading.Barrier(2)

    def look():
        with transaction.atomic():
            status = PickTask.objects.get(pk=made.tasks[0][0]).status
            seen.wait(10)
            return status

    assert all_at_once(look, look) == ["open", "open"]


def test_a_shipment_leaves_once():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug)
    shipment = make_packed(shop, make_order(make_channel(shop), {mug: "4"}))

    def hand_over():
        (result,) = ship([Dispatch(shipment, "DHL", "parcel", "T", NOON)], company_id=shop.id, actor=ACTOR)
        return result.state, result.invoice_number

    results = all_at_once(*[hand_over] * THREADS)

    assert sorted(state for state, _number in results) == ["already"] * (THREADS - 1) + ["shipped"]
    assert len({number for _state, number in results}) == 1
    assert level(shop, mug) == (6, 6, 0)
    assert rows("SELECT count(*) FROM accounting_invoice") == [(1,)]
    assert broken_checks() == []


def test_a_fulfilment_is_packed_once():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug)
    placed = make_order(make_channel(shop), {mug: "4"})
    make_picked(shop, placed)

    def put_in_a_box():
        (packed,) = pack([Pack(placed.fulfilment_id)], company_id=shop.id, effective_at=NOON, actor=ACTOR)
        return packed.state, packed.shipment_id

    results = all_at_once(*[put_in_a_box] * THREADS)

    assert sorted(state for state, _shipment in results) == ["already"] * (THREADS - 1) + ["packed"]
    assert len({shipment for _state, shipment in results}) == 1


def test_lists_made_at_once_share_no_unit():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "4", at=shop.bin)
    make_stock(shop, mug, "4", at=shop.second_bin)
    channel = make_channel(shop)
    placed = [make_order(channel, {mug: "2"}, str(n)) for n in range(THREADS)]

    def release(fulfilment_id):
        return lambda: create_pick_lists([fulfilment_id], company_id=shop.id, actor=ACTOR)[0].state

    states = all_at_once(*[release(one.fulfilment_id) for one in placed])

    assert states == ["created"] * THREADS
    assert (in_place(mug, shop.bin), in_place(mug, shop.second_bin)) == ((4, 4), (4, 4))
    assert rows("SELECT sum(quantity) FROM warehouse_picktask") == [(Decimal(8),)]


def test_batches_in_opposite_order_do_not_deadlock():
    """Answers deadlocks under load (erpnext#47787, #42342, #49107, #35244, #41416)."""
    shop = make_shop()
    skus = [make_sku(shop, f"S{n}") for n in range(4)]
    for sku in skus:
        make_stock(shop, sku, "100", "100.00")
    channel = make_channel(shop)
    shipments = [make_packed(shop, make_order(channel, dict.fromkeys(skus, "1"), str(n))) for n in range(6)]

    def send(ids):
        def work():
            dispatches = [Dispatch(pk, "DHL", "parcel", "T", NOON) for pk in ids]
            return [result.state for result in ship(dispatches, company_id=shop.id, actor=ACTOR)]

        return work

    results = all_at_once(send(shipments), send(shipments[::-1]))

    assert sorted(state for states in results for state in states) == ["already"] * 6 + ["shipped"] * 6
    assert rows("SELECT count(*), max(sequence) FROM accounting_invoice") == [(6, 6)]
    assert broken_checks() == []
