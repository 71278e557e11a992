"""A key bound to channel B asks for and changes channel A's rows by their ids and names: it finds none. test_canaries.py
walks all that can be read."""

import json
import re

import pytest
from drf_spectacular.generators import SchemaGenerator

from backoffice.core import inbox
from backoffice.core.api.auth import make_api_key
from backoffice.core.models import InboxMessage, User
from integrations.models import (
    CodeMapping,
    ImportedRefund,
    Listing,
    ListingContent,
    QuarantinedRow,
    SyncRun,
    TrackingPush,
    WebhookDelivery,
)
from integrations.services import create_connection, webhooks
from integrations.services.pulling import account_of
from orders.inputs import ContactInput
from orders.models import Contact, Order, PriceList, ReturnOrder, Shipment
from tests.api.conftest import Caller
from tests.api.fuzz.asking import all_scopes
from tests.factories.books import ACTOR, NOON
from tests.factories.sales import line, make_channel
from tests.pages.conftest import World

SECRET = "CANARY"
SYNCING = (
    "connections", "channel-listings", "sync-runs", "tracking-pushes", "channel-refunds", "quarantined-rows", "received-messages",
)  # fmt: skip
OF_CHANNELS = ("orders", "shipments", "returns", "webhook-deliveries", *SYNCING)


class Walk(World):
    """Channel A's rows, each with the canary somewhere; and keys: `own` of A, `stranger` of B."""

    def __init__(self) -> None:
        super().__init__()
        buyer = ContactInput(external_id=f"{SECRET}-c", name=f"{SECRET} Buyer", email=f"{SECRET}@shop.example")
        self.named = self.place(f"{SECRET}-1", line("MUG", "2", "10"), contact=buyer, note=f"{SECRET} note")
        work = self.fulfilment_of(self.named)
        from warehouse.services import fulfil_straight

        fulfil_straight(
            [work], company_id=self.house.id, actor=ACTOR, effective_at=NOON, tracking={work: f"{SECRET}-TR"}
        )
        self.back = self.take_back(self.named, "1")
        PriceList.objects.create(
            company=self.house.company, code=f"{SECRET}-p", name=SECRET, currency="GBP", channel=self.channel
        )
        self.endpoint = webhooks.create_endpoint(
            company_id=self.house.id,
            channel_id=self.channel.pk,
            name=SECRET,
            url="https://shop.example/",
            events=[],
            actor=ACTOR,
        )
        from backoffice.core.models import OutboxEvent

        webhooks.note_events(list(OutboxEvent.objects.filter(topic="OrderPlaced")))
        self.connect()
        self.own, self.stranger = self.key(self.channel), self.key(make_channel(self.house, "other"))

    def connect(self) -> None:
        """A row of everything that syncing keeps."""
        self.connection = create_connection(
            channel_id=self.channel.pk, connector="fake", settings={"base_url": f"http://127.0.0.1:9/{SECRET}"}, secrets={"token": "x"},
            actor=ACTOR,
        )  # fmt: skip
        of = {"company": self.house.company, "connection": self.connection}
        self.listing = Listing.objects.create(
            **of, sku_id=self.mug, external_id=f"{SECRET}-77", external_sku=f"{SECRET}-MUG"
        )
        ListingContent.objects.create(
            company=self.house.company, listing=self.listing, found={"title": SECRET}, found_at=NOON
        )
        self.run = SyncRun.objects.create(**of, job="pull_orders", message=SECRET)
        self.push = TrackingPush.objects.create(**of, shipment=Shipment.objects.first(), key=SECRET, error=SECRET)
        self.refund = ImportedRefund.objects.create(
            **of,
            order_id=self.named,
            external_id=f"{SECRET}-r",
            total=1,
            currency="GBP",
            refunded_at=NOON,
            state="applied",
        )
        self.apart = QuarantinedRow.objects.create(
            company=self.house.company, channel=self.channel, source=SECRET, external_id=f"{SECRET}-q", row_key="k",
            raw={"sku": SECRET}, code="unknown_sku", reason=SECRET,
        )  # fmt: skip
        inbox.receive([inbox.Message(account_of(self.connection.pk), "order", f"{SECRET}-in", b"{}")])
        CodeMapping.objects.create(
            company=self.house.company, channel=self.channel, pattern=f"{SECRET}*", meaning="sku", sku_id=self.mug
        )

    def key(self, channel) -> Caller:
        user, _made = User.objects.get_or_create(username="robot", defaults={"is_superuser": True})
        secret = make_api_key(
            name=channel.code, user=user, scopes=all_scopes(), channel_id=channel.pk, company_id=self.house.id
        )[1]
        return Caller(secret)

    def ids(self, path: str) -> set[str]:
        """Ids of A's rows that could stand in an address, whatever it is about."""
        rows = {
            "orders": Order.objects.filter(channel=self.channel),
            "shipments": Shipment.objects.filter(order__channel=self.channel),
            "returns": ReturnOrder.objects.filter(channel=self.channel),
            "webhook-endpoints": [self.endpoint],
            "webhook-deliveries": WebhookDelivery.objects.all(),
            "connections": [self.connection],
            "channel-setups": [self.connection],
            "channel-listings": [self.listing],
            "sync-runs": [self.run],
            "tracking-pushes": [self.push],
            "channel-refunds": [self.refund],
            "quarantined-rows": [self.apart],
            "received-messages": InboxMessage.objects.filter(account=account_of(self.connection.pk)),
        }
        noun = path.split("/")[3]
        if noun == "credit":
            return {row.external_id for row in Contact.objects.filter(channel=self.channel)}
        return {str(row.pk) for row in rows.get(noun, Order.objects.filter(channel=self.channel))}


