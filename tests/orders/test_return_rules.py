"""What a channel allows: windows, fees, shipping, approval at once; never more back than was billed or shipped."""

from dataclasses import replace
from decimal import Decimal

import pytest

from accounting.models import Invoice
from backoffice.core.models import AuditEvent
from orders.errors import ApproverNeeded, NotReady, NotReturnable, RefundTooHigh, UnknownReason
from orders.models import OrderCharge, ReturnLine, ReturnOrder
from orders.services import (
    ChargeRefund,
    ReturnInput,
    approve_returns,
    cancel_returns,
    close_returns,
    inspect_returns,
    request_return,
    resolve_returns,
    send_return,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, facts
from tests.factories.goods import balance, days_later, level
from tests.factories.refusals import refused
from tests.factories.returns import Sale, make_fee, make_policy, make_reason
from tests.factories.staff import make_staff

pytestmark = pytest.mark.django_db
D = Decimal


def status(return_id: int) -> str:
    return ReturnOrder.objects.get(pk=return_id).status


def amounts(return_id: int) -> list[tuple[str, Decimal, Decimal]]:
    lines = ReturnLine.objects.filter(return_order_id=return_id).order_by("position")
    return [(line.code, line.net, line.tax) for line in lines]


def resolve(sale: Sale, return_id: int):
    return resolve_returns([return_id], company_id=sale.shop.id, effective_at=NOON, actor=ACTOR)[0]


def test_in_time_and_within_the_limit_a_return_is_approved_at_once():
    sale = Sale()
    make_policy(sale.channel, window_days=14, auto_approve_limit=D("24"))

    small, large = sale.ask("2", requested_at=days_later(14)), sale.ask("1", unit_refund=D("10"))
    assert (status(small), status(large)) == ("approved", "approved")
    cancel_returns([small, large], company_id=sale.shop.id, actor=ACTOR, reason="again")

    assert status(sale.ask("3")) == "requested"  # 36.00
    event = AuditEvent.objects.get(object_type="orders.returnorder", object_id=small, action="approved")
    assert event.reason == "Within the channel's window and limit."


def test_outside_the_window_a_named_user_approves_and_says_why():
    sale = Sale()
    make_policy(sale.channel, window_days=14, auto_approve_limit=D("1000"))
    late = sale.ask("1", requested_at=days_later(15))
    lead = replace(ACTOR, user_id=make_staff("order_desk").pk)
    before = facts()

    assert (status(late), ReturnOrder.objects.get(pk=late).outside_window) == ("requested", True)
    for actor, reason in ((ACTOR, "she was ill"), (lead, " ")):
        with refused(ApproverNeeded):
            approve_returns([late], company_id=sale.shop.id, actor=actor, reason=reason)
    assert (facts(), status(late)) == (before, "requested")

    approve_returns([late], company_id=sale.shop.id, actor=lead, reason="she was ill")
    event = AuditEvent.objects.get(object_type="orders.returnorder", object_id=late, action="approved")
    assert (status(late), event.actor_id, event.reason) == ("approved", lead.user_id, "she was ill")


def test_the_restocking_fee_stands_on_the_credit_note_by_reason():
    sale = Sale("3")
    policy = make_policy(sale.channel)
    small, broken = make_reason(sale.shop), make_reason(sale.shop, "broken", seller_at_fault=True)
    make_fee(policy, percent=D("50"))
    make_fee(policy, small, percent=D("10"), fixed=D("1.20"))

    kept = sale.approved("2", reason_code="too_small")
    free = sale.approved("1", reason_code="broken")

    # 10 % of 20.00 + 4.00, and 1.20 with its tax; the seller's own fault costs nothing and gives shipping back in part
    assert amounts(kept) == [("MUG", D(20), D(4)), ("FEE", D("-2"), D("-0.4")), ("FEE", D("-1"), D("-0.2"))]
    assert amounts(free) == [("MUG", D(10), D(2)), ("POST", D("1.33"), D("0.27"))]
    assert (small.pk, broken.pk) == tuple(ReturnOrder.objects.order_by("pk").values_list("return_reason_id", flat=True))
    result = sale.receive(kept, ("2", "restock"))
    note = Invoice.objects.get(pk=result.credit_note_id)
    assert (note.net, note.tax, note.total) == (D("17"), D("3.4"), D("20.40"))
    assert set(note.lines.values_list("tax_rate", flat=True)) == {D("0.2")}  # as the invoice's, fee and all
    assert (balance(sale.shop.company, "returns"), balance(sale.shop.company, "other_revenue")) == (D(20), D(-3))
    assert broken_checks() == []


def test_a_percentage_falls_with_what_comes_and_a_fee_never_exceeds_the_refund():
    sale = Sale("3")
    policy = make_policy(sale.channel)
    make_fee(policy, percent=D("10"), fixed=D("30"))
    return_id = sale.approved("3")
    sale.receive(return_id, ("1", "restock"))

    inspect_returns([return_id], company_id=sale.shop.id, actor=ACTOR, reason="two were lost")
    note = resolve(sale, return_id)

    # 10 % of the one that came, and of the fixed 30.00 as much as is left of it
    assert (note.total, status(return_id)) == (0, "resolved")
    assert (balance(sale.shop.company, "returns"), balance(sale.shop.company, "other_revenue")) == (D(10), D(-10))
    assert broken_checks() == []


@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        ("no", [], []),
        ("proportional", [("POST", D("1.33"), D("0.27"))], [("POST", D("2.67"), D("0.53"))]),
        ("yes", [("POST", D("4"), D("0.80"))], []),
    ],
)
def test_shipping_is_refunded_as_the_channel_says_and_once(rule, first, second):
    """Answers magento/inventory#1246 and its kin: a refund that gives the same money back twice."""
    sale = Sale("3")
    make_policy(sale.channel, refund_shipping=rule)

    one = sale.approved("1")
    rest = sale.approved("2")

    assert (amounts(one)[1:], amounts(rest)[1:]) == (first, second)
    sale.receive(one, ("1", "restock"))
    sale.receive(rest, ("2", "restock"))
    whole = Invoice.objects.get(kind="invoice").total - (0 if first else D("4.80"))
    assert sum(Invoice.objects.filter(kind="credit_note").values_list("total", flat=True)) == whole
    assert broken_checks() == []


