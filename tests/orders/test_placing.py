"""Placing orders: kept as sent, claimed, released; refused ones leave nothing."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.errors import ChannelInactive
from orders.inputs import AddressInput, ContactInput, DiscountInput, TaxInput
from orders.models import Channel, Contact, Hold, Order, OrderLine, OrderStatus
from tests.factories.goods import add_shop, level, make_shop, make_sku, make_stock, rows
from tests.factories.refusals import refused
from tests.factories.sales import line, make_channel, order, orders_written, place, shipping

pytestmark = pytest.mark.django_db
D = Decimal


def test_an_order_is_kept_as_sent_claimed_and_released():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10")
    channel = make_channel(shop)

    (result,) = place(
        channel,
        order(
            "A-1",
            line("mug", "3", "4.99", discount=D("1.00"), tax=D("2.79"), tax_rate=D("0.2"), description="Red mug"),
            charges=[shipping("3.50")],
            discounts=[DiscountInput(D("1.00"), code="SAVE", line=0)],
            taxes=[TaxInput("VAT", D("2.79"), rate=D("0.2"))],
            total=D("20.26"),
            contact=ContactInput("c9", "Ann Lee", "ann@example.com", "", "GB"),
            shipping_address=AddressInput(name="Ann Lee", line1="1 High St", city="York", country="GB"),
            external_number="#A1",
        ),
    )

    assert (result.state, result.held, result.back_ordered, len(result.fulfilment_ids)) == ("placed", False, False, 1)
    placed = Order.objects.get(pk=result.order_id)
    assert (placed.status, placed.goods_total, placed.discount_total, placed.tax_total, placed.charges_total) == (
        "released",
        D("14.97"),
        D("1.00"),
        D("2.79"),
        D("3.50"),
    )
    assert (placed.total, placed.contact.person.email, placed.shipping_address.city) == (
        D("20.26"),
        "ann@example.com",
        "York",
    )
    kept = placed.lines.get()
    assert (kept.sku_id, kept.channel_sku, kept.unit_price, kept.tax) == (sku, "mug", D("4.99"), D("2.79"))
    assert (kept.demand.quantity, kept.demand.claimed, kept.demand.source_id) == (3, 3, kept.pk)
    assert level(shop, sku) == (10, 10, 3)
    fulfilment = placed.fulfilments.get()
    assert (fulfilment.status, fulfilment.warehouse_id, fulfilment.lines.get().quantity) == (
        "ready",
        shop.warehouse.pk,
        3,
    )
    assert placed.discounts.get().code == "SAVE" and placed.taxes.get().amount == D("2.79")
    assert rows("SELECT action, new_value FROM core_auditevent WHERE object_type = 'orders.order'") == [
        ("placed", "released")
    ]
    assert rows("SELECT key FROM core_outboxevent WHERE topic = 'OrderPlaced'") == [(f"order:{placed.pk}",)]


def test_the_same_order_again_changes_nothing_and_other_content_is_refused():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    channel = make_channel(shop)
    (first,) = place(channel)
    before = orders_written()

    again, other, twice = place(
        channel, order(), order("1001", line(quantity="2")), replace(order(), lines=[line(price="10.00")])
    )

    assert (again.state, again.order_id) == ("already", first.order_id)
    assert (other.state, other.code, other.order_id) == ("refused", "external_id_reused", first.order_id)
    assert twice.state == "already"
    assert orders_written() == before


def test_an_order_twice_in_one_batch_is_placed_once():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    channel = make_channel(shop)

    first, same, other = place(channel, order(), order(), order("1001", line(quantity="2")))

    assert (first.state, same.state, other.code) == ("placed", "already", "external_id_reused")
    assert same.order_id == first.order_id
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"lines": [line(quantity="0")]}, "invalid_input", "lines[0].quantity"),
        ({"lines": [line(), line(quantity="-2")]}, "invalid_input", "lines[1].quantity"),
        ({"lines": [line(price="NaN")]}, "invalid_input", "lines[0].unit_price"),
        ({"lines": [line(price="0.0000001")]}, "invalid_input", "lines[0].unit_price"),
        ({"lines": [line(price="1e20")]}, "invalid_input", "lines[0].unit_price"),
        ({"lines": [line(discount=D("10.01"))]}, "invalid_input", "lines[0].discount"),
        ({"lines": [line(sku=" ")]}, "invalid_input", "lines[0].channel_sku"),
        ({"lines": []}, "invalid_input", "lines"),
        ({"currency": "XXQ"}, "unknown_currency", "currency"),
        ({"external_id": ""}, "invalid_input", "external_id"),
        ({"placed_at": datetime.datetime(2026, 1, 1)}, "invalid_input", "placed_at"),
        ({"charges": [shipping("-11")]}, "negative_total", "total"),
        ({"charges": [replace(shipping(), account_role="receivable")]}, "invalid_input", "charges[0].account_role"),
        ({"charges": [replace(shipping(), kind="bribe")]}, "invalid_input", "charges[0].kind"),
        ({"discounts": [DiscountInput(D(1), line=7)]}, "invalid_input", "discounts[0].line"),
        ({"shipping_address": AddressInput(country="GBR")}, "invalid_input", "shipping_address.country"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field_and_the_rest_go_on(changes, code, field):
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    channel = make_channel(shop)

    bad, good = place(channel, replace(order("bad"), **changes), order("good"))

    assert (bad.state, bad.code, bad.field, bad.order_id) == ("refused", code, field, None)
    assert bad.detail.startswith(f"{field}: ")
    assert good.state == "placed"
    assert list(Order.objects.values_list("external_id", flat=True)) == ["good"]
    assert OrderLine.objects.count() == 1


def test_only_refused_orders_write_nothing():
    shop = make_shop()
    make_sku(shop)
    channel = make_channel(shop)
    before = orders_written()

    (bad,) = place(channel, order("bad", line(quantity="-1"), contact=ContactInput("c1", "Ann")))

    assert bad.state == "refused"
    assert orders_written() == before


def test_an_unknown_sku_holds_the_order_and_claims_nothing():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10")
    channel = make_channel(shop)

    (result,) = place(channel, order("A", line(), line("NOPE")))

    assert (result.state, result.held, result.fulfilment_ids) == ("placed", True, ())
    hold = Hold.objects.get()
    assert (hold.kind, hold.reason, hold.placed_by) == ("mapping", "Unknown SKU: NOPE.", "job:test")
    assert Order.objects.get().status == OrderStatus.PLACED
    assert list(OrderLine.objects.order_by("position").values_list("sku_id", "demand_id")) == [
        (sku, None),
        (None, None),
    ]
    assert level(shop, sku) == (10, 10, 0)


def test_a_total_off_by_a_cent_holds_the_order_with_the_difference_but_keeps_the_claim():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10")
    channel = make_channel(shop)

    off, exact, unrounded = place(
        channel,
        order("A", total=D("9.99")),
        order("B", total=D("10.00")),
        order("C", line(quantity="3", price="0.333"), total=D("1.00")),
    )

    assert (off.held, exact.held, unrounded.held) == (True, False, False)
    assert Hold.objects.get().reason == "The channel says 9.99, the lines add up to 10: a difference of -0.01."
    assert Order.objects.get(external_id="A").total == D("9.99")
    assert level(shop, sku) == (10, 10, 5)
    assert off.fulfilment_ids == ()


def test_prices_with_tax_add_up_without_it_and_marketplace_tax_counts():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    gross = make_channel(shop, "gross", prices_include_tax=True)
    net = make_channel(shop, "net")

    (inclusive,) = place(gross, order("A", line(price="12", tax=D("2")), total=D("12")))
    (market,) = place(net, order("A", line(price="10", tax=D("2"), tax_collector="marketplace"), total=D("12")))

    assert (inclusive.held, market.held) == (False, False)


def test_what_is_not_there_is_back_ordered_and_part_is_claimed():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "2")
    channel = make_channel(shop)

    first, second = place(channel, order("A", line(quantity="3")), order("B", line(quantity="1")))

    assert (first.back_ordered, second.back_ordered) == (True, True)
    assert len(first.fulfilment_ids) == 1 and second.fulfilment_ids == ()
    assert rows("SELECT quantity, claimed, unmet FROM inventory_demand ORDER BY id") == [(3, 2, 1), (1, 0, 1)]
    assert level(shop, sku) == (2, 2, 2)


def test_ship_complete_claims_whole_lines_and_waits_for_the_rest():
    shop = make_shop()
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    make_stock(shop, mug, "5")
    make_stock(shop, cup, "1")
    channel = make_channel(shop, ship_complete=True)

    (result,) = place(channel, order("A", line("MUG", "2"), line("CUP", "2")))

    assert (result.back_ordered, result.fulfilment_ids) == (True, ())
    assert (level(shop, mug)[2], level(shop, cup)[2]) == (2, 0)


def test_an_order_goes_to_the_warehouse_that_has_all_of_it():
    shop = make_shop()
    north = add_shop(shop.company, "YRK")
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    make_stock(shop, mug, "5")
    make_stock(north, mug, "5")
    make_stock(north, cup, "5")
    channel = make_channel(shop)

    both, split = place(channel, order("A", line("MUG"), line("CUP")), order("B", line("MUG", "6"), line("CUP")))

    assert [f.warehouse_id for f in Order.objects.get(pk=both.order_id).fulfilments.all()] == [north.warehouse.pk]
    assert {f.warehouse_id for f in Order.objects.get(pk=split.order_id).fulfilments.all()} == {
        shop.warehouse.pk,
        north.warehouse.pk,
    }
    assert (level(shop, mug)[2], level(north, mug)[2], level(north, cup)[2]) == (5, 2, 2)


def test_a_pinned_channel_never_takes_from_elsewhere():
    shop = make_shop()
    north = add_shop(shop.company, "YRK")
    mug = make_sku(shop)
    make_stock(shop, mug, "5")
    channel = make_channel(shop, warehouse_id=north.warehouse.pk)

    (result,) = place(channel)

    assert result.back_ordered is True
    assert level(shop, mug)[2] == 0


def test_without_auto_release_the_order_is_claimed_and_waits():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "5")
    channel = make_channel(shop, auto_release=False)

    (result,) = place(channel)

    assert Order.objects.get().status == "placed"
    assert (result.fulfilment_ids, level(shop, sku)[2]) == ((), 1)


def test_a_contact_is_one_row_however_often_they_buy_and_follows_the_channel():
    """Starktail/woocommerce_fusion#129: a customer is made anew with each order there."""
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    channel = make_channel(shop)

    place(
        channel,
        order("A", contact=ContactInput("c1", "Ann", "a@x.example")),
        order("B", contact=ContactInput("c1", "Ann", "a@x.example")),
        order("C", contact=ContactInput(name="Guest", email="g@x.example")),
        order("D"),
    )
    place(channel, order("E", contact=ContactInput("c1", "Ann Lee", "")))

    assert sorted(Contact.objects.values_list("external_id", "person__name", "person__email")) == [
        ("c1", "Ann Lee", "a@x.example"),
        ("guest:C", "Guest", "g@x.example"),
    ]
    assert list(Order.objects.order_by("external_id").values_list("contact__external_id", flat=True)) == [
        "c1",
        "c1",
        "guest:C",
        None,
        "c1",
    ]


