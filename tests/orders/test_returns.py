"""Returns: goods back at the cost they left at, money back by a credit note."""

from decimal import Decimal

import pytest

from accounting.models import Invoice, InvoiceLine
from backoffice.core.errors import IllegalTransition
from inventory.services import post_moves
from orders.errors import NotReady, NotReturnable
from orders.models import OrderLine, ReturnLine, ReturnOrder
from orders.services import (
    ReturnInput,
    ReturnRecord,
    approve_returns,
    begin_returns,
    cancel_returns,
    inspect_returns,
    record_returns,
    request_return,
    resolve_returns,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import Shop, balance, cost, level, make_move, make_shop, make_sku, make_stock
from tests.factories.refusals import refused
from tests.factories.sales import line, make_channel, order, orders_written, place, ship

pytestmark = pytest.mark.django_db
D = Decimal


def make_sale(shop: Shop, quantity: str = "3", **values) -> OrderLine:
    """Shipped mugs at 10 each, tax 2 each; cost 5 each."""
    make_stock(shop, make_sku(shop), "10", "50.00")
    given = {"tax": D(quantity) * 2, "tax_rate": D("0.2")} | values
    ship(shop, *place(make_channel(shop), order("A", line(quantity=quantity, **given))))
    return OrderLine.objects.get()


def ask(shop: Shop, sold: OrderLine, quantity: str, **values) -> int:
    return request_return(
        sold.order_id,
        company_id=shop.id,
        lines=[ReturnInput(sold.pk, D(quantity), **values)],
        reason="too blue",
        requested_at=NOON,
        actor=ACTOR,
    )


def receive(shop: Shop, return_id: int, quantity: str, disposition: str = "restock") -> None:
    (plan,) = begin_returns([return_id], company_id=shop.id)
    (part,) = plan.lines
    post_moves(
        [
            make_move(
                shop,
                part.sku_id,
                quantity,
                shop.customer,
                shop.bin,
                returns_move_id=part.issue_move_id,
                source_type="orders.returnline",
                source_id=part.return_line_id,
            )
        ],
        company_id=shop.id,
        actor=ACTOR,
    )
    record_returns([ReturnRecord(part.return_line_id, D(quantity), disposition)], company_id=shop.id, actor=ACTOR)


def resolve(shop: Shop, return_id: int):
    return resolve_returns([return_id], company_id=shop.id, effective_at=NOON, actor=ACTOR)[0]


def test_goods_come_back_at_their_cost_and_the_money_goes_back():
    shop = make_shop()
    sold = make_sale(shop)
    return_id = ask(shop, sold, "2")
    approve_returns([return_id], company_id=shop.id, actor=ACTOR)
    receive(shop, return_id, "2")

    note = resolve(shop, return_id)

    returned = ReturnOrder.objects.get()
    assert (returned.status, returned.credit_note_id, note.total) == ("resolved", note.invoice_id, D("24.00"))
    invoice = Invoice.objects.get(pk=note.invoice_id)
    assert (invoice.kind, invoice.corrects.source_type, invoice.net, invoice.tax) == (
        "credit_note",
        "orders.shipment",
        D("20"),
        D("4"),
    )
    assert InvoiceLine.objects.filter(invoice=invoice).get().source_type == "orders.returnline"
    sold.refresh_from_db()
    assert (sold.returned, level(shop, sold.sku_id), cost(sold.sku_id)) == (2, (9, 9, 0), (9, D("45.00")))
    assert (balance(shop.company, "receivable"), balance(shop.company, "returns")) == (D("12.00"), D("20"))
    assert (balance(shop.company, "cogs"), balance(shop.company, "output_tax")) == (D("5.00"), D("-2"))


def test_returning_piece_by_piece_refunds_exactly_what_was_paid():
    shop = make_shop()
    sold = make_sale(shop, price="3.33", discount=D("1.00"), tax=D("1.00"))
    notes = []
    for _piece in range(3):
        return_id = ask(shop, sold, "1")
        approve_returns([return_id], company_id=shop.id, actor=ACTOR)
        receive(shop, return_id, "1")
        notes.append(resolve(shop, return_id).total)

    assert sum(notes) == D("9.99") == Invoice.objects.get(kind="invoice").total
    assert (balance(shop.company, "receivable"), balance(shop.company, "cogs")) == (0, 0)


def test_a_refund_without_goods_leaves_the_stock_alone():
    shop = make_shop()
    sold = make_sale(shop)
    return_id = ask(shop, sold, "1", unit_refund=D("4"))
    approve_returns([return_id], company_id=shop.id, actor=ACTOR)

    note = resolve(shop, return_id)

    assert note.total == D("4.80")
    assert ReturnLine.objects.get().disposition == "no_goods"
    sold.refresh_from_db()
    assert (sold.returned, level(shop, sold.sku_id)) == (0, (7, 7, 0))


def test_only_what_came_in_is_refunded():
    shop = make_shop()
    sold = make_sale(shop)
    return_id = ask(shop, sold, "3")
    approve_returns([return_id], company_id=shop.id, actor=ACTOR)
    receive(shop, return_id, "1")
    assert ReturnOrder.objects.get().status == "received"
    inspect_returns([return_id], company_id=shop.id, actor=ACTOR, reason="the rest is lost")

    assert resolve(shop, return_id).total == D("12.00")


def test_more_than_was_shipped_cannot_come_back():
    shop = make_shop()
    sold = make_sale(shop)
    first = ask(shop, sold, "2")
    before = orders_written()

    for quantity in ("2", "0", "-1"):
        with refused(NotReturnable):
            ask(shop, sold, quantity)
    assert orders_written() == before
    assert ReturnLine.objects.count() == 1
    cancel_returns([first], company_id=shop.id, actor=ACTOR, reason="kept it")
    ask(shop, sold, "3")
    approve_returns([ReturnOrder.objects.latest("pk").pk], company_id=shop.id, actor=ACTOR)
    with refused(NotReturnable):
        record_returns(
            [ReturnRecord(ReturnLine.objects.latest("pk").pk, D(4), "restock")], company_id=shop.id, actor=ACTOR
        )
    assert ReturnLine.objects.latest("pk").received == 0


def test_a_return_goes_only_the_way_of_its_states():
    shop = make_shop()
    sold = make_sale(shop)
    return_id = ask(shop, sold, "1")

    with refused(NotReady):
        begin_returns([return_id], company_id=shop.id)
    with refused(IllegalTransition):
        resolve(shop, return_id)
    approve_returns([return_id], company_id=shop.id, actor=ACTOR)
    resolve(shop, return_id)
    with refused(IllegalTransition):
        resolve(shop, return_id)

    assert Invoice.objects.filter(kind="credit_note").count() == 1
