"""Vendure: recordings of a real 3.7.3 (level C), what it does on its own terms (level D). tests/peers has the real one."""

import base64
import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from graphql import parse, validate

from backoffice.core.errors import InvalidInput
from integrations import services
from integrations.connectors.base import Account, PriceItem, ProductItem, StockItem
from integrations.connectors.registry import opened
from integrations.connectors.vendure import documents
from integrations.connectors.vendure.connector import VendureConnector
from integrations.connectors.vendure.mapping import map_order
from integrations.errors import ChannelUnauthorised, PayloadUnreadable
from integrations.fake_channel.server import Fault
from integrations.models import Connection, ImportedRefund, Listing, QuarantinedRow
from integrations.webhooks import signing
from inventory.models import Sku
from orders.intake import sums_of
from orders.models import Order, OrderPayment
from tests.factories.books import ACTOR
from tests.factories.simulated import Simulated
from tests.integrations.test_conformance import unproved
from tests.simulators.engine import START, Line, Refund, running
from tests.simulators.vendure import VendureSimulator, schema

D = Decimal
RECORDED = Path(__file__).parents[1] / "data" / "specs" / "vendure" / "recorded"


@pytest.fixture
def shop(transactional_db):
    with running(VendureSimulator()) as simulator:
        yield Simulated(simulator)


def recorded(number: int) -> dict:
    """A recorded order, with what its query did not ask for: it has no surcharge, discount or modification."""
    order = json.loads((RECORDED / "orders_list.json").read_text())["body"]["data"]["orders"]["items"][number]
    for line in order["lines"]:
        net = line["unitPrice"] * line["quantity"]
        line |= {
            "linePrice": net, "proratedLinePrice": net,
            "proratedUnitPrice": line["unitPrice"], "proratedUnitPriceWithTax": line["unitPriceWithTax"],
        }  # fmt: skip
        line["productVariant"]["name"] = line["productVariant"]["sku"]
    for payment in order["payments"]:
        payment["createdAt"] = order["orderPlacedAt"]
        for refund in payment["refunds"]:
            refund |= {"createdAt": order["updatedAt"], "updatedAt": order["updatedAt"], "shipping": 0}
    shipping = {"discountedPrice": order["shipping"], "discountedPriceWithTax": order["shippingWithTax"]}
    method = {"shippingMethod": {"code": "standard", "name": "Standard"}, "discounts": []}
    order["customer"]["phoneNumber"] = None
    order["shippingAddress"] |= dict.fromkeys(("company", "streetLine2", "province", "phoneNumber"), "")
    return order | {
        "type": "Regular", "_precision": 2, "surcharges": [], "modifications": [], "_cancellations": [], "billingAddress": None,
        "shippingLines": [shipping | method],
    }  # fmt: skip


def mapped(order: dict):
    return map_order(json.dumps(order).encode())


def test_every_document_is_valid_in_what_we_know_of_its_schema():
    assert len(documents.ALL) >= 10
    for name, document in documents.ALL.items():
        assert validate(schema(), parse(document)) == [], name


def test_a_recorded_order_is_read_to_the_last_field():
    found = mapped(recorded(0))

    order = found.order
    assert (found.state, order.external_id, order.external_number) == ("open", "1", "6X3SAXD3ZCUU3SEL")
    assert (order.currency, order.total, order.prices_include_tax) == ("USD", D("44.59"), False)
    assert [(line.channel_sku, line.quantity, line.unit_price, line.tax, line.tax_rate) for line in order.lines] == [
        ("MUG-RED", 2, D("12.5"), 5, D("0.2")), ("NB-A5", 1, D("7.99"), D("1.60"), D("0.2")),
    ]  # fmt: skip
    assert [(charge.kind, charge.unit_price, charge.tax) for charge in order.charges] == [("shipping", 5, 0)]
    assert (order.contact.name, order.contact.email, order.shipping_address.postcode) == (
        "Ada L", "ada@example.com", "YO1 1AA",
    )  # fmt: skip
    [payment] = found.payments
    assert (payment.amount, payment.captured, payment.reference) == (D("44.59"), True, "i482fv9rhe")
    assert sums_of(order, inclusive=False).total == order.total