@pytest.fixture
def walk(db):
    return Walk()


def readings():
    """Every address that can be read, with its parameters."""
    description = json.loads(json.dumps(SchemaGenerator().get_schema(public=True), default=str))
    for path, operations in description["paths"].items():
        if "get" in operations:
            yield path, [p for p in operations["get"].get("parameters", ()) if p["in"] == "query"]


def asked(path, walk):
    if "{" not in path:
        return [path]
    return [re.sub(r"\{\w+\}", pk, path) for pk in sorted(walk.ids(path))]


def found(response):
    return json.loads(response.content)["results"]


def test_every_list_of_syncing_shows_its_own_channel_its_rows(walk):
    for noun in SYNCING:
        [row] = found(walk.own.get(f"{noun}/"))
        assert SECRET in walk.own.get(f"{noun}/{row['id']}/").content.decode(), noun
        assert found(walk.stranger.get(f"{noun}/")) == [], noun
        assert walk.stranger.get(f"{noun}/{row['id']}/").status_code == 404, noun


def test_search_and_files_find_nothing_of_another_channel(walk):
    for term in (f"{SECRET}-1", f"{SECRET}-TR", f"{SECRET} Buyer", Order.objects.get(pk=walk.named).number):
        assert walk.stranger.get("search/", q=term).json()["results"] == []
    assert walk.own.get("search/", q=f"{SECRET}-1").json()["results"] != []
    for kind in ("order_confirmation", "packing_slip", "invoice"):
        assert walk.stranger.get(f"orders/{walk.named}/documents/{kind}.pdf").status_code == 404


def test_no_write_reaches_a_row_of_another_channel(walk):
    before = walk.written()
    description = json.loads(json.dumps(SchemaGenerator().get_schema(public=True), default=str))
    reached = []
    for path, operations in description["paths"].items():
        if "{" not in path or path.split("/")[3] not in ("orders", "returns", "webhook-endpoints", *OF_CHANNELS):
            continue
        for address in asked(path, walk):
            for method in {"post", "patch"} & set(operations):
                response = getattr(walk.stranger, method)(address.removeprefix("/api/v1/"), {})
                if response.status_code not in (400, 403, 404):
                    reached.append((address, response.status_code))

    assert reached == []
    assert walk.written() == before
