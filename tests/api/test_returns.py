"""The customer's side asks what may come back, asks for it, and sees how far it is; hostile input writes nothing."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounting.models import Invoice
from backoffice.core.proof import run_checks
from orders.models import Order, PriceList, PriceListItem, ReturnOrder
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
        ({"instead": [{"sku": "CUP", "quantity": "1"}]}, 400, "invalid_input"),  # nobody knows its price
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


DESK = ("orders:write", "returns:read", "returns:write", "returns:decide")


def desk_body(order, line=None, quantity="1", **values):
    lines = [{"order_line": line.pk, "quantity": quantity}] if line else []
    return {"order": order.pk, "lines": lines, "note": "Rang up"} | values


def test_money_goes_back_without_goods_and_never_more_than_was_billed(world):
    """O17 over HTTP: 5.00 off a mug that is kept, then the postage, then no cent more than was billed."""
    _shop, order, line = sold(world)
    desk = world.caller(*DESK)
    charge = order.charges.get()

    part = desk.post(
        "returns/", desk_body(order, what="money", lines=[{"order_line": line.pk, "quantity": "1", "unit_refund": "5"}])
    )
    post = desk.post("returns/", desk_body(order, what="money", charges=[{"charge": charge.pk}]))
    assert (part.status_code, post.status_code) == (201, 201), (part.content, post.content)
    for made in (part, post):
        assert made.json()["what"] == "money"
        assert desk.post(f"returns/{made.json()['id']}/approve/", {}).json()["status"] == "approved"
        told = desk.post(f"returns/{made.json()['id']}/refund/", None).json()
        assert (told["status"], told["refund"]) == ("resolved", "due") and told["credit_note"]
    before = (facts(), ReturnOrder.objects.count())

    for refused in (
        desk_body(order, what="money", lines=[{"order_line": line.pk, "quantity": "1", "unit_refund": "15.01"}]),
        desk_body(order, what="money", charges=[{"charge": charge.pk}]),
        desk_body(order, what="money", charges=[{"charge": 10**9}]),
        desk_body(order, line, "3", what="money"),
    ):
        assert desk.post("returns/", refused).status_code == 409
    assert desk.post(f"returns/{part.json()['id']}/refund/", None).status_code == 409
    assert desk.post("returns/", desk_body(order, line, what="nothing")).status_code == 400
    assert (facts(), ReturnOrder.objects.count()) == before
    assert sum(Invoice.objects.filter(kind="credit_note").values_list("net", flat=True)) == Decimal(10)
    assert run_checks().ok


def test_goods_come_back_and_no_money_goes(world):
    _shop, order, line = sold(world)
    desk = world.caller(*DESK)
    made = desk.post("returns/", desk_body(order, line, "2", what="goods", external_id="D-1")).json()
    again = desk.post("returns/", desk_body(order, line, "2", what="goods", external_id="D-1"))
    assert (again.status_code, again.json()["id"]) == (200, made["id"])
    desk.post(f"returns/{made['id']}/approve/", {})
    desk.post(f"returns/{made['id']}/sent/", {"tracking_number": "R1"})
    receive_returns(
        [ReturnReceipt(made["id"], [ReturnedLine(made["lines"][0]["id"], Decimal(2), "restock")])],
        company_id=world.house.id,
        effective_at=timezone.now(),
        actor=ACTOR,
    )

    told = desk.get(f"returns/{made['id']}/").json()

    assert (told["what"], told["status"], told["refund"], told["credit_note"]) == ("goods", "resolved", "none", None)
    [listed] = desk.get("returns/", status="resolved").json()["results"]
    assert listed["number"] == told["number"] and desk.get("returns/", status="requested").json()["results"] == []
    assert not Invoice.objects.filter(kind="credit_note").exists()
    assert run_checks().ok


def test_goods_that_were_not_on_the_order_are_exchanged_at_their_price(world):
    """O16 over HTTP: any SKU that has a price, or a price given by who may give one."""
    shop, order, line = sold(world)
    desk, boss = world.caller(*DESK), world.caller(*DESK, "orders:price")
    dear = [{"sku": "CUP", "quantity": "1", "unit_price": "12"}]
    before = (facts(), Order.objects.count())
    assert desk.post("returns/", desk_body(order, line, instead=dear)).status_code == 403
    assert desk.post("returns/", desk_body(order, line, instead=[{"sku": "CUP", "quantity": "1"}])).status_code == 400
    assert (facts(), Order.objects.count()) == before

    given = boss.post("returns/", desk_body(order, line, instead=dear, ships="at_once"))
    assert given.status_code == 201, given.content
    new = Order.objects.get(pk=given.json()["exchange_order"])
    # the channel's tax on 12.00, less 10.00 and 2.00 for the mug
    assert given.json()["net_balance"] == f"{new.total - 12:.6f}" and new.goods_total == 12
    prices = PriceList.objects.create(company_id=world.house.id, code="S", name="S", currency="GBP")
    PriceListItem.objects.create(price_list=prices, sku_id=world.cup, min_quantity=1, unit_price=Decimal(7))
    listed = shop.post(f"orders/{order.pk}/returns/", body(line, instead=[{"sku": "cup", "quantity": "1"}]))
    assert listed.status_code == 201, listed.content
    assert Order.objects.get(pk=listed.json()["exchange_order"]).goods_total == 7
    assert run_checks().ok


def test_who_may_not_decide_and_who_is_another_channel_is_refused(world):
    shop, order, line = sold(world)
    made = shop.post(f"orders/{order.pk}/returns/", body(line)).json()
    stranger = world.caller(*DESK, channel=make_channel(world.house, "other"))
    before = (facts(), ReturnOrder.objects.count())

    assert shop.post("returns/", desk_body(order, line)).status_code == 403
    for step in ("approve", "reject", "cancel", "close", "inspect", "sent", "refund"):
        assert shop.post(f"returns/{made['id']}/{step}/", {"reason": "x"}).status_code == 403
        assert stranger.post(f"returns/{made['id']}/{step}/", {"reason": "x"}).status_code == 404
    assert stranger.post("returns/", desk_body(order, line)).status_code == 404

    assert (facts(), ReturnOrder.objects.count()) == before


def test_the_list_costs_the_same_for_one_and_for_two(world):
    shop, order, line = sold(world)
    shop.post(f"orders/{order.pk}/returns/", body(line, external_id="R-1"))
    with CaptureQueriesContext(connection) as one:
        shop.get("returns/")
    shop.post(f"orders/{order.pk}/returns/", body(line, external_id="R-2"))

    with CaptureQueriesContext(connection) as two:
        assert len(shop.get("returns/").json()["results"]) == 2

    assert len(two) == len(one)
