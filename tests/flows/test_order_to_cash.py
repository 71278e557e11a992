"""From an order to cash and back: placed, picked, packed, shipped, invoiced, paid, returned, refunded, proved."""

from decimal import Decimal

import pytest

from accounting.models import Invoice, OpenItem
from accounting.services import PaymentRequest, UseRequest, apply_items, record_payments
from backoffice.core.proof import run_checks
from orders.inputs import AddressInput, ContactInput
from orders.models import Fulfilment, Order, OrderLine, ReturnOrder
from orders.services import (
    ReturnInput,
    allocate_back_orders,
    approve_returns,
    cancel_order,
    complete_orders,
    request_return,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import Shop, balance, cost, days_later, level, make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, place, shipping
from warehouse.services import (
    Dispatch,
    Pack,
    Pick,
    ReturnedLine,
    ReturnReceipt,
    confirm_picks,
    create_pick_lists,
    fulfil_straight,
    pack,
    receive_returns,
    ship,
)

pytestmark = pytest.mark.django_db
D = Decimal


def prove() -> None:
    assert [result for result in run_checks().results if result.state != "ok"] == []


def ship_by_hand(shop: Shop, fulfilment_id: int, *, short: str = "0"):
    """Every step as people do it; `short` of the first task is not found."""
    (made,) = create_pick_lists([fulfilment_id], company_id=shop.id, actor=ACTOR)
    missing = [D(short)] + [D(0)] * len(made.tasks)
    picks = [Pick(task_id, quantity - lost) for (task_id, quantity), lost in zip(made.tasks, missing, strict=False)]
    confirm_picks(picks, company_id=shop.id, effective_at=days_later(1), actor=ACTOR, device="gun-1")
    (box,) = pack([Pack(fulfilment_id)], company_id=shop.id, effective_at=days_later(1), actor=ACTOR)
    (gone,) = ship(
        [Dispatch(box.shipment_id, "DHL", "Express", "JD014", days_later(1))], company_id=shop.id, actor=ACTOR
    )
    return gone


def test_an_order_becomes_cash_and_part_of_it_comes_back():
    shop = make_shop()
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    make_stock(shop, mug, "10", "40.00")
    make_stock(shop, cup, "10", "25.00")
    channel = make_channel(shop)

    (placed,) = place(
        channel,
        order(
            "1001",
            line("MUG", "3", "10", tax=D("6"), tax_rate=D("0.2")),
            line("CUP", "2", "5", discount=D("1"), tax=D("1.80"), tax_rate=D("0.2")),
            charges=[shipping("3.50", tax=D("0.70"), tax_rate=D("0.2"))],
            total=D("51.00"),
            contact=ContactInput("c1", "Ann Lee", "ann@example.com"),
            shipping_address=AddressInput(name="Ann Lee", line1="1 High St", city="York", country="GB"),
        ),
    )
    prove()
    gone = ship_by_hand(shop, placed.fulfilment_ids[0])

    invoice = Invoice.objects.get(pk=gone.invoice_id)
    assert (invoice.total, invoice.net, invoice.tax, invoice.number) == (
        D("51.00"),
        D("42.50"),
        D("8.50"),
        gone.invoice_number,
    )
    assert (invoice.address.city, invoice.contact.name) == ("York", "Ann Lee")
    assert [balance(shop.company, role) for role in ("receivable", "revenue", "shipping_revenue", "output_tax")] == [
        D("51.00"),
        D("-39"),
        D("-3.50"),
        D("-8.50"),
    ]
    assert (balance(shop.company, "cogs"), balance(shop.company, "inventory")) == (D("17.00"), D("48.00"))
    prove()

    (paid,) = record_payments(
        [
            PaymentRequest(
                party_id=channel.party_id,
                direction="in",
                amount=D("51.00"),
                currency="GBP",
                effective_at=days_later(3),
                source_key="pay:1",
            )
        ],
        company_id=shop.id,
        actor=ACTOR,
    )
    apply_items(
        [UseRequest(invoice.open_item_id, paid.open_item_id, D("51.00"), "use:1")],
        company_id=shop.id,
        date=NOON.date(),
        actor=ACTOR,
    )
    assert OpenItem.objects.get(pk=invoice.open_item_id).used == D("51.00")
    complete_orders([placed.order_id], company_id=shop.id, actor=ACTOR)

    mugs = OrderLine.objects.get(sku_id=mug)
    rma = request_return(
        placed.order_id,
        company_id=shop.id,
        lines=[ReturnInput(mugs.pk, D(2))],
        reason="too blue",
        requested_at=days_later(5),
        actor=ACTOR,
    )
    approve_returns([rma], company_id=shop.id, actor=ACTOR)
    back = ReturnOrder.objects.get(pk=rma).lines.get()
    (received,) = receive_returns(
        [ReturnReceipt(rma, [ReturnedLine(back.pk, D(2), "restock")])],
        company_id=shop.id,
        effective_at=days_later(8),
        actor=ACTOR,
    )

    note = Invoice.objects.get(pk=received.credit_note_id)
    assert (note.kind, note.total, note.corrects_id) == ("credit_note", D("24.00"), invoice.pk)
    assert (balance(shop.company, "receivable"), balance(shop.company, "returns")) == (D("-24.00"), D("20"))
    assert (cost(mug), level(shop, mug)) == ((9, D("36.00")), (9, 9, 0))
    assert Order.objects.get().status == "completed"
    prove()


def test_a_short_pick_becomes_a_back_order_that_a_cancellation_ends():
    shop = make_shop()
    mug = make_sku(shop, "MUG")
    make_stock(shop, mug, "3", "12.00")
    channel = make_channel(shop)
    first, second = place(channel, order("A", line("MUG", "3")), order("B", line("MUG", "2")))
    assert second.back_ordered

    ship_by_hand(shop, first.fulfilment_ids[0], short="1")
    make_stock(shop, mug, "2", "9.00", key="more")
    fulfilments = allocate_back_orders(company_id=shop.id, actor=ACTOR)
    prove()

    assert list(Order.objects.order_by("pk").values_list("status", flat=True)) == ["partly_shipped", "released"]
    assert Fulfilment.objects.filter(pk__in=fulfilments).count() == len(fulfilments) > 0
    cancel_order(first.order_id, company_id=shop.id, actor=ACTOR, reason="waited too long")
    allocate_back_orders(company_id=shop.id, actor=ACTOR)
    ready = list(Fulfilment.objects.filter(order_id=second.order_id, status="ready").values_list("pk", flat=True))
    fulfil_straight(ready, company_id=shop.id, actor=ACTOR, effective_at=days_later(2))

    assert list(Order.objects.order_by("pk").values_list("status", flat=True)) == ["shipped", "shipped"]
    assert len(ready) == 1 and Invoice.objects.count() == 2
    prove()
