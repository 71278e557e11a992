"""The standing proof finds each kind of drift in the orders, planted behind the triggers' back."""

from decimal import Decimal

import pytest
from django.db import connection, transaction

from accounting.services import ensure_party
from backoffice.core.proof import run_checks
from backoffice.core.roles import OWNER, role
from inventory.services import post_moves
from orders.checks import CHECKS
from orders.inputs import AddressInput, ContactInput, CreditInput, CreditLineInput
from orders.models import Channel, Contact, OrderLine
from orders.services import (
    BlanketLineInput,
    CartInput,
    DropShipInput,
    PaymentInput,
    ReturnInput,
    ReturnRecord,
    approve_returns,
    begin_returns,
    call_off,
    cancel_order,
    create_blanket_order,
    drop_ship_lines,
    import_credits,
    record_returns,
    request_return,
    reserve,
    resolve_returns,
    take_payments,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import Shop, days_later, make_move, make_shop, make_sku, make_stock
from tests.factories.kits import make_kit
from tests.factories.sales import line, make_channel, order, pack, place, ship, shipping

pytestmark = pytest.mark.django_db
D = Decimal
NAMES = [check.name for check in CHECKS]
TABLES = (
    "orders_shipmentkit",
    "orders_shipmentline",
    "inventory_stockmove",
    "inventory_demand",
    "inventory_allocation",
    "accounting_invoice",
    "accounting_invoiceline",
    "orders_orderpaymentevent",
)


def make_history() -> Shop:
    """A little of everything: shipped (a kit too), partly shipped, held, cancelled, packed, charges only, returned, credited."""
    shop = make_shop()
    sku, cup, tin = make_sku(shop), make_sku(shop, "CUP"), make_sku(shop, "TIN")
    make_stock(shop, sku, "20", "100.00")
    make_stock(shop, cup, "1", "3.00")
    make_stock(shop, tin, "10", "10.00")
    make_kit(shop, {tin: "4"})
    channel = make_channel(shop)
    buyer = ContactInput("c1", "Ann")
    shipped, partly, _held, cancelled, packed, _charges, kit, dropped = place(
        channel,
        order("A", line(quantity="3", tax=D("6")), charges=[shipping()], contact=buyer),
        order("B", line("CUP", "2")),
        order("C", line("NOPE")),
        order("D", line(quantity="2")),
        order("E", line(quantity="2")),
        order("F", lines=(), charges=[shipping()]),
        order("G", line("SET", "1")),
        order("H", line("CUP", "5"), shipping_address=AddressInput(name="Ann", country="GB")),
    )
    drop(shop, dropped.order_id)
    take_payments([PaymentInput(shipped.order_id, "card", D(20), "pay", NOON)], company_id=shop.id, actor=ACTOR)
    ship(shop, shipped, partly, kit)
    pack(shop, packed.fulfilment_ids)
    cancel_order(cancelled.order_id, company_id=shop.id, actor=ACTOR, reason="x")
    sold = OrderLine.objects.get(order_id=shipped.order_id)
    return_id = request_return(
        sold.order_id,
        company_id=shop.id,
        lines=[ReturnInput(sold.pk, D(1))],
        reason="blue",
        requested_at=NOON,
        actor=ACTOR,
    )
    approve_returns([return_id], company_id=shop.id, actor=ACTOR)
    (plan,) = begin_returns([return_id], company_id=shop.id)
    part = plan.lines[0]
    back = make_move(
        shop,
        sku,
        "1",
        shop.customer,
        shop.bin,
        returns_move_id=part.issue_move_id,
        source_type="orders.returnline",
        source_id=part.return_line_id,
    )
    post_moves([back], company_id=shop.id, actor=ACTOR)
    record_returns([ReturnRecord(part.return_line_id, D(1), "restock")], company_id=shop.id, actor=ACTOR)
    resolve_returns([return_id], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    given = CreditLineInput("MUG", D(1), D(10), "returns", sku_id=sku, restock=True)
    import_credits([CreditInput("C1", days_later(2), "GBP", "c1", [given])], channel_id=channel.pk, actor=ACTOR)
    call_a_part_off(channel, sku)
    reserve([CartInput("MUG", D(1))], channel_id=channel.pk, seconds=600, actor=ACTOR)
    return shop


def call_a_part_off(channel: Channel, sku: int) -> None:
    """One of four agreed on with c1."""
    blanket = create_blanket_order(
        [BlanketLineInput(sku, D(4), D(9))],
        contact_id=Contact.objects.get(external_id="c1").pk,
        reference="F",
        currency="GBP",
        valid_from=NOON.date(),
        valid_to=NOON.date(),
        actor=ACTOR,
    )
    quantities = {blanket.lines.get().pk: D(1)}
    call_off(
        blanket.pk, quantities=quantities, company_id=channel.company_id, external_id="I", placed_at=NOON, actor=ACTOR
    )


def drop(shop: Shop, order_id: int) -> None:
    """Three of the order's line are given to a supplier."""
    supplier = ensure_party(company_id=shop.id, code="S", name="S", currency="GBP", is_supplier=True)
    wanted = DropShipInput(OrderLine.objects.get(order_id=order_id).pk, D(3), supplier.pk, D(1))
    drop_ship_lines(order_id, lines=[wanted], company_id=shop.id, actor=ACTOR, ordered_at=NOON)


def plant(sql: str) -> None:
    """As the owner, with the books' triggers switched off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with role(connection, OWNER), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql)
        assert cursor.rowcount > 0, sql


DRIFTS = [
    (
        "UPDATE orders_orderline SET shipped = shipped - 1, returned = 0 WHERE shipped = 3",
        {"order_lines_shipped", "order_lines_returned", "order_lines_own_demands", "order_status_agrees"},
    ),
    (
        "UPDATE orders_fulfilmentline SET shipped = shipped - 1 WHERE shipped = 3",
        {"fulfilment_lines_shipped", "fulfilment_status_agrees"},
    ),
    (
        "UPDATE inventory_stockmove SET quantity = 2 WHERE source_type = 'orders.shipmentline' AND quantity = 3",
        {"shipped_goods_moved"},
    ),
    (
        "UPDATE inventory_stockmove SET source_id = 987654 WHERE source_type = 'orders.shipmentline' AND quantity = 3",
        {"shipped_goods_moved", "moves_are_shipped"},
    ),
    (
        "UPDATE accounting_invoiceline SET quantity = 2 WHERE source_type = 'orders.shipmentline' AND quantity = 3",
        {"shipped_billed_once"},
    ),
    ("UPDATE orders_ordercharge SET billed = NOT billed", {"charges_billed_once"}),
    ("UPDATE orders_shipment SET not_billable_reason = 'gift' WHERE status = 'in_transit'", {"shipped_billed_once"}),
    ("UPDATE orders_orderpayment SET captured = 19", {"payments_are_their_events"}),
    ("UPDATE orders_orderpaymentevent SET amount = 19", {"payments_are_their_events", "captures_are_deposits"}),
    ("UPDATE orders_orderline SET returned = returned + 1 WHERE shipped = 3", {"order_lines_returned"}),
    (
        "UPDATE orders_returnline SET received = 0",
        {"order_lines_returned", "returned_goods_moved", "returned_goods_decided"},
    ),
    (
        "UPDATE accounting_invoiceline SET net = net + 100 WHERE source_type = 'orders.returnline'",
        {"refunded_within_billed"},
    ),
    ("UPDATE orders_returnorder SET credit_note_id = NULL WHERE external_id = 'C1'", {"returns_credited_once"}),
    (
        "UPDATE inventory_demand SET source_id = source_id + 1",
        {"order_lines_own_demands", "kits_own_demands", "carts_own_demands"},
    ),
    (
        "UPDATE inventory_demand SET kind = 'order_line' WHERE source_type = 'orders.reservationline'",
        {"carts_own_demands"},
    ),
    ("UPDATE orders_blanketline SET quantity = 0.5", {"blanket_lines_not_overcalled"}),
    (
        "UPDATE orders_orderlinecomponent SET per_kit = per_kit * 2",
        {"kits_are_their_components", "kits_own_demands"},
    ),
    ("UPDATE orders_dropshipline SET cancelled = quantity", {"drop_ships_agree", "order_lines_own_demands"}),
    ("UPDATE orders_shipmentkit SET quantity = quantity + 1", {"order_lines_shipped", "shipped_billed_once"}),
    (
        "UPDATE inventory_demand SET quantity = quantity + 1 WHERE used = 3",
        {"order_lines_own_demands"},
    ),
    (
        "UPDATE orders_orderline SET demand_id = NULL WHERE shipped = 3",
        {"order_lines_own_demands", "order_lines_have_demands"},
    ),
    ("UPDATE inventory_allocation SET open = 1 WHERE open = 2", {"work_is_claimed"}),
    ("UPDATE orders_order SET status = 'shipped' WHERE status = 'partly_shipped'", {"order_status_agrees"}),
    ("UPDATE orders_order SET status = 'released' WHERE status = 'shipped'", {"order_status_agrees"}),
    ("UPDATE orders_fulfilment SET status = 'packed' WHERE status = 'shipped'", {"fulfilment_status_agrees"}),
]


def test_what_the_services_write_holds_and_each_planted_drift_is_found():
    make_history()

    proof = run_checks()
    assert [result for result in proof.results if result.state != "ok"] == []

    for sql, expected in DRIFTS:
        with transaction.atomic():
            plant(sql)
            proof = run_checks(names=NAMES)
            found = {result.name for result in proof.results if result.state == "differs"}
            assert found == expected, (sql, [r for r in proof.results if r.state == "differs"])
            assert all(result.row for result in proof.results if result.state == "differs")
            transaction.set_rollback(True)
    assert {name for _sql, names in DRIFTS for name in names} == set(NAMES)
