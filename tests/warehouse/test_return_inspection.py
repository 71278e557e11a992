"""Returned goods at the dock: graded, split over dispositions, at the cost they left at to the cent."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting.models import Invoice
from backoffice.core.models import OutboxEvent
from inventory.models import Demand, Location, StockMove, ValueChange
from orders.errors import NotReady
from orders.models import OrderLine, ReturnedGoods, ReturnLine, ReturnOrder
from orders.services import inspect_returns
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, facts, in_place
from tests.factories.goods import balance, cost, level, make_sku, make_stock
from tests.factories.refusals import refused
from tests.factories.returns import Sale, make_write_downs
from tests.factories.sales import line, order, place
from warehouse.errors import ReturnRefused
from warehouse.services import Decision, UnexpectedGoods, decide_goods, fulfil_straight

pytestmark = pytest.mark.django_db
D = Decimal


def decide(sale: Sale, *decisions: Decision) -> list[int]:
    return decide_goods(decisions, company_id=sale.shop.id, effective_at=NOON, actor=ACTOR)


def waiting() -> ReturnedGoods:
    return ReturnedGoods.objects.get(disposition="inspect")


def refurbish_place(sale: Sale) -> int:
    return Location.objects.get(warehouse=sale.shop.warehouse, kind="refurbish").pk


@pytest.mark.parametrize("method", ["average", "fifo"])
def test_split_dispositions_come_back_at_the_cost_they_left_at_to_the_cent(method):
    """Answers odoo/odoo#45671, frappe/erpnext#52832: returns valued wrongly. 3 left at 10.00 of 7 for 23.33."""
    sale = Sale("1", cost_method=method)
    odd = make_sku(sale.shop, "ODD", cost_method=method)
    make_stock(sale.shop, odd, "7", "23.33")
    [placed] = place(sale.channel, order("B", line("ODD", "3")))
    fulfil_straight(placed.fulfilment_ids, company_id=sale.shop.id, actor=ACTOR, effective_at=NOON)
    left_at = -StockMove.objects.get(sku_id=odd, to_location__kind="customer").value
    make_stock(sale.shop, odd, "5", "500.00", key="dearer")
    before = cost(odd)
    sale.order_id, sale.line = placed.order_id, OrderLine.objects.get(order_id=placed.order_id)
    return_id = sale.approved("3")

    sale.receive(return_id, ("1", "restock"), ("1", "quarantine"), refund=False)
    sale.receive(return_id, ("1", "refurbish"), refund=False)

    came = StockMove.objects.filter(sku_id=odd, from_location__kind="customer")
    assert sum(move.value for move in came) == left_at
    assert cost(odd) == (before[0] + 3, before[1] + left_at)
    assert balance(sale.shop.company, "inventory") == before[1] + left_at + cost(sale.mug)[1]
    assert broken_checks() == []


def test_goods_wait_to_be_inspected_and_are_split_by_grade():
    """Three came, two are fine, one is scrapped: per quantity, not per line."""
    sale = Sale("3")
    return_id = sale.approved("3")

    first = sale.receive(return_id, ("3", "inspect"))

    assert (first.state, level(sale.shop, sale.mug), in_place(sale.mug, sale.shop.quarantine)) == (
        "received", (10, 7, 0), (3, 0),
    )  # fmt: skip
    with refused(NotReady):
        inspect_returns([return_id], company_id=sale.shop.id, actor=ACTOR, reason="all here")
    goods = waiting()
    assert decide(sale, Decision(goods.pk, D(1), "restock", "A")) == []
    assert decide(
        sale, Decision(goods.pk, D(1), "refurbish", "C", note="Lid"), Decision(goods.pk, D(1), "scrap", "D")
    ) == [return_id]

    assert (ReturnOrder.objects.get(pk=return_id).status, ReturnLine.objects.get().disposition) == (
        "inspected",
        "split",
    )
    assert (level(sale.shop, sale.mug), in_place(sale.mug, refurbish_place(sale))) == ((9, 8, 0), (1, 0))
    assert (balance(sale.shop.company, "inventory"), balance(sale.shop.company, "inventory_loss")) == (45, 5)
    assert list(ReturnedGoods.objects.order_by("pk").values_list("disposition", "grade", "quantity", "note")) == [
        ("inspect", "", 3, ""), ("restock", "A", 1, ""), ("refurbish", "C", 1, "Lid"), ("scrap", "D", 1, ""),
    ]  # fmt: skip
    assert broken_checks() == []


@pytest.mark.parametrize(
    ("end", "on_hand", "loss"), [("restock", (8, 8, 0), D("2.00")), ("scrap", (7, 7, 0), D("7.00"))]
)
def test_refurbishing_ends_on_the_shelf_or_in_the_bin(end, on_hand, loss):
    sale = Sale("3", cost_method="fifo")
    make_write_downs(sale.shop, C="40")
    return_id = sale.approved("1")
    sale.receive(return_id, ("1", "refurbish", "C"))
    goods = ReturnedGoods.objects.get()
    assert (level(sale.shop, sale.mug), goods.write_down, balance(sale.shop.company, "inventory_loss")) == (
        (8, 7, 0), 2, 2,
    )  # fmt: skip

    decide(sale, Decision(goods.pk, D(1), end, "B" if end == "restock" else ""))

    assert level(sale.shop, sale.mug) == on_hand
    assert balance(sale.shop.company, "inventory_loss") == loss
    with refused(ReturnRefused) as caught:
        decide(sale, Decision(goods.pk, D(1), "restock"))
    assert caught.value.context["lines"][0]["code"] == "more_than_waits"
    assert broken_checks() == []


