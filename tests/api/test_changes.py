"""Drafts, edits, cancel requests, splits and merges over HTTP, and If-Match on orders."""

import datetime
import json
from decimal import Decimal

from backoffice.core.proof import run_checks
from inventory.models import StockLevel
from orders.models import (
    CancelRequest,
    DocumentMail,
    DraftOrder,
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderLine,
    Shipment,
)
from tests.api.conftest import order_body
from tests.factories.sales import orders_written
from warehouse.models import Parcel

D = Decimal


def all_scopes(world, *more):
    return world.caller(
        "orders:read", "orders:write", "orders:release", "warehouse:read", "warehouse:write", "shipments:read", *more
    )


def placed(shop, **changes):
    response = shop.post("orders/", order_body(**changes))
    assert response.status_code == 201, response.content
    return response


def matched(shop, path, body, etag):
    shop.sent += 1
    headers = {"authorization": f"Api-Key {shop.key}", "idempotency-key": f"match-{shop.sent}", "if-match": etag}
    return shop.client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers)


def draft_body(**changes):
    return {
        "lines": [{"sku": "MUG", "quantity": "3", "unit_price": "9.99", "tax_rate": "0.2"}],
        "charges": [{"kind": "shipping", "amount": "3.50"}],
        "contact": {"name": "Ann", "email": "ann@shop.example"},
        "shipping_address": {"name": "Ann", "line1": "Street 1", "city": "London", "country": "GB"},
    } | changes


def test_a_draft_is_written_quoted_and_placed(world):
    shop = all_scopes(world)

    draft = shop.post("drafts/", draft_body())
    assert draft.status_code == 201, draft.content
    path = f"drafts/{draft.json()['id']}"
    assert (draft.json()["status"], draft.json()["total"]) == ("draft", "39.460000")
    assert StockLevel.objects.get(sku_id=world.mug).reserved == 0
    day = (datetime.date.today() + datetime.timedelta(days=3)).isoformat()
    quote = shop.post(f"{path}/quote/", {"valid_until": day})
    assert (quote.json()["status"], quote.json()["valid_until"]) == ("quoted", day)
    order = shop.post(f"{path}/place/", {})

    assert (order.status_code, order.json()["total"], order.json()["status"]) == (201, "39.460000", "released")
    assert StockLevel.objects.get(sku_id=world.mug).reserved == 3
    assert shop.get(f"{path}/").json()["order"] == order.json()["id"]
    assert run_checks().ok


def test_a_quote_comes_as_pdf_and_goes_by_mail(world):
    shop = all_scopes(world)
    draft = shop.post("drafts/", draft_body())
    path = f"drafts/{draft.json()['id']}"
    early = (shop.get(f"{path}/pdf/"), shop.post(f"{path}/mail/", {}))
    assert ([answer.status_code for answer in early], DocumentMail.objects.count()) == ([404, 409], 0)
    day = (datetime.date.today() + datetime.timedelta(days=3)).isoformat()
    etag = shop.post(f"{path}/quote/", {"valid_until": day}).headers["ETag"]

    pdf = shop.get(f"{path}/pdf/", language="ka")
    stale = matched(shop, f"{path}/mail/", {}, draft.headers["ETag"])
    mailed = matched(shop, f"{path}/mail/", {}, etag)

    assert (pdf.status_code, pdf.content[:5], pdf.headers["Content-Type"]) == (200, b"%PDF-", "application/pdf")
    assert (stale.status_code, mailed.status_code, mailed.json()["document"]) == (412, 202, "quote"), mailed.content
    assert shop.get(f"{path}/pdf/", language="xx").status_code == 400
    assert world.caller("orders:write").get(f"{path}/pdf/").status_code == 403
    assert DocumentMail.objects.count() == 1


def test_an_expired_quote_and_a_stale_draft_are_refused_and_nothing_is_written(world):
    shop = all_scopes(world)
    draft = shop.post("drafts/", draft_body())
    path, etag = f"drafts/{draft.json()['id']}", draft.headers["ETag"]
    edited = matched(shop, f"{path}/edit/", draft_body(note="more"), etag)
    assert edited.status_code == 200, edited.content
    day = datetime.date.today().isoformat()
    shop.post(f"{path}/quote/", {"valid_until": day})
    DraftOrder.objects.update(valid_until=datetime.date.today() - datetime.timedelta(days=1))
    before = orders_written()

    stale = matched(shop, f"{path}/edit/", draft_body(note="late"), etag)
    expired = shop.post(f"{path}/place/", {})
    unknown = shop.post("drafts/", draft_body(lines=[{"sku": "NOPE", "quantity": "1"}]))

    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    assert (expired.status_code, expired.json()["code"]) == (409, "quote_expired")
    assert unknown.json()["errors"][0]["field"] == "lines.0.sku"
    assert orders_written() == before
    assert DraftOrder.objects.get().note == "more"


