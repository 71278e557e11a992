"""Medusa: recordings of a real 2.21.2 (level C), and what it does on its own terms (level D)."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from integrations import services
from integrations.connectors.base import Account, FulfilledLine, FulfilmentPush, PriceItem, StockItem
from integrations.connectors.http import Response
from integrations.connectors.medusa.connector import MedusaConnector
from integrations.connectors.medusa.mapping import map_order
from integrations.errors import ChannelRejected, PayloadUnreadable
from integrations.fake_channel.server import Fault
from integrations.models import ImportedRefund
from orders.intake import sums_of
from orders.models import OrderPayment
from tests.factories.books import ACTOR
from tests.factories.simulated import Simulated
from tests.factories.wares import give_prices, make_shirt, send_products_there
from tests.integrations.test_conformance import unproved
from tests.simulators.engine import Refund, running
from tests.simulators.medusa import MedusaSimulator

D = Decimal
RECORDED = Path(__file__).parents[1] / "data" / "specs" / "medusa" / "recorded"


@pytest.fixture
def shop(transactional_db):
    with running(MedusaSimulator()) as simulator:
        yield Simulated(simulator)


def recorded(name: str):
    return json.loads((RECORDED / f"{name}.json").read_text(), parse_float=str)["body"]


def order(**changes) -> dict:
    return deepcopy(recorded("orders_list")["orders"][0]) | changes


def mapped(given: dict):
    return map_order(json.dumps(given).encode())


def test_a_recorded_order_is_read_to_the_last_field():
    found = mapped(order())

    given = found.order
    assert (found.state, given.external_number, given.currency, given.prices_include_tax) == ("open", "1", "GBP", False)
    assert given.placed_at.isoformat() == "2026-11-22T12:02:25.146000+00:00"
    assert [(line.channel_sku, line.quantity, line.unit_price, line.tax, line.tax_rate) for line in given.lines] == [
        ("MUG-RED", 3, D("12.5"), D("7.5"), D("0.2"))
    ]
    assert [(charge.kind, charge.unit_price, charge.tax) for charge in given.charges] == [("shipping", 5, 1)]
    assert (given.contact.email, given.shipping_address.country, given.shipping_address.postcode) == (
        "ada@example.com", "GB", "YO1 1AA",
    )  # fmt: skip
    [payment] = found.payments
    assert (payment.amount, payment.captured) == (51, True)


def test_a_recorded_refund_lowers_the_shops_total_and_not_what_is_owed():
    found = mapped(order())

    assert (order()["total"], found.order.total) == ("38.5", 51)  # the first is what the shop says
    assert sums_of(found.order, inclusive=False).total == 51
    [refund] = found.refunds
    assert (refund.total, refund.lines, refund.settled) == (D("12.5"), (), True)


def test_what_was_asked_for_with_our_fields_is_read_and_a_shipment_is_known_again(monkeypatch):
    """Orders that a real Medusa answered to this very connector, after it had shipped two of three mugs."""
    shipped, cancelled = recorded("orders_with_our_fields")["orders"]
    found = mapped(shipped)
    connector = MedusaConnector(Account("shop", {}, {}))
    asked = []
    answer = Response(200, {}, json.dumps({"order": shipped}).encode())
    monkeypatch.setattr(connector.shop, "ask", lambda method, path, **given: asked.append(method) or answer)
    lines = {line.channel_sku: line.external_id for line in found.order.lines}

    def push(key: str, quantity: int) -> FulfilmentPush:
        line = FulfilledLine(lines["MUG"], "MUG", D(quantity))
        return FulfilmentPush(key, shipped["id"], [line], "DHL", "", "TRK1", "", datetime.now(UTC), again=True)

    assert (shipped["total"], found.order.total, mapped(cancelled).state) == ("48.1", D("60.6"), "cancelled")
    assert sums_of(found.order, inclusive=False).total == found.order.total
    assert (found.order.contact.external_id[:4], found.payments[0].captured) == ("cus_", True)
    assert connector.push_fulfilment(push("shipment-1", 2)) == shipped["fulfillments"][0]["id"]
    with pytest.raises(ChannelRejected, match="less of the order left"):
        connector.push_fulfilment(push("shipment-2", 2))
    assert set(asked) == {"GET"}


def test_what_was_paid_beyond_the_order_pays_for_what_an_edit_took_off():
    given = order()
    given["items"][0] |= {"quantity": 2, "subtotal": 25, "tax_total": 5, "total": 30}

    found = mapped(given)

    assert found.order.total == 36
    [refund] = found.refunds
    assert [(line.net, line.back) for line in refund.lines] == [(D("12.5"), "gone")]


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"canceled_at": "2026-11-22T13:00:00Z"}, "cancelled"), ({"payment_status": "not_paid"}, "pending"),
        ({"payment_status": "authorized"}, "open"), ({"status": "draft"}, "pending"),
    ],
)  # fmt: skip
def test_states(changes, state):
    assert mapped(order(**changes)).state == state


def test_an_unknown_payment_status_is_never_guessed():
    with pytest.raises(PayloadUnreadable, match="bartered"):
        mapped(order(payment_status="bartered"))


def test_recorded_levels_take_the_figure_with_what_is_reserved(monkeypatch):
    connector = MedusaConnector(Account("shop", {}, {}))
    sent = []

    def ask(method, path, **given):
        sent.append((method, path, given.get("body")))
        return Response(200, {}, json.dumps(recorded("inventory_items")).encode())

    monkeypatch.setattr(connector.shop, "ask", ask)
    [red, blue] = recorded("inventory_items")["inventory_items"]

    results = connector.push_stock([
        StockItem(red["id"], "MUG-RED", D(37), 1), StockItem(blue["id"], "MUG-BLUE", D(4), 1), StockItem("x", "X", D(1), 1),
    ])  # fmt: skip

    assert [bool(result.error) for result in results] == [False, False, True]
    method, path, body = sent[1]
    assert (method, path, body["create"]) == ("POST", "/inventory-items/location-levels/batch", [])
    assert [row["stocked_quantity"] for row in body["update"]] == [39, 4]  # two are reserved there
    assert {row["location_id"] for row in body["update"]} == {red["location_levels"][0]["location_id"]}


@pytest.mark.parametrize("call", ["fulfillments \\{", "shipments"])
def test_either_step_of_a_shipment_may_lose_its_answer(shop, call):
    shop.sell(1)
    shop.pull()
    shop.ship(shop.ours(1))
    shop.simulator.faults.append(Fault(f"POST .*{call}", status=502, after_effect=True))

    first, second = shop.tell(), shop.tell()

    assert (first.status, second.pushed) == ("failed", 1)
    [made] = shop.simulator.made.values()
    assert made["shipped_at"] and made["labels"][0]["tracking_number"]


def test_an_edit_and_its_money_back_are_carried_through_once(shop):
    shop.sell(1, "MUG", "CUP")
    shop.pull()
    shop.clock.forward(minutes=1)
    refund = Refund("801", (("11", 1, D(10), D(2), "cancelled"),))
    shop.state.change(shop.simulator.order_id(1), refunds=(refund,))

    shop.pull()
    shop.pull()

    assert (ImportedRefund.objects.get().state, OrderPayment.objects.get().refunded) == ("applied", 12)
    assert [line.open_quantity for line in shop.ours(1).lines.order_by("position")] == [0, 1]
    assert unproved() == []


def test_the_catalogue_is_read_and_matched(shop):
    shop.state.products.update({"MUG": {}, "SPOON": {}})

    found = services.match_listings(connection_id=shop.id)

    assert (found.found, found.new, found.unknown) == (2, 1, ("SPOON",))


def test_prices_go_out_where_they_differ(shop):
    skus = make_shirt(shop)
    send_products_there(shop, push_prices=True)
    prices = give_prices(shop, *skus)
    services.offer_skus(connection_id=shop.id, sku_ids=skus, actor=ACTOR)
    services.push_prices(connection_id=shop.id, force=True)
    prices.items.filter(sku_id=skus[0]).update(unit_price=D("14.20"))

    done = services.push_prices(connection_id=shop.id, force=True)

    told = {variant.sku: D(variant.price) for _product, variant in shop.simulator.catalogue.all()}
    assert (done.failed, told) == (0, {"SHIRT-S": D("14.2"), "SHIRT-L": D("12.5")})


def test_a_price_in_one_currency_leaves_the_others_and_what_is_not_there_is_told(monkeypatch):
    connector, sent = MedusaConnector(Account("shop", {}, {})), []
    prices = [{"id": "p1", "currency_code": "eur", "amount": 11}, {"id": "p2", "currency_code": "gbp", "amount": 9.5}]
    answers = {
        "/inventory-items": {"inventory_items": [{"id": "i1", "variants": [{"id": "v1", "product_id": "m1"}]}]},
        "/products": {"products": [{"id": "m1", "variants": [{"id": "v1", "prices": prices}]}]},
    }

    def ask(method, path, **given):
        sent.append((method, path, given.get("body")))
        return Response(200, {}, json.dumps(answers.get(path, {})).encode())

    monkeypatch.setattr(connector.shop, "ask", ask)

    known, strange = connector.push_prices(
        [PriceItem("i1", "MUG", D("10.25"), "GBP"), PriceItem("i9", "CUP", D(1), "GBP")]
    )

    assert sent[2:] == [("POST", "/products/m1/variants/v1", {"prices": [prices[0], prices[1] | {"amount": 10.25}]})]
    assert (known.error, strange.permanent) == ("", True)
