"""costing: shares, the rest, and layers, without a database."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.costing import AverageCosts, CostShort, FifoCosts, Layer, Use, share, unit_value

D = Decimal


def test_a_share_is_rounded_and_the_whole_is_the_rest():
    assert share(D("10.00"), D(1), D(3), 2) == D("3.33")
    assert share(D("10.00"), D(3), D(3), 2) == D("10.00")
    assert share(D(100), D(1), D(3), 0) == D(33)


def test_average_mixes_what_arrives():
    costs = AverageCosts(D(2), D("2.00"))

    costs.add(7, D(2), D("6.00"))

    assert costs.take(D(1), 2) == [Use(None, D(1), D("2.00"))]
    assert unit_value(costs, D(3), 2) == D("6.00")


def test_fifo_splits_a_layer_and_goes_on_to_the_next():
    costs = FifoCosts([Layer(1, D(3), D("10.00")), Layer(2, D(1), D("9.00"))])

    assert costs.take(D(1), 2) == [Use(1, D(1), D("3.33"))]
    assert costs.take(D("2.5"), 2) == [Use(1, D(2), D("6.67")), Use(2, D("0.5"), D("4.50"))]
    assert (costs.quantity, costs.value) == (D("0.5"), D("4.50"))


@pytest.mark.parametrize("costs", [AverageCosts(D(1), D(5)), FifoCosts([Layer(1, D(1), D(5))])])
def test_no_more_is_taken_than_there_is(costs):
    with pytest.raises(CostShort):
        costs.take(D(2), 2)

    assert (costs.quantity, costs.value) == (1, 5)


def test_nothing_is_worth_nothing():
    assert unit_value(AverageCosts(D(0), D(0)), D(3), 2) == 0


@given(
    layers=st.lists(st.tuples(st.integers(1, 500), st.integers(0, 100_000)), min_size=1, max_size=8),
    parts=st.lists(st.integers(1, 200), max_size=30),
    fifo=st.booleans(),
)
def test_no_cent_is_lost_or_made(layers, parts, fifo):
    made = [Layer(n, D(quantity) / 10, D(value) / 100) for n, (quantity, value) in enumerate(layers)]
    quantity, value = sum(layer.quantity for layer in made), sum(layer.value for layer in made)
    costs = FifoCosts(made) if fifo else AverageCosts(D(quantity), D(value))
    taken = [D(0), D(0)]

    for part in [D(part) / 10 for part in parts]:
        if part <= costs.quantity:
            for use in costs.take(part, 2):
                taken[0] += use.quantity
                taken[1] += use.value
                assert use.value >= 0
    rest = costs.quantity
    if rest:
        taken[1] += sum(use.value for use in costs.take(rest, 2))

    assert (taken[0] + rest, taken[1]) == (quantity, value)
    assert (costs.quantity, costs.value) == (0, 0)
