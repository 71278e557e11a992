"""Listings over HTTP: listing more, whose words are whose, looking, comparing, sending again."""

import pytest
from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import AuditEvent, User
from integrations import services, tasks
from integrations.models import Listing, ListingContent
from tests.api.conftest import Caller
from tests.factories import sales
from tests.factories.messages import broker_away, written_down
from tests.factories.simulated import Simulated
from tests.factories.staff import sign_in
from tests.factories.wares import give_prices, make_shirt, send_products_there
from tests.simulators.engine import running
from tests.simulators.woocommerce import WooCommerceSimulator

READ, WRITE = "connections:read", "connections:write"


@pytest.fixture
def shop(transactional_db, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    with running(WooCommerceSimulator()) as simulator:
        yield Simulated(simulator)


def key(channel, *scopes) -> Caller:
    robot, _made = User.objects.get_or_create(username="robot", defaults={"is_superuser": True})
    return Caller(make_api_key(name="test", user=robot, scopes=scopes, channel_id=channel.pk)[1])


def test_with_the_broker_away_what_has_rows_waits_for_the_sweep_and_the_rest_is_refused(shop, monkeypatch):
    broker_away(monkeypatch)
    services.pull_orders(connection_id=shop.id, force=True)
    api, run = key(shop.channel, READ, WRITE), f"connections/{shop.id}/run/"

    asked = api.post(run, {"job": "pull_orders"}, key="k1")
    refused = api.post(run, {"job": "match_listings"}, key="k2")
    page = sign_in("owner").post(
        reverse("admin:integrations_connection_match", args=[shop.id]), {"reason": "x"}, follow=True
    )

    assert asked.status_code == 202 and services.connections_to_pull() == [shop.id]
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable") and "Retry-After" in refused
    assert "The workers cannot be reached; try again in a moment." in page.content.decode()
    written_down(monkeypatch)
    assert api.post(run, {"job": "match_listings"}, key="k2").status_code == 202  # the refusal was not kept


def test_products_are_listed_looked_at_and_compared(shop, monkeypatch):
    skus = make_shirt(shop)
    give_prices(shop, *skus)
    api = key(shop.channel, READ, WRITE)
    answer = api.patch(f"connections/{shop.id}/", {"push_products": True, "kept_fields": ["description"]})
    assert (answer.status_code, answer.json()["kept_fields"]) == (200, ["description"])

    made = api.post("channel-listings/", {"connection": shop.id, "skus": ["SHIRT-S", "shirt-l"]}, key="k1")
    again = api.post("channel-listings/", {"connection": shop.id, "skus": ["SHIRT-S", "SHIRT-L"]}, key="k2")

    assert made.status_code == 201, made.content
    assert [(row["sku"], row["external_id"], row["is_offered"], row["kept_fields"]) for row in made.json()["listings"]] == [
        ("SHIRT-S", "", True, None), ("SHIRT-L", "", True, None),
    ]  # fmt: skip
    assert again.json() == {"listings": []}
    services.push_prices(connection_id=shop.id)
    [row, _other] = api.get(f"channel-listings/?connection={shop.id}").json()["results"]
    assert row["external_id"] and row["product_pushed_at"]
    asked = written_down(monkeypatch)
    assert api.post(f"channel-listings/{row['id']}/look/", {}, key="k3").status_code == 202
    assert asked == [(tasks.look_at_listing.name, row["id"])]
    tasks.look_at_listing(row["id"])
    compared = {c["name"]: c for c in api.get(f"channel-listings/{row['id']}/comparison/").json()["rows"]}
    assert compared["title"] == {
        "name": "title",
        "ours": "Linen shirt",
        "theirs": "Linen shirt",
        "is_ours": True,
        "differs": False,
    }
    assert (compared["description"]["is_ours"], compared["description"]["differs"]) == (False, True)

    etag = api.get(f"channel-listings/{row['id']}/")["ETag"]
    rules = {"is_offered": False, "kept_fields": [], "cap": "5", "share_percent": 50, "product_type": "shirt"}
    changed = api.patch(f"channel-listings/{row['id']}/", rules, match=etag)
    assert changed.status_code == 200, changed.content
    assert {name: changed.json()[name] for name in rules} == rules | {"cap": "5.000000"}
    assert api.patch(f"channel-listings/{row['id']}/", {"cap": None}, match=etag).status_code == 412
    assert api.get("channel-listings/?sku=shirt-l").json()["results"][0]["sku"] == "SHIRT-L"


def test_what_is_wrong_is_named_and_nothing_is_written(shop):
    make_shirt(shop)
    api = key(shop.channel, READ, WRITE)
    stranger = key(sales.make_channel(shop.house, "other"), READ, WRITE)
    body = {"connection": shop.id, "skus": ["SHIRT-S"]}

    assert api.post("channel-listings/", body, key="k1").json()["context"]["field"] == "connection"
    send_products_there(shop)
    unknown = api.post("channel-listings/", body | {"skus": ["SHIRT-S", "NOPE"]}, key="k2")
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (400, "skus")
    assert stranger.post("channel-listings/", body, key="k3").json()["context"]["field"] == "connection"
    assert key(shop.channel, READ).post("channel-listings/", body, key="k4").status_code == 403
    assert not Listing.objects.exists()
    services.list_skus(connection_id=shop.id, listings={"77": (shop.mug, "MUG")})
    row = Listing.objects.get()
    assert api.patch(f"channel-listings/{row.pk}/", {"kept_fields": ["brand"]}).status_code == 400  # it takes no brand
    for call in (
        stranger.get(f"channel-listings/{row.pk}/comparison/"), stranger.patch(f"channel-listings/{row.pk}/", {"cap": "1"}),
        stranger.post(f"channel-listings/{row.pk}/look/", {}, key="k5"),
    ):  # fmt: skip
        assert call.status_code == 404
    assert stranger.get("channel-listings/").json()["results"] == []
    row.refresh_from_db()
    assert row.cap is None and not ListingContent.objects.exists()
    assert not AuditEvent.objects.filter(object_type="integrations.listing").exists()
