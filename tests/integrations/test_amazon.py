"""Amazon's published models: every sandbox pair is answered and read, every request is valid in them (level B)."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.test import Client
from django.urls import reverse

from accounting.models import Invoice
from backoffice.core.actor import Actor
from backoffice.core.api.auth import make_api_key
from backoffice.core.db import database_now
from backoffice.core.models import InboxMessage, PayloadBody, User
from backoffice.core.proof import run_checks
from integrations import services
from integrations.connectors.amazon import selling
from integrations.connectors.amazon.client import LIMITS, Amazon
from integrations.connectors.amazon.connector import INCLUDED, AmazonConnector
from integrations.connectors.amazon.mapping import map_order
from integrations.connectors.amazon.queue import events_of
from integrations.connectors.amazon.refunds import map_refunds
from integrations.connectors.base import (
    Account,
    FulfilledLine,
    FulfilmentPush,
    PriceItem,
    ProductItem,
    StockItem,
    Window,
)
from integrations.connectors.fields import Fields
from integrations.connectors.http import Response
from integrations.connectors.sigv4 import Key, signed_headers
from integrations.errors import ChannelRejected, ChannelUnauthorised, ChannelUnavailable
from integrations.fake_channel.server import Fault
from integrations.models import Connection, ImportedRefund, QuarantinedRow, SyncRun
from orders.intake import sums_of
from orders.models import Order, Shipment
from orders.services import release_hold
from tests.factories.books import ACTOR
from tests.factories.sales import make_channel
from tests.factories.simulated import Simulated
from tests.factories.staff import sign_in
from tests.simulators.amazon import AmazonSimulator
from tests.simulators.engine import START, Refund, Reply, Request, Simulator, running

SPECS = Path(__file__).parents[1] / "data" / "specs" / "amazon"
SETTINGS = {"marketplace_id": "ATVPDKIKX0DER", "seller_id": "SELLER"}
D = Decimal


@cache
def model(name: str) -> dict[str, Any]:
    return json.loads((SPECS / "models" / f"{name}.json").read_text())


def operations():
    for path in sorted((SPECS / "models").glob("*.json")):
        for address, methods in model(path.stem)["paths"].items():
            for method, operation in methods.items():
                if method in ("get", "post", "put", "patch", "delete"):
                    yield path.stem, address, method.upper(), operation


def pairs():
    for name, address, method, operation in operations():
        for status, answer in operation["responses"].items():
            for pair in answer.get("x-amzn-api-sandbox", {}).get("static", []):
                yield name, address, method, operation, int(status), pair


class Sandbox(Simulator):
    """Answers a request whose parameters are the pair's, and nothing else: what Amazon's own static sandbox does."""

    code = "amazon"

    def __init__(self) -> None:
        super().__init__()
        self.pair: tuple[str, str, int, Any, dict[str, Any]] | None = None

    def answer(self, request: Request) -> Reply:
        assert self.pair is not None
        method, path, status, content, query = self.pair
        assert (request.method, request.path, dict(request.query)) == (method, path, query)
        return Reply(content, status)


@pytest.fixture(scope="module")
def sandbox():
    with running(Sandbox()) as simulator:
        yield simulator


def placed(address: str, operation: dict[str, Any], pair: dict[str, Any]) -> tuple[str, dict[str, str], Any]:
    """(path, query, body) of the pair's request, by where its operation says each parameter goes."""
    where = {found["name"]: found["in"] for found in operation.get("parameters", []) if "name" in found}
    query, body = {}, None
    for name, holder in pair["request"]["parameters"].items():
        value = holder.get("value") if isinstance(holder, dict) else holder
        if where.get(name) == "path":
            address = address.replace("{" + name + "}", str(value))
        elif where.get(name) == "query" and value is not None:
            query[name] = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        elif where.get(name) == "body":
            body = value
    return re.sub(r"\{\w+\}", "any", address), query, body