def test_a_recorded_part_cancellation_is_off_the_order_and_a_pending_refund_is_no_money_yet():
    found = mapped(recorded(1))

    assert [(line.channel_sku, line.quantity) for line in found.order.lines] == [("NB-A5", 1), ("MUG-RED", 1)]
    assert found.order.total == D("29.59") == sums_of(found.order, inclusive=False).total
    [refund] = found.refunds
    assert (refund.total, refund.settled, refund.reason) == (D("9.59"), False, "faulty")
    [line] = refund.lines
    assert (line.external_id, line.quantity, line.net, line.tax, line.back) == ("4", 1, D("7.99"), D("1.60"), "money")


def settled(order: dict, **changes) -> dict:
    order = deepcopy(order)
    order["payments"][0]["refunds"][0] |= {"state": "Settled"} | changes
    return order


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        # an amount alone pays for what was cancelled: one mug at 15.00 with its tax
        ({"lines": [], "total": 1500}, [("", 1, D("12.50"), D("2.50"), "gone")]),
        ({"lines": [], "total": 600}, [("", 1, 5, 1, "gone")]),
        # more than is off the order stays unexplained
        ({"lines": [], "total": 2000}, [("", 1, D("12.50"), D("2.50"), "gone")]),
        # a cancelled unit that is named is gone, a unit that was not cancelled is money
        ({"lines": [{"orderLineId": "3", "quantity": 2}], "total": 3000},
         [("3", 1, D("12.50"), D("2.50"), "gone"), ("3", 1, D("12.50"), D("2.50"), "money")]),
        # no more than was paid back
        ({"lines": [{"orderLineId": "3", "quantity": 1}], "total": 900}, [("3", 1, D("7.50"), D("1.50"), "gone")]),
    ],
)  # fmt: skip
def test_what_a_refund_is_for_is_told_from_what_is_off_the_order(changes, wanted):
    [refund] = mapped(settled(recorded(1), **changes)).refunds

    assert [(line.external_id, line.quantity, line.net, line.tax, line.back) for line in refund.lines] == wanted
    assert refund.settled


def test_a_refund_is_for_what_was_cancelled_before_it():
    """Of three mugs one left, faulty: money. Then another is cancelled and paid for: that one is gone."""
    order = settled(recorded(1), id="1", createdAt="2026-11-22T13:00:00Z", total=1500, lines=[
        {"orderLineId": "3", "quantity": 1},
    ])  # fmt: skip
    refunds = order["payments"][0]["refunds"]
    refunds.append(refunds[0] | {"id": "2", "createdAt": "2026-11-23T13:00:00Z", "lines": []})
    order["_cancellations"] = [{"at": "2026-11-23T12:59:00Z", "lines": [{"orderLineId": "3", "quantity": 1}]}]

    backs = [[line.back for line in refund.lines] for refund in mapped(order).refunds]

    assert backs == [["money"], ["gone"]]
    order["payments"][0]["refunds"] = refunds[:1]  # as it is until the second is given
    assert [[line.back for line in refund.lines] for refund in mapped(order).refunds] == [["gone"]]


def test_shipping_that_was_cancelled_or_named_is_no_goods():
    order = settled(recorded(1), lines=[], total=500)
    cancelled = deepcopy(order)
    cancelled["lines"] = [line for line in cancelled["lines"] if line["id"] == "4"]
    cancelled["shippingLines"][0] |= {"discountedPrice": 0, "discountedPriceWithTax": 0, "discounts": [
        {"adjustmentSource": "CANCEL_ORDER", "amount": -500, "amountWithTax": -500},
    ]}  # fmt: skip

    [refund] = mapped(cancelled).refunds
    [named] = mapped(settled(order, shipping=500)).refunds

    assert [(line.net, line.tax, line.back) for line in refund.lines] == [(5, 0, "gone")]
    assert (named.lines, named.shipping, named.shipping_tax) == ((), 5, 0)


