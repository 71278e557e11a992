"""Connections and quarantine through their pages: secrets are never shown, refusals are sentences."""

import datetime
import re

from django.urls import reverse

from backoffice.core.models import AuditEvent
from integrations.connectors.fake.connector import FakeConnector
from integrations.connectors.registry import opened, secrets_owner
from integrations.limits import SharedLimiter
from integrations.models import Listing, QuarantinedRow
from integrations.secrets import unseal
from integrations.services import create_connection, list_skus
from inventory.models import Sku
from orders.models import Order
from tests.factories.books import ACTOR
from tests.factories.staff import said, sign_in

SECRET = "s3cret-token-77"
SETTINGS = {"base_url": "http://127.0.0.1:9"}


def make_connection(world):
    return create_connection(
        channel_id=world.channel.pk, connector="fake", settings=SETTINGS, secrets={"token": SECRET}, actor=ACTOR
    )


def press(client, name, connection, **data):
    return client.post(reverse(f"admin:integrations_connection_{name}", args=[connection.pk]), data)


def test_a_secret_is_sealed_and_never_shown(world):
    client, made = sign_in("owner"), make_connection(world)

    assert SECRET.encode() not in bytes(made.secrets)
    with opened(made) as connector:
        assert connector.account.secrets == {"token": SECRET}
    for address in (
        reverse("admin:integrations_connection_change", args=[made.pk]),
        reverse("admin:integrations_connection_changelist"),
        reverse("admin:core_auditevent_changelist"),
    ):
        assert SECRET not in client.get(address).content.decode()


def test_pause_resume_and_new_secrets(world):
    client, connection = sign_in("owner"), make_connection(world)

    assert said(press(client, "pause", connection)) == ["Say why: the reason is kept with the change."]
    press(client, "pause", connection, reason="Stocktaking")
    connection.refresh_from_db()
    assert (connection.status, connection.status_reason) == ("paused", "Stocktaking")
    assert said(press(client, "run", connection)) == ["The connection is not active: resume it first."]
    press(client, "resume", connection)
    connection.refresh_from_db()
    assert connection.status == "active"
    press(client, "secrets", connection, **{"secret-token": "another"})
    connection.refresh_from_db()
    with opened(connection) as connector:
        assert connector.account.secrets == {"token": "another"}

    trail = AuditEvent.objects.filter(object_type="integrations.connection", object_id=connection.pk).order_by("id")
    assert [(event.action, event.new_value) for event in trail] == [
        ("create", "fake"), ("status", "paused"), ("status", "active"), ("secrets", ""),
    ]  # fmt: skip


def test_only_the_owner_changes_a_connection(world):
    connection = make_connection(world)

    for role in ("order_desk", "accountant", "auditor", "picker"):
        client = sign_in(role)
        for name in ("pause", "resume", "run", "secrets"):
            assert press(client, name, connection, reason="x", **{"secret-token": "x"}).status_code == 403
    connection.refresh_from_db()
    assert connection.status == "active"


def make_row(world, **values):
    given = {
        "company": world.house.company, "channel": world.channel, "source": "web", "external_id": "U-1", "row_key": "k",
        "raw": {"sku": "XYZ"}, "code": "unknown_sku", "reason": "XYZ is no SKU of ours.", "order_id": world.unknown,
    } | values  # fmt: skip
    return QuarantinedRow.objects.create(**given)


def test_a_row_is_tried_again_after_mapping(world):
    from integrations.models import CodeMapping

    client, row = sign_in("order_desk"), make_row(world)
    address = reverse("admin:integrations_quarantinedrow_replay", args=[row.pk])
    page = client.get(reverse("admin:integrations_quarantinedrow_change", args=[row.pk])).content.decode()
    assert "XYZ is no SKU of ours." in page and "Try again" in page
    assert said(client.post(address))[0].startswith("Tried again: the reason still holds.")

    CodeMapping.objects.create(
        company=world.house.company, channel=world.channel, pattern="XYZ", meaning="sku", sku_id=world.mug
    )
    response = client.post(address)

    assert said(response) == ["Imported now: 1; still open: 0"]
    row.refresh_from_db()
    assert row.status == "resolved"
    assert Order.objects.get(pk=world.unknown).lines.get().sku_id == world.mug