@pytest.mark.django_db(transaction=True)
def test_every_sandbox_pair_is_answered_and_read(sandbox):
    amazon = Amazon(Account("seller", {"base_url": sandbox.url}, {}))
    for name, address, method, operation, status, pair in pairs():
        path, query, body = placed(address, operation, pair)
        content = pair.get("response", {})
        sandbox.pair = (method, path, status, content, query)
        told = (name, operation["operationId"], status, pair["request"])
        try:
            answer = amazon.call(operation["operationId"], method, path, params=query, body=body)
        except (ChannelRejected, ChannelUnauthorised, ChannelUnavailable):
            assert status >= 400, told
            continue
        assert 200 <= status < 300, told
        if status != 204:
            assert answer.json() == json.loads(json.dumps(content), parse_float=str), told
        if operation["operationId"] in ("searchOrders", "getOrder") and "2026" in name:
            for order in answer.json().get("orders") or [answer.json()["order"]]:
                found = map_order(json.dumps(order).encode())
                assert found.external_id == order["orderId"], told
                if found.order is not None:
                    assert sums_of(found.order, inclusive=False).total == found.order.total, told
    amazon.http.close()


def test_there_are_110_pairs():
    assert len(list(pairs())) == 110


def test_what_amazon_ships_itself_is_not_ours():
    order = sandbox_order("250-1234567-8901234")

    found = map_order(json.dumps(order).encode())

    assert (found.state, found.order) == ("ignored", None)


def sandbox_order(id: str) -> dict[str, Any]:
    for _name, _address, _method, operation in operations():
        for pair in operation["responses"].get("200", {}).get("x-amzn-api-sandbox", {}).get("static", []):
            content = pair.get("response", {})
            for order in (
                content.get("orders", [content["order"]] if "order" in content else [])
                if isinstance(content, dict)
                else []
            ):
                if isinstance(order, dict) and order.get("orderId") == id:
                    return order
    raise KeyError(id)


def test_tax_that_amazon_states_is_the_lines_and_what_it_collects_is_its_own():
    line = map_order(json.dumps(sandbox_order("114-9876543-1234567")).encode()).order.lines[0]
    assert (line.channel_sku, line.unit_price, line.tax) == ("ECHO-POP-US-BLK", D("39.99"), 10)

    turkish = map_order(json.dumps(sandbox_order("028-1234567-8901234")).encode()).order
    assert (turkish.lines[0].tax_collector, turkish.lines[0].quantity, turkish.total) == ("marketplace", 2, 125)


def test_tax_inside_prices_is_counted_out_where_the_settings_say_so():
    order = map_order(json.dumps(sandbox_order("202-7654321-1098765")).encode(), contained_rate=D("0.2")).order

    assert (order.prices_include_tax, order.lines[0].tax, order.total) == (True, D("5.83"), D("34.99"))


class Recording(AmazonConnector):
    """Keeps what would be sent; answers as told."""

    def __init__(self, *answers: Any) -> None:
        super().__init__(Account("seller", SETTINGS, {}))
        self.sent: list[tuple[str, str, str, dict[str, str], Any]] = []
        self.uploaded = b""
        left = list(answers)

        def call(operation, method, path, *, params=None, body=None):
            self.sent.append((operation, method, path, dict(params or {}), body))
            return Response(200, {}, json.dumps(left.pop(0)).encode())

        self.amazon.call = call  # type: ignore[method-assign]
        self.amazon.upload = lambda url, content: setattr(self, "uploaded", content)  # type: ignore[method-assign]


def specification(operation_id: str) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    for name, address, method, operation in operations():
        if operation["operationId"] == operation_id and (operation_id != "getOrder" or "2026" in name):
            return address, method, operation, model(name)["definitions"]
    raise KeyError(operation_id)


