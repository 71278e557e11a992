"""A real Vendure, driven end to end (level A): it is started here, on loopback, with a database of its own."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from graphql import build_client_schema, get_introspection_query, parse, validate

from backoffice.core.proof import run_checks
from integrations import services
from integrations.connectors.base import Account, Window
from integrations.connectors.registry import opened
from integrations.connectors.vendure import documents
from integrations.connectors.vendure.connector import VendureConnector
from integrations.errors import ChannelUnauthorised
from integrations.models import Connection, ImportedRefund, QuarantinedRow
from integrations.services.changes import owed
from integrations.webhooks import signing
from orders.models import Channel, Order, OrderPayment, PriceList, PriceListItem
from tests.factories import sales
from tests.factories.books import ACTOR
from tests.factories.channels import deliver_outbox
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.vendure_shop import Buyer, Keeper
from tests.plugins.peers import Peer, running_vendure
from tests.simulators.vendure import schema as our_schema

D = Decimal
SECRET = signing.new_secret()


@dataclass
class Deliveries:
    """What the shop's webhooks brought: (headers in lower case, raw body)."""

    rows: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def about(self, order_id: str, kind: str, *, after: int = 0, within_s: float = 30) -> tuple[dict[str, str], bytes]:
        """The first of this kind about the order; waits for it."""
        end = time.monotonic() + within_s
        while True:
            for headers, body in list(self.rows)[after:]:
                told = json.loads(body)
                if told["type"] == kind and told["data"]["orderId"] == order_id:
                    return headers, body
            assert time.monotonic() < end, f"no {kind} about {order_id}: {[json.loads(b) for _h, b in self.rows]}"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def deliveries() -> Iterator[tuple[Deliveries, str]]:
    kept = Deliveries()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            kept.rows.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_given: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield kept, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


@pytest.fixture(scope="module")
def vendure(deliveries, tmp_path_factory, django_db_setup) -> Iterator[Peer]:
    folder: Path = tmp_path_factory.mktemp("vendure")
    with running_vendure(hook_url=deliveries[1], hook_secret=SECRET, folder=folder) as peer:
        yield peer


@pytest.fixture(scope="module")
def keeper(vendure) -> Keeper:
    return Keeper(vendure.url, vendure.username, vendure.password)


