"""Reorder points and quantities: plain arithmetic."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.reordering import Place, Policy, levels, needs_of, transferable

D = Decimal


def policy(**values):
    return Policy(**({"lead_days": D(10), "spread_days": D(0), "safety_days": 5, "cover_days": 30} | values))


def place(warehouse=1, available="0", incoming="0", waiting="0", daily="0", **values):
    return Place(warehouse, D(available), D(incoming), D(waiting), D(daily), policy(**values))


def test_the_point_covers_lead_time_and_safety_and_the_level_lasts_some_days_more():
    found = levels(D("1.3"), policy(spread_days=D("2.5")))

    assert (found.point, found.up_to) == (D(23), D(62))  # 1.3 x 17.5 and 1.3 x 30 more, whole units
    assert levels(D("1.3"), policy(point=D(4))).point == 4
    assert levels(D(0), policy(point=D(4), up_to=D(4))).up_to == 5  # always above the point


@pytest.mark.parametrize(
    ("available", "incoming", "waiting", "quantity"),
    [
        ("16", "0", "0", None),  # above the point of 15
        ("15", "0", "0", D(30)),  # at it: up to 45
        ("0", "16", "0", None),  # what is ordered counts
        ("10", "0", "4", D(39)),  # what orders wait for is gone already
    ],
)
def test_something_is_needed_at_or_below_the_point(available, incoming, waiting, quantity):
    needs = needs_of([place(available=available, incoming=incoming, waiting=waiting, daily="1")])

    assert [need.quantity for need in needs] == ([] if quantity is None else [quantity])


def test_without_sales_only_what_orders_wait_for_is_needed():
    assert needs_of([place(available="0")]) == []
    assert [need.quantity for need in needs_of([place(waiting="3")])] == [D(4)]


def test_a_warehouse_that_supplies_others_plans_for_them_too():
    main = place(1, available="20", daily="0", point=D(5), up_to=D(30))
    shop = place(2, available="0", daily="1", source_id=1)

    shop_need, main_need = needs_of([main, shop])

    assert (shop_need.place.warehouse_id, shop_need.quantity) == (2, D(45))
    assert (main_need.passed_on, main_need.quantity) == (D(45), D(55))  # 20 - 45, up to 30
    assert transferable(main, D(45)) == 15  # down to its own point


def test_warehouses_that_supply_each_other_are_each_looked_at_once():
    circle = [place(1, daily="1", source_id=2), place(2, daily="1", source_id=1)]

    assert sorted(need.place.warehouse_id for need in needs_of(circle)) == [1, 2]


numbers = st.decimals(0, 1000, places=2)


@given(numbers, numbers, numbers, numbers, st.integers(0, 60), st.integers(0, 60))
def test_what_is_needed_brings_the_position_above_the_point_and_not_beyond_the_level(
    available, incoming, waiting, daily, safety, cover
):
    one = Place(1, available, incoming, waiting, daily, policy(safety_days=safety, cover_days=cover))

    for need in needs_of([one]):
        after = one.position + need.quantity
        assert need.levels.point < after < need.levels.up_to + 1
        assert need.quantity == need.quantity.to_integral_value()
