"""One inbox of all channels: an order's account, external id and raw payload are one step away."""

import json

from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import InboxMessage, User
from backoffice.core.proof import run_checks
from orders.models import Order
from tests.api.conftest import Caller, order_body
from tests.factories.sales import make_channel
from tests.factories.staff import sign_in


def send(world, channel, external_id):
    robot = User.objects.get_or_create(username="robot", defaults={"is_superuser": True})[0]
    _key, secret = make_api_key(name="t", user=robot, scopes=["orders:write"], channel_id=channel.pk)
    response = Caller(secret).post("orders/", order_body(external_id), key=external_id)
    assert response.status_code == 201, response.content
    return response.json()["id"]


def test_the_payload_of_an_order_is_shown_as_it_was_received(world):
    client = sign_in("order_desk")
    order_id = send(world, world.channel, "API-1")

    page = client.get(reverse("admin:orders_order_change", args=[order_id])).content.decode()
    message = InboxMessage.objects.get(external_id="API-1")
    address = reverse("admin:core_inboxmessage_change", args=[message.pk])
    payload = client.get(address).content.decode()

    assert address in page and "over the API" in page and "API-1" in page
    assert "ana@shop.example" in payload and f"SO-{order_id:06d}" in payload
    assert json.loads(bytes(message.payload.body)) == order_body("API-1")
    assert (message.work.status, message.work.result_id) == ("processed", order_id)
    assert run_checks().ok


def test_who_may_not_see_personal_data_sees_no_payload(world):
    send(world, world.channel, "API-1")
    address = reverse("admin:core_inboxmessage_change", args=[InboxMessage.objects.get().pk])

    assert sign_in("picker").get(address).status_code == 403
    assert "ana@shop.example" not in sign_in("accountant").get(address).content.decode()


def test_orders_of_all_channels_are_in_one_list_and_told_apart(world):
    other = make_channel(world.house, "market", kind="amazon")
    mine, theirs = send(world, world.channel, "API-1"), send(world, other, "API-1")  # the same id at two shops
    client = sign_in("order_desk")

    def shown(**query):
        return [order.pk for order in client.get("/admin/orders/order/", query).context["cl"].result_list]

    assert {mine, theirs} <= set(shown())
    assert sorted(shown(q="API-1")) == sorted([mine, theirs])
    assert shown(channel__id__exact=other.pk) == [theirs] == shown(kind="amazon")
    assert Order.objects.filter(external_id="API-1").count() == 2


def test_a_refused_order_leaves_no_payload_behind(world):
    robot = User.objects.get_or_create(username="robot", defaults={"is_superuser": True})[0]
    _key, secret = make_api_key(name="t", user=robot, scopes=["orders:write"], channel_id=world.channel.pk)

    response = Caller(secret).post("orders/", order_body("API-9", currency="XXX"))

    assert response.status_code == 400
    assert not InboxMessage.objects.exists() and not Order.objects.filter(external_id="API-9").exists()
