"""Recordings of a real WooCommerce 10.0.2: its orders, refunds, batches, errors and webhook deliveries (level C)."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from integrations import services
from integrations.connectors.base import Account, StockItem
from integrations.connectors.http import Response
from integrations.connectors.woocommerce import selling
from integrations.connectors.woocommerce.connector import WooCommerceConnector
from integrations.connectors.woocommerce.mapping import map_order
from integrations.models import Connection, SyncRun
from orders.intake import sums_of
from tests.factories.books import ACTOR
from tests.factories.simulated import Simulated
from tests.simulators.engine import running
from tests.simulators.woocommerce import WooCommerceSimulator

RECORDED = Path(__file__).parents[1] / "data" / "specs" / "woocommerce" / "recorded"
DELIVERIES = json.loads((RECORDED / "webhook_deliveries.json").read_text())["deliveries"]
D = Decimal


def recorded(name: str):
    return json.loads((RECORDED / f"{name}.json").read_text(), parse_float=str)["body"]


def mapped(order):
    return map_order(json.dumps(order).encode())


@pytest.fixture
def shop():
    return WooCommerceConnector(Account("shop", {}, {}))


def test_a_recorded_order_is_read_to_the_last_field():
    found = mapped(recorded("order_paid"))

    order = found.order
    assert (found.state, order.external_id, order.external_number) == ("open", "13", "13")
    assert (order.currency, order.prices_include_tax, order.total) == ("GBP", False, D("61.19"))
    assert order.placed_at.isoformat() == "2026-11-22T12:08:45+00:00"
    assert [(line.channel_sku, line.quantity, line.unit_price, line.tax) for line in order.lines] == [
        ("MUG-RED", 2, D("12.5"), 5),
        ("SHIRT-M", 1, D("19.99"), 4),
    ]
    assert [(charge.kind, charge.unit_price, charge.tax) for charge in order.charges] == [
        ("shipping", 5, 1),
        ("fee", 1, D("0.20")),
    ]
    assert (order.contact.name, order.contact.email, order.shipping_address.postcode) == (
        "Ada L",
        "ada@example.com",
        "YO1 1AA",
    )
    [payment] = found.payments
    assert (payment.amount, payment.captured) == (D("61.19"), True)
    assert sums_of(order, inclusive=False).total == order.total  # the rebuilt total is the channel's, to the cent


def test_every_recorded_order_adds_up_to_the_cent():
    orders = [recorded(name) for name in ("order_paid", "order_completed", "order_create_pending")]
    orders += recorded("orders_modified_after_p1")
    for order in orders:
        found = map_order(json.dumps(order | {"refunds": []}).encode(), take_unpaid=True)
        assert sums_of(found.order, inclusive=False).total == found.order.total


def test_a_recorded_part_refund_is_one_unit_of_one_line_and_the_order_stays_as_it_was():
    order = recorded("order_after_refund") | {"_refunds": recorded("refunds_list")}

    found = mapped(order)

    [refund] = found.refunds
    assert (refund.external_id, refund.total, refund.reason) == ("14", 15, "damaged")
    assert [(line.external_id, line.quantity, line.net, line.tax) for line in refund.lines] == [
        ("1", 1, D("12.5"), D("2.5"))
    ]
    assert (found.order.total, found.order.lines[0].quantity) == (D("61.19"), 2)


def test_an_unpaid_order_waits():
    assert mapped(recorded("order_create_pending")).state == "pending"


@pytest.mark.parametrize("number", range(len(DELIVERIES)))
def test_recorded_webhook_deliveries_are_checked_and_read(shop, number):
    delivery = DELIVERIES[number]
    headers = {name.lower(): value for name, value in delivery["headers"].items()}
    body = delivery["raw_body"].encode()
    if "x-wc-webhook-signature" not in headers:
        assert shop.is_ping(headers, body)
        assert not shop.is_signed(headers, body, "hooksecret")
        return

    assert shop.is_signed(headers, body, "hooksecret")
    assert not shop.is_signed(headers, body, "another")
    assert not shop.is_signed(headers, body + b" ", "hooksecret")
    assert not shop.is_ping(headers, body)
    events = shop.webhook_events(headers, body)
    if headers["x-wc-webhook-resource"] == "order":
        assert [event.external_id for event in events] == [str(json.loads(body)["id"])]
    else:
        assert events == ()


def test_there_are_twenty_signed_deliveries_and_three_pings():
    signed = [d for d in DELIVERIES if any(name.lower() == "x-wc-webhook-signature" for name in d["headers"])]

    assert (len(signed), len(DELIVERIES)) == (20, 23)


def test_a_recorded_batch_keeps_the_error_of_its_item(shop, monkeypatch):
    answer = recorded("stock_batch")
    asked = []
    monkeypatch.setattr(
        shop.shop,
        "ask",
        lambda method, path, **given: asked.append(given["body"]) or Response(200, {}, json.dumps(answer).encode()),
    )
    items = [StockItem("10", "MUG-RED", D(33), 1), StockItem("999999", "GONE", D(1), 1)]

    results = shop.push_stock(items)

    assert [(result.external_id, bool(result.error), result.permanent) for result in results] == [
        ("10", False, False),
        ("999999", True, True),
    ]
    request = json.loads((RECORDED / "stock_batch.json").read_text())["request"]["body"]
    assert [row["id"] for row in asked[0]["update"]] == [row["id"] for row in request["update"]]
    assert {"id", "stock_quantity"} <= set(asked[0]["update"][0])


def test_variations_go_by_their_product(shop, monkeypatch):
    paths = []
    answer = Response(200, {}, json.dumps(recorded("stock_batch_variation")).encode())
    monkeypatch.setattr(shop.shop, "ask", lambda method, path, **given: paths.append(path) or answer)

    [result] = selling.push(shop.shop, {"11/12": {"stock_quantity": 4}})

    request = json.loads((RECORDED / "stock_batch_variation.json").read_text())["request"]
    assert paths == [request["path"].removeprefix("/wp-json/wc/v3")]
    assert result.error == ""


def test_a_host_that_strips_logins_gets_the_keys_in_the_address_where_somebody_says_so(transactional_db, caplog):
    """Neither logs nor runs show them."""
    with running(WooCommerceSimulator()) as simulator:
        simulator.host_strips_logins = True
        shop = Simulated(simulator)
        shop.sell(1)
        caplog.set_level("INFO")

        refused, _imported = shop.pull()
        services.replace_secrets(connection_id=shop.id, secrets=simulator.secrets(), actor=ACTOR)
        Connection.objects.update(settings=simulator.settings() | {"keys_in_address": "yes"}, status="active")
        read, _imported = shop.pull()

    assert (refused.status, read.status, shop.numbers()) == ("failed", "done", [simulator.order_id(1)])
    assert "secret" not in caplog.text and "key-a" not in caplog.text
    assert not SyncRun.objects.filter(message__contains="key-a").exists()


def test_tracking_numbers_stand_where_the_shops_plugin_shows_them_beside_what_people_entered(transactional_db):
    with running(WooCommerceSimulator()) as simulator:
        shop = Simulated(simulator)
        by_hand = {"tracking_number": "BY-HAND", "custom_tracking_provider": "Post"}
        for number in (1, 2):
            shop.sell(number)
        simulator.tracked[simulator.order_id(1)] = [by_hand]
        shop.pull()
        shop.ship(shop.ours(1))
        Connection.objects.update(settings=simulator.settings() | {"tracking_plugin": "yes"})
        shop.tell()
        Connection.objects.update(settings=simulator.settings())
        shop.ship(shop.ours(2))
        shop.tell()

    push = shop.ours(1).shipments.get()
    first, second = simulator.tracked[simulator.order_id(1)]
    assert first == by_hand
    assert (second["tracking_number"], second["custom_tracking_provider"]) == (push.tracking_number, push.carrier)
    assert second["date_shipped"] == str(int(push.shipped_at.timestamp()))
    assert simulator.tracked[simulator.order_id(2)] == []  # where nobody says that there is a plugin


def test_two_calls_at_a_time_are_enough_for_a_small_host(shop):
    assert shop.shop.http.at_once == {"*": 2}


@pytest.mark.parametrize(
    ("changes", "state"), [({"status": "trash"}, "cancelled"), ({"status": "checkout-draft"}, "ignored")]
)
def test_states(changes, state):
    assert mapped(recorded("order_paid") | changes).state == state


def test_a_price_that_does_not_divide_keeps_its_total():
    order = recorded("order_paid")
    order["line_items"] = [
        order["line_items"][0] | {"quantity": 3, "subtotal": "10.00", "total": "9.00", "total_tax": "1.80"}
    ]

    [line] = mapped(order).order.lines

    assert (line.quantity * line.unit_price - line.discount).quantize(D("0.01")) == 9
    assert line.discount >= 0
