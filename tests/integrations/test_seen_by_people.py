"""What repeats, disorder and wrong totals of a channel look like on pages and over the API."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import InboxMessage, InboxWork, User
from integrations import services
from integrations.fake_channel.server import signed_webhook
from integrations.models import Cursor
from orders.models import Hold, Order
from tests.factories.books import ACTOR
from tests.factories.staff import sign_in
from tests.integrations.test_conformance import unproved
from tests.integrations.test_pulling import pull


@pytest.fixture
def caller(connected):
    robot = User.objects.create_superuser("robot")

    def ask(method, path, body=None, *, scopes):
        key = make_api_key(name="t", user=robot, scopes=scopes, channel_id=connected.channel.pk)[1]
        headers = {"authorization": f"Api-Key {key}", "idempotency-key": f"k-{path}"}
        data = None if body is None else json.dumps(body)
        return Client().generic(method, f"/api/v1/{path}", data or "", content_type="application/json", headers=headers)

    return ask


def test_versions_that_come_twice_and_in_no_order_are_one_order_and_are_seen(connected, caller):
    """The newer version is imported first; the older one, told again and again, is kept and ignored."""
    newer = connected.app.shop
    connected.sell(1, "MUG", "CUP")
    services.pull_orders(connection_id=connected.id, force=True)
    older = InboxMessage.objects.get()
    connected.clock.forward(minutes=1)
    newer.put_order({**newer.order("S1"), "note": "gift"})
    services.pull_orders(connection_id=connected.id, force=True)
    latest = InboxMessage.objects.exclude(pk=older.pk).get()
    InboxWork.objects.filter(message=older).update(status="processed")
    services.import_orders(connection_id=connected.id)
    for _again in range(3):
        InboxWork.objects.filter(message=older).update(status="received")
        services.import_orders(connection_id=connected.id)

    order = Order.objects.get()
    works = dict(InboxWork.objects.values_list("message_id", "status"))
    assert works == {older.pk: "ignored", latest.pk: "processed"}
    desk = sign_in("owner")
    page = desk.get(reverse("admin:core_inboxmessage_changelist")).content.decode()
    assert page.count("S1") >= 2, page
    assert "ignored" in page and "processed" in page
    found = desk.get("/admin/orders/order/", {"q": "S1"}).context["cl"].result_list
    assert [row.pk for row in found] == [order.pk]
    told = caller("GET", "received-messages/?external_id=S1", scopes=("connections:read",)).json()["results"]
    assert {(row["id"], row["status"], row["error_code"]) for row in told} == {
        (older.pk, "ignored", "superseded"), (latest.pk, "processed", ""),
    }  # fmt: skip
    services.set_webhook_secrets(connection_id=connected.id, secrets={"new": "s-new"}, actor=ACTOR)
    due, messages = Cursor.objects.get(stream="orders").due_at, InboxMessage.objects.count()
    body, headers = signed_webhook("S1", "forged")
    address = f"/api/v1/webhooks/{connected.id}/"
    refused = Client().post(address, body, content_type="application/json", headers=headers)
    assert refused.status_code in (401, 403)
    assert (Cursor.objects.get(stream="orders").due_at, InboxMessage.objects.count()) == (due, messages)
    assert unproved() == []


def test_a_total_that_is_off_by_a_cent_is_released_by_a_person_who_says_why_and_by_nobody_else(connected, caller):
    connected.sell(1, grand_total="18.01")
    connected.sell(2, grand_total="18.00")
    pull(connected)
    order, right = Order.objects.get(external_id="S1"), Order.objects.get(external_id="S2")
    hold = Hold.objects.get()
    assert (hold.order, hold.kind, order.status, right.status) == (order, "total", "placed", "released")
    page = sign_in("order_desk").get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert "a difference of 0.01" in page
    told = caller("GET", f"orders/{order.pk}/", scopes=("orders:read",)).json()
    assert [row["kind"] for row in told["holds"]] == ["total"] and told["total"] == "18.010000"

    address = reverse("admin:orders_hold_release", args=[order.pk, hold.pk])
    assert sign_in("picker").post(address, {"reason": "x"}).status_code == 403
    sign_in("order_desk").post(address, {"reason": " "})
    path = f"orders/{order.pk}/holds/{hold.pk}/release/"
    assert caller("POST", path, {"reason": "x"}, scopes=("orders:write",)).status_code == 403
    hold.refresh_from_db()
    assert hold.released_at is None and Order.objects.get(pk=order.pk).status == "placed"

    sign_in("order_desk").post(address, {"reason": "The shop rounds", "version": order.version})
    hold.refresh_from_db()
    assert hold.release_reason == "The shop rounds"
    assert Order.objects.get(pk=order.pk).status == "released"
    assert unproved() == []
