"""Eight pickers on one wave: every task is picked once, nobody waits for ever, and the wave ends."""

import threading

import pytest
from django.db import connection, transaction

from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, in_place, make_channel, make_order, status_of
from tests.factories.goods import make_shop, make_sku, make_stock, rows
from tests.races.test_warehouse import all_at_once
from warehouse.models import PickTask
from warehouse.services import Pick, WaveRequest, confirm_picks, plan_wave, release_waves

pytestmark = pytest.mark.django_db(transaction=True)
PICKERS, ORDERS = 8, 12


@pytest.fixture
def wave(transactional_db):
    """(shop, SKUs, wave id): twelve orders of two articles on batch rounds of three."""
    shop = make_shop()
    skus = [make_sku(shop, f"S{n}") for n in range(2)]
    make_stock(shop, skus[0], "100", "100.00", at=shop.bin)
    make_stock(shop, skus[1], "100", "100.00", at=shop.second_bin)
    channel = make_channel(shop)
    for n in range(ORDERS):
        make_order(channel, dict.fromkeys(skus, "1"), str(n))
    request = WaveRequest(shop.warehouse.pk, method="batch", round_orders=3)
    planned = plan_wave(request, company_id=shop.id, actor=ACTOR)
    release_waves([planned.wave_id], company_id=shop.id, actor=ACTOR)
    return shop, skus, planned.wave_id


def test_eight_pickers_on_one_wave_pick_each_task_once(wave):
    """Answers openboxes/openboxes#229; frappe/erpnext#41092 and the deadlocks of frappe/erpnext#47787, #42342, #49107."""
    shop, skus, wave_id = wave
    tasks = list(PickTask.objects.order_by("id").values_list("pk", flat=True))

    def picker(turn):
        def work():
            states = []
            order = tasks[turn * 3 :] + tasks[: turn * 3]  # everybody wants all of them, from another end
            for pk in order if turn % 2 else order[::-1]:
                with transaction.atomic():
                    [result] = confirm_picks([Pick(pk, 1)], company_id=shop.id, effective_at=NOON, actor=ACTOR)
                states.append(result.state)
            return states

        return work

    found = [state for states in all_at_once(*[picker(n) for n in range(PICKERS)]) for state in states]

    assert (found.count("done"), found.count("already")) == (len(tasks), len(tasks) * (PICKERS - 1))
    assert [in_place(sku, shop.staging)[0] for sku in skus] == [ORDERS, ORDERS]
    assert rows("SELECT count(*), sum(quantity) FROM inventory_stockmove WHERE reason = 'pick'") == [
        (len(tasks), len(tasks))
    ]
    assert status_of("warehouse_wave", wave_id) == "done"
    assert rows("SELECT DISTINCT status FROM warehouse_pickround") == [("done",)]
    assert broken_checks() == []


def test_negative_control_without_the_lock_two_pickers_see_the_same_open_task(wave):
    """What the race above would meet had nobody locked the tasks: both would book it."""
    pk = PickTask.objects.order_by("id").first().pk
    seen = threading.Barrier(2)

    def look():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT status FROM warehouse_picktask WHERE id = %s", [pk])
            (status,) = cursor.fetchone()
            seen.wait(10)
            return status

    assert all_at_once(look, look) == ["open", "open"]
