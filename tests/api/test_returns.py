"""The customer's side asks what may come back, asks for it, and sees how far it is; hostile input writes nothing."""

from decimal import Decimal

import pytest
from django.utils import timezone

from backoffice.core.proof import run_checks
from orders.models import Order, ReturnOrder
from tests.api.conftest import order_body
from tests.factories.books import ACTOR
from tests.factories.floor import facts
from tests.factories.returns import make_policy, make_reason
from tests.factories.sales import make_channel
from warehouse.services import ReturnedLine, ReturnReceipt, fulfil_straight, receive_returns

SCOPES = ("orders:write", "returns:read", "returns:write")


def sold(world):
    """(caller, order, line) of two mugs that left today."""
    shop = world.caller(*SCOPES)
    shop.post("orders/", order_body())
    order = Order.objects.get()
    work = list(order.fulfilments.values_list("pk", flat=True))
    fulfil_straight(work, company_id=world.house.id, actor=ACTOR, effective_at=timezone.now())
    return shop, order, order.lines.get()


def body(line, quantity="1", **values):
    return {"external_id": "R-1", "lines": [{"order_line": line.pk, "quantity": quantity}]} | values


def test_a_customer_asks_and_sees_the_refund(world):
    shop, order, line = sold(world)
    make_policy(world.channel, window_days=30, auto_approve_limit=Decimal("100"), refund_shipping="proportional")
    make_reason(world.house, "too_small")

    offer = shop.get(f"orders/{order.pk}/returnable/").json()
    assert offer["reasons"] == [{"code": "too_small", "name": "too small"}]
    [row] = offer["lines"]
    assert (row["sku"], row["left"], row["in_time"]) == ("MUG", "2.000000", True)
    assert row["until"] is not None
    made = shop.post(f"orders/{order.pk}/returns/", body(line, reason_code="too_small", note="Sleeves"))
    again = shop.post(f"orders/{order.pk}/returns/", body(line, reason_code="too_small", note="Sleeves"))

    assert (made.status_code, again.status_code) == (201, 200), made.content
    assert made.json() == again.json()
    assert (made.json()["status"], made.json()["refund"], made.json()["credit"]) == ("approved", "none", "15.000000")
    found = ReturnOrder.objects.get()
    back = found.lines.get(sku__isnull=False)
    receive_returns(
        [ReturnReceipt(found.pk, [ReturnedLine(back.pk, Decimal(1), "restock", grade="A")])],
        company_id=world.house.id,
        effective_at=timezone.now(),
        actor=ACTOR,
    )
    [now] = shop.get(f"orders/{order.pk}/returns/").json()
    assert (now["status"], now["refund"], now["net_balance"]) == ("resolved", "due", "-15.000000")
    assert now["credit_note"] and now["lines"][0]["received"] == "1.000000"
    assert run_checks().ok


def test_a_customer_exchanges_and_one_balance_is_told(world):
    shop, order, line = sold(world)

    made = shop.post(f"orders/{order.pk}/returns/", body(line, instead=[{"sku": "MUG", "quantity": "1"}]))

    assert made.status_code == 201, made.content
    assert made.json()["net_balance"] == "0.000000"
    assert Order.objects.get(pk=made.json()["exchange_order"]).status == "placed"
    assert run_checks().ok


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"lines": []}, 400, "invalid_input"),
        ({"lines": [{"order_line": 10**9, "quantity": "1"}]}, 409, "not_returnable"),
        ({"lines": [{"order_line": "x", "quantity": "1"}]}, 400, "invalid_input"),
        ({"external_id": ""}, 400, "invalid_input"),
        ({"reason_code": "'; DROP TABLE"}, 400, "invalid_input"),
        ({"reason_code": "unknown"}, 409, "unknown_reason"),
        ({"note": "x" * 121}, 400, "invalid_input"),
        ({"instead": [{"sku": "NOPE", "quantity": "1"}]}, 400, "invalid_input"),
        ({"instead": [{"sku": "CUP", "quantity": "1"}]}, 400, "invalid_input"),
    ],
)
def test_hostile_requests_are_refused_and_nothing_is_written(world, change, status, code):
    shop, order, line = sold(world)
    before = facts()

    response = shop.post(f"orders/{order.pk}/returns/", body(line) | change)

    assert (response.status_code, response.json()["code"]) == (status, code), response.content
    for quantity in ("0", "-1", "3", "NaN", "1e99"):
        assert shop.post(f"orders/{order.pk}/returns/", body(line, quantity)).status_code in (400, 409)
    assert (facts(), ReturnOrder.objects.count()) == (before, 0)


def test_another_return_under_the_same_id_and_a_foreign_order_are_refused(world):
    shop, order, line = sold(world)
    shop.post(f"orders/{order.pk}/returns/", body(line))
    stranger = world.caller(*SCOPES, channel=make_channel(world.house, "other"))
    reader = world.caller("returns:read")
    before = facts()

    reused = shop.post(f"orders/{order.pk}/returns/", body(line, "2"))

    assert (reused.status_code, reused.json()["code"]) == (409, "external_id_reused")
    assert stranger.get(f"orders/{order.pk}/returnable/").status_code == 404
    assert stranger.post(f"orders/{order.pk}/returns/", body(line, external_id="R-9")).status_code == 404
    assert reader.post(f"orders/{order.pk}/returns/", body(line, external_id="R-9")).status_code == 403
    assert (facts(), ReturnOrder.objects.count()) == (before, 1)
