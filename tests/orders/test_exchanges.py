"""An exchange is one document: old goods back, new goods out, one net balance (O16)."""

from decimal import Decimal

import pytest

from accounting.models import Invoice, OpenItem, StoredValue
from backoffice.core.errors import InvalidInput, NotPermitted
from inventory.models import Sku, StockLevel
from orders.errors import ExchangeUnderWay, RefundTooHigh
from orders.models import Channel, Hold, Order, PriceList, PriceListItem, ReturnOrder
from orders.selectors.exchanges import return_money
from orders.services import (
    ExchangeLine,
    ReturnInput,
    approve_returns,
    cancel_order,
    cancel_returns,
    close_returns,
    give_store_credit,
    request_exchange,
    send_return,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, facts
from tests.factories.goods import balance, make_sku, make_stock
from tests.factories.refusals import refused
from tests.factories.returns import Sale
from tests.factories.sales import make_tax_code
from warehouse.services import fulfil_straight

pytestmark = pytest.mark.django_db
D = Decimal


def swap(sale: Sale, *instead: ExchangeLine, quantity: str = "1", **values):
    return request_exchange(
        sale.order_id,
        company_id=sale.shop.id,
        back=[ReturnInput(sale.line.pk, D(quantity))],
        instead=instead,
        reason="wrong size",
        requested_at=NOON,
        actor=ACTOR,
        **{"may_price": True} | values,
    )


def with_cups(**channel) -> Sale:
    sale = Sale("3", **channel)
    cup = make_sku(sale.shop, "CUP")
    make_stock(sale.shop, cup, "5", "15.00")
    return sale


def ship(sale: Sale, order_id: int) -> None:
    work = Order.objects.get(pk=order_id).fulfilments.values_list("pk", flat=True)
    fulfil_straight(list(work), company_id=sale.shop.id, actor=ACTOR, effective_at=NOON)


def net(return_id: int) -> Decimal:
    return return_money([return_id])[return_id].net


def owed(sale: Sale) -> list[Decimal]:
    """What is open on each document of the new order and the return."""
    return [item.amount - item.used for item in OpenItem.objects.order_by("pk")][1:]


def test_an_even_exchange_waits_for_the_old_goods_and_settles_itself():
    """Answers the two documents matched by hand: the credit note pays the new invoice by itself."""
    sale = with_cups()
    made = swap(sale, ExchangeLine("MUG", D(1)))
    new = Order.objects.get(pk=made.order_id)

    assert (new.status, new.total, new.external_id) == ("placed", D(12), f"EXCHANGE-RMA-{made.return_order_id:06d}")
    assert Hold.objects.get(order=new).kind == "exchange"
    assert StockLevel.objects.get(sku_id=sale.mug).reserved == 1  # nobody else gets it meanwhile
    assert net(made.return_order_id) == 0
    approve_returns([made.return_order_id], company_id=sale.shop.id, actor=ACTOR)
    sale.receive(made.return_order_id, ("1", "restock"))

    new.refresh_from_db()
    assert (new.status, Hold.objects.get(order=new).release_reason) == ("released", "The old goods are in.")
    with refused(RefundTooHigh):  # the new order needs the credit
        give_store_credit(made.return_order_id, company_id=sale.shop.id, effective_at=NOON, actor=ACTOR)
    ship(sale, new.pk)
    assert owed(sale) == [0, 0]
    assert (net(made.return_order_id), return_money([made.return_order_id])[made.return_order_id].refund) == (0, "done")
    assert broken_checks() == []


def test_dearer_goods_sent_at_once_leave_the_customer_owing_the_difference():
    sale = with_cups()
    made = swap(sale, ExchangeLine("CUP", D(1), D("20"), D("4")), ships="at_once")
    assert (net(made.return_order_id), Order.objects.get(pk=made.order_id).status) == (D(12), "released")

    ship(sale, made.order_id)
    approve_returns([made.return_order_id], company_id=sale.shop.id, actor=ACTOR)
    sale.receive(made.return_order_id, ("1", "restock"))

    assert (net(made.return_order_id), owed(sale)) == (D(12), [D(12), 0])
    assert balance(sale.shop.company, "receivable") == D("40.80") + D(12)
    assert broken_checks() == []


def test_cheaper_goods_leave_store_credit_for_the_customer():
    sale = with_cups()
    made = swap(sale, ExchangeLine("CUP", D(1), D("5"), D("1")))
    approve_returns([made.return_order_id], company_id=sale.shop.id, actor=ACTOR)
    sale.receive(made.return_order_id, ("1", "restock"))
    assert net(made.return_order_id) == D(-6)
    before = facts()
    with refused(RefundTooHigh):
        give_store_credit(
            made.return_order_id, company_id=sale.shop.id, effective_at=NOON, actor=ACTOR, amount=D("6.01")
        )
    assert facts() == before

    issued = give_store_credit(made.return_order_id, company_id=sale.shop.id, effective_at=NOON, actor=ACTOR)
    ship(sale, made.order_id)

    assert issued.code and StoredValue.objects.get(kind="store_credit").amount == 6
    assert (net(made.return_order_id), owed(sale)[0]) == (0, 0)
    assert balance(sale.shop.company, "store_credit") == -6
    assert broken_checks() == []


def test_a_cancelled_exchange_gives_the_new_goods_back():
    sale = with_cups()
    made = swap(sale, ExchangeLine("CUP", D(1), D("20")))

    cancel_returns([made.return_order_id], company_id=sale.shop.id, actor=ACTOR, reason="keeps it")

    assert Order.objects.get(pk=made.order_id).status == "cancelled"
    assert not StockLevel.objects.filter(reserved__gt=0).exists()
    assert net(made.return_order_id) == 0
    assert broken_checks() == []


def test_when_the_new_order_is_cancelled_the_return_is_refunded_as_any_other():
    sale = with_cups()
    made = swap(sale, ExchangeLine("CUP", D(1), D("20")))
    cancel_order(made.order_id, company_id=sale.shop.id, actor=ACTOR, reason="out of stock")
    approve_returns([made.return_order_id], company_id=sale.shop.id, actor=ACTOR)
    sale.receive(made.return_order_id, ("1", "restock"))

    money = return_money([made.return_order_id])[made.return_order_id]
    assert (money.net, money.free, money.refund) == (D(-12), D(12), "due")
    assert broken_checks() == []


def test_what_has_left_cannot_be_called_off():
    sale = with_cups()
    made = swap(sale, ExchangeLine("CUP", D(1), D("20")), ships="at_once")
    ship(sale, made.order_id)
    before = facts()

    with refused(ExchangeUnderWay):
        cancel_returns([made.return_order_id], company_id=sale.shop.id, actor=ACTOR, reason="keeps it")

    assert (facts(), ReturnOrder.objects.get().status) == (before, "requested")
    approve_returns([made.return_order_id], company_id=sale.shop.id, actor=ACTOR)
    send_return(made.return_order_id, company_id=sale.shop.id, actor=ACTOR)
    close_returns([made.return_order_id], company_id=sale.shop.id, actor=ACTOR, reason="never came")
    assert net(made.return_order_id) == 20  # the customer has both and owes the new
    assert Invoice.objects.filter(kind="credit_note").count() == 0
    assert broken_checks() == []


@pytest.mark.parametrize(
    ("instead", "field"),
    [
        ([], "instead"),
        ([ExchangeLine("NOPE", D(1), D(1))], "instead[0].sku"),
        ([ExchangeLine("CUP", D(1))], "instead[0].unit_price"),
        ([ExchangeLine("CUP", D(0), D(1))], "lines[0].quantity"),
    ],
)
def test_what_cannot_be_exchanged_is_named_and_nothing_is_written(instead, field):
    sale = with_cups()
    before = facts()

    with refused(InvalidInput) as caught:
        swap(sale, *instead)

    assert caught.value.context["errors"][0]["field"] == field
    assert (facts(), ReturnOrder.objects.count(), Order.objects.count()) == (before, 0, 1)


def test_goods_that_were_not_on_the_order_cost_what_the_buyers_lists_say():
    """Any SKU may be the new goods (O16): the list's price with the channel's tax, one balance, settled by itself."""
    sale = with_cups()
    cup = Sku.objects.get(code="CUP")
    Channel.objects.filter(pk=sale.channel.pk).update(tax_code_id=make_tax_code(sale.shop))
    prices = PriceList.objects.create(company_id=sale.shop.id, code="SHOP", name="Shop", currency="GBP")
    PriceListItem.objects.create(price_list=prices, sku=cup, min_quantity=D(1), unit_price=D("15"))

    made = swap(sale, ExchangeLine("cup", D(2)), may_price=False, ships="at_once")
    ship(sale, made.order_id)
    approve_returns([made.return_order_id], company_id=sale.shop.id, actor=ACTOR)
    sale.receive(made.return_order_id, ("1", "restock"))

    new = Order.objects.get(pk=made.order_id)
    assert (new.goods_total, new.tax_total, new.total) == (D(30), D(6), D(36))
    assert (net(made.return_order_id), owed(sale)) == (D(24), [D(24), 0])
    assert broken_checks() == []


def test_a_price_wants_the_right_to_give_one_and_nothing_is_written():
    sale = with_cups()
    before = facts()

    with refused(NotPermitted):
        swap(sale, ExchangeLine("CUP", D(1), D("0.01")), may_price=False)

    assert (facts(), ReturnOrder.objects.count(), Order.objects.count()) == (before, 0, 1)
