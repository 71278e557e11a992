"""A storefront pays, captures, voids and refunds over HTTP; whatever is refused leaves nothing behind."""

from decimal import Decimal

import pytest

from accounting.services import IssueRequest, Paid, issue_stored_value
from backoffice.core.proof import run_checks
from orders.models import Order, OrderPayment, OrderPaymentEvent
from tests.api.conftest import order_body
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import balance, rows
from tests.factories.sales import make_channel

D = Decimal
ALL = ("orders:write", "orders:read", "payments:read", "payments:write", "payments:refund")


def written():
    return rows(
        "SELECT (SELECT count(*) FROM orders_orderpayment), (SELECT count(*) FROM orders_orderpaymentevent),"
        " (SELECT count(*) FROM accounting_journalentry), (SELECT count(*) FROM accounting_storedvalue)"
    )


@pytest.fixture
def shop(world):
    caller = world.caller(*ALL)
    caller.order = caller.post("orders/", order_body()).json()["id"]
    return caller


def test_an_order_is_paid_captured_voided_and_refunded(world, shop):
    path = f"orders/{shop.order}/payments/"
    body = {"method": "online", "amount": "30.00", "external_id": "psp-1", "capture": False}

    first = shop.post(path, body)
    assert (first.status_code, first.json()["state"]) == (201, "authorised"), first.content
    assert shop.post(path, body).status_code == 200
    [payment] = first.json()["payments"]
    own = f"{path}{payment['id']}"
    captured = shop.post(f"{own}/capture/", {"amount": "20.00", "external_id": "cap-1"}).json()
    assert (captured["state"], captured["missing"]) == ("part_paid", "10.000000")
    assert shop.post(f"{own}/void/", {}).json()["voided"] == "10.000000"
    back = shop.post(f"{own}/refund/", {"amount": "5.00", "reason": "Too late"}).json()

    assert (back["state"], back["refunded"]) == ("part_refunded", "5.000000")
    assert [event["kind"] for event in shop.get(path).json()["payments"][0]["events"]] == [
        "authorise", "capture", "void", "refund",
    ]  # fmt: skip
    assert balance(world.house.company, "deposits") == -15
    assert run_checks().ok


def test_a_gift_card_pays_and_its_balance_is_told(world, shop):
    made = issue_stored_value(
        [IssueRequest("gift_card", "GBP", [Paid(D(50), "cash")], NOON, "card")], company_id=world.house.id, actor=ACTOR
    )
    code = made[0].code

    paid = shop.post(f"orders/{shop.order}/payments/", {"method": "gift_card", "amount": "30.00", "code": code})

    assert (paid.status_code, paid.json()["state"]) == (201, "paid")
    assert code not in paid.content.decode()
    asked = shop.post("stored-values/balance/", {"code": code}).json()
    assert (asked["open_amount"], asked["code_hint"]) == ("20.000000", code[-4:])
    assert shop.post("stored-values/balance/", {"code": "AAAA"}).json()["code"] == "unknown_code"
    assert run_checks().ok


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"method": "card", "amount": "0"}, 400, "invalid_input"),
        ({"method": "card", "amount": "1.005"}, 400, "invalid_input"),
        ({"method": "shells", "amount": "1"}, 400, "invalid_input"),
        ({"method": "gift_card", "amount": "1", "code": "WRONG"}, 409, "unknown_code"),
        ({"method": "card", "amount": "29.00", "external_id": "psp-1"}, 409, "payment_reused"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_written(shop, body, status, code):
    path = f"orders/{shop.order}/payments/"
    shop.post(path, {"method": "card", "amount": "30.00", "external_id": "psp-1"})
    before = written()

    response = shop.post(path, body)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert written() == before


def test_more_than_is_left_is_refused_and_nothing_written(shop):
    path = f"orders/{shop.order}/payments/"
    shop.post(path, {"method": "card", "amount": "30.00", "external_id": "psp-1", "capture": False})
    payment, before = OrderPayment.objects.get(), written()

    for step in ("capture", "void", "refund"):
        response = shop.post(f"{path}{payment.pk}/{step}/", {"amount": "30.01"})
        assert (response.status_code, response.json()["code"]) == (409, "payment_exceeded")

    assert written() == before


def test_scopes_and_foreign_orders(world, shop):
    reader = world.caller("payments:read")
    stranger = world.caller(*ALL, channel=make_channel(world.house, "other"))
    path = f"orders/{shop.order}/payments/"

    assert reader.get(path).status_code == 200
    assert reader.post(path, {"method": "card", "amount": "1"}).status_code == 403
    assert world.caller("orders:read").get(path).status_code == 403
    assert shop.post(f"{path}999999/void/", {}).status_code == 404
    assert stranger.get(path).status_code == stranger.post(path, {"method": "card", "amount": "1"}).status_code == 404
    assert OrderPaymentEvent.objects.count() == 0


def test_a_channel_that_waits_for_payment_releases_the_paid_order(world):
    world.channel.payment_policy = "paid"
    world.channel.save()
    shop = world.caller(*ALL)
    placed = shop.post("orders/", order_body()).json()
    assert (placed["status"], [hold["kind"] for hold in placed["holds"]]) == ("placed", ["payment"])

    shop.post(f"orders/{placed['id']}/payments/", {"method": "card", "amount": "30.00"})

    assert Order.objects.get().status == "released"
    assert run_checks().ok
