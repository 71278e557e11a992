"""The ways in for programs, seen from pages: the description of the API, what came twice, what pages change is told."""

import json

from django.test import Client
from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import AuditEvent, InboxMessage, User
from backoffice.core.proof import run_checks
from inventory.models import Barcode
from orders.models import Order
from tests.api.conftest import Caller, order_body
from tests.factories.staff import sign_in


def caller(world, *scopes):
    robot = User.objects.get_or_create(username="robot", defaults={"is_superuser": True})[0]
    return Caller(make_api_key(name="t", user=robot, scopes=scopes, channel_id=world.channel.pk)[1])


def test_the_description_of_the_api_is_read_in_the_program_and_needs_no_other_host(world):
    assert Client().get("/api/docs/").status_code in (302, 401, 403)
    client = sign_in("owner")

    page = client.get("/api/docs/")
    schema = client.get("/api/schema/?format=json").json()

    assert page.status_code == 200 and b"https://" not in page.content
    for address in {part.split('"')[0] for part in page.content.decode().split('src="')[1:]}:
        assert address.startswith("/") and client.get(address).status_code == 200, address
    assert schema["openapi"].startswith("3.1")
    place = schema["paths"]["/api/v1/orders/"]["post"]
    [body] = [given for kind, given in place["requestBody"]["content"].items() if kind == "application/json"]
    assert body.get("example") or body.get("examples")
    assert "Idempotency-Key" in {row["name"] for row in place["parameters"]}


def test_an_order_that_is_sent_again_is_one_order_on_its_page(world):
    shop = caller(world, "orders:write")
    first = shop.post("orders/", order_body("API-7"), key="k-7")
    for _again in range(3):
        assert shop.post("orders/", order_body("API-7"), key="k-7").content == first.content
    refused = shop.post("orders/", order_body("API-8"), key="k-7")

    order = Order.objects.get(external_id="API-7")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    client = sign_in("order_desk")
    found = client.get("/admin/orders/order/", {"q": "API-7"}).context["cl"].result_list
    assert [row.pk for row in found] == [order.pk]
    assert "API-7" in client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    placed = AuditEvent.objects.filter(object_type="orders.order", object_id=order.pk, action="placed")
    assert (placed.count(), InboxMessage.objects.filter(external_id="API-7").count()) == (1, 1)
    assert run_checks().ok


def test_what_a_page_changes_and_what_is_deleted_is_told_by_the_feed(transactional_db):
    from tests.api.test_changes_feed import ALL, Copy
    from tests.pages.conftest import World

    world = World()
    code = Barcode.objects.create(company=world.house.company, sku_id=world.mug, code="4000000000017")
    copy = Copy(caller(world, *ALL))
    client = sign_in("owner")
    shop = caller(world, "orders:write")
    made = shop.post("orders/", order_body("API-9")).json()["id"]
    copy.news()

    answer = client.post(
        reverse("admin:orders_order_hold", args=[made]), {"reason": "Call first", "kind": "manual", "version": Order.objects.get(pk=made).version}
    )  # fmt: skip
    assert answer.status_code == 302
    assert ("orders", made, False) in copy.news()
    gone = code.pk
    code.delete()
    assert ("barcodes", gone, True) in copy.news()
    unread = caller(world, "orders:read").get("changes/")
    assert unread.status_code == 403
    assert json.loads(unread.content)["code"]
