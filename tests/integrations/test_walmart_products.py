"""SKUs offered at Walmart by setup by match: told later item by item, listed only then."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from integrations import services
from integrations.fake_channel.server import Fault
from integrations.models import Listing
from inventory.models import Barcode, Sku
from tests.factories.books import ACTOR
from tests.factories.simulated import Simulated
from tests.factories.staff import sign_in
from tests.factories.wares import give_prices, make_shirt, offer_shirt, send_products_there
from tests.integrations.test_pushing import make_due
from tests.simulators import walmart_feeds
from tests.simulators.engine import running
from tests.simulators.walmart import WalmartSimulator

D = Decimal


@pytest.fixture
def shop(transactional_db):
    with running(WalmartSimulator()) as simulator:
        yield Simulated(simulator)


@pytest.fixture
def shirt(shop):
    return offer_shirt(shop)


def push(shop):
    shop.open_limits()
    return services.push_prices(connection_id=shop.id, force=True)


def read(shop):
    make_due("core_inboxwork")
    return services.read_batches(connection_id=shop.id)


def listed():
    return list(Listing.objects.order_by("pk").values_list("external_sku", "external_id", "product_error"))


def test_skus_are_offered_under_their_barcode_once_and_listed_when_walmart_says_so(shop, shirt):
    first, again = push(shop), push(shop)

    assert (first.pushed, first.failed, again.pushed) == (2, 0, 0)
    assert len(shop.simulator.feeds) == 1 and [row[1] for row in listed()] == ["", ""]
    assert services.push_stock(connection_id=shop.id).pushed == 0  # it is not there yet
    assert read(shop) == 0
    assert listed() == [("SHIRT-S", "SHIRT-S", ""), ("SHIRT-L", "SHIRT-L", "")]
    assert shop.simulator.offers["SHIRT-S"] == {
        "sku": "SHIRT-S", "condition": "New", "price": 12.5, "ShippingWeight": 0.56,
        "productIdentifiers": {"productIdType": "EAN", "productId": "4000000000000"},
    }  # fmt: skip
    assert services.push_stock(connection_id=shop.id).pushed == 2
    assert set(shop.state.stock.values()) == {9}
    push(shop)
    assert len(shop.simulator.feeds) == 1 and services.connections_with_batches() == []


def test_what_walmart_does_not_know_says_so_and_is_tried_again_when_its_barcode_changes(shop, shirt):
    shop.simulator.known_codes.discard("4000000000000")
    push(shop)

    assert read(shop) == 1
    assert listed() == [
        ("SHIRT-S", "", "DATA_ERROR: productId: No item of the catalogue matches"), ("SHIRT-L", "SHIRT-L", ""),
    ]  # fmt: skip
    push(shop)
    assert len(shop.simulator.feeds) == 1  # not tried for ever
    row = Listing.objects.get(sku_id=shirt[0])
    page = sign_in("owner").get(reverse("admin:integrations_listing_change", args=[row.pk])).content.decode()
    assert "No item of the catalogue matches" in page
    robot = User.objects.create_superuser("robot")
    key = make_api_key(name="t", user=robot, scopes=("connections:read",), channel_id=shop.channel.pk)[1]
    told = Client().get(f"/api/v1/channel-listings/{row.pk}/", headers={"authorization": f"Api-Key {key}"}).json()
    assert "No item of the catalogue matches" in told["product_error"]
    Barcode.objects.filter(sku_id=shirt[0]).update(code="12345670")
    shop.simulator.known_codes.add("00000012345670")
    push(shop)
    assert read(shop) == 0 and [row[1] for row in listed()] == ["SHIRT-S", "SHIRT-L"]
    assert shop.simulator.offers["SHIRT-S"]["productIdentifiers"]["productIdType"] == "GTIN"


def test_what_lacks_barcode_or_weight_is_refused_here_and_nobody_is_asked(shop, shirt):
    Barcode.objects.filter(sku_id=shirt[0]).update(code="ABC")
    Sku.objects.filter(pk=shirt[1]).update(weight_g=None)

    assert push(shop).failed == 2

    assert [row[2] for row in listed()] == [
        "Walmart needs its barcode (8 to 14 digits), to find the product.",
        "Walmart needs its shipping weight: say what the SKU weighs.",
    ]
    assert shop.simulator.feeds == {} and services.connections_with_batches() == []


def test_a_feed_is_waited_for_a_lost_one_is_told_and_a_lost_answer_offers_nothing_twice(shop, shirt):
    shop.simulator.faults.append(Fault("POST /v3/feeds", status=504, after_effect=True))
    assert push(shop).status == "failed"
    assert push(shop).status == "done" and set(shop.simulator.offers) == {"SHIRT-S", "SHIRT-L"}
    shop.simulator.feed_status = "INPROGRESS"
    assert read(shop) == 0 and [row[1:] for row in listed()] == [("", "")] * 2
    shop.simulator.feed_status = "ERROR"
    assert read(shop) == 2
    assert {row[2] for row in listed()} == {"Walmart gave the feed up: The file is broken."}
    services.push_again(listing_ids=list(Listing.objects.values_list("pk", flat=True)), actor=ACTOR, reason="again")
    shop.simulator.feed_status = "PROCESSED"
    push(shop)
    assert read(shop) == 0 and all(row[1] for row in listed())


def test_what_is_listed_already_is_not_set_up_again(shop):
    skus = make_shirt(shop)
    services.list_skus(connection_id=shop.id, listings={"SHIRT-S": (skus[0], "SHIRT-S")})
    send_products_there(shop)
    give_prices(shop, *skus)

    assert push(shop).failed == 0 and shop.simulator.feeds == {}


@pytest.mark.parametrize("name", ["sku", "condition", "productIdentifiers", "price", "ShippingWeight"])
def test_a_field_that_only_one_side_knows_is_noticed(shop, shirt, monkeypatch, name):
    plain = walmart_feeds.WalmartFeeds._rows
    monkeypatch.setattr(
        shop.simulator, "_rows",
        lambda body: [{("wrong" if key == name else key): value for key, value in row.items()} for row in plain(body)],
    )  # fmt: skip
    push(shop)
    read(shop)
    assert shop.simulator.offers == {} and {row[1] for row in listed()} == {""}
