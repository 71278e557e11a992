"""Holds that a channel's rules place by themselves, several at once, without a further statement."""

from decimal import Decimal

import pytest

from orders.inputs import AddressInput
from orders.models import Hold, Order
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, place

HOME = AddressInput(name="Ana", line1="Street 1", city="London", country="GB")


@pytest.fixture
def shop(db):
    shop = make_shop()
    make_stock(shop, make_sku(shop, "MUG"), "100", "500")
    return shop


def holds(result):
    return dict(Hold.objects.filter(order_id=result.order_id).values_list("kind", "reason"))


def test_a_total_above_the_limit_is_held_for_a_fraud_check(shop):
    channel = make_channel(shop)
    channel.hold_above = Decimal(50)
    channel.save()

    below, above = place(channel, order("A", line(quantity="5")), order("B", line(quantity="6")))

    assert (holds(below), Order.objects.get(pk=below.order_id).status) == ({}, "released")
    assert holds(above) == {"fraud": "The total of 60 is above the channel's limit of 50."}
    assert Order.objects.get(pk=above.order_id).status == "placed"


@pytest.mark.parametrize(
    ("address", "missing"),
    [
        (None, "name, street, city, country"),
        (AddressInput(line1=" ", city="London", country="GB", name="Ana"), "street"),
        (AddressInput(line1="Street 1", organisation="Acme", country="GB"), "city"),
        (HOME, ""),
    ],
)
def test_an_incomplete_address_is_held_with_what_it_lacks(shop, address, missing):
    channel = make_channel(shop)
    channel.check_address = True
    channel.save()

    [result] = place(channel, order("A", shipping_address=address))

    assert holds(result) == ({"address": f"The shipping address lacks: {missing}."} if missing else {})


def test_several_holds_stand_side_by_side(shop):
    channel = make_channel(shop)
    channel.hold_above, channel.check_address = Decimal(1), True
    channel.save()

    [result] = place(
        channel, order("A", line("XYZ"), total=Decimal("9.99"), holds=(("credit", "Over"), ("stock", "Ask")))
    )

    assert sorted(holds(result)) == ["address", "credit", "fraud", "mapping", "stock", "total"]


def test_rules_cost_no_statement(shop, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    plain, ruled = make_channel(shop, "plain"), make_channel(shop, "ruled")
    ruled.hold_above, ruled.check_address = Decimal(10**6), True
    ruled.save()

    def questions(channel, external_id):
        with CaptureQueriesContext(connection) as asked:
            place(channel, order(external_id, shipping_address=HOME))
        return len(asked)

    questions(plain, "0")
    assert questions(plain, "A") == questions(ruled, "B")
