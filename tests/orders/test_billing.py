"""Shares of a line's amounts: pure arithmetic."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from orders.billing import affordable, bill_charge, share

D = Decimal


def test_the_last_units_take_the_rest():
    parts = [share(D("1.00"), before=D(n), now=D(1), whole=D(3), exponent=2) for n in range(3)]

    assert parts == [D("0.33"), D("0.34"), D("0.33")]
    assert [share(D("100"), before=D(n), now=D(1), whole=D(3), exponent=0) for n in range(3)] == [33, 34, 33]


@given(
    st.decimals("0", "9999.99", places=2),
    st.lists(st.integers(1, 50), min_size=1, max_size=8),
)
def test_any_parts_add_up_and_none_is_negative(total, quantities):
    whole, before, parts = D(sum(quantities)), D(0), []
    for quantity in quantities:
        parts.append(share(total, before=before, now=D(quantity), whole=whole, exponent=2))
        before += quantity

    assert sum(parts) == total
    assert all(part >= 0 for part in parts)


def test_charges_that_lower_the_bill_are_taken_while_it_bears_them():
    charges = [("post", D(5)), ("voucher", D(-12)), ("rebate", D(-3))]

    assert affordable(charges, goods=D(6)) == ["post", "rebate"]
    assert affordable(charges, goods=D(10)) == ["post", "voucher", "rebate"]


def test_a_charge_with_tax_inside_is_billed_net():
    billed = bill_charge(D("12"), D("2"), quantity=D(2), inclusive=True)

    assert (billed.unit_price, billed.net, billed.tax) == (D("5"), D("10"), D("2"))
