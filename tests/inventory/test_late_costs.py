"""spread_late_costs: what becomes known after the goods came in, between what is left and what is gone."""

import datetime
from decimal import Decimal

import pytest

from accounting.models import JournalEntry, Period
from accounting.services import close_period
from inventory.errors import LateCostRefused
from inventory.services import LateCost, preview_late_costs, spread_late_costs
from tests.factories.books import ACTOR, NOON
from tests.factories.costs import bought, moved
from tests.factories.goods import balance, cost, make_shop, make_sku, make_stock, rows, written
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db

D = Decimal


def late(move, value, key="late:1", **values):
    return LateCost(move, D(value), "landed_cost", NOON, "tests.case", 1, key, **values)


def spread(shop, *items):
    return spread_late_costs(items, company_id=shop.id, actor=ACTOR)


def sums(result):
    return result.stock, result.gone


@pytest.mark.parametrize("method", ["average", "fifo"])
def test_a_late_cost_is_split_to_the_cent_between_what_is_left_and_cost_of_sales(method):
    """odoo#282371: a landed cost after the sale changed the stock's value only, never the cost of what was sold.
    Also odoo#249198, odoo#25604, odoo#19254; luminatechnology/Tomofun_23R1#36."""
    shop = make_shop()
    sku = make_sku(shop, cost_method=method)
    receipt = bought(shop, sku, "3", "30.00")
    channel = (("channel", "web"),)
    moved(shop, sku, "1", shop.bin, shop.customer, dimensions=channel)

    (result,) = spread(shop, late(receipt, "10.00"))

    assert sums(result) == (D("6.67"), D("3.33"))
    assert cost(sku) == (2, D("26.67")) and balance(shop.company, "inventory") == D("26.67")
    assert balance(shop.company, "cogs") == D("13.33") and balance(shop.company, "landed_cost") == D("-10.00")
    assert [part.dimensions for part in result.parts] == [(), channel]


def test_fifo_follows_the_layer_and_average_the_newest_goods():
    shop = make_shop()
    fifo, average = make_sku(shop, "F", cost_method="fifo"), make_sku(shop, "A")
    firsts = {}
    for sku in (fifo, average):
        firsts[sku] = bought(shop, sku, "4", "40.00")
        bought(shop, sku, "4", "40.00")
        moved(shop, sku, "4", shop.bin, shop.customer)

    results = spread(shop, late(firsts[fifo], "8.00"), late(firsts[average], "8.00"))

    assert [sums(result) for result in results] == [(0, 8), (8, 0)]
    assert cost(fifo) == (4, 40) and cost(average) == (4, 48)


def test_each_use_takes_its_share_to_its_own_account():
    shop = make_shop()
    sku = make_sku(shop, cost_method="fifo")
    receipt = bought(shop, sku, "10", "100.00")
    moved(shop, sku, "5", shop.bin, shop.customer)
    moved(shop, sku, "2", shop.bin, shop.outside["adjustment"])
    moved(shop, sku, "1", shop.bin, shop.outside["supplier"])

    spread(shop, late(receipt, "10.00", offset_role="opening_equity"))

    assert cost(sku) == (2, 22)
    assert balance(shop.company, "cogs") == 55
    assert balance(shop.company, "inventory_loss") == 22
    assert balance(shop.company, "price_variance") == 1  # what went back to the supplier is nobody's cost of sales
    assert balance(shop.company, "grni") == -90


def test_what_came_back_is_followed_into_its_new_layer():
    """odoo#45671: goods that a customer returned kept the old cost though they lie in stock again."""
    shop = make_shop()
    sku = make_sku(shop, cost_method="fifo")
    receipt = bought(shop, sku, "4", "40.00")
    issue = moved(shop, sku, "4", shop.bin, shop.customer)
    back = moved(shop, sku, "3", shop.customer, shop.bin, returns_move_id=issue)
    moved(shop, sku, "1", shop.bin, shop.outside["adjustment"])

    spread(shop, late(receipt, "4.00"))

    assert rows("SELECT layer_id, value FROM inventory_valuechange") == [(back, 2)]
    assert balance(shop.company, "cogs") == 11 and balance(shop.company, "inventory_loss") == 11
    assert cost(sku) == (2, 22)


