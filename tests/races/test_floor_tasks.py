"""Real threads on the floor: a bin is not filled beyond what it holds, and two planners do not plan the same goods."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from inventory.models import Location
from inventory.services import FaceInput, post_moves, set_pick_faces
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import in_place
from tests.factories.goods import make_move, make_shop, make_sku, make_stock
from warehouse.models import FloorTask
from warehouse.services import Put, do_tasks, plan_refills
from warehouse.services.floor import doing, reading, refilling

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
WAIT_S = 1.0


def together(work, arguments):
    """Each argument in a thread and connection of its own; the results."""

    def run(argument):
        try:
            return work(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(run, arguments))


def met(monkeypatch, module, name):
    """What the named look returns is returned only when both threads have looked, or after a while."""
    barrier, look = threading.Barrier(2), getattr(module, name)

    def looked(*args, **values):
        found = look(*args, **values)
        with contextlib.suppress(threading.BrokenBarrierError):  # the other waits for a lock: just what is wanted
            barrier.wait(WAIT_S)
        return found

    monkeypatch.setattr(module, name, looked)


def two_mugs_on_two_docks(shop):
    """Two tasks of three mugs each into A1, a pick face that takes four."""
    mug = make_sku(shop)
    make_stock(shop, mug, "6", "6", at=shop.second_bin)
    other = Location.objects.create(company=shop.company, warehouse=shop.warehouse, kind="dock", code="D2")
    moves = [make_move(shop, mug, "3", shop.second_bin, place) for place in (shop.dock, other.pk)]
    post_moves(moves, company_id=shop.id, actor=ACTOR)
    set_pick_faces([FaceInput(mug, shop.bin, D(0), D(4))], company_id=shop.id, actor=ACTOR)
    given = {"company": shop.company, "warehouse": shop.warehouse, "kind": "put_away", "sku_id": mug, "quantity": 3}
    return mug, [FloorTask.objects.create(**given, from_location_id=place).pk for place in (shop.dock, other.pk)]


@pytest.mark.parametrize("guarded", [True, False])
def test_a_bin_is_not_filled_beyond_what_it_holds(monkeypatch, guarded):
    shop = make_shop()
    mug, tasks = two_mugs_on_two_docks(shop)
    if not guarded:  # the negative control: without the lock both see an empty face
        monkeypatch.setattr(
            doing, "lock_places", lambda ids, company_id: {row.pk: row for row in Location.objects.filter(pk__in=ids)}
        )
    met(monkeypatch, reading, "bins_of")

    def put(task):
        [result] = do_tasks(
            [Put(task, D(3), shop.bin, f"k:{task}")], company_id=shop.id, effective_at=NOON, actor=ACTOR
        )
        return result.code or result.state

    results = sorted(together(put, tasks))

    assert results == (["done", "full"] if guarded else ["done", "done"])
    assert in_place(mug, shop.bin)[0] == (3 if guarded else 6)


@pytest.mark.parametrize("guarded", [True, False])
def test_two_planners_do_not_plan_the_same_refill(monkeypatch, guarded):
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "20", "20", at=shop.second_bin)
    set_pick_faces([FaceInput(mug, shop.bin, D(2), D(8))], company_id=shop.id, actor=ACTOR)
    if not guarded:
        monkeypatch.setattr(reading, "lock_warehouse", lambda warehouse_id: None)
    met(monkeypatch, refilling, "_read")

    together(lambda _n: plan_refills(shop.warehouse.pk, company_id=shop.id, actor=ACTOR), [1, 2])

    assert sorted(FloorTask.objects.values_list("quantity", flat=True)) == ([8] if guarded else [8, 8])
