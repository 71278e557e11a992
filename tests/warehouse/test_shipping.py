"""Shipping: stock, cost, order, invoice and books in one transaction; once."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting.models import Invoice, InvoiceLine, NumberSeries
from orders.models import Order
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import (
    Placed,
    broken_checks,
    facts,
    in_place,
    make_channel,
    make_order,
    make_packed,
    status_of,
)
from tests.factories.goods import balance, level, make_shop, make_sku, make_stock, rows
from warehouse.services import Dispatch, Pack, Pick, confirm_picks, create_pick_lists, pack, ship

pytestmark = pytest.mark.django_db
D = Decimal


def by(shipment_id: int, tracking: str = "TRK1") -> Dispatch:
    return Dispatch(shipment_id, "DHL", "parcel", tracking, NOON)


def test_goods_leave_with_their_cost_the_invoice_and_the_books():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "10", "50.00")
    placed = make_order(make_channel(shop), {mug: "4"}, price="20")
    shipment = make_packed(shop, placed)

    (result,) = ship([by(shipment)], company_id=shop.id, actor=ACTOR)

    assert result.state == "shipped"
    assert level(shop, mug) == (6, 6, 0)
    assert in_place(mug, shop.staging) == (0, 0)
    assert rows("SELECT status, carrier, tracking_number, shipped_at FROM orders_shipment") == [
        ("in_transit", "DHL", "TRK1", NOON)
    ]
    assert status_of("orders_fulfilment", placed.fulfilment_id) == "shipped"
    assert status_of("orders_order", placed.order_id) == "shipped"
    invoice = Invoice.objects.get(pk=result.invoice_id)
    assert (invoice.number, invoice.total) == (result.invoice_number, 80)
    assert InvoiceLine.objects.get().quantity == 4
    assert rows("SELECT kind, quantity FROM inventory_allocationentry ORDER BY id") == [("claim", 4), ("use", -4)]
    assert (balance(shop.company, "inventory"), balance(shop.company, "cogs")) == (30, 20)
    assert (balance(shop.company, "receivable"), balance(shop.company, "revenue")) == (80, -80)
    assert rows("SELECT id FROM accounting_journalentry WHERE source_key = %s", f"shipment:{shipment}") == [
        (result.entry_id,)
    ]
    assert rows("SELECT payload->>'tracking_number' FROM core_outboxevent WHERE topic = 'ShipmentDispatched'") == [
        ("TRK1",)
    ]
    assert broken_checks() == []


def test_again_answers_already_with_the_same_invoice():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug)
    shipment = make_packed(shop, make_order(make_channel(shop), {mug: "4"}))
    (first,) = ship([by(shipment)], company_id=shop.id, actor=ACTOR)
    before = facts()

    (again,) = ship([by(shipment)], company_id=shop.id, actor=ACTOR)

    assert (again.state, again.invoice_id, again.invoice_number, again.entry_id) == (
        "already",
        first.invoice_id,
        first.invoice_number,
        first.entry_id,
    )
    assert facts() == before


def test_what_cannot_leave_is_refused_and_the_rest_goes():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug)
    channel = make_channel(shop)
    held, cancelled, fine = (make_packed(shop, make_order(channel, {mug: "1"}, n)) for n in ("1", "2", "3"))
    rows_before = rows("SELECT count(*) FROM accounting_invoice")
    order_id = rows("SELECT order_id FROM orders_shipment WHERE id = %s", held)[0][0]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_hold (order_id, kind, reason, placed_by, release_reason) VALUES (%s, 'manual', '-', '-', '')",
            [order_id],
        )
    Order.objects.filter(shipments=cancelled).update(status="cancelled")

    results = ship([by(held), by(cancelled), by(fine), by(fine + 99)], company_id=shop.id, actor=ACTOR)

    assert [(r.state, r.code) for r in results] == [
        ("refused", "order_held"),
        ("refused", "order_cancelled"),
        ("shipped", ""),
        ("refused", "not_found"),
    ]
    assert rows_before == [(0,)]
    assert Invoice.objects.count() == 1
    assert status_of("orders_shipment", held) == "draft"
    assert level(shop, mug) == (9, 9, 2)


def test_another_company_finds_nothing():
    shop, other = make_shop(), make_shop("other", "PAR")
    mug = make_sku(shop)
    make_stock(shop, mug)
    shipment = make_packed(shop, make_order(make_channel(shop), {mug: "4"}))
    before = facts()

    (result,) = ship([by(shipment)], company_id=other.id, actor=ACTOR)

    assert (result.state, result.code) == ("refused", "not_found")
    assert facts() == before


def test_goods_from_two_bins_leave_as_one_line():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "3", "15.00", at=shop.bin)
    make_stock(shop, mug, "4", "20.00", at=shop.second_bin)
    shipment = make_packed(shop, make_order(make_channel(shop), {mug: "5"}))

    (result,) = ship([by(shipment)], company_id=shop.id, actor=ACTOR)

    assert result.state == "shipped"
    assert InvoiceLine.objects.get().quantity == 5
    assert (level(shop, mug), balance(shop.company, "cogs")) == ((2, 2, 0), 25)
    assert broken_checks() == []


def test_numbers_have_no_gaps_after_a_refusal():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug)
    channel = make_channel(shop)
    shipments = [make_packed(shop, make_order(channel, {mug: "1"}, str(n))) for n in range(3)]

    ship([by(shipments[0])], company_id=shop.id, actor=ACTOR)
    ship([by(shipments[0]), by(0)], company_id=shop.id, actor=ACTOR)
    ship([by(shipments[2]), by(shipments[1])], company_id=shop.id, actor=ACTOR)

    assert list(Invoice.objects.order_by("sequence").values_list("sequence", flat=True)) == [1, 2, 3]
    assert NumberSeries.objects.get(code="INV").next_number == 4


def test_back_order_ships_later_with_its_own_invoice():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "4", "20.00")
    placed = make_order(make_channel(shop), {mug: "4"})
    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)
    confirm_picks([Pick(made.tasks[0][0], D(3))], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    (packed,) = pack([Pack(placed.fulfilment_id)], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    ship([by(packed.shipment_id)], company_id=shop.id, actor=ACTOR)
    assert status_of("orders_order", placed.order_id) == "partly_shipped"

    make_stock(shop, mug, "5", "25.00", at=shop.second_bin)
    from orders.services.fulfilling import allocate_back_orders

    (fulfilment,) = allocate_back_orders(company_id=shop.id, actor=ACTOR)
    second = make_packed(shop, Placed(placed.order_id, fulfilment))
    (result,) = ship([by(second)], company_id=shop.id, actor=ACTOR)

    assert result.state == "shipped"
    assert status_of("orders_order", placed.order_id) == "shipped"
    assert sorted(InvoiceLine.objects.values_list("quantity", flat=True)) == [1, 3]
    assert broken_checks() == []


def test_statements_do_not_grow_with_the_batch():
    shop = make_shop()
    skus = [make_sku(shop, f"S{n}") for n in range(3)]
    for sku in skus:
        make_stock(shop, sku, "1000", "1000.00")
    channel = make_channel(shop)
    shipments = [make_packed(shop, make_order(channel, dict.fromkeys(skus, "1"), f"o{n}")) for n in range(12)]
    ship([by(shipments.pop())], company_id=shop.id, actor=ACTOR)  # the month and its dimensions are there now

    counts = []
    for batch in (shipments[:1], shipments[1:]):
        with CaptureQueriesContext(connection) as queries:
            ship([by(pk) for pk in batch], company_id=shop.id, actor=ACTOR)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 24
