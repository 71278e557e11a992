"""Instagram and Facebook: catalogue, price and stock out; no orders in, and the page says so."""

import hashlib
import hmac
import json
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from integrations import services
from integrations.connectors.base import Account, ProductItem, StockItem
from integrations.connectors.http import Response
from integrations.connectors.meta.connector import MetaConnector, _wait_s
from integrations.connectors.registry import opened
from integrations.fake_channel.server import Fault
from integrations.models import Connection, Listing
from tests.factories.books import ACTOR
from tests.factories.simulated import Simulated
from tests.factories.staff import sign_in
from tests.factories.wares import give_prices, make_shirt, send_products_there
from tests.integrations.test_pushing import make_due
from tests.simulators.engine import Refused, Reply, Request, Simulator, running

D = Decimal


class MetaSimulator(Simulator):
    """The Graph API's catalogue batch, from its documents."""

    code = "meta"

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, dict[str, Any]] = {}

    def settings(self) -> dict[str, Any]:
        return super().settings() | {"catalog_id": "77", "checkout_url": "https://shop.example/checkout"}

    def secrets(self, account: str = "a") -> dict[str, str]:
        return {"access_token": self.token}

    def listing_id(self, sku: str) -> str:
        return sku

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            raise Refused(401, {"error": {"message": "Invalid OAuth access token.", "code": 190}})
        if request.path == "/v26.0/77/items_batch":
            body = request.json()
            assert body["item_type"] == "PRODUCT_ITEM" and len(body["requests"]) <= 5000
            wrong = []
            for row in body["requests"]:
                assert row["method"] == "UPDATE" and "inventory" not in row["data"]
                if row["retailer_id"] in self.state.bad_listings:
                    wrong.append({"retailer_id": row["retailer_id"], "errors": [{"message": "Item is not known."}]})
                else:
                    self.rows.setdefault(row["retailer_id"], {}).update(row["data"])
            return Reply({"handles": ["h1"], "validation_status": wrong})
        if request.path == "/v26.0/77/check_batch_request_status":
            return Reply(
                {"data": [{"handle": "h1", "status": "finished", "errors": [{"line": 2, "message": "No image."}]}]}
            )
        if request.path == "/v26.0/77/products" and "filter" in request.query:
            wanted = json.loads(request.query["filter"])["retailer_id"]["is_any"]
            return Reply({"data": [self._shown(id) for id in wanted if id in self.rows]})
        if request.path == "/v26.0/77/products":
            return Reply({"data": [{"id": "1", "retailer_id": sku, "name": sku} for sku in self.state.products]})
        return Reply({"id": "77"})

    def _shown(self, id: str) -> dict[str, Any]:
        row = self.rows[id]
        return {
            "id": "1", "retailer_id": id, "name": row["title"], "description": row["description"], "gtin": row["gtin"],
            "brand": row.get("brand"), "price": "£12.50", "visibility": row["visibility"], "image_url": row["image_link"],
        }  # fmt: skip


@pytest.fixture
def shop(transactional_db):
    with running(MetaSimulator()) as simulator:
        yield Simulated(simulator)


def test_stock_goes_out_with_its_availability_and_errors_stay_on_their_item(shop):
    shop.state.bad_listings.add("CUP")
    shop.list_wares()

    result = services.push_stock(connection_id=shop.id)

    assert (result.pushed, result.failed) == (1, 1)
    assert shop.simulator.rows == {
        "MUG": {"id": "MUG", "quantity_to_sell_on_facebook": 1000, "availability": "in stock"}
    }
    assert Listing.objects.get(external_sku="CUP").push_error == "Item is not known."


def refused(code, **more):
    return Fault(
        "POST .*/items_batch", status=400, body=json.dumps({"error": {"message": "No.", "code": code}}), **more
    )


@pytest.mark.parametrize("code", [4, 613, 80014])
def test_a_throttle_under_a_400_is_waited_for_and_no_figure_is_lost(shop, code):
    """Conformance 6: what a shop sold meanwhile is told after the wait."""
    shop.list_wares()
    shop.simulator.faults.append(refused(code))

    assert services.push_stock(connection_id=shop.id).status == "waiting"
    assert Connection.objects.get().status == "active" and shop.simulator.rows == {}
    asked = len(shop.simulator.requests)
    make_due("integrations_listing")
    assert services.push_stock(connection_id=shop.id).status == "waiting"
    assert len(shop.simulator.requests) == asked  # nobody calls it before then
    shop.open_limits()
    make_due("integrations_listing")
    assert services.push_stock(connection_id=shop.id).pushed == 2