def test_an_order_of_charges_only_needs_no_goods():
    shop = make_shop()
    channel = make_channel(shop)

    (result,) = place(channel, order("A", charges=[shipping("5")], lines=()))

    assert (result.state, result.back_ordered) == ("placed", False)
    assert Order.objects.get().total == D("5.00")


def test_an_inactive_channel_takes_nothing():
    shop = make_shop()
    make_sku(shop)
    channel = make_channel(shop)
    Channel.objects.filter(pk=channel.pk).update(is_active=False)
    before = orders_written()

    with refused(ChannelInactive):
        place(channel)

    assert orders_written() == before


def _statements(work) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        work()
    return len(queries)


def test_one_order_and_250_cost_the_same_number_of_statements():
    shop = make_shop()
    for code in ("MUG", "CUP", "JUG"):
        make_stock(shop, make_sku(shop, code), "1000")
    channel = make_channel(shop)
    lines = (line("MUG", tax=D("2")), line("CUP"), line("JUG"))

    plain = _statements(lambda: place(channel, order("one", *lines, charges=[shipping()])))
    full = {
        "charges": [shipping()],
        "contact": ContactInput("c", "Ann"),
        "shipping_address": AddressInput(name="Ann", country="GB"),
    }
    one = _statements(lambda: place(channel, order("two", *lines, **full)))
    many = _statements(
        lambda: place(
            channel, *(order(f"m{n}", *lines, **(full | {"contact": ContactInput(f"c{n}", "Ann")})) for n in range(250))
        )
    )

    assert (one, many) == (one, one)
    assert plain <= 16 and one <= 16, (plain, one)
