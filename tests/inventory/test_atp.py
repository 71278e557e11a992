"""Promises by arithmetic: first in the order of serving takes the earliest supply, and nothing is promised twice."""

import datetime
import random
from decimal import Decimal

from inventory.atp import Part, Pool, Promise, Supply, Wish, serve

D = Decimal
TODAY = datetime.date(2026, 3, 10)


def day(number: int) -> datetime.date:
    return TODAY + datetime.timedelta(days=number)


def supply(number: int, quantity: str, warehouse: int = 1) -> Supply:
    return Supply(day(number), warehouse, D(quantity))


def test_a_quantity_is_promised_in_parts_by_the_day_each_is_there():
    pool = Pool([supply(9, "5"), supply(0, "2"), supply(4, "3")])

    promise = pool.ask(D(7))

    assert promise.parts == (Part(day(0), D(2)), Part(day(4), D(3)), Part(day(9), D(2)))
    assert (promise.date, promise.short) == (day(9), 0)
    assert pool.ask(D(7)) == promise  # asking takes nothing


def test_what_nothing_will_bring_is_short_and_has_no_date():
    promise = Pool([supply(4, "3")]).ask(D(5))

    assert (promise.parts, promise.short, promise.date) == ((Part(day(4), D(3)),), 2, None)
    assert Pool([]).ask(D(1)).date is None


def test_who_stands_first_takes_the_earliest():
    promises, pool = serve([Wish(1, D(4)), Wish(2, D(3))], [supply(0, "2"), supply(5, "10")])

    assert promises[1].parts == (Part(day(0), D(2)), Part(day(5), D(2)))
    assert promises[2].parts == (Part(day(5), D(3)),)
    assert pool.curve() == [Part(day(5), D(5))]


def test_a_pinned_wish_is_served_by_its_warehouse_only():
    promises, pool = serve([Wish(1, D(4), warehouse_id=2)], [supply(0, "9", 1), supply(3, "3", 2)])

    assert (promises[1].parts, promises[1].short) == ((Part(day(3), D(3)),), 1)
    assert (pool.curve(1), pool.curve(2)) == ([Part(day(0), D(9))], [])


def test_the_curve_rises_by_day():
    pool = Pool([supply(0, "2", 1), supply(0, "1", 2), supply(4, "3", 2)])

    assert pool.curve() == [Part(day(0), D(3)), Part(day(4), D(6))]
    assert pool.curve(2) == [Part(day(0), D(1)), Part(day(4), D(4))]


def test_nothing_before_the_release_date():
    promise = Promise((Part(day(0), D(2)), Part(day(3), D(1)), Part(day(8), D(4))))

    assert promise.not_before(day(5)).parts == (Part(day(5), D(3)), Part(day(8), D(4)))
    assert promise.not_before(day(9)).parts == (Part(day(9), D(7)),)
    assert promise.not_before(None) == promise == promise.not_before(day(-1))


def test_nothing_is_promised_twice_nor_lost_and_no_later_wish_changes_an_earlier_promise():
    for seed in range(200):
        dice = random.Random(seed)
        supplies = [
            Supply(day(dice.randint(0, 9)), dice.randint(1, 3), D(dice.randint(1, 9)))
            for _ in range(dice.randint(0, 6))
        ]
        wishes = [
            Wish(key, D(dice.randint(1, 9)), dice.choice([None, None, 1, 2])) for key in range(dice.randint(0, 6))
        ]

        promises, pool = serve(wishes, supplies)

        given = sum((part.quantity for p in promises.values() for part in p.parts), D(0))
        left = pool.curve()[-1].quantity if pool.curve() else D(0)
        assert given + left == sum((s.quantity for s in supplies), D(0))
        for wish in wishes:
            assert sum((p.quantity for p in promises[wish.key].parts), promises[wish.key].short) == wish.quantity
        for until in range(10):  # by no day is more promised than has come
            come = sum((s.quantity for s in supplies if s.date <= day(until)), D(0))
            out = sum((q.quantity for p in promises.values() for q in p.parts if q.date <= day(until)), D(0))
            assert out <= come
        fewer, _pool = serve(wishes[:-1], supplies)
        assert all(fewer[key] == promises[key] for key in fewer)