def test_a_charge_alone_is_refunded_up_to_what_was_billed():
    sale = Sale("1")
    charge = OrderCharge.objects.get(order_id=sale.order_id).pk
    part = _ask_charge(sale, charge, D("1.50"))
    approve_returns([part], company_id=sale.shop.id, actor=ACTOR)
    before = facts()

    for amount in (D("2.51"), D("0"), D("-1")):
        with refused(RefundTooHigh) as caught:
            _ask_charge(sale, charge, amount)
        assert caught.value.context["left"] == "2.5"
    assert facts() == before

    note = resolve(sale, part)
    rest = _ask_charge(sale, charge, None)
    approve_returns([rest], company_id=sale.shop.id, actor=ACTOR)
    assert (note.total, resolve(sale, rest).total) == (D("1.80"), D("3.00"))
    assert balance(sale.shop.company, "shipping_revenue") == 0
    with refused(RefundTooHigh):
        _ask_charge(sale, charge, None)
    assert broken_checks() == []


def _ask_charge(sale: Sale, charge: int, amount: Decimal | None) -> int:
    return request_return(
        sale.order_id, company_id=sale.shop.id, lines=[], charges=[ChargeRefund(charge, amount)], goods=False,
        reason="late", requested_at=NOON, actor=ACTOR,
    )  # fmt: skip


def test_money_without_goods_and_then_the_goods_never_refund_more_than_was_billed():
    """Refund without return (O17): 5.00 off a scratched mug; when all three come back anyway, the rest is refunded."""
    sale = Sale("3")
    kept = sale.approved("1", unit_refund=D("5"), goods=False)
    note = resolve(sale, kept)
    assert (note.total, ReturnLine.objects.get(return_order_id=kept).disposition) == (D("6.00"), "no_goods")
    assert level(sale.shop, sale.mug) == (7, 7, 0)
    before = facts()

    for values in ({"unit_refund": D("25.01")}, {"unit_refund": D("25.01"), "goods": False}):
        with refused(RefundTooHigh) as caught:
            sale.ask("1", **values)
        assert caught.value.context["left"] == "25"
    assert facts() == before

    back = sale.approved("3")
    result = sale.receive(back, ("3", "restock"))
    assert Invoice.objects.get(pk=result.credit_note_id).total == D("30.00")
    assert sum(Invoice.objects.filter(kind="credit_note").values_list("total", flat=True)) == D("36.00")
    with refused(RefundTooHigh):
        sale.ask("1", goods=False)
    assert broken_checks() == []


def test_goods_without_refund():
    """Return without refund (O17): the goods are back at their cost, no credit note is made."""
    sale = Sale("3")
    return_id = sale.approved("2", refund=False)
    with refused(NotReady, match="refunds nothing"):
        resolve(sale, return_id)

    result = sale.receive(return_id, ("2", "restock"))

    assert (result.state, result.credit_note_id) == ("resolved", None)
    assert not Invoice.objects.filter(kind="credit_note").exists()
    assert (level(sale.shop, sale.mug), balance(sale.shop.company, "cogs")) == ((9, 9, 0), D(5))
    assert broken_checks() == []


def test_a_parcel_that_never_arrives_is_closed_and_may_be_asked_back_again():
    sale = Sale("3")
    return_id = sale.approved("3")
    send_return(return_id, company_id=sale.shop.id, actor=ACTOR, carrier="Post", tracking_number="R1")
    sent = ReturnOrder.objects.get(pk=return_id)
    assert (sent.status, sent.carrier, sent.tracking_number) == ("in_transit", "Post", "R1")
    with refused(NotReturnable):
        sale.ask("1")

    close_returns([return_id], company_id=sale.shop.id, actor=ACTOR, reason="lost")

    assert status(return_id) == "closed"
    assert status(sale.ask("3")) == "requested"
    assert broken_checks() == []


def test_bad_requests_are_named_and_nothing_is_written():
    sale = Sale("3")
    before = facts()

    for error, values in (
        (UnknownReason, {"reason_code": "none"}),
        (NotReturnable, {"lines": [ReturnInput(sale.line.pk, D(2)), ReturnInput(sale.line.pk, D(2))]}),
        (NotReturnable, {"lines": [ReturnInput(sale.line.pk + 999, D(1))]}),
        (NotReturnable, {"goods": False, "refund": False}),
        (NotReturnable, {"lines": [ReturnInput(sale.line.pk, D(4))], "goods": False}),
        (RefundTooHigh, {"charges": [ChargeRefund(999, None)]}),
    ):
        with refused(error):
            sale.ask("1", **values)

    assert (facts(), ReturnOrder.objects.count()) == (before, 0)