@pytest.mark.parametrize("method", ["average", "fifo"])
def test_a_credit_never_takes_more_off_stock_than_there_is(method):
    """odoo#187169: a credit note after a write-down drove the stock's value below zero."""
    shop = make_shop()
    sku = make_sku(shop, cost_method=method)
    receipt = bought(shop, sku, "2", "5.00")

    (result,) = spread(shop, late(receipt, "-8.00"))

    assert cost(sku) == (2, 0) and sums(result) == (-5, -3)
    assert balance(shop.company, "price_variance") == -3


def test_a_closed_month_is_left_alone():
    """The entry is dated on the first open day, and says when the cost arose."""
    shop = make_shop()
    sku = make_sku(shop)
    receipt = bought(shop, sku, "1", "5.00")
    march = Period.objects.get(company=shop.company, start_date=datetime.date(2026, 3, 1))
    close_period(period_id=march.pk, company_id=shop.id, actor=ACTOR)

    (result,) = spread(shop, late(receipt, "1.00"))

    entry = JournalEntry.objects.get(pk=result.entry_id)
    assert entry.date == datetime.date(2026, 4, 1) and entry.effective_at == NOON


def test_a_preview_says_the_same_and_writes_nothing():
    shop = make_shop()
    sku = make_sku(shop)
    receipt = bought(shop, sku, "3", "30.00")
    moved(shop, sku, "2", shop.bin, shop.customer)
    before = written()

    previewed = preview_late_costs([late(receipt, "1.00")], company_id=shop.id)

    assert written() == before
    (posted,) = spread(shop, late(receipt, "1.00"))
    assert previewed[0].parts == posted.parts


def test_no_arrival_is_refused_and_nothing_written():
    shop = make_shop()
    sku = make_sku(shop)
    receipt = bought(shop, sku, "1", "1.00")
    issue = moved(shop, sku, "1", shop.bin, shop.customer)
    before = written()

    with refused(LateCostRefused) as caught:
        spread(shop, late(receipt, "1.00"), late(issue, "1.00"))

    assert caught.value.context["index"] == 1
    assert written() == before


def test_many_late_costs_take_as_many_statements_as_one(django_assert_num_queries):
    shop = make_shop()
    skus = [make_sku(shop, f"S{n}", cost_method="fifo" if n % 2 else "average") for n in range(40)]
    receipts = [bought(shop, sku, "4", "40.00") for sku in skus]
    for sku in skus:
        moved(shop, sku, "1", shop.bin, shop.customer)
    with django_assert_num_queries(9):
        spread(shop, late(receipts[0], "1.00", "late:warm"))

    with django_assert_num_queries(9):
        spread(shop, *(late(receipt, "1.00", "late:many") for receipt in receipts))

    assert balance(shop.company, "inventory") == sum(cost(sku)[1] for sku in skus)


def test_a_late_cost_of_zero_is_nothing():
    shop = make_shop()
    sku = make_sku(shop)
    receipt = bought(shop, sku, "1", "1.00")
    before = written()

    (result,) = spread(shop, late(receipt, "0"))

    assert sums(result) == (0, 0) and result.entry_id is None and written() == before


def test_a_return_stays_at_the_cost_it_left_at():
    """erpnext#52832, erpnext#49858: a return after a late cost came in at a newer cost than it left at. Also odoo#18788, odoo#214748,
    odoo#282893, erpnext#39707."""
    shop = make_shop()
    sku = make_sku(shop, cost_method="fifo")
    make_stock(shop, sku, "1", "1.00")
    receipt = bought(shop, sku, "1", "10.00")
    moved(shop, sku, "1", shop.bin, shop.customer)
    issue = moved(shop, sku, "1", shop.bin, shop.customer)
    spread(shop, late(receipt, "2.00"))

    moved(shop, sku, "1", shop.customer, shop.bin, returns_move_id=issue)

    assert cost(sku) == (1, 10) and balance(shop.company, "cogs") == 3
