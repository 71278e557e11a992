"""A key bound to channel B walks everything that can be read, with the ids and names of channel A's rows: it finds none."""

import json
import re

import pytest
from drf_spectacular.generators import SchemaGenerator

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from integrations.models import WebhookDelivery
from integrations.services import webhooks
from orders.inputs import ContactInput
from orders.models import Contact, Order, PriceList, ReturnOrder, Shipment
from tests.api.conftest import Caller
from tests.api.fuzz.asking import all_scopes
from tests.factories.books import ACTOR
from tests.factories.sales import line, make_channel
from tests.pages.conftest import World

SECRET = "CANARY"
OF_CHANNELS = ("orders", "shipments", "returns", "webhook-deliveries")


class Walk(World):
    """Channel A's rows, each with the canary somewhere; and keys: `own` of A, `stranger` of B."""

    def __init__(self) -> None:
        super().__init__()
        buyer = ContactInput(external_id=f"{SECRET}-c", name=f"{SECRET} Buyer", email=f"{SECRET}@shop.example")
        self.named = self.place(f"{SECRET}-1", line("MUG", "2", "10"), contact=buyer, note=f"{SECRET} note")
        work = self.fulfilment_of(self.named)
        from tests.factories.books import NOON
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
        self.own, self.stranger = self.key(self.channel), self.key(make_channel(self.house, "other"))

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


def text_of(response):
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode("utf-8", "replace") + str(dict(response.headers))


def found(response):
    return json.loads(response.content)["results"]


def test_no_address_shows_a_row_of_another_channel(walk):
    seen_by_own, leaks = 0, []
    for path, _parameters in readings():
        for address in asked(path, walk):
            seen_by_own += SECRET in text_of(walk.own.get(address.removeprefix("/api/v1/")))
            response = walk.stranger.get(address.removeprefix("/api/v1/"))
            if SECRET in text_of(response) or response.status_code >= 500:
                leaks.append((address, response.status_code))

    assert leaks == []
    assert seen_by_own >= 8  # negative control: the rows are there, and the walk comes by them


def test_no_filter_tells_that_there_is_one(walk):
    leaks = []
    order = Order.objects.get(pk=walk.named)
    for path, parameters in readings():
        if "{" in path or path.split("/")[3] == "search":
            continue
        for parameter in parameters:
            values = {str(walk.named), f"{SECRET}-1", order.number}
            for value in values:
                response = walk.stranger.get(path.removeprefix("/api/v1/"), **{parameter["name"]: value})
                body = text_of(response).replace(value, "")
                if SECRET in body or response.status_code >= 500:
                    leaks.append((path, parameter["name"], value, response.status_code))
                elif response.status_code == 200 and path.split("/")[3] in OF_CHANNELS and found(response):
                    leaks.append((path, parameter["name"], value, "rows"))

    assert leaks == []


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
        if "{" not in path or path.split("/")[3] not in ("orders", "shipments", "returns", "webhook-endpoints"):
            continue
        for address in asked(path, walk):
            if "post" in operations:
                response = walk.stranger.post(address.removeprefix("/api/v1/"), {})
                if response.status_code not in (400, 403, 404):
                    reached.append((address, response.status_code))

    assert reached == []
    assert walk.written() == before