def test_an_edit_after_release_is_carried_through(world):
    shop = all_scopes(world)
    order = placed(shop).json()
    line = order["lines"][0]["id"]

    response = shop.post(
        f"orders/{order['id']}/change/",
        {
            "reason": "The buyer rang",
            "lines": [{"line": line, "quantity": "5"}],
            "added": [{"sku": "CUP", "quantity": "1", "unit_price": "4"}],
            "shipping_service": "express",
        },
    )

    assert response.status_code == 403  # a typed price wants a scope of its own
    response = all_scopes(world, "orders:price").post(
        f"orders/{order['id']}/change/",
        {"reason": "The buyer rang", "lines": [{"line": line, "quantity": "5"}], "shipping_service": "express"},
        key="again",
    )
    assert response.status_code == 200, response.content
    body = response.json()
    assert (body["lines"][0]["quantity"], body["total"], body["version"]) == ("5.000000", "66.000000", 2)
    assert response.headers["ETag"] == '"2"'
    assert StockLevel.objects.get(sku_id=world.mug).reserved == 5
    [revision] = shop.get(f"orders/{order['id']}/revisions/").json()
    assert (revision["before"]["lines"][0]["quantity"], revision["total_before"]) == ("2", "30.000000")
    assert run_checks().ok


def test_a_change_of_what_was_changed_meanwhile_is_412_with_the_version_now(world):
    shop = all_scopes(world)
    order = placed(shop).json()
    read = shop.get(f"orders/{order['id']}/")
    etag, line = read.headers["ETag"], order["lines"][0]["id"]
    first = matched(shop, f"orders/{order['id']}/cancel/", {"reason": "x", "lines": {str(line): "1"}}, etag)
    assert first.status_code == 200, first.content
    before = orders_written()

    late = [
        matched(shop, f"orders/{order['id']}/{path}/", body, etag)
        for path, body in (
            ("change", {"reason": "y", "lines": [{"line": line, "quantity": "4"}]}),
            ("cancel", {"reason": "y"}),
            ("release", {}),
        )
    ]

    assert [response.status_code for response in late] == [412, 412, 412]
    problem = late[0].json()
    assert (problem["code"], problem["context"]["version"]) == ("changed_meanwhile", 2)
    assert problem["context"]["changes"][0]["who"] == "robot (test)"
    assert matched(shop, f"orders/{order['id']}/cancel/", {"reason": "y"}, "seven").status_code == 400
    assert orders_written() == before
    assert matched(shop, f"orders/{order['id']}/cancel/", {"reason": "y"}, '"2"').status_code == 200


def test_a_cancellation_while_picking_is_answered_by_the_warehouse(world):
    shop = all_scopes(world)
    order = placed(shop).json()
    work = Fulfilment.objects.get().pk
    [made] = shop.post("pick-lists/", {"fulfilments": [work]}).json()
    task = shop.get(f"pick-lists/{made['pick_list']}/").json()["tasks"][0]
    shop.post("pick-lists/confirm/", {"picks": [{"task": task["id"], "quantity": task["quantity"]}]})

    asked = shop.post(f"orders/{order['id']}/cancel/", {"reason": "The buyer rang"})
    assert (asked.status_code, asked.json()["status"]) == (200, "released"), asked.content
    [request] = asked.json()["cancel_requests"]
    assert [row["id"] for row in shop.get("cancel-requests/", status="open").json()["results"]] == [request]
    before = orders_written()
    silent = shop.post(f"cancel-requests/{request}/answer/", {"accept": False})
    assert (silent.status_code, orders_written()) == (409, before)
    answer = shop.post(f"cancel-requests/{request}/answer/", {"accept": True})

    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["put_back"]) == ("accepted", "2.000000")
    assert Order.objects.get().status == "cancelled"
    assert StockLevel.objects.get(sku_id=world.mug).available == 10
    assert run_checks().ok


def test_a_request_is_withdrawn(world):
    shop = all_scopes(world)
    order = placed(shop).json()
    shop.post("pick-lists/", {"fulfilments": [Fulfilment.objects.get().pk]})
    [request] = shop.post(f"orders/{order['id']}/cancel/", {"reason": "x"}).json()["cancel_requests"]

    response = shop.post(f"cancel-requests/{request}/withdraw/", {"reason": "Keeps it"})

    assert response.json()["status"] == "withdrawn"
    assert OrderLine.objects.get().cancelled == 0
    assert run_checks().ok


def test_orders_of_one_buyer_leave_in_one_parcel(world):
    shop = all_scopes(world)
    first, second = (placed(shop, external_id=name).json()["id"] for name in ("W-1", "W-2"))
    third = placed(shop, external_id="W-3", shipping_service="express").json()["id"]

    [mine] = shop.get(f"orders/{first}/merges/").json()
    assert [other["order"] for other in mine["may_share_with"]] == [second]
    foreign = Fulfilment.objects.get(order_id=third).pk
    refused = shop.post("orders/merge/", {"fulfilments": [mine["fulfilment"], foreign]})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_mergeable")
    ids = [mine["fulfilment"], mine["may_share_with"][0]["fulfilment"]]
    merged = shop.post("orders/merge/", {"fulfilments": ids})
    assert merged.status_code == 200, merged.content
    for made in shop.post("pick-lists/", {"fulfilments": ids}).json():
        tasks = shop.get(f"pick-lists/{made['pick_list']}/").json()["tasks"]
        shop.post("pick-lists/confirm/", {"picks": [{"task": t["id"], "quantity": t["quantity"]} for t in tasks]})
    packed = shop.post(f"fulfilments/{ids[0]}/pack/", {})
    assert packed.status_code == 200, packed.content
    shipped = shop.post(f"shipments/{packed.json()['shipment']}/ship/", {"carrier": "DHL", "tracking_number": "T-1"})

    assert shipped.status_code == 200, shipped.content
    assert list(Shipment.objects.values_list("status", "tracking_number")) == [("in_transit", "T-1")] * 2
    assert Parcel.objects.get().lines.count() == 2
    assert run_checks().ok


