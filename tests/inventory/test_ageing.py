"""How long stock has been lying, and ABC classes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from inventory.abc import classify
from inventory.selectors.ageing import BANDS, ageing, band_names
from tests.factories.costs import moved
from tests.factories.goods import make_shop, make_sku

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
