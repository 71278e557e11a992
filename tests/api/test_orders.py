"""A storefront places, reads and cancels orders; whatever is refused leaves nothing behind."""

import json
import threading
from decimal import Decimal

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice.core.models import AuditEvent, IdempotencyRecord, User
from backoffice.core.proof import run_checks
from inventory.models import StockLevel
from orders.models import Order
from orders.services import place_hold
from tests.api.conftest import World, order_body
from tests.factories.books import ACTOR
from tests.factories.sales import make_channel, orders_written


def test_an_order_is_placed(world):
    shop = world.caller("orders:write", "orders:read")

    response = shop.post("orders/", order_body())

    assert response.status_code == 201, response.content
    body = response.json()
    order = Order.objects.get()
    assert (body["id"], body["number"], body["status"]) == (order.pk, order.number, "released")
    assert (body["total"], body["goods_total"], body["charges_total"]) == ("30.000000", "20.000000", "5.000000")
    [line] = body["lines"]
    assert (line["sku"], line["mapped_sku"], line["quantity"]) == ("MUG", "MUG", "2.000000")
    assert body["charges"][0]["kind"] == "shipping"
    assert body["holds"] == []
    assert body["shipping_address"]["city"] == "London"
    assert StockLevel.objects.get(sku_id=world.mug, warehouse=world.house.warehouse).available == 8
    event = AuditEvent.objects.get(object_type="orders.order", object_id=order.pk, action="placed")
    assert (event.actor_id, event.actor_label) == (world.robot.pk, "robot (test)")
    assert run_checks().ok
    assert shop.get(f"orders/{order.pk}/").json() == body
    assert shop.get("orders/").json()["results"][0]["external_id"] == "W-1"


def test_the_same_request_again_is_answered_byte_for_byte(world):
    shop = world.caller("orders:write")
    first = shop.post("orders/", order_body(), key="k")

    second = shop.post("orders/", order_body(), key="k")

    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Order.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(world):
    shop = world.caller("orders:write")
    shop.post("orders/", order_body(), key="k")
    before = orders_written()

    response = shop.post("orders/", order_body("W-2"), key="k")

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert orders_written() == before


def test_the_same_order_under_another_key_is_the_same_order(world):
    shop = world.caller("orders:write")
    first = shop.post("orders/", order_body(), key="k1")

    second = shop.post("orders/", order_body(), key="k2")

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    assert Order.objects.count() == 1


def test_the_same_id_with_other_content_is_a_conflict(world):
    shop = world.caller("orders:write")
    shop.post("orders/", order_body())
    before = orders_written()

    response = shop.post("orders/", order_body(note="something else"))

    assert (response.status_code, response.json()["code"]) == (409, "external_id_reused")
    assert response.json()["context"]["order_id"] == Order.objects.get().pk
    assert orders_written() == before


LINE = {"sku": "MUG", "quantity": "1", "unit_price": "10"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": [LINE, LINE | {"quantity": "0"}]}, "lines.1.quantity"),
        ({"lines": [LINE | {"quantity": "-1"}]}, "lines.0.quantity"),
        ({"lines": [LINE | {"quantity": "NaN"}]}, "lines.0.quantity"),
        ({"lines": [LINE | {"unit_price": "1.1234567"}]}, "lines.0.unit_price"),
        ({"lines": [LINE | {"unit_price": "1e30"}]}, "lines.0.unit_price"),
        ({"lines": [LINE, {"quantity": "1", "unit_price": "1"}]}, "lines.1.sku"),
        ({"lines": [LINE | {"discount": "11"}]}, "lines.0.discount"),
        ({"lines": []}, "lines"),
        ({"lines": "MUG"}, "lines"),
        ({"currency": "XXX"}, "currency"),
        ({"placed_at": "yesterday"}, "placed_at"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": "a\u0000b"}, "external_id"),
        ({"external_id": "x" * 121}, "external_id"),
        ({"charges": [{"kind": "bribe", "unit_price": "1"}]}, "charges.0.kind"),
        ({"contact": {"email": "no address"}}, "contact.email"),
        ({"shipping_address": {"country": "Georgia"}}, "shipping_address.country"),
        ({"channel": "other"}, "channel"),
    ],
)
def test_bad_input_names_the_field_and_row_and_writes_nothing(world, changes, field):
    shop = world.caller("orders:write")
    before = orders_written()

    response = shop.post("orders/", order_body(total=None) | changes if "total" in changes else order_body(**changes))

    assert response.status_code == 400, response.content
    problem = response.json()
    assert response.headers["Content-Type"] == "application/problem+json"
    assert problem["code"] == "invalid_input"
    assert [error["field"] for error in problem["errors"]] == [field]
    assert problem["errors"][0]["message"]
    assert orders_written() == before
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [("{", 400, "parse_error"), (b'{"a": "\xff"}', 400, "parse_error"), ("[]", 400, "invalid_input")],
)
def test_what_is_no_order_is_refused(world, body, status, code):
    response = world.caller("orders:write").post("orders/", body)

    assert (response.status_code, response.json()["code"]) == (status, code)