def test_worn_goods_are_written_down_once_and_never_up():
    sale = Sale("4")
    make_write_downs(sale.shop, B="10", C="50")
    return_id = sale.approved("2")

    sale.receive(return_id, ("2", "quarantine", "C"))
    goods = ReturnedGoods.objects.get()
    decide(sale, Decision(goods.pk, D(1), "restock", "B"), Decision(goods.pk, D(1), "restock", "C"))

    [change] = ValueChange.objects.all()
    assert (change.value, change.reason, change.source_type) == (D(-5), "return grade C", "orders.returnline")
    assert (balance(sale.shop.company, "inventory"), balance(sale.shop.company, "inventory_loss")) == (35, 5)
    assert [row.write_down for row in ReturnedGoods.objects.filter(parent=goods)] == [D("2.5"), D("2.5")]
    assert broken_checks() == []


def test_too_many_and_something_else_came():
    """Unexpected goods are booked in at the dock: what was bought comes back to its line, the rest at today's cost."""
    sale = Sale("3")
    cup = make_sku(sale.shop, "CUP")
    make_stock(sale.shop, cup, "2", "6.00")
    return_id = sale.approved("1")

    result = sale.receive(
        return_id,
        ("1", "restock"),
        unexpected=[UnexpectedGoods(sale.mug, D(3), "restock"), UnexpectedGoods(cup, D(1), "quarantine", "B")],
    )

    assert result.state == "resolved"
    assert Invoice.objects.get(pk=result.credit_note_id).total == D("12.00")  # of the one that was agreed
    sale.line.refresh_from_db()
    assert (sale.line.returned, level(sale.shop, sale.mug), level(sale.shop, cup)) == (3, (11, 11, 0), (3, 2, 0))
    lines = ReturnLine.objects.filter(unexpected=True).order_by("pk")
    assert list(lines.values_list("code", "quantity", "order_line_id", "net")) == [
        ("MUG", 2, sale.line.pk, 0), ("MUG", 1, None, 0), ("CUP", 1, None, 0),
    ]  # fmt: skip
    assert cost(sale.mug) == (11, 55)
    assert broken_checks() == []


@pytest.mark.parametrize(
    ("decision", "code"),
    [
        ({"quantity": D(4)}, "more_than_waits"),
        ({"quantity": D(0)}, "quantity_not_positive"),
        ({"disposition": "no_goods"}, "bad_disposition"),
        ({"disposition": "inspect"}, "bad_disposition"),
        ({"grade": "Z"}, "bad_grade"),
        ({"location_id": "staging"}, "wrong_place"),
    ],
)
def test_wrong_decisions_are_named_and_nothing_is_written(decision, code):
    sale = Sale("3")
    return_id = sale.approved("3")
    sale.receive(return_id, ("3", "inspect"))
    given = {"goods_id": waiting().pk, "quantity": D(1), "disposition": "restock"} | decision
    if given.get("location_id") == "staging":
        given["location_id"] = sale.shop.staging
    before = facts()

    with refused(ReturnRefused) as caught:
        decide(sale, Decision(**given))

    assert caught.value.context["lines"] == [{"return_order_id": return_id, "row": 1, "code": code}]
    assert (facts(), ReturnedGoods.objects.count()) == (before, 1)


def waiting_order(sale, quantity="1", external_id="LATER"):
    """An order that nothing is left for."""
    return OrderLine.objects.get(order_id=place(sale.channel, order(external_id, line("MUG", quantity)))[0].order_id)


def claimed(order_line):
    return Demand.objects.get(pk=order_line.demand_id).claimed


def test_what_is_restocked_goes_to_who_waits_in_the_same_transaction():
    """The 30 s sweep has nothing left to do: who waits is served before anybody new can ask."""
    sale = Sale("10")
    first, second = waiting_order(sale, "1"), waiting_order(sale, "2", "LAST")
    return_id = sale.approved("4")

    sale.receive(return_id, ("1", "restock"), ("1", "scrap"), ("2", "inspect"))
    assert (claimed(first), claimed(second)) == (1, 0)  # what is scrapped or looked at serves nobody
    goods = waiting()
    decide(sale, Decision(goods.pk, D(1), "restock"), Decision(goods.pk, D(1), "quarantine"))

    assert (claimed(first), claimed(second)) == (1, 1)
    assert OutboxEvent.objects.filter(topic="DemandsServed").count() == 2
    assert broken_checks() == []


def test_serving_who_waits_costs_the_same_for_one_and_for_five():
    sale = Sale("10")
    for number in range(6):
        waiting_order(sale, "1", f"W-{number}")
    small, large = sale.approved("1"), sale.approved("5")

    with CaptureQueriesContext(connection) as one:
        sale.receive(small, ("1", "restock"), refund=False)
    with CaptureQueriesContext(connection) as five:
        sale.receive(large, ("5", "restock"), refund=False)

    assert sum(Demand.objects.values_list("claimed", flat=True)) == 6
    assert len(five) <= len(one)
