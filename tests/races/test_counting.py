"""Counting while others sell and pick: what is booked is what was counted, less and plus what moved since."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from backoffice.core.db import retry_serialization
from inventory.errors import StockRefused
from inventory.selectors.counting import AskedPlace, laid_there
from inventory.services import post_moves
from tests.factories.books import ACTOR
from tests.factories.counting import CountHouse, lies, result, status
from tests.factories.goods import goods_differ, make_move
from warehouse.services import counting

pytestmark = pytest.mark.django_db(transaction=True)
PLENTY, FOUND = 200, 188


def at_once(*works):
    start = threading.Barrier(len(works))

    def run(work):
        try:
            connection.ensure_connection()
            start.wait(10)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(60) for future in [pool.submit(run, work) for work in works]]


class Trade:
    """Takes one or two from the bin to staging, again and again; every fifth time some go back."""

    def __init__(self, house, seed, turns=12):
        self.house, self.random, self.turns, self.out = house, random.Random(seed), turns, 0

    def __call__(self):
        shop = self.house.shop
        for turn in range(self.turns):
            quantity, back = self.random.randint(1, 2), turn % 5 == 4
            ends = (shop.staging, shop.bin) if back else (shop.bin, shop.staging)
            move = make_move(shop, self.house.mug, str(quantity), *ends, effective_at=timezone.now())
            try:
                retry_serialization(lambda move=move: post_moves([move], company_id=shop.id, actor=ACTOR))
            except StockRefused:  # the other one has just brought it back
                continue
            self.out += -quantity if back else quantity
        return self.out


def stocked():
    house = CountHouse()
    more = make_move(
        house.shop,
        house.mug,
        str(PLENTY - 10),
        house.shop.outside["adjustment"],
        house.shop.bin,
        effective_at=timezone.now() - timedelta(hours=1),
    )
    post_moves([more], company_id=house.shop.id, actor=ACTOR)
    return house


def test_trade_goes_on_while_a_bin_is_counted_and_posted_and_the_ledger_is_right():
    house = stocked()
    taken = at_once(Trade(house, 1, 6), Trade(house, 2, 6))
    made = house.planned()
    seen = FOUND - sum(taken)  # twelve are gone, and the counter sees the bin as it is at that instant
    house.count(made, house.anna, {house.mug: seen})

    during = at_once(
        Trade(house, 3), Trade(house, 4), lambda: house.count(made, house.ben, {house.mug: 0}, finish=False) or 0
    )
    # the second count is of an instant of its own: what lies there by then
    now = timezone.now()
    house.count(made, house.ben, {house.mug: FOUND - sum(taken) - sum(during)}, at=now)
    assert result(made, house.mug).variance == FOUND - PLENTY

    posted = at_once(Trade(house, 5), Trade(house, 6), lambda: retry_serialization(lambda: house.approve(made)) and 0)

    out = sum(taken) + sum(during) + sum(posted)
    assert (status(made), lies(house.mug, house.shop.bin), lies(house.mug, house.shop.staging)) == (
        "posted",
        FOUND - out,
        out,
    )
    assert goods_differ() == []


def test_negative_control_a_snapshot_of_the_books_would_take_the_trade_for_a_loss():
    """What other systems do: the bin is set to what was counted, whatever moved since."""
    house = stocked()
    counted = Decimal(FOUND)
    book = lies(house.mug, house.shop.bin)
    out = sum(at_once(Trade(house, 7), Trade(house, 8)))

    difference = counted - lies(house.mug, house.shop.bin)  # against the books of now, not of the scan

    assert (counted - book, difference) == (FOUND - PLENTY, FOUND - PLENTY + out) and out > 0


def test_negative_control_without_the_levels_locks_the_ledger_moves_between_reading_and_booking():
    house = stocked()
    at, read, moved = timezone.now(), threading.Event(), threading.Event()

    def look():
        with transaction.atomic():  # as posting does, but nobody has locked the levels
            [before] = [row.now for row in laid_there([AskedPlace(house.shop.bin, house.mug, at)])]
            read.set()
            assert moved.wait(10)
            [after] = [row.now for row in laid_there([AskedPlace(house.shop.bin, house.mug, at)])]
            return before - after

    def pick():
        assert read.wait(10)
        out = make_move(house.shop, house.mug, "3", house.shop.bin, house.shop.staging, effective_at=timezone.now())
        post_moves([out], company_id=house.shop.id, actor=ACTOR)
        moved.set()
        return Decimal(3)

    assert at_once(look, pick) == [3, 3]


def test_one_bin_is_planned_by_one_of_many_and_approved_once():
    house = stocked()

    def plan():
        made = counting.create_stocktake(
            [counting.CountScope(house.shop.bin)], company_id=house.shop.id, warehouse_id=house.shop.warehouse.pk,
            actor=ACTOR, skip_open=True,
        )  # fmt: skip
        return made.pk if made else None

    assert len(list(filter(None, at_once(*[plan] * 4)))) == 1