def test_a_fulfilment_is_split(world):
    shop = all_scopes(world)
    order = placed(shop).json()
    work, line = Fulfilment.objects.get(), FulfilmentLine.objects.get()
    before = orders_written()
    refused = shop.post(f"orders/{order['id']}/split/", {"fulfilment": work.pk, "lines": {str(line.pk): "2"}})
    assert (refused.status_code, refused.json()["code"], orders_written()) == (409, "not_splittable", before)

    made = shop.post(f"orders/{order['id']}/split/", {"fulfilment": work.pk, "lines": {str(line.pk): "1"}})

    assert made.status_code == 200, made.content
    assert FulfilmentLine.objects.get(fulfilment_id=made.json()["fulfilment"]).quantity == 1
    assert CancelRequest.objects.count() == 0
    assert run_checks().ok


def test_charges_of_a_placed_order_are_changed_over_http(world):
    shop = all_scopes(world, "orders:price")
    order = placed(shop, charges=[{"kind": "shipping", "unit_price": "5", "description": "Post"}]).json()
    path, charge = f"orders/{order['id']}/change/", order["charges"][0]["id"]
    before = orders_written()

    for body, status in (
        ({"charges": [{"charge": charge}]}, 400),
        ({"charges": [{"charge": charge, "amount": "4", "remove": True}]}, 400),
        ({"added_charges": [{"kind": "bribe", "amount": "4"}]}, 400),
        ({"charges": [{"charge": charge + 1, "amount": "4"}]}, 409),
    ):
        assert shop.post(path, {"reason": "x", **body}).status_code == status
    assert (
        all_scopes(world).post(path, {"reason": "x", "charges": [{"charge": charge, "remove": True}]}).status_code
        == 403
    )
    assert orders_written() == before
    body = {
        "reason": "Sent by courier",
        "charges": [{"charge": charge, "remove": True}],
        "added_charges": [{"kind": "shipping", "amount": "7.50", "description": "Courier", "tax_rate": "0"}],
    }
    response = shop.post(path, body)

    assert response.status_code == 200, response.content
    [now] = response.json()["charges"]
    assert (now["description"], now["amount"], now["billed"]) == ("Courier", "7.500000", False)
    assert D(response.json()["total"]) == D(order["total"]) + D("2.50")
    [revision] = shop.get(f"orders/{order['id']}/revisions/").json()
    assert revision["before"]["charges"][0]["description"] == "Post"
    assert run_checks().ok


def test_holds_splits_and_merges_mind_the_version_and_say_who_was_quicker(world):
    """U8, P7: nobody undoes what a colleague did meanwhile without seeing it."""
    shop = all_scopes(world)
    order = placed(shop).json()
    other = placed(shop, external_id="W-2").json()
    etag = shop.get(f"orders/{order['id']}/").headers["ETag"]
    held = matched(shop, f"orders/{order['id']}/holds/", {"kind": "fraud", "reason": "odd"}, etag)
    assert held.status_code == 201, held.content
    work, line = Fulfilment.objects.get(order=order["id"]), FulfilmentLine.objects.get(fulfilment__order=order["id"])
    mate = Fulfilment.objects.get(order=other["id"]).pk
    before = orders_written()

    late = [
        matched(shop, f"orders/{order['id']}/{path}/", body, etag)
        for path, body in (
            ("holds", {"kind": "manual", "reason": "y"}),
            (f"holds/{held.json()['id']}/release", {"reason": "y"}),
            ("release", {}),
            ("split", {"fulfilment": work.pk, "lines": {str(line.pk): "1"}}),
        )
    ]
    stale = {"fulfilments": [work.pk, mate], "versions": {str(order["id"]): int(etag.strip('"'))}}
    late += [shop.post("orders/merge/", stale), shop.post("orders/unmerge/", stale)]

    assert [response.status_code for response in late] == [412] * 6
    for response in late:
        change = response.json()["context"]["changes"]
        assert "robot (test)" in response.json()["detail"]
        assert [item["what"] for item in change if item["field"] == "hold"]
    assert orders_written() == before
    assert shop.post("orders/merge/", stale | {"versions": {"x": 1}}).status_code == 400
    now = shop.get(f"orders/{order['id']}/").headers["ETag"]
    freed = matched(shop, f"orders/{order['id']}/holds/{held.json()['id']}/release/", {"reason": "fine"}, now)
    assert freed.status_code == 200
    assert run_checks().ok