def test_what_left_and_was_cancelled_comes_back_and_stays_on_the_order():
    order = recorded(1)
    line = next(line for line in order["lines"] if line["id"] == "3")
    line |= {"quantity": 0, "linePrice": 0, "proratedLinePrice": 0, "proratedLinePriceWithTax": 0}
    order = settled(order, lines=[{"orderLineId": "3", "quantity": 2}], total=3000)
    order["totalWithTax"] -= 1500

    found = mapped(order)

    [kept] = [row for row in found.order.lines if row.external_id == "3"]
    assert (kept.quantity, kept.unit_price, kept.tax) == (1, D("12.5"), D("2.5"))
    assert found.order.total == D("29.59") == sums_of(found.order, inclusive=False).total
    assert [(row.quantity, row.back) for row in found.refunds[0].lines] == [(1, "gone"), (1, "returns")]


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"state": "Cancelled"}, "cancelled"), ({"state": "Modifying"}, "pending"),
        ({"state": "ArrangingPayment"}, "pending"), ({"state": "PaymentAuthorized"}, "open"),
        ({"type": "Aggregate"}, "ignored"), ({"type": "Seller"}, "open"),
    ],
)  # fmt: skip
def test_states(changes, state):
    assert mapped(recorded(0) | changes).state == state


def test_an_unknown_state_is_never_guessed():
    with pytest.raises(PayloadUnreadable, match="Teleported"):
        mapped(recorded(0) | {"state": "Teleported"})


def test_an_authorised_payment_is_not_captured_and_a_declined_one_is_none():
    order = recorded(0)
    order["payments"][0]["state"] = "Authorized"
    order["payments"].append(order["payments"][0] | {"id": "9", "state": "Declined"})

    assert [payment.captured for payment in mapped(order).payments] == [False]


def test_a_discount_and_a_surcharge_add_up():
    order = recorded(0)
    order["lines"][0] |= {"proratedLinePrice": 2250, "proratedLinePriceWithTax": 2700}
    order["surcharges"] = [{"id": "1", "description": "Gift", "price": 100, "priceWithTax": 120, "taxRate": 20}]
    order["totalWithTax"] += 120 - 300

    found = mapped(order).order

    assert (found.lines[0].discount, found.lines[0].tax) == (D("2.5"), D("4.5"))
    assert [(charge.kind, charge.unit_price, charge.tax) for charge in found.charges][1] == ("fee", 1, D("0.2"))
    assert sums_of(found, inclusive=False).total == found.total == D("42.79")


def test_a_cancelled_unit_whose_money_comes_later_is_cancelled_once(shop):
    shop.state.put(replace(shop.order(1), lines=(Line("11", "MUG", 2, tax=D(4)), Line("12", "CUP"))))
    shop.pull()
    shop.clock.forward(minutes=1)
    cancelled = Refund("801", (("11", 1, D(10), D(2), "cancelled"),), settled=False)
    shop.state.change(shop.simulator.order_id(1), refunds=(cancelled,))
    shop.pull()

    assert [line.open_quantity for line in shop.ours(1).lines.order_by("position")] == [1, 1]
    assert not ImportedRefund.objects.exists()
    shop.clock.forward(minutes=1)
    shop.state.change(shop.simulator.order_id(1), refunds=(replace(cancelled, settled=True),))
    shop.pull()

    assert ImportedRefund.objects.get().state == "applied"
    assert OrderPayment.objects.get().refunded == 12
    assert [line.open_quantity for line in shop.ours(1).lines.order_by("position")] == [1, 1]
    assert unproved() == []