def check_request(sent) -> None:
    """The request against its operation: method, path, parameters and their values, body."""
    operation_id, method, path, params, body = sent
    address, wanted, operation, definitions = specification(operation_id)
    assert method == wanted
    assert re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", address), path), path
    known = {row["name"]: row for row in operation["parameters"] if row.get("in") == "query"}
    for name, value in params.items():
        allowed = known[name].get("items", known[name]).get("enum")
        assert not allowed or set(value.split(",")) <= set(allowed), (name, value)
    assert {name for name, row in known.items() if row.get("required")} <= set(params)
    schema = next((row["schema"] for row in operation["parameters"] if row.get("in") == "body"), None)
    assert (schema is None) == (body is None)
    if schema is not None:
        jsonschema.Draft4Validator({**schema, "definitions": definitions}).validate(body)


PUSH = FulfilmentPush(
    "shipment-7", "902-1106328-1059050", [FulfilledLine("79039765272157", "MUG", D(1))], "FedEx", "Ground", "112345678", "",
    datetime(2026, 3, 10, 12, tzinfo=UTC),
)  # fmt: skip


def test_every_request_is_valid_in_amazons_models():
    connector = Recording(
        {"orders": []}, {"order": sandbox_order("114-9876543-1234567")}, {"payload": {}}, {"orders": []}, {},
        {"status": "ACCEPTED"}, {"status": "ACCEPTED"}, {"feedDocumentId": "d", "url": "u"}, {"feedId": "9"},
        {"processingStatus": "IN_PROGRESS"}, {"items": []}, {"payload": {}}, {"status": "ACCEPTED"}, {"status": "ACCEPTED"},
        {"sku": "MUG"},
    )  # fmt: skip
    window = Window(datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC))
    list(connector.list_orders(window))
    connector.get_order("114-9876543-1234567")
    list(connector.order_ids(window))
    connector.push_fulfilment(PUSH)
    connector.push_stock([StockItem("L", "MUG 1/2", D(5), 1)])
    connector.push_prices([PriceItem("L", "MUG", D("9.99"), "USD")])
    connector.push_stock([StockItem(f"L{n}", f"S{n}", D(n), 1) for n in range(30)])
    assert connector.batch_errors("9") is None
    list(connector.list_listings())
    list(connector.refund_events(window))
    shirt = ProductItem(
        "",
        "MUG",
        "Mug",
        D("9.99"),
        "USD",
        D(3),
        "4000000000000",
        "Kolkheti",
        "Clay.",
        D(250),
        ("https://x.example/1.png",),
    )
    connector.push_products([shirt, replace(shirt, external_id="MUG")])
    assert set(connector.read_products({"MUG": "MUG"})) == {"MUG"}

    for sent in connector.sent:
        check_request(sent)
    assert len({sent[0] for sent in connector.sent}) == 12
    assert connector.sent[0][3]["includedData"] == INCLUDED
    assert connector.sent[5][2].endswith("/MUG%201%2F2")
    assert connector.submitted == [("9", [f"L{n}" for n in range(30)])]


def test_a_wrong_body_is_told_by_the_models():
    connector = Recording({})
    connector.push_fulfilment(PUSH)
    operation, method, path, params, body = connector.sent[0]
    del body["packageDetail"]["carrierCode"]

    with pytest.raises(jsonschema.ValidationError):
        check_request((operation, method, path, params, body))


def test_a_feed_is_valid_in_its_schema_and_its_report_is_read():
    connector = Recording({"feedDocumentId": "d", "url": "u"}, {"feedId": "9"})
    connector.push_stock([StockItem(f"L{n}", f"S{n}", D(n), 1) for n in range(30)])
    feed = json.loads(connector.uploaded)
    schemas = SPECS / "schemas"
    rules = json.loads((schemas / "listings-feed-schema-v2.json").read_text())
    message = json.loads((schemas / "listings-feed-message-schema-v2.json").read_text())

    del rules["properties"]["messages"]["items"]  # refers to the message's own schema by address
    jsonschema.validate(feed, rules)
    for row in feed["messages"]:
        jsonschema.validate(row, message)
    report = json.loads((schemas / "listings-feed-processing-report-schema-v2.example.json").read_text())
    errors = selling.report_errors(report)
    assert errors and set(errors) == {row["messageId"] for row in report["issues"] if row["severity"] == "ERROR"}