class Connected:
    """A company with stock of MUG and CUP, connected to the running shop."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.house = make_shop()
        self.mug, self.cup = make_sku(self.house, "MUG"), make_sku(self.house, "CUP")
        for sku_id in (self.mug, self.cup):
            make_stock(self.house, sku_id, "40", "200.00")
        self.channel: Channel = sales.make_channel(self.house, "vendure")
        self.connection: Connection = services.create_connection(
            channel_id=self.channel.pk,
            connector="vendure",
            settings={"base_url": peer.url},
            secrets={"username": peer.username, "password": peer.password},
            actor=ACTOR,
        )
        services.set_webhook_secrets(connection_id=self.id, secrets={"now": SECRET}, actor=ACTOR)

    @property
    def id(self) -> int:
        return self.connection.pk

    def pull(self) -> dict[str, int]:
        assert services.pull_orders(connection_id=self.id, force=True).status == "done"
        return dict(services.import_orders(connection_id=self.id).counts)

    def look(self) -> dict[str, int]:
        """What the webhooks named is read again."""
        services.look_at_orders(connection_id=self.id)
        return dict(services.import_orders(connection_id=self.id).counts)

    def ours(self, id: str) -> Order:
        return Order.objects.get(channel=self.channel, external_id=id)

    def ship(self, order: Order) -> None:
        ready = list(order.fulfilments.filter(status="ready").values_list("pk", flat=True))
        sales.dispatch(self.house, [item.shipment_id for item in sales.pack(self.house, ready)])
        deliver_outbox()

    def hook(self, headers: dict[str, str], body: bytes) -> int:
        signed = {name: value for name, value in headers.items() if name.startswith("webhook-")}
        path = f"/api/v1/webhooks/{self.id}/"
        return Client().post(path, body, content_type="application/json", headers=signed).status_code


@pytest.fixture
def connected(vendure, transactional_db) -> Connected:
    return Connected(vendure)


def unproved() -> list[str]:
    return [result.name for result in run_checks().results if result.state != "ok"]


def test_an_order_goes_from_the_shop_to_the_buyer_and_its_money_half_way_back(
    vendure, keeper, deliveries, connected: Connected
):
    kept = deliveries[0]
    services.match_listings(connection_id=connected.id)
    deliver_outbox()
    assert services.push_stock(connection_id=connected.id).pushed == 2
    assert keeper.stock("MUG") == (40, 0)

    # Bought in the shop, pulled, claimed.
    id = Buyer(vendure.url).order(v1=3, v2=1)
    assert connected.pull() == {"placed": 1}
    order = connected.ours(id)
    there = keeper.order(id)
    assert (order.external_number, order.total) == (there["code"], D(there["totalWithTax"]) / 100)
    assert (order.shipping_address.line1, order.contact.person.email) == ("Rustaveli 1", "nino@shop.example")
    assert (order.status, OrderPayment.objects.get(order=order).captured) == ("released", order.total)
    assert sorted((line.channel_sku, line.quantity) for line in order.lines.all()) == [("CUP", 1), ("MUG", 3)]
    deliver_outbox()

    # What is left is what the shop may sell: 40 less the 3 that both promised.
    services.push_stock(connection_id=connected.id)
    assert keeper.stock("MUG") == (40, 3)

    # A unit is cancelled before it left, and its money comes back: refunded is not settled yet.
    mug = next(line["id"] for line in there["lines"] if line["productVariant"]["sku"] == "MUG")
    keeper.cancel(id, {mug: 1})
    refund = keeper.refund(id, 1500)
    headers, body = kept.about(id, "order.line")
    assert connected.hook(headers, body) == 204
    connected.look()
    assert {line.channel_sku: line.open_quantity for line in order.lines.all()} == {"CUP": 1, "MUG": 2}
    assert not ImportedRefund.objects.exists()
    keeper.settle(refund)
    headers, body = kept.about(id, "order.refund")
    assert connected.hook(headers, body) == 204
    connected.look()
    assert (ImportedRefund.objects.get().state, OrderPayment.objects.get(order=order).refunded) == ("applied", 15)

    # Shipped; the shop hears of it once, with its tracking.
    connected.ship(order)
    shipment = order.shipments.get()
    assert services.push_tracking(connection_id=connected.id).pushed == 1
    [told] = keeper.order(id)["fulfillments"]
    assert (told["state"], told["trackingCode"]) == ("Shipped", shipment.tracking_number)
    assert sorted(line["quantity"] for line in told["lines"]) == [1, 2]
    assert keeper.order(id)["state"] == "Shipped"
    assert services.push_tracking(connection_id=connected.id).pushed == 0
    assert keeper.stock("MUG") == (38, 0)
    services.push_stock(connection_id=connected.id)
    assert keeper.stock("MUG") == (38, 0)  # both know of the two that left

    # A part refund of a unit that the buyer keeps: credited, and paid back.
    refund = keeper.refund(id, 1500, lines=[{"orderLineId": mug, "quantity": 1}])
    keeper.settle(refund)
    connected.hook(*kept.about(id, "order.refund", after=len(kept.rows) - 1))
    connected.look()
    taken = ImportedRefund.objects.get(external_id=refund)
    assert (taken.state, taken.return_order.credit_note.total) == ("applied", 15), taken.detail
    assert OrderPayment.objects.get(order=order).refunded == 30
    assert not QuarantinedRow.objects.exists()
    assert unproved() == []


def test_a_webhook_is_taken_with_its_own_signature_alone(vendure, deliveries, connected):
    kept = deliveries[0]
    id = Buyer(vendure.url).order(v2=1)
    headers, body = kept.about(id, "order.state")

    forged = {**headers, "webhook-signature": "v1," + "A" * 43 + "="}
    assert connected.hook(forged, body) == 401
    assert connected.hook(headers, body + b" ") == 401
    assert connected.hook({**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 1)}, body) == 401
    assert connected.look() == {}  # nothing was kept of them
    assert [connected.hook(headers, body) for _time in range(3)] == [204] * 3
    assert connected.look() == {"placed": 1}
    assert connected.ours(id).lines.get().channel_sku == "CUP"


def test_edits_part_shipments_and_cancellations(vendure, keeper, connected):
    edited, dropped = Buyer(vendure.url).order(v1=1, v2=2), Buyer(vendure.url).order(v1=1)
    connected.pull()
    line = {line["productVariant"]["sku"]: line["id"] for line in keeper.order(edited)["lines"]}

    keeper.modify(edited, adjustOrderLines=[{"orderLineId": line["CUP"], "quantity": 1}], refunds=[
        {"paymentId": keeper.order(edited)["payments"][0]["id"], "amount": 959, "reason": "one less"},
    ])  # fmt: skip
    keeper.cancel(dropped)
    connected.pull()

    order = connected.ours(edited)
    assert {row.channel_sku: row.open_quantity for row in order.lines.all()} == {"MUG": 1, "CUP": 1}
    assert connected.ours(dropped).status == "cancelled"
    assert owed(order) == D(keeper.order(edited)["totalWithTax"]) / 100
    assert not order.holds.filter(released_at__isnull=True).exists()
    connected.ship(order)
    assert services.push_tracking(connection_id=connected.id).pushed == 1
    assert keeper.order(edited)["state"] == "Shipped"
    assert unproved() == []


def test_what_moves_no_time_is_found_when_open_orders_are_read_again(vendure, keeper, connected):
    id = Buyer(vendure.url).order(v1=2)
    connected.pull()
    before = keeper.order(id)
    line = before["lines"][0]["id"]
    refund = keeper.refund(id, 1500, lines=[{"orderLineId": line, "quantity": 1}])
    keeper.settle(refund)
    assert keeper.order(id)["updatedAt"] == before["updatedAt"]  # it lies

    services.count_orders(connection_id=connected.id)
    services.import_orders(connection_id=connected.id)

    # Neither left nor cancelled there: a person is asked, nothing is guessed.
    assert ImportedRefund.objects.get(external_id=refund).state == "refused"
    keeper.cancel(id, {line: 1})
    connected.pull()
    assert ImportedRefund.objects.get(external_id=refund).state == "applied"
    assert [row.open_quantity for row in connected.ours(id).lines.all()] == [1]
    assert unproved() == []


def test_prices_and_names_go_out(keeper, connected):
    services.match_listings(connection_id=connected.id)
    prices = PriceList.objects.create(
        company=connected.house.company, code="web", name="Web", currency="GBP", channel=connected.channel
    )
    PriceListItem.objects.create(price_list=prices, sku_id=connected.cup, unit_price=D("8.25"))
    services.set_rules(connection_id=connected.id, rules={"push_prices": True, "push_products": True}, actor=ACTOR)

    result = services.push_prices(connection_id=connected.id, force=True)

    assert result.failed == 0
    assert (keeper.variant("CUP")["price"], keeper.variant("CUP")["name"]) == (825, "CUP")


def test_many_orders_are_walked_page_by_page_and_counted(vendure, connected, monkeypatch):
    monkeypatch.setattr("integrations.connectors.vendure.connector.PER_PAGE", 2)
    ids = [Buyer(vendure.url).order(f"b{number}@shop.example", v2=1) for number in range(5)]

    connected.pull()

    assert set(ids) <= set(Order.objects.values_list("external_id", flat=True))
    with opened(connected.connection) as connector:
        now = connector.server_time() + timedelta(seconds=1)
        seen = {order.external_id for page in connector.list_orders(Window(None, now)) for order in page.orders}
        counted = {id for page in connector.order_ids(Window(None, now)) for id in page}
    assert set(ids) <= seen == counted


def test_an_api_key_opens_the_shop_and_another_does_not(vendure, keeper):
    settings = {"base_url": vendure.url}
    VendureConnector(Account("shop", settings, {"api_key": keeper.api_key()})).server_time()

    with pytest.raises(ChannelUnauthorised):
        VendureConnector(Account("shop", settings, {"api_key": "no:key"})).server_time()


def test_every_document_is_valid_in_its_schema_and_our_simulator_knows_no_more(keeper):
    real = build_client_schema(keeper.ask(get_introspection_query()))
    for name, document in documents.ALL.items():
        assert validate(real, parse(document)) == [], name
    names = {"Modification": "OrderModification", "ModificationLine": "OrderModificationLine"}
    for name, ours in our_schema().type_map.items():
        if hasattr(ours, "fields") and not name.startswith("__"):
            theirs = real.type_map[names.get(name, name)]
            assert set(ours.fields) <= set(theirs.fields), name