def test_a_token_that_ended_parks_the_account_and_keeps_what_is_due(shop):
    """Conformance 7."""
    shop.list_wares()
    shop.simulator.faults.append(refused(190))

    services.push_stock(connection_id=shop.id)

    assert Connection.objects.get().status == "needs_auth"
    assert set(Listing.objects.values_list("is_dirty", flat=True)) == {True}


def test_the_minutes_until_meta_lets_one_in_again_are_read():
    def answer(told):
        return Response(400, {"x-business-use-case-usage": told}, b"")

    usage = json.dumps({"77": [{"type": "catalog_batch", "estimated_time_to_regain_access": 19}]})
    assert [_wait_s(answer(told)) for told in (usage, "{}", "no JSON", '{"77": [{}]}')] == [1140.0, 60.0, 60.0, 60.0]


def test_the_catalogue_is_matched_by_sku(shop):
    shop.state.products |= {"MUG": 1, "mug-unknown": 1}

    found = services.match_listings(connection_id=shop.id)

    assert (found.found, found.new, found.unknown) == (2, 1, ("mug-unknown",))


def test_orders_are_never_asked_for_and_the_page_says_why(shop):
    assert services.connections_to_pull() == []
    page = sign_in("owner").get(reverse("admin:integrations_connection_change", args=[shop.id])).content.decode()
    assert "Meta removed its order API" in page


def test_products_prices_and_the_checkout_link():
    connector = MetaConnector(
        Account("shop", {"catalog_id": "77", "checkout_url": "https://shop.example/checkout"}, {})
    )
    sent = []
    connector._batch = lambda rows: sent.append(rows) or []  # type: ignore[method-assign]
    connector.push_products([ProductItem("", "MUG", "Mug", D("9.99"), "USD", D(0), barcode="0123", brand="B")])

    row = sent[0]["MUG"]
    assert (row["price"], row["availability"], row["gtin"]) == ("9.99 USD", "out of stock", "0123")
    assert (
        connector.checkout_link({"A/1": 2, "B": 1}, "TEN")
        == "https://shop.example/checkout?products=A%2F1%3A2%2CB%3A1&coupon=TEN"
    )


def test_a_sku_is_listed_with_its_words_and_read_back(shop, settings, tmp_path):
    settings.MEDIA_ROOT, settings.PUBLIC_URL = str(tmp_path), "https://back.example"
    skus = make_shirt(shop)
    send_products_there(shop, kept_fields=["brand"])
    give_prices(shop, *skus)
    services.offer_skus(connection_id=shop.id, sku_ids=skus, actor=ACTOR)

    assert services.push_prices(connection_id=shop.id, force=True).pushed == 2

    sent = shop.simulator.rows["SHIRT-S"]
    assert (sent["title"], sent["gtin"], sent["visibility"]) == ("Linen shirt S", "4000000000000", "published")
    assert sent["image_link"].startswith("https://back.example/media/pictures/") and "brand" not in sent
    assert sent["item_group_id"] == shop.simulator.rows["SHIRT-L"]["item_group_id"]
    row = Listing.objects.get(sku_id=skus[0])
    assert row.external_id == "SHIRT-S"
    services.change_listing(listing_id=row.pk, rules={"is_offered": False}, actor=ACTOR)
    assert services.push_prices(connection_id=shop.id, force=True).pushed == 1
    assert shop.simulator.rows["SHIRT-S"]["visibility"] == "hidden"
    assert services.look_at_listings(listing_ids=[row.pk]) == 1
    assert [c.name for c in services.compare(row) if c.differs] == ["brand"]  # the channel's own


def test_errors_that_come_later_name_their_place(shop):
    with opened(shop.connection) as connector:
        connector.push_stock([StockItem("A", "A", D(1), 1), StockItem("B", "B", D(1), 1)])
        assert connector.submitted == [("h1", ["A", "B"])]
        assert connector.batch_errors("h1") == {1: "No image."}


def test_signatures():
    connector, body = MetaConnector(Account("shop", {}, {})), b'{"object":"page"}'
    good = "sha256=" + hmac.new(b"app", body, hashlib.sha256).hexdigest()

    assert connector.is_signed({"x-hub-signature-256": good}, body, "app")
    assert not connector.is_signed({"x-hub-signature-256": good}, body, "other")