def test_limits_are_those_of_the_models():
    for operation_id in ("searchOrders", "getOrder", "patchListingsItem", "createFeed", "getFeed"):
        told = re.findall(r"\|\s*([\d.]+)\s*\|\s*(\d+)\s*\|", specification(operation_id)[2]["description"])
        limit = LIMITS[operation_id]
        assert [(limit.rate_per_s, limit.burst)] == [(float(rate), float(burst)) for rate, burst in told], operation_id


def test_a_carrier_that_amazon_does_not_know_is_told_by_its_name():
    connector = Recording({})
    connector.push_fulfilment(
        FulfilmentPush(**{name: getattr(PUSH, name) for name in PUSH.__slots__} | {"carrier": "Georgian Post"})
    )

    package = connector.sent[0][4]["packageDetail"]
    assert (package["carrierCode"], package["carrierName"], package["packageReferenceId"]) == (
        "Other",
        "Georgian Post",
        "7",
    )


# What Amazon tells apart: refunds in its finances, messages in a queue.


def test_a_signature_is_as_amazon_publishes_it():
    """AWS' published example "get-vanilla"."""
    key = Key("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    at = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    asked = {"method": "GET", "path": "/", "headers": {"Host": "example.amazonaws.com"}, "content": b""}

    signed = signed_headers(key, **asked, region="us-east-1", service="service", now=at)

    assert signed["Authorization"].endswith(
        "SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    )


def test_a_refund_is_what_the_buyer_got_and_not_what_the_seller_lost():
    event = {
        "PostedDate": "2026-03-10T12:00:00Z",
        "ShipmentItemAdjustmentList": [{
            "OrderItemId": "11", "OrderAdjustmentItemId": "A1", "QuantityShipped": 1,
            "ItemChargeAdjustmentList": [
                {"ChargeType": kind, "ChargeAmount": {"CurrencyCode": "GBP", "CurrencyAmount": amount}}
                for kind, amount in (("Principal", "-10.00"), ("Tax", "-2.00"), ("ShippingCharge", "-5.00"), ("ShippingTax", "-1.00"))
            ],
            "PromotionAdjustmentList": [{"PromotionAmount": {"CurrencyCode": "GBP", "CurrencyAmount": "1.50"}}],
            "ItemFeeAdjustmentList": [{"FeeType": "Commission", "FeeAmount": {"CurrencyCode": "GBP", "CurrencyAmount": "1.20"}}],
        }],
    }  # fmt: skip
    money = {"OrderItemId": "12", "ItemChargeAdjustmentList": [
        {"ChargeType": "Goodwill", "ChargeAmount": {"CurrencyCode": "GBP", "CurrencyAmount": "-3.00"}}
    ]}  # fmt: skip

    [goods, gesture] = map_refunds(Fields({"_refunds": [event, event | {"ShipmentItemAdjustmentList": [money]}]}))

    assert (goods.external_id, goods.total, goods.shipping, goods.shipping_tax) == ("refund-A1", D("16.50"), 5, 1)
    assert [(row.external_id, row.quantity, row.net, row.tax) for row in goods.lines] == [("11", 1, D("8.50"), 2)]
    assert (gesture.external_id, gesture.total, gesture.lines) == ("refund-12", 3, ())


def test_published_examples_of_notifications_name_their_order():
    for name, topic, order, seller in (
        ("OrderChangeNotification", "ORDER_CHANGE", "903-8868176-2219830", "A3TH9S8BH6GOGM"),
        ("TransactionUpdateNotification", "refund", "8129762527551", "A3TH9S8BH6GOGM"),
    ):
        [example] = json.loads((SPECS / "schemas" / f"{name}.json").read_text())["examples"]
        body = json.dumps(example).replace('"TransactionType": "Shipment"', '"TransactionType": "Refund"')
        [event] = events_of(body, seller)
        assert (event.topic, event.external_id, event.key) == (topic, order, "d0e9e693-c3ad-4373-979f-ed4ec98dd746")
        assert events_of(body, "ANOTHER") == []
    for nonsense in ("", "{}", "[]", '{"detail": 7}', '{"NotificationType": "ORDER_CHANGE", "Payload": []}'):
        assert events_of(nonsense, "SELLER") == []


@pytest.fixture
def shop(transactional_db):
    with running(AmazonSimulator()) as simulator:
        found = Simulated(simulator)
        Connection.objects.filter(pk=found.id).update(
            settings=found.connection.settings | {"queue_url": f"{simulator.url}/123/orders"}
        )
        secrets = simulator.secrets() | {"aws_access_key_id": "AKID", "aws_secret_access_key": "shh"}
        services.replace_secrets(connection_id=found.id, secrets=secrets, actor=ACTOR)
        yield found


def test_a_message_of_the_queue_has_its_order_looked_at_and_is_taken_off_only_then(shop):
    shop.sell(1)
    shop.simulator.notify(shop.simulator.order_id(1), id="n-1")
    shop.simulator.notify(shop.simulator.order_id(1), id="n-1")  # at least once
    shop.simulator.notify(shop.simulator.order_id(9), seller="ANOTHER", id="n-2", envelope=True)
    shop.simulator.put("no message of ours")
    for number in range(12):  # more than one batch
        shop.simulator.put(json.dumps({"NotificationType": "ANY_OFFER_CHANGED", "number": number}))

    assert services.connections_to_notice() == [shop.id]
    assert services.read_notices(connection_id=shop.id) == 2, SyncRun.objects.values_list("message")
    assert services.read_notices(connection_id=shop.id) is None  # not due
    assert shop.simulator.messages == {}
    assert services.look_at_orders(connection_id=shop.id) == 1
    services.import_orders(connection_id=shop.id)
    assert shop.numbers() == [shop.simulator.order_id(1)]
    assert SyncRun.objects.filter(job="read_queue").count() == 0  # no run for each look into the queue


def test_a_queue_that_does_not_answer_is_told_and_loses_nothing(shop):
    shop.simulator.notify(shop.simulator.order_id(1))
    shop.sell(1)
    for status in (500, 403):
        shop.simulator.faults.append(Fault("POST / .*MaxNumber", status=status))
        assert services.read_notices(connection_id=shop.id, force=True) == 0
        shop.open_limits()

    assert [run.status for run in SyncRun.objects.filter(job="read_queue")] == ["failed", "failed"]
    assert Connection.objects.get().status == "active"  # the seller's own login works
    assert services.read_notices(connection_id=shop.id, force=True) == 1
    services.look_at_orders(connection_id=shop.id)
    services.import_orders(connection_id=shop.id)
    assert Order.objects.count() == 1


def test_what_a_buyer_asks_to_cancel_does_not_leave_until_somebody_has_answered(shop):
    """Asked item by item, in the words of the published model; asked again after the answer, it is answered."""
    properties = model("orders_2026-01-01")["definitions"]["ItemCancellationRequest"]["properties"]
    asked = {"requester": "BUYER", "cancelReason": "Ordered by mistake"}
    assert set(asked) <= set(properties)
    shop.sell(1)
    shop.sell(2)
    shop.pull()
    shop.simulator.cancellations["11"] = {"cancellation": {"cancellationRequest": asked}}
    for number in (1, 3):
        shop.sell(number, at=START + timedelta(minutes=number))
    shop.simulator.cancellations["31"] = shop.simulator.cancellations["11"]
    shop.clock.forward(minutes=10)
    shop.pull()

    def open_holds(number):
        return [hold.reason for hold in shop.ours(number).holds.filter(released_at=None)]

    said = "The buyer asks to cancel: MUG: Ordered by mistake"
    assert [open_holds(number) for number in (1, 2, 3)] == [[said], [], [said]]  # known before, quiet, and new
    [hold], person = shop.ours(1).holds.all(), Actor("Nino", User.objects.create_user("nino").pk)
    release_hold(hold.pk, company_id=shop.house.company.pk, actor=person, reason="It ships all the same.")
    shop.sell(1, at=START + timedelta(minutes=15))
    shop.clock.forward(minutes=20)
    shop.pull()

    assert open_holds(1) == []
    assert not QuarantinedRow.objects.exists()


def test_refunds_that_are_posted_late_are_found_once(shop):
    shop.sell(1)
    shop.pull()
    shop.ship(shop.ours(1))
    services.read_notices(connection_id=shop.id, force=True)  # the cursor is beyond
    posted = Refund("801", (("11", 1, D(10), D(2), "kept"),), at=shop.clock.now - timedelta(hours=40))
    shop.state.orders[shop.simulator.order_id(1)] = replace(
        shop.state.orders[shop.simulator.order_id(1)], refunds=(posted,)
    )
    shop.clock.forward(minutes=10)

    for _again in range(3):
        services.read_notices(connection_id=shop.id, force=True)
        services.look_at_orders(connection_id=shop.id)
        services.import_orders(connection_id=shop.id)

    refund = ImportedRefund.objects.get()
    assert (refund.state, refund.total, refund.return_order.credit_note.total) == ("applied", 12, 12)
    looked = InboxMessage.objects.filter(topic="webhook", version__startswith="refund ")
    assert looked.count() == 1
    assert [r.name for r in run_checks().results if r.state != "ok"] == []


def test_what_was_given_back_is_shown_on_the_order_and_told_over_the_api(shop):
    shop.sell(1)
    shop.sell(2)
    shop.pull()
    shop.ship(shop.ours(1))
    shop.clock.forward(minutes=1)
    refunds = (Refund("801", (("11", 1, D(10), D(2), "kept"),)), Refund("802", (("11", 1, D(900), D(2), "kept"),)))
    shop.state.change(shop.simulator.order_id(1), refunds=refunds)
    shop.pull()

    page = sign_in("order_desk").get(reverse("admin:orders_order_change", args=[shop.ours(1).pk])).content.decode()
    assert "Refunded at the channel" in page and "refund-801" in page and "Needs a person" in page
    robot = User.objects.create_superuser("robot")

    def ask(channel, path):
        key = make_api_key(name="t", user=robot, scopes=("connections:read",), channel_id=channel.pk)[1]
        return Client().get(f"/api/v1/{path}", headers={"authorization": f"Api-Key {key}"})

    [row] = ask(shop.channel, "channel-refunds/?state=applied").json()["results"]
    assert (row["external_id"], row["total"], row["order"]) == ("refund-801", "12.000000", shop.ours(1).pk)
    assert ask(shop.channel, f"channel-refunds/{row['id']}/").json() == row
    [refused] = ask(shop.channel, "channel-refunds/?state=refused").json()["results"]
    assert refused["detail"] and refused["return_order"] is None
    other = make_channel(shop.house, "other")
    assert ask(other, "channel-refunds/").json()["results"] == []
    assert ask(other, f"channel-refunds/{row['id']}/").status_code == 404


def test_buyers_are_erased_thirty_days_after_as_amazons_policy_wants(shop):
    shop.sell(1)
    shop.sell(2)
    shop.pull()
    shop.ship(shop.ours(1))
    assert Connection.objects.get().keep_personal_days == 30
    assert services.connections_to_erase() == [shop.id]

    left = (database_now() - Shipment.objects.get().shipped_at).days
    for days, erased in ((left + 1, 0), (left, 1)):  # not a day sooner
        Connection.objects.update(keep_personal_days=days)
        assert services.erase_buyers(connection_id=shop.id, actor=ACTOR) == erased
    bodies = {body.message.external_id: bytes(body.body) for body in PayloadBody.objects.select_related("message")}
    assert bodies[shop.ours(1).external_id] == b"" and b"Rustaveli" in bodies[shop.ours(2).external_id]
    invoice = Invoice.objects.get()
    assert (invoice.address.line1, invoice.address) == (
        "Rustaveli 1",
        shop.ours(1).shipping_address,
    )  # the law wants it
    assert [r.name for r in run_checks().results if r.state != "ok"] == []
