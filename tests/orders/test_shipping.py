"""From a fulfilment to goods that left and their invoice."""

from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounting.models import Invoice, InvoiceLine
from orders.errors import NotReady, OrderHeld, PickedTooMuch
from orders.models import Fulfilment, FulfilmentLine, Hold, Order, OrderLine, Shipment
from orders.services import (
    Dispatched,
    PackRecord,
    PickRecord,
    allocate_back_orders,
    begin_picking,
    begin_recording,
    begin_shipments,
    bill_charges,
    bill_shipments,
    draft_bills,
    record_packs,
    record_picks,
    record_shipments,
    return_to_ready,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import balance, level, make_shop, make_sku, make_stock, rows
from tests.factories.refusals import refused
from tests.factories.sales import dispatch, line, make_channel, order, orders_written, pack, place, ship, shipping

pytestmark = pytest.mark.django_db
D = Decimal


def test_a_shipped_order_is_invoiced_and_in_the_books():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10", "50.00")
    channel = make_channel(shop)
    results = place(
        channel, order("A", line(quantity="3", price="10", tax=D("6"), tax_rate=D("0.2")), charges=[shipping("3.50")])
    )

    (issued,) = ship(shop, *results)

    assert issued.total == D("39.50")
    invoice = Invoice.objects.get(pk=issued.invoice_id)
    assert (invoice.party_id, invoice.net, invoice.tax, invoice.source_type) == (
        channel.party_id,
        D("33.50"),
        D("6"),
        "orders.shipment",
    )
    assert list(
        InvoiceLine.objects.filter(invoice=invoice)
        .order_by("position")
        .values_list("kind", "sku_code", "quantity", "net", "source_type")
    ) == [
        ("goods", "MUG", 3, D("30"), "orders.shipmentline"),
        ("charge", "POST", 1, D("3.50"), "orders.ordercharge"),
    ]
    assert (balance(shop.company, "receivable"), balance(shop.company, "revenue")) == (D("39.50"), D("-30"))
    assert (balance(shop.company, "cogs"), balance(shop.company, "inventory")) == (D("15.00"), D("35.00"))
    assert level(shop, sku) == (7, 7, 0)
    placed = Order.objects.get()
    assert (placed.status, placed.version) == ("shipped", 2)
    assert OrderLine.objects.get().shipped == 3
    shipment = Shipment.objects.get()
    assert (shipment.status, shipment.carrier, shipment.shipped_at) == ("in_transit", "DHL", NOON)
    assert Fulfilment.objects.get().status == "shipped"
    assert rows("SELECT payload->>'order_id' FROM core_outboxevent WHERE topic = 'ShipmentDispatched'") == [
        (str(placed.pk),)
    ]
    assert [
        (old, new)
        for old, new in rows(
            "SELECT old_value, new_value FROM core_auditevent WHERE object_type = 'orders.fulfilment' ORDER BY id"
        )
    ] == [("ready", "picking"), ("picking", "picked"), ("picked", "packed"), ("packed", "shipped")]


def test_parts_of_discount_and_tax_add_up_to_the_cent():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "1")
    channel = make_channel(shop)
    (first,) = place(
        channel,
        order("A", line(quantity="3", price="3.33", discount=D("1.00"), tax=D("1.00")), charges=[shipping("2")]),
    )

    (part,) = ship(shop, first)
    statuses = [Order.objects.get().status]
    for key in ("b", "c"):
        make_stock(shop, sku, "1", "5.00", key=key)

        fulfilments = allocate_back_orders(company_id=shop.id, actor=ACTOR)
        (packed,) = pack(shop, fulfilments)
        dispatch(shop, [packed.shipment_id])
        statuses.append(Order.objects.get().status)

    goods = InvoiceLine.objects.filter(kind="goods").order_by("pk")
    assert list(goods.values_list("quantity", "net", "tax")) == [
        (1, D("3.00"), D("0.33")),
        (1, D("2.99"), D("0.34")),
        (1, D("3.00"), D("0.33")),
    ]
    assert sum(row.net for row in goods) == D("8.99") and sum(row.tax for row in goods) == D("1.00")
    assert part.total == D("5.33")
    assert list(Invoice.objects.order_by("pk").values_list("total", flat=True)) == [D("5.33"), D("3.33"), D("3.33")]
    assert statuses == ["partly_shipped", "partly_shipped", "shipped"]


def test_inclusive_prices_are_billed_net_and_marketplace_tax_is_not_ours():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    channel = make_channel(shop, prices_include_tax=True)
    results = place(
        channel,
        order("A", line(quantity="2", price="12", tax=D("4"), tax_rate=D("0.2"))),
        order("B", line(price="12", tax=D("2"), tax_collector="marketplace")),
    )

    ship(shop, *results)

    assert list(InvoiceLine.objects.order_by("pk").values_list("unit_price", "net", "tax")) == [
        (D("10"), D("20"), D("4")),
        (D("10"), D("10"), D("0")),
    ]
    assert balance(shop.company, "output_tax") == D("-4")


def test_free_goods_are_billed_at_nothing():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10", "50.00")
    results = place(make_channel(shop), order("A", line(price="0")))

    (issued,) = ship(shop, *results)

    assert issued.total == 0
    assert balance(shop.company, "cogs") == D("5.00")


