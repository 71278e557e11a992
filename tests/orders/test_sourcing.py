"""Which warehouse serves which line: pure arithmetic."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.sourcing import Choice, Want, choose, take

D = Decimal
MUG, CUP = 1, 2
LON, YRK = 10, 20


def want(key: int, sku: int, quantity: int) -> Want:
    return Want(key, sku, D(quantity))


def chosen(wants, available, **values):
    stock = {place: D(quantity) for place, quantity in available.items()}
    return [
        (c.key, c.warehouse_id, int(c.quantity))
        for c in choose(wants, warehouses=[LON, YRK], available=stock, **values)
    ]


@pytest.mark.parametrize(
    ("wants", "available", "expected"),
    [
        ([want(1, MUG, 2), want(2, CUP, 1)], {(MUG, LON): 2, (CUP, LON): 1, (MUG, YRK): 9}, [(1, LON, 2), (2, LON, 1)]),
        ([want(1, MUG, 2), want(2, CUP, 1)], {(MUG, LON): 2, (MUG, YRK): 2, (CUP, YRK): 1}, [(1, YRK, 2), (2, YRK, 1)]),
        ([want(1, MUG, 2), want(2, CUP, 1)], {(MUG, LON): 2, (CUP, YRK): 1}, [(1, LON, 2), (2, YRK, 1)]),
        ([want(1, MUG, 5)], {(MUG, LON): 2, (MUG, YRK): 2}, [(1, LON, 2), (1, YRK, 2)]),
        ([want(1, MUG, 2), want(2, MUG, 2)], {(MUG, LON): 3}, [(1, LON, 2), (2, LON, 1)]),
        ([want(1, MUG, 1)], {}, []),
    ],
)
def test_all_from_one_place_else_line_by_line(wants, available, expected):
    assert chosen(wants, available) == expected


def test_a_pin_or_a_single_warehouse_serves_everything_unseen():
    assert chosen([want(1, MUG, 5)], {(MUG, LON): 9}, pinned=YRK) == [(1, YRK, 5)]
    assert choose([want(1, MUG, 5)], warehouses=[LON], available={}) == [Choice(1, MUG, LON, D(5))]


def test_whole_lines_are_not_claimed_in_part():
    stock = {(MUG, LON): 2, (CUP, YRK): 1}

    assert chosen([want(1, MUG, 3), want(2, CUP, 1)], stock, whole_lines=True) == [(2, YRK, 1)]


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 6)), min_size=1, max_size=6),
    st.dictionaries(st.tuples(st.integers(1, 3), st.sampled_from([LON, YRK])), st.integers(0, 9)),
)
def test_never_more_than_wanted_or_there_is(lines, stock):
    wants = [want(key, sku, quantity) for key, (sku, quantity) in enumerate(lines)]
    available = {place: D(quantity) for place, quantity in stock.items()}

    choices = choose(wants, warehouses=[LON, YRK], available=available)
    take(available, choices)

    assert all(quantity >= 0 for quantity in available.values())
    for item in wants:
        assert sum(c.quantity for c in choices if c.key == item.key) <= item.quantity