def test_a_row_is_given_up_with_a_reason(world):
    client, row = sign_in("order_desk"), make_row(world)
    address = reverse("admin:integrations_quarantinedrow_drop", args=[row.pk])

    assert said(client.post(address)) == ["Say why: the reason is kept with the change."]
    client.post(address, {"reason": "A test order"})
    assert said(client.post(address, {"reason": "again"})) == ["It is not open any more."]

    row.refresh_from_db()
    assert row.status == "dropped"
    event = AuditEvent.objects.get(object_type="integrations.quarantinedrow", object_id=row.pk)
    assert (event.actor.username, event.new_value, event.reason) == ("order_desk", "dropped", "A test order")
    assert sign_in("auditor").post(address, {"reason": "x"}).status_code == 403


def test_many_rows_are_tried_again_from_the_list(world):
    client, row = sign_in("order_desk"), make_row(world)
    data = {"action": "try_again", "_selected_action": [str(row.pk)]}

    response = client.post(reverse("admin:integrations_quarantinedrow_changelist"), data)

    assert said(response)[0].startswith("Tried again")
    refused = sign_in("accountant").post(reverse("admin:integrations_quarantinedrow_changelist"), data)
    row.refresh_from_db()
    assert row.status == "open" and refused.status_code in (200, 302, 403)


def test_what_a_channel_is_shown_is_said_on_its_page_and_listings_are_due(world):
    client, connection = sign_in("owner"), make_connection(world)
    sku = Sku.objects.filter(company=world.channel.company).first()
    list_skus(connection_id=connection.pk, listings={"L1": (sku.pk, "MUG")})
    Listing.objects.update(is_dirty=False)
    rules = {"buffer": "2", "share_percent": "50", "cap": "9", "floor": "3", "keep_personal_days": "30"}

    assert said(press(client, "rules", connection, **rules)) == ["Saved."]

    connection.refresh_from_db()
    shown = (
        connection.buffer,
        connection.share_percent,
        connection.cap,
        connection.floor,
        connection.keep_personal_days,
    )
    assert shown == (2, 50, 9, 3, 30)
    assert Listing.objects.get().is_dirty
    page = client.get(reverse("admin:integrations_connection_change", args=[connection.pk])).content.decode()
    i = page.find("of what is available")
    print(page[i - 80 : i + 200])
    words = re.sub(r"<[^>]+>", "", page)
    assert "50 % of what is available beyond 2 · at most 9 · none below 3" in words
    assert 'name="buffer" inputmode="decimal" value="2"' in page
    before = AuditEvent.objects.count()
    for wrong in ({"share_percent": "101"}, {"buffer": "-1"}, {"cap": "many"}, {"keep_personal_days": "soon"}):
        assert len(said(press(client, "rules", connection, **rules | wrong))) == 1
    connection.refresh_from_db()
    assert (connection.share_percent, connection.cap, AuditEvent.objects.count()) == (50, 9, before)
    assert (
        sign_in("picker").post(reverse("admin:integrations_connection_rules", args=[connection.pk]), rules).status_code
        == 403
    )


def test_a_webhook_secret_is_added_and_the_one_before_still_counts(world):
    client, connection = sign_in("owner"), make_connection(world)
    for secret in ("first", "second", "third"):
        press(client, "hooks", connection, **{"webhook-secret": secret})

    connection.refresh_from_db()
    held = unseal(connection.webhook_secret, owner=secrets_owner(connection))
    assert held == {"now": "third", "before": "second"}
    page = client.get(reverse("admin:integrations_connection_change", args=[connection.pk])).content.decode()
    assert f"/api/v1/webhooks/{connection.pk}/" in page and "third" not in page


def test_the_page_says_that_a_version_ends_and_that_a_limit_is_reached(world, monkeypatch):
    client, connection = sign_in("owner"), make_connection(world)
    monkeypatch.setattr(FakeConnector, "api_ends", datetime.date(2020, 1, 1))
    monkeypatch.setattr(FakeConnector, "api_version", "2019-01")
    SharedLimiter(connection.pk, "shop").pause("orders", 600)

    page = client.get(reverse("admin:integrations_connection_change", args=[connection.pk])).content.decode()

    assert "Sample shop ended its API version 2019-01 on 2020-01-01" in page
    assert "limit is reached (orders)" in page