def test_money_for_goods_that_are_still_to_go_waits_for_a_person_and_cancels_nothing(shop):
    shop.sell(1)
    shop.pull()
    shop.clock.forward(minutes=1)
    refund = Refund("801", (("11", 1, D(10), D(2), "kept"),))
    shop.state.change(shop.simulator.order_id(1), refunds=(refund,))

    shop.pull()

    assert [line.open_quantity for line in shop.ours(1).lines.all()] == [1]
    assert (ImportedRefund.objects.get().state, OrderPayment.objects.get().refunded) == ("refused", 0)
    assert "neither left nor was cancelled" in QuarantinedRow.objects.get(code__startswith="refund_").reason
    shop.ship(shop.ours(1))
    shop.clock.forward(minutes=1)
    shop.state.change(shop.simulator.order_id(1))
    shop.pull()
    assert (ImportedRefund.objects.get().state, OrderPayment.objects.get().refunded) == ("applied", 12)
    assert unproved() == []


def test_a_refund_that_moved_no_time_is_found_when_open_orders_are_read_again(shop):
    id = shop.sell(1, "MUG", "CUP")
    shop.pull()
    for number in (2, 3):  # the cursor goes on, past its overlap
        shop.clock.forward(hours=1)
        shop.sell(number)
        shop.pull()
    refund = Refund("801", (("11", 1, D(10), D(2), "cancelled"),))
    order = replace(shop.state.orders[id], refunds=(refund,))
    shop.state.put(order, at=order.updated_at)  # its time stays
    shop.pull()
    assert not ImportedRefund.objects.exists()

    services.count_orders(connection_id=shop.id)
    services.import_orders(connection_id=shop.id)

    assert (ImportedRefund.objects.get().state, OrderPayment.objects.get(order=shop.ours(1)).refunded) == (
        "applied",
        12,
    )


def test_an_order_that_was_placed_after_its_last_change_is_seen(shop):
    shop.sell(1)
    shop.pull()
    now = shop.clock()
    shop.clock.forward(hours=1)
    shop.sell(2, at=now - timedelta(hours=5), created_at=now + timedelta(minutes=30))

    shop.pull()

    assert shop.numbers() == [shop.simulator.order_id(number) for number in (1, 2)]


@pytest.mark.parametrize("call", ["mutation Fulfil", "mutation Ship"])
def test_either_step_of_a_shipment_may_lose_its_answer(shop, call):
    shop.sell(1)
    shop.pull()
    shop.ship(shop.ours(1))
    shop.simulator.faults.append(Fault(call, status=502, after_effect=True))

    first, second = shop.tell(), shop.tell()

    assert (first.status, second.pushed) == ("failed", 1)
    assert [row.state for row in shop.simulator.fulfilments.values()] == ["Shipped"]
    [told] = shop.state.orders[shop.simulator.order_id(1)].shipped
    assert told.tracking and [row.tracking for row in shop.simulator.fulfilments.values()] == [told.tracking]


def test_prices_and_names_go_out_and_the_wrong_one_keeps_its_error(shop):
    shop.state.bad_listings.add("13")
    with opened(shop.connection) as connector:
        prices = connector.push_prices([
            PriceItem(id, "X", D("12.50"), "GBP") for id in ("11", "12", "13")
        ])  # fmt: skip
        names = connector.push_products([ProductItem("11", "X", "Red mug", None, "GBP", D(1))])

    assert [bool(result.error) for result in prices] == [False, False, True]
    assert [result.error for result in names] == [""]
    assert shop.state.prices == {"11": "12500 GBP", "12": "12500 GBP"}  # three decimals there
    assert shop.simulator.names == {"11": "Red mug"}


def test_a_refused_batch_is_halved_down_to_the_variant_at_fault(shop):
    items = [StockItem(str(n), "X", D(5), 1) for n in range(8)]
    known = shop.simulator._variants

    def all_of_them(info, options):
        return {"items": [shop.simulator._variant(item.external_id, "X") for item in items], "totalItems": 8}

    shop.simulator._variants = all_of_them  # it was there when we looked
    shop.state.bad_listings.add("3")
    with opened(shop.connection) as connector:
        results = connector.push_stock(items)
    shop.simulator._variants = known

    assert [result.external_id for result in results if result.error] == ["3"]
    assert set(shop.state.stock) == {str(n) for n in range(8)} - {"3"}