def test_no_idempotency_key_no_order(world):
    shop = world.caller("orders:write")

    response = shop.client.post(
        "/api/v1/orders/", json.dumps(order_body()), content_type="application/json",
        headers={"authorization": f"Api-Key {shop.key}"},
    )  # fmt: skip

    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_missing")
    assert Order.objects.count() == 0


@pytest.mark.parametrize(("scopes", "status"), [((), 403), (("orders:read",), 403), (("orders:write",), 201)])
def test_the_scope_decides(world, scopes, status):
    assert world.caller(*scopes).post("orders/", order_body()).status_code == status
    assert Order.objects.count() == (status == 201)


def test_a_wrong_key_is_401(world):
    shop = world.caller("orders:write")
    shop.key += "x"

    assert shop.post("orders/", order_body()).status_code == 401
    assert Order.objects.count() == 0


def test_a_key_without_a_channel_places_nothing(world):
    response = world.caller("orders:write", bound=False).post("orders/", order_body())

    assert (response.status_code, response.json()["code"]) == (403, "not_permitted")


def test_a_foreign_order_is_not_found(world):
    world.caller("orders:write").post("orders/", order_body())
    order = Order.objects.get()
    stranger = world.caller("orders:read", "orders:write", channel=make_channel(world.house, "other"))

    assert stranger.get(f"orders/{order.pk}/").status_code == 404
    assert stranger.get("orders/").json()["results"] == []
    assert stranger.post(f"orders/{order.pk}/cancel/", {"reason": "mine"}).status_code == 404
    order.refresh_from_db()
    assert order.status == "released"


def test_an_unknown_sku_is_kept_and_held(world):
    response = world.caller("orders:write").post("orders/", order_body(lines=[LINE | {"sku": "NEW"}], total=None) | {
        "total": "16.00", "charges": [{"kind": "shipping", "unit_price": "6.00"}],
    })  # fmt: skip

    assert response.status_code == 201
    assert [hold["kind"] for hold in response.json()["holds"]] == ["mapping"]


def test_an_order_is_cancelled_in_part_and_whole(world):
    shop = world.caller("orders:write", "orders:read")
    placed = shop.post("orders/", order_body()).json()
    line = placed["lines"][0]["id"]

    part = shop.post(f"orders/{placed['id']}/cancel/", {"reason": "one less", "lines": {str(line): "1"}})

    assert part.status_code == 200, part.content
    assert part.json()["lines"][0]["cancelled"] == "1.000000"
    whole = shop.post(f"orders/{placed['id']}/cancel/", {"reason": "changed my mind"})
    assert whole.json()["status"] == "cancelled"
    again = shop.post(f"orders/{placed['id']}/cancel/", {"reason": "again"})
    assert again.status_code == 409
    assert StockLevel.objects.get(sku_id=world.mug, warehouse=world.house.warehouse).available == 10
    assert run_checks().ok


def test_a_cancel_without_reason_changes_nothing(world):
    shop = world.caller("orders:write")
    placed = shop.post("orders/", order_body()).json()

    response = shop.post(f"orders/{placed['id']}/cancel/", {})

    assert [error["field"] for error in response.json()["errors"]] == ["reason"]
    assert Order.objects.get().status == "released"


