"""Less found than directed: the rest comes from another bin, else it is back-ordered; the bin is to be counted."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, in_place, make_channel, make_order, status_of
from tests.factories.goods import level, make_shop, make_sku, make_stock, rows
from warehouse.models import CountRequest, PickTask
from warehouse.services import BinCount, Pick, confirm_picks, create_pick_lists, open_bin_count

pytestmark = pytest.mark.django_db
D = Decimal


class Short:
    """4 MUG wanted, claimed in the first bin, which holds 4; the second bin holds some more."""

    def __init__(self, elsewhere: str, promised: str = "") -> None:
        self.shop = make_shop()
        self.mug = make_sku(self.shop)
        make_stock(self.shop, self.mug, "4", at=self.shop.bin)
        channel = make_channel(self.shop)
        placed = make_order(channel, {self.mug: "4"})
        self.work, self.order = placed.fulfilment_id, placed.order_id
        (made,) = create_pick_lists([self.work], company_id=self.shop.id, actor=ACTOR)
        [(self.task, _quantity)] = made.tasks
        if elsewhere != "0":
            make_stock(self.shop, self.mug, elsewhere, at=self.shop.second_bin)
        if promised:
            make_order(channel, {self.mug: promised}, "other")

    def pick(self, task: int, quantity: str):
        return confirm_picks([Pick(task, D(quantity))], company_id=self.shop.id, effective_at=NOON, actor=ACTOR)[0]


def test_what_is_missing_is_claimed_in_another_bin():
    short = Short("10")

    result = short.pick(short.task, "3")

    assert (result.state, result.short, result.again) == ("short", 1, 1)
    more = PickTask.objects.exclude(pk=short.task).get()
    assert (more.from_location_id, more.quantity, more.status) == (short.shop.second_bin, 1, "open")
    assert in_place(short.mug, short.shop.second_bin) == (10, 1)
    assert status_of("orders_fulfilment", short.work) == "picking"
    assert rows("SELECT quantity, claimed, unmet FROM inventory_demand") == [(4, 4, 0)]
    short.pick(more.pk, "1")
    assert status_of("orders_fulfilment", short.work) == "picked"
    assert rows("SELECT picked, quantity FROM orders_fulfilmentline") == [(4, 4)]
    assert in_place(short.mug, short.shop.staging) == (4, 0)
    assert broken_checks() == []


def test_a_bin_is_never_claimed_twice_nor_free_stock_declared_taken():
    """Answers openboxes/openboxes#229; frappe/erpnext#41092, #41378, #51939: same bin picked twice, or free stock declared taken."""
    short = Short("1")

    result = short.pick(short.task, "1")  # three are missing, one is free

    assert (result.short, result.again) == (3, 1)
    assert in_place(short.mug, short.shop.second_bin) == (1, 1)
    assert rows("SELECT quantity, claimed, unmet FROM inventory_demand") == [(4, 2, 2)]
    assert rows("SELECT quantity FROM orders_fulfilmentline") == [(2,)]
    assert broken_checks() == []


def test_what_is_promised_to_somebody_else_stays_theirs():
    short = Short("10", promised="10")

    result = short.pick(short.task, "3")

    assert (result.short, result.again) == (1, 0)
    assert in_place(short.mug, short.shop.second_bin) == (10, 0)
    assert level(short.shop, short.mug) == (14, 13, 13)
    assert broken_checks() == []


def test_the_bin_is_to_be_counted_once():
    short = Short("0")

    short.pick(short.task, "3")
    open_bin_count([BinCount(short.shop.bin, short.mug, "short_pick")], company_id=short.shop.id, actor=ACTOR)

    asked = CountRequest.objects.get()
    assert (asked.location_id, asked.sku_id, asked.reason, asked.status) == (
        short.shop.bin, short.mug, "short_pick", "open",
    )  # fmt: skip
    assert (asked.source_type, asked.source_id) == ("warehouse.picktask", short.task)


def test_statements_do_not_grow_with_the_short_picks():
    counts = []
    shop = make_shop()
    channel = make_channel(shop)
    for number in (1, 8):
        tasks = []
        for n in range(number):
            sku = make_sku(shop, f"S{number}-{n}")
            make_stock(shop, sku, "4", at=shop.bin)
            placed = make_order(channel, {sku: "4"}, f"{number}-{n}")
            (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)
            tasks.append(made.tasks[0][0])
            make_stock(shop, sku, "4", at=shop.second_bin)
        picks = [Pick(task, D(3)) for task in tasks]
        with CaptureQueriesContext(connection) as queries:
            results = confirm_picks(picks, company_id=shop.id, effective_at=NOON, actor=ACTOR)
        assert {result.again for result in results} == {1}
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 26