def test_the_place_of_the_stock_is_asked_for_where_nobody_named_it(shop):
    services_settings = {**shop.connection.settings}
    services_settings.pop("location_id")
    Connection.objects.filter(pk=shop.id).update(settings=services_settings)
    shop.connection.refresh_from_db()

    with opened(shop.connection) as connector:
        assert [result.error for result in connector.push_stock([StockItem("11", "X", D(5), 1)])] == [""]

    assert shop.state.stock == {"11": 5}


def test_an_api_key_needs_no_session(shop):
    seen = []
    shop.simulator._known = lambda request: seen.append(request.headers.get("vendure-api-key")) or seen[-1] == "key"
    account = Account("shop", shop.simulator.settings(), {"api_key": "key"})

    VendureConnector(account).server_time()
    with pytest.raises(ChannelUnauthorised):
        VendureConnector(Account("shop", account.settings, {"api_key": "other"})).server_time()

    assert seen == ["key", "other"] and shop.simulator.logins == 0


def test_a_wrong_password_is_named(shop):
    account = Account("shop", shop.simulator.settings(), {"username": "a", "password": "wrong"})

    with pytest.raises(ChannelUnauthorised, match="credentials are invalid"):
        VendureConnector(account).server_time()


def test_messages_are_signed_as_the_standard_says():
    shop = VendureConnector(Account("shop", {}, {}))
    secret, now = signing.new_secret(), int(datetime.now(UTC).timestamp())
    body = json.dumps({"type": "order.state", "data": {"orderId": "7"}}).encode()
    headers = signing.headers([secret], message_id="msg_1", timestamp=now, body=body)
    late = signing.headers([secret], message_id="msg_1", timestamp=now - 600, body=body)

    assert shop.is_signed(headers, body, secret)
    assert not shop.is_signed(headers, body + b" ", secret)
    assert not shop.is_signed(headers, body, signing.new_secret())
    assert not shop.is_signed(late, body, secret)
    assert not shop.is_signed({}, body, secret)
    plain = signing.PREFIX + base64.b64encode(b"a plain word").decode()
    assert shop.is_signed(signing.headers([plain], message_id="m", timestamp=now, body=body), body, "a plain word")
    [event] = shop.webhook_events(headers, body)
    assert (event.external_id, event.key, event.topic) == ("7", "msg_1", "order.state")
    assert shop.webhook_events(headers, b"[]") == () == shop.webhook_events(headers, b"?")


def test_the_catalogue_is_read_page_by_page(shop):
    shop.state.products.update({"A" * n: {} for n in range(1, 121)})

    with opened(shop.connection) as connector:
        pages = list(connector.list_listings())

    assert [len(page) for page in pages] == [100, 20]
    assert pages[0][0].external_sku == "A"


def test_orders_are_placed_from_a_shop_whose_clock_is_ours(shop):
    shop.sell(1, at=START)
    assert shop.pull()[0].status == "done"
    assert Order.objects.get().external_number == f"C{shop.simulator.order_id(1)}"


def test_a_variants_name_and_whether_it_is_for_sale_are_sent_and_read_back(transactional_db):
    with running(VendureSimulator()) as simulator:
        shop = Simulated(simulator)
        shop.list_wares("MUG")
        services.set_rules(connection_id=shop.id, rules={"push_products": True}, actor=ACTOR)
        row = Listing.objects.get()
        Sku.objects.filter(pk=shop.mug).update(name="Clay mug")
        services.change_listing(listing_id=row.pk, rules={"is_offered": False}, actor=ACTOR)

        assert services.push_prices(connection_id=shop.id, force=True).pushed == 1

        assert (simulator.names[row.external_id], simulator.hidden) == ("Clay mug", {row.external_id})
        assert services.look_at_listings(listing_ids=[row.pk]) == 1
        assert {c.name: c.theirs for c in services.compare(row)} == {
            "title": "Clay mug",
            "visible": "no",
            "price": None,
        }
        with pytest.raises(InvalidInput, match="takes no new listings"):
            services.offer_skus(connection_id=shop.id, sku_ids=[shop.cup], actor=ACTOR)