def test_charges_that_lower_the_bill_wait_until_it_can_bear_them():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "1")
    channel = make_channel(shop)
    (result,) = place(channel, order("A", line(quantity="2", price="10"), charges=[shipping("-15")]))

    (first,) = ship(shop, result)

    assert first.total == D("10.00")
    assert rows("SELECT billed FROM orders_ordercharge") == [(False,)]
    make_stock(shop, make_sku(shop), "1", "5.00", key="more")
    (packed,) = pack(shop, allocate_back_orders(company_id=shop.id, actor=ACTOR))
    dispatch(shop, [packed.shipment_id])
    assert list(Invoice.objects.order_by("pk").values_list("kind", "total")) == [
        ("invoice", D("10.00")),
        ("invoice", D("10.00")),
        ("credit_note", D("15.00")),
    ]
    assert balance(shop.company, "receivable") == D("5.00")


def test_a_shipment_that_is_not_billable_gets_no_invoice():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "5")
    (result,) = place(make_channel(shop))
    (packed,) = pack(shop, result.fulfilment_ids)
    Shipment.objects.update(not_billable_reason="replacement")

    assert dispatch(shop, [packed.shipment_id]) == [None]
    assert Invoice.objects.count() == 0


def test_a_short_pick_lowers_the_fulfilment_and_all_short_cancels_it():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    channel = make_channel(shop)
    some, none = place(channel, order("A", line(quantity="3")), order("B"))
    for result, picked, short in ((some, "2", "1"), (none, "0", "1")):
        (plan,) = begin_picking(result.fulfilment_ids, company_id=shop.id, actor=ACTOR)
        begin_recording(result.fulfilment_ids, company_id=shop.id)
        record_picks(
            [PickRecord(plan.lines[0].fulfilment_line_id, D(picked), D(short))], company_id=shop.id, actor=ACTOR
        )

    assert list(Fulfilment.objects.order_by("pk").values_list("status", flat=True)) == ["picked", "cancelled"]
    assert list(FulfilmentLine.objects.order_by("pk").values_list("quantity", "picked")) == [(2, 2), (0, 0)]


def test_refusals_of_the_hands_work_write_nothing():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    channel = make_channel(shop)
    (result,) = place(channel, order("A", line(quantity="3")))
    (fulfilment_id,) = result.fulfilment_ids
    with refused(NotReady):
        record_packs([PackRecord(fulfilment_id)], company_id=shop.id, actor=ACTOR)
    (plan,) = begin_picking([fulfilment_id], company_id=shop.id, actor=ACTOR)
    with refused(NotReady):
        begin_picking([fulfilment_id], company_id=shop.id, actor=ACTOR)
    with refused(PickedTooMuch):
        record_picks([PickRecord(plan.lines[0].fulfilment_line_id, D(3), D(1))], company_id=shop.id, actor=ACTOR)
    return_to_ready([fulfilment_id], company_id=shop.id, actor=ACTOR, reason="wrong cart")
    (packed,) = pack(shop, [fulfilment_id])
    Hold.objects.create(order_id=result.order_id, kind="fraud", reason="?", placed_by="x", release_reason="")
    before = orders_written()

    with refused(OrderHeld):
        dispatch(shop, [packed.shipment_id])
    Hold.objects.all()
    with refused(NotReady):
        return_to_ready([fulfilment_id], company_id=shop.id, actor=ACTOR, reason="too late")

    assert orders_written() == before
    assert Shipment.objects.get().status == "draft"


def test_a_shipment_leaves_once():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    (result,) = place(make_channel(shop))
    (packed,) = pack(shop, result.fulfilment_ids)
    dispatch(shop, [packed.shipment_id])
    before = orders_written()

    with refused(NotReady):
        dispatch(shop, [packed.shipment_id])

    assert orders_written() == before


def test_an_order_of_charges_only_is_billed_without_a_shipment():
    shop = make_shop()
    channel = make_channel(shop)
    charges, goods = place(
        channel, order("A", charges=[shipping("5"), shipping("-1")], lines=()), order("B", line("UNKNOWN"))
    )

    (issued,) = bill_charges([charges.order_id], company_id=shop.id, actor=ACTOR)
    (again,) = bill_charges([charges.order_id], company_id=shop.id, actor=ACTOR)

    assert (issued.total, again) == (D("4.00"), None)
    assert Order.objects.get(pk=charges.order_id).status == "shipped"
    with refused(OrderHeld):
        bill_charges([goods.order_id], company_id=shop.id, actor=ACTOR)


def test_the_statements_of_shipping_do_not_grow_with_the_batch():
    shop = make_shop()
    skus = [make_sku(shop, code) for code in ("MUG", "CUP", "JUG")]
    for sku in skus:
        make_stock(shop, sku, "1000", "5000.00")
    channel = make_channel(shop)
    lines = (line("MUG", tax=D("2")), line("CUP"), line("JUG"))

    def own(count: int, start: int) -> tuple[int, ...]:
        """Statements of picking, packing, and of the orders' own part of shipping."""
        placed = place(channel, *(order(f"s{start + n}", *lines, charges=[shipping()]) for n in range(count)))
        with CaptureQueriesContext(connection) as packing:
            packed = pack(shop, [pk for result in placed for pk in result.fulfilment_ids])
        with transaction.atomic():
            with CaptureQueriesContext(connection) as begun:
                plans = begin_shipments([p.shipment_id for p in packed], company_id=shop.id, actor=ACTOR)
            dispatches = [Dispatched(plan, NOON) for plan in plans]
            with CaptureQueriesContext(connection) as recorded:
                record_shipments(dispatches, company_id=shop.id, actor=ACTOR)
            with CaptureQueriesContext(connection) as billed:
                bills = draft_bills(dispatches, company_id=shop.id)
                bill_shipments(dispatches, company_id=shop.id, actor=ACTOR, bills=bills)
            transaction.set_rollback(True)
        return len(packing), len(begun), len(recorded), len(billed)

    own(1, 0)
    one, many = own(1, 1000), own(100, 2000)

    assert one == many
    assert one[0] <= 15 and one[1] + one[2] <= 6, one
