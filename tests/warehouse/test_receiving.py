"""Deliveries: into the bin at cost; over-delivery needs a decision; a delivery note counts once."""

from decimal import Decimal

import pytest

from accounting.services import ensure_party
from inventory.errors import PurchaseRefused
from inventory.services import (
    PurchaseLineInput,
    create_purchase_order,
    send_purchase_order,
    submit_purchase_order,
)
from inventory.services.purchasing import approve_purchase_order
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, facts, in_place, make_channel, status_of
from tests.factories.goods import Shop, balance, level, make_shop, make_sku, rows
from tests.factories.refusals import refused
from warehouse.errors import ReceiptRefused
from warehouse.models import ReceiptLine
from warehouse.services import DeliveredLine, receive_purchase

pytestmark = pytest.mark.django_db
D = Decimal


def make_purchase(shop: Shop, lines: dict[int, str], cost: str = "5") -> tuple[int, list[int]]:
    """A confirmed purchase order; (id, line ids)."""
    supplier = ensure_party(company_id=shop.id, code="SUP", name="Supplier", currency="GBP", is_supplier=True)
    order = create_purchase_order(
        [PurchaseLineInput(sku, D(quantity), D(cost)) for sku, quantity in lines.items()],
        company_id=shop.id,
        supplier_id=supplier.pk,
        warehouse_id=shop.warehouse.pk,
        ordered_at=NOON,
        actor=ACTOR,
    )
    for step in (submit_purchase_order, approve_purchase_order, send_purchase_order):
        step(order.pk, company_id=shop.id, actor=ACTOR)
    return order.pk, list(order.lines.order_by("position").values_list("id", flat=True))


def receive(shop: Shop, po_id: int, *lines: DeliveredLine, **values: object):
    return receive_purchase(lines, po_id=po_id, company_id=shop.id, effective_at=NOON, actor=ACTOR, **values)


def test_goods_come_into_the_bin_at_their_cost():
    shop = make_shop()
    mug = make_sku(shop)
    po_id, (line,) = make_purchase(shop, {mug: "10"})

    result = receive(shop, po_id, DeliveredLine(line, D(4), shop.bin), reference="DN-1")

    assert result.state == "received"
    assert (in_place(mug, shop.bin), level(shop, mug)) == ((4, 0), (4, 4, 0))
    assert (balance(shop.company, "inventory"), balance(shop.company, "grni")) == (20, -20)
    assert status_of("inventory_purchaseorder", po_id) == "partly_received"
    assert rows("SELECT received FROM inventory_purchaseorderline") == [(4,)]
    assert ReceiptLine.objects.get().move_id == result.move_ids[0]
    assert broken_checks() == []


def test_the_rest_completes_the_order_and_serves_who_waits():
    shop = make_shop()
    mug = make_sku(shop)
    from orders.inputs import LineInput, OrderInput
    from orders.services.placing import place_orders

    channel = make_channel(shop)
    order = OrderInput("1", NOON, "GBP", [LineInput("mug", D(3), D(20), sku_id=mug)])
    (placed,) = place_orders([order], channel_id=channel.pk, actor=ACTOR)
    assert placed.back_ordered
    po_id, (line,) = make_purchase(shop, {mug: "10"})

    result = receive(shop, po_id, DeliveredLine(line, D(10), shop.bin))

    assert len(result.claimed_demand_ids) == 1
    assert level(shop, mug) == (10, 10, 3)
    assert status_of("inventory_purchaseorder", po_id) == "received"


def test_a_delivery_note_counts_once():
    shop = make_shop()
    mug = make_sku(shop)
    po_id, (line,) = make_purchase(shop, {mug: "10"})
    first = receive(shop, po_id, DeliveredLine(line, D(4), shop.bin), reference="DN-1")
    before = facts()

    again = receive(shop, po_id, DeliveredLine(line, D(4), shop.bin), reference="DN-1")

    assert (again.state, again.receipt_id, again.move_ids) == ("already", first.receipt_id, first.move_ids)
    assert facts() == before


def test_over_delivery_is_refused_unless_somebody_decides():
    shop = make_shop()
    mug = make_sku(shop)
    po_id, (line,) = make_purchase(shop, {mug: "10"})
    before = facts()

    with refused(PurchaseRefused):
        receive(shop, po_id, DeliveredLine(line, D(11), shop.bin))

    assert facts() == before
    receive(shop, po_id, DeliveredLine(line, D(11), shop.bin), allow_over=True)
    assert level(shop, mug) == (11, 11, 0)


def test_wrong_lines_are_named_and_nothing_is_written():
    shop = make_shop()
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    po_id, (line,) = make_purchase(shop, {mug: "10"})
    _other, (strange,) = make_purchase(shop, {cup: "10"})
    before = facts()

    with refused(ReceiptRefused) as caught:
        receive(
            shop,
            po_id,
            DeliveredLine(line, D(1), shop.bin),
            DeliveredLine(strange, D(1), shop.bin),
            DeliveredLine(line, D(0), shop.bin),
        )

    assert caught.value.context["lines"] == [
        {"row": 2, "code": "unknown_line"},
        {"row": 3, "code": "quantity_not_positive"},
    ]
    assert facts() == before
