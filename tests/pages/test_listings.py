"""A listing's page: what differs from the channel, sending again, looking, whose words are whose; and listing more."""

import pytest
from django.urls import reverse

from backoffice.core.models import AuditEvent
from integrations import services
from integrations.models import Connection, Cursor, Listing, ListingContent
from tests.factories.books import ACTOR
from tests.factories.simulated import Simulated
from tests.factories.staff import said, sign_in
from tests.factories.wares import give_prices, make_shirt, send_products_there
from tests.simulators.engine import running
from tests.simulators.shopify import ShopifySimulator


@pytest.fixture
def shop(transactional_db, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    with running(ShopifySimulator()) as simulator:
        yield Simulated(simulator)


def address(name, pk):
    return reverse(f"admin:integrations_{name}", args=[pk])


def test_products_are_listed_compared_and_sent_from_their_pages(shop):
    skus = make_shirt(shop)
    give_prices(shop, *skus)
    client = sign_in("owner")
    rules = {"share_percent": "100", "push_products": "on", "own_fields": "1", "ours": ["title", "weight", "price"]}
    client.post(address("connection_rules", shop.id), rules)
    assert Connection.objects.get().kept_fields == ["description", "brand", "barcode", "images", "visible"]

    page = client.get(address("connection_change", shop.id)).content.decode()
    assert "List more products there" in page
    answer = client.post(address("connection_offer", shop.id), {"codes": "shirt-s, shirt-l"})
    assert said(answer) == ["2 new listings go there with the next push."]
    assert said(client.post(address("connection_offer", shop.id), {"everything": "on"})) == [
        "0 new listings go there with the next push."
    ]
    row = Listing.objects.order_by("pk")[0]
    assert "not made there yet" in client.get(address("listing_change", row.pk)).content.decode()
    services.push_prices(connection_id=shop.id)
    assert said(client.post(address("listing_look", row.pk))) == ["This is what the channel shows now."]
    page = client.get(address("listing_change", row.pk)).content.decode()
    assert page.count("differs") == 3  # description, brand and barcode, which are the channel's
    assert "the channel" in page and "Linen shirt" in page

    assert said(client.post(address("listing_push", row.pk)))[0].startswith("It is sent again")
    assert services.connections_to_price() == [shop.id]  # at once, not in five minutes
    client.post(address("listing_rules", row.pk), {"own_fields": "1", "ours": ["title"], "cap": "3"})
    row.refresh_from_db()
    content = ListingContent.objects.get(listing=row)
    assert (row.cap, content.is_offered, content.kept_fields) == (
        3, False, ["description", "brand", "barcode", "weight", "images", "visible", "price"],
    )  # fmt: skip
    trail = AuditEvent.objects.filter(object_type="integrations.listing", object_id=row.pk).order_by("id")
    assert [(event.action, event.field) for event in trail] == [
        ("offer", ""), ("push_again", ""), ("rules", "cap"), ("rules", "kept_fields"), ("rules", "is_offered"),
    ]  # fmt: skip


def test_what_cannot_be_listed_or_looked_at_is_said_and_nothing_is_written(shop):
    make_shirt(shop)
    client = sign_in("owner")

    assert said(client.post(address("connection_offer", shop.id), {"codes": "SHIRT-S"}))[0].startswith(
        "Sending our product data"
    )
    send_products_there(shop)
    assert said(client.post(address("connection_offer", shop.id), {"codes": "NOPE"})) == ["There is no SKU NOPE."]
    assert said(client.post(address("connection_offer", shop.id), {})) == ["Name the SKUs."]
    assert not Listing.objects.exists()
    services.list_skus(connection_id=shop.id, listings={"77": (shop.mug, "MUG")})
    row = Listing.objects.get()
    shop.simulator.state.bad_listings.add("77")
    client.post(address("listing_look", row.pk))
    assert ListingContent.objects.get(listing=row).problems == ["The channel does not know it."]
    before = Cursor.objects.count()
    assert said(client.post(address("listing_rules", row.pk), {"share_percent": "101"})) == [
        "A share is 0 to 100 percent."
    ]
    for role in ("order_desk", "auditor", "picker", "accountant"):
        other = sign_in(role)
        for name in ("push", "look", "rules"):
            assert other.post(address(f"listing_{name}", row.pk), {"share_percent": "5"}).status_code == 403
    row.refresh_from_db()
    assert (row.share_percent, Cursor.objects.count()) == (None, before)
    assert not AuditEvent.objects.filter(object_type="integrations.listing").exists()


def test_a_listing_of_a_channel_that_takes_no_products_shows_its_price_alone(world):
    from integrations.services import create_connection

    made = create_connection(
        channel_id=world.channel.pk,
        connector="fake",
        settings={"base_url": "http://127.0.0.1:9"},
        secrets={"token": "x"},
        actor=ACTOR,
    )
    services.list_skus(connection_id=made.pk, listings={"77": (world.mug, "MUG")})

    page = sign_in("owner").get(address("listing_change", Listing.objects.get().pk)).content.decode()

    assert "This channel does not tell what it shows." in page and "Look at the channel" not in page
