"""Credits without a reference: matched to what the contact bought, else at today's cost."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting.models import Invoice
from orders.inputs import ContactInput, CreditInput, CreditLineInput
from orders.models import OrderLine, ReturnLine, ReturnOrder
from orders.services import import_credits
from tests.factories.books import ACTOR
from tests.factories.goods import balance, cost, days_later, level, make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, orders_written, place, ship

pytestmark = pytest.mark.django_db
D = Decimal


def goods(sku_id: int, quantity: str = "1", price: str = "10", **values) -> CreditLineInput:
    return CreditLineInput("MUG", D(quantity), D(price), "returns", sku_id=sku_id, restock=True, **values)


def credit(external_id: str, *lines: CreditLineInput, contact: str | None = "c1", **values) -> CreditInput:
    return replace(CreditInput(external_id, days_later(5), "GBP", contact, lines), **values)


def test_goods_go_back_to_the_order_line_and_the_cost_they_left_at():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10", "50.00")
    channel = make_channel(shop)
    buyer = ContactInput("c1", "Ann")
    ship(shop, *place(channel, order("A", line(quantity="3"), contact=buyer)))
    make_stock(shop, sku, "10", "200.00", key="dearer")
    sold = OrderLine.objects.get()
    assert cost(sku) == (17, D("235.00"))

    matched, foreign = import_credits(
        [credit("C1", goods(sku, "2", "9.50")), credit("C2", goods(sku), contact="somebody")],
        channel_id=channel.pk,
        actor=ACTOR,
    )

    assert (matched.state, matched.matched_lines, foreign.matched_lines) == ("placed", 1, 0)
    sold.refresh_from_db()
    assert sold.returned == 2
    first, second = ReturnLine.objects.order_by("pk")
    assert (first.order_line_id, first.received, first.disposition) == (sold.pk, 2, "restock")
    assert (second.order_line_id, second.issue_move_id) == (None, None)
    assert first.issue_move_id is not None
    # 235.00 + 10.00 (as they left) = 245.00 for 19, so one more at today's 12.89
    assert cost(sku) == (20, D("257.89"))
    assert level(shop, sku) == (20, 20, 0)
    assert balance(shop.company, "returns") == D("29.00")
    note = Invoice.objects.get(pk=ReturnOrder.objects.get(external_id="C1").credit_note_id)
    assert (note.kind, note.total, note.effective_at) == ("credit_note", D("19.00"), days_later(5))


def test_the_last_purchase_before_the_credit_is_meant_and_each_unit_returns_once():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10", "50.00")
    channel = make_channel(shop)
    buyer = ContactInput("c1")
    for number, day in (("A", 0), ("B", 2), ("C", 9)):
        ship(
            shop, *place(channel, replace(order(number, line(quantity="2"), contact=buyer), placed_at=days_later(day)))
        )

    import_credits(
        [credit("C1", goods(sku, "1"), goods(sku, "2")), credit("C2", goods(sku, "2"))],
        channel_id=channel.pk,
        actor=ACTOR,
    )

    assert list(OrderLine.objects.order_by("pk").values_list("returned", flat=True)) == [2, 1, 0]
    assert list(ReturnLine.objects.order_by("pk").values_list("order_line__order__external_id", flat=True)) == [
        "B",
        "A",
        None,
    ]


def test_a_refund_without_goods_moves_none():
    shop = make_shop()
    channel = make_channel(shop)

    (result,) = import_credits(
        [credit("C1", CreditLineInput("POST", D(1), D("5.25"), "shipping_revenue"), contact=None)],
        channel_id=channel.pk,
        actor=ACTOR,
    )

    assert result.state == "placed"
    assert ReturnLine.objects.get().disposition == "no_goods"
    assert balance(shop.company, "shipping_revenue") == D("5.25")


def test_the_same_credit_again_changes_nothing_and_bad_ones_are_refused():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10", "50.00")
    channel = make_channel(shop)
    (first,) = import_credits([credit("C1", goods(sku))], channel_id=channel.pk, actor=ACTOR)
    before = orders_written(), level(shop, sku)

    again, other, bad, unknown, negative = import_credits(
        [
            credit("C1", goods(sku)),
            credit("C1", goods(sku, "2")),
            credit("C2", goods(sku, "0")),
            credit("C3", goods(sku + 999)),
            credit("C4", CreditLineInput("D", D(1), D("-5"), "discount")),
        ],
        channel_id=channel.pk,
        actor=ACTOR,
    )

    assert (again.state, again.return_order_id) == ("already", first.return_order_id)
    assert other.code == "external_id_reused"
    assert (bad.field, unknown.code, unknown.field) == ("lines[0].quantity", "unknown_sku", "lines[0].sku_id")
    assert negative.code == "negative_total"
    assert (orders_written(), level(shop, sku)) == before


def test_one_credit_and_100_cost_the_same_number_of_statements():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "1000", "5000.00")
    channel = make_channel(shop)
    buyer = ContactInput("c1")
    ship(shop, *place(channel, *(order(f"A{n}", line(quantity="2"), contact=buyer) for n in range(120))))

    def statements(start: int, count: int) -> int:
        credits = [credit(f"C{start + n}", goods(sku), goods(sku, "1")) for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            import_credits(credits, channel_id=channel.pk, actor=ACTOR)
        return len(queries)

    statements(0, 1)
    one, many = statements(1000, 1), statements(2000, 100)

    assert one == many, (one, many)