def test_staff_release_a_hold(world):
    shop = world.caller("orders:write")
    placed = shop.post("orders/", order_body()).json()
    hold_id = place_hold(placed["id"], company_id=world.house.id, kind="fraud", reason="look", actor=ACTOR)
    User.objects.create_superuser("boss", password="long enough 1")
    client = Client()
    client.login(username="boss", password="long enough 1")

    response = client.post(
        f"/api/v1/orders/{placed['id']}/holds/{hold_id}/release/", json.dumps({"reason": "looked"}),
        content_type="application/json", headers={"idempotency-key": "h"},
    )  # fmt: skip

    assert response.status_code == 200, response.content
    assert response.json()["released_at"] is not None
    # the shop's own key may not
    assert shop.post(f"orders/{placed['id']}/holds/{hold_id}/release/", {"reason": "x"}).status_code == 403


def test_a_list_costs_the_same_however_long(world):
    shop = world.caller("orders:write", "orders:read", "shipments:read", "stock:read", "catalogue:read")
    counts = []
    for number in (1, 6):
        while Order.objects.count() < number:
            shop.post("orders/", order_body(f"W-{Order.objects.count()}", note=str(number)))
        with CaptureQueriesContext(
            database,
        ) as queries:
            page = shop.get("orders/").json()
        counts.append(len(queries))
        assert len(page["results"]) == number

    assert counts[0] == counts[1] <= 4
    with CaptureQueriesContext(database) as queries:
        shop.get("stock/")
        shop.get("skus/")
        shop.get("products/")
        shop.get("shipments/")
    assert len(queries) <= 19


def test_pages_by_cursor_and_filters(world):
    shop = world.caller("orders:write", "orders:read")
    for number in range(5):
        shop.post("orders/", order_body(f"W-{number}"))

    page = shop.get("orders/", limit=2).json()
    seen = [row["external_id"] for row in page["results"]]
    while page["next"]:
        page = shop.get("orders/?" + page["next"].partition("?")[2]).json()
        seen += [row["external_id"] for row in page["results"]]

    assert seen == ["W-4", "W-3", "W-2", "W-1", "W-0"]
    assert [r["external_id"] for r in shop.get("orders/", external_id="W-3").json()["results"]] == ["W-3"]
    assert len(shop.get("orders/", sku="MUG").json()["results"]) == 5
    assert shop.get("orders/", sku="CUP").json()["results"] == []
    assert len(shop.get("orders/", status="released", held="false").json()["results"]) == 5
    assert shop.get("orders/", held="true").json()["results"] == []
    assert shop.get("orders/", status="nonsense").status_code == 400


def test_stock_is_read(world):
    shop = world.caller("stock:read", "catalogue:read")

    rows = shop.get("stock/", sku="mug").json()["results"]

    assert rows == [
        {
            "sku": "MUG", "warehouse": "LON", "on_hand": "10.000000", "sellable": "10.000000", "reserved": "0.000000",
            "available": "10.000000",
        }
    ]  # fmt: skip
    assert [row["code"] for row in shop.get("skus/").json()["results"]] == ["CUP", "MUG"]
    assert shop.get("orders/").status_code == 403


def test_the_schema_describes_what_there_is(world):
    client = Client()
    assert client.get("/api/schema/").status_code == 401
    User.objects.create_superuser("boss", password="long enough 1")
    client.login(username="boss", password="long enough 1")

    schema = client.get("/api/schema/?format=json").json()

    assert "/api/v1/orders/" in schema["paths"]
    assert {"get", "post"} <= set(schema["paths"]["/api/v1/orders/"])
    assert "ApiKey" in schema["components"]["securitySchemes"]
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert b"http://" not in page.content.replace(b"http://testserver", b"")
    assert b"https://" not in page.content


@pytest.mark.django_db(transaction=True)
def test_sixteen_threads_with_one_key_place_one_order():
    world = World()
    shop = world.caller("orders:write")
    answers, barrier = [], threading.Barrier(16)

    def send():
        barrier.wait()
        response = shop.post("orders/", order_body(), key="the-same")
        answers.append((response.status_code, response.content))
        database.close()

    threads = [threading.Thread(target=send) for _number in range(16)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    placed = {content for status, content in answers if status == 201}
    assert len(placed) == 1
    assert {status for status, _content in answers} <= {201, 409}
    assert Order.objects.count() == 1
    assert shop.post("orders/", order_body(), key="the-same").content == placed.pop()
    assert StockLevel.objects.get(sku_id=world.mug, warehouse=world.house.warehouse).reserved == Decimal(2)
    assert run_checks().ok
