"""How long stock has been lying, and ABC classes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from inventory.abc import classify
from inventory.selectors.ageing import BANDS, ageing, band_names
from tests.factories.buying import arrive
from tests.factories.costs import moved
from tests.factories.goods import add_shop, make_shop, make_sku
from tests.factories.tracking import make_owner

D = Decimal


def ago(days):
    return timezone.now() - timedelta(days=days)


@pytest.mark.django_db
def test_what_is_left_is_told_by_the_days_since_it_came_in():
    """Of the average the newest is taken to be left, FIFO layers say it themselves; both add up to what there is."""
    shop = make_shop()
    fifo, average, never = make_sku(shop, "F", cost_method="fifo"), make_sku(shop, "A"), make_sku(shop, "N")
    supplier = shop.outside["supplier"]
    for sku in (fifo, average):
        moved(shop, sku, "10", supplier, shop.bin, value=D("10.00"), effective_at=ago(400))
        moved(shop, sku, "10", supplier, shop.bin, value=D("20.01"), effective_at=ago(40))
        moved(shop, sku, "4", supplier, shop.bin, value=D("12.00"), effective_at=ago(3))
        moved(shop, sku, "12", shop.bin, shop.customer, effective_at=ago(2))
    moved(shop, never, "1", supplier, shop.bin, value=D("99.00"), effective_at=ago(200))

    found = {row.sku: row for row in ageing(shop.id)}

    assert band_names() == ["0–30", "31–60", "61–90", "91–180", "181–365", "366+"]
    assert found["F"].quantities == found["A"].quantities == (4, 8, 0, 0, 0, 0)
    assert found["F"].values == (12, D("16.01"), 0, 0, 0, 0)
    assert sum(found["A"].values) == found["A"].value and found["A"].values[0] == round(found["A"].value / 3, 2)
    assert found["N"].quantities[4] == 1 and found["N"].old_value == 99 and found["N"].last_sold is None
    assert found["F"].last_sold == ago(2).date()
    assert [row.sku for row in ageing(shop.id)] == ["N", *sorted(["F", "A"], key=lambda sku: -found[sku].value)]
    assert ageing(shop.id, category="none") == [] and len(BANDS) == 6


@pytest.fixture
def aged():
    """MUG by FIFO and CUP by average: 10 came 400 days ago at 1.00, 10 came 40 days ago at 2.00, 12 left since; of
    each 3 went to PAR 5 days ago."""
    shop = make_shop()
    par = add_shop(shop.company, "PAR")
    supplier = shop.outside["supplier"]
    for sku in (make_sku(shop, cost_method="fifo"), make_sku(shop, "CUP")):
        moved(shop, sku, "10", supplier, shop.bin, value=D("10.00"), effective_at=ago(400))
        moved(shop, sku, "10", supplier, shop.bin, value=D("20.00"), effective_at=ago(40))
        moved(shop, sku, "4", shop.bin, shop.customer, effective_at=ago(30))
        moved(shop, sku, "8", shop.bin, shop.customer, effective_at=ago(10))
        moved(shop, sku, "3", shop.bin, par.bin, effective_at=ago(5))
    return shop, par


@pytest.mark.django_db
def test_a_past_day_is_told_as_it_was(aged):
    shop, _par = aged

    def told(days):
        return {row.sku: row for row in ageing(shop.id, day=ago(days).date())}

    assert {code: (row.quantities, row.values) for code, row in told(0).items()} == {
        row.sku: (row.quantities, row.values) for row in ageing(shop.id)
    }
    then = told(20)
    assert then["MUG"].quantities == (10, 0, 0, 0, 0, 6)
    assert then["MUG"].values == (20, 0, 0, 0, 0, 6) and then["MUG"].last_sold == ago(30).date()
    assert then["CUP"].quantities == (10, 0, 0, 0, 0, 6) and then["CUP"].value == 24
    assert told(60)["MUG"].values[4] == 10 and told(60)["MUG"].last_sold is None
    assert told(401) == {}


@pytest.mark.django_db
def test_in_one_warehouse_days_count_from_when_goods_came_there(aged):
    shop, par = aged

    there = {row.sku: row for row in ageing(shop.id, warehouse=par.warehouse)}
    here = {row.sku: row for row in ageing(shop.id, warehouse=shop.warehouse)}

    assert there["MUG"].quantities == there["CUP"].quantities == (3, 0, 0, 0, 0, 0)
    assert there["MUG"].last_sold is None and here["MUG"].quantities == (0, 5, 0, 0, 0, 0)
    for sku in ("MUG", "CUP"):
        assert there[sku].value + here[sku].value == next(row.value for row in ageing(shop.id) if row.sku == sku)
    assert ageing(shop.id, warehouse=par.warehouse, day=ago(6).date()) == []


@pytest.mark.django_db
def test_another_owner_s_goods_have_an_age_and_no_value(aged):
    shop, par = aged
    owner, sku = make_owner(shop), make_sku(shop, "PEN")
    arrive(shop, {"sku_id": sku, "quantity": D(6), "owner_id": owner.party_id, "location_id": shop.bin})

    [row] = ageing(shop.id, owner_id=owner.party_id)

    assert (row.sku, row.quantity, row.value, sum(row.quantities), sum(row.values)) == ("PEN", 6, 0, 6, 0)
    assert ageing(shop.id, owner_id=owner.party_id, warehouse=par.warehouse) == []
    assert "PEN" not in {row.sku for row in ageing(shop.id)}


@pytest.mark.parametrize(
    ("figures", "classes"),
    [([70, 20, 6, 4], "AABC"), ([1], "A"), ([], ""), ([50, 30, 15, 5, 0, -3], "AABCCC"), ([0, 0], "CC")],
)
def test_the_few_that_make_most_are_a(figures, classes):
    assert "".join(rank.abc for rank in classify([D(figure) for figure in figures])) == classes


@given(st.lists(st.integers(-5, 1000).map(D), max_size=30).map(lambda rows: sorted(rows, reverse=True)))
def test_classes_come_in_order_and_shares_end_at_the_whole(figures):
    ranks = classify(figures)

    assert [rank.abc for rank in ranks] == sorted(rank.abc for rank in ranks)
    positive = [rank for rank, figure in zip(ranks, figures, strict=True) if figure > 0]
    assert [rank.so_far for rank in positive] == sorted(rank.so_far for rank in positive)
    assert not positive or positive[-1].so_far == 100
