"""What may still be sold stays exactly right through long orders, quotes, part shipments, kits and returns.

Each test names what users of other systems reported.
"""

from decimal import Decimal

import pytest

from accounting.models import Invoice, InvoiceLine
from backoffice.core.proof import run_checks
from inventory.models import Allocation
from orders.drafting import DraftInput, DraftLineInput
from orders.models import OrderLine, ReturnLine, Shipment
from orders.services import (
    ReturnInput,
    approve_returns,
    create_draft,
    place_draft,
    quote_draft,
    request_return,
)
from orders.services.fulfilling import allocate_back_orders
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import Placed, make_channel, make_order, make_packed, status_of
from tests.factories.goods import level, make_shop, make_sku, make_stock
from tests.factories.kits import make_kit
from tests.factories.sales import line, order, place
from warehouse.services import (
    Dispatch,
    ReturnedLine,
    ReturnReceipt,
    receive_returns,
    ship,
)

pytestmark = pytest.mark.django_db
D = Decimal


def send(shop, shipment_id, tracking):
    (sent,) = ship([Dispatch(shipment_id, "DHL", "", tracking, NOON)], company_id=shop.id, actor=ACTOR)
    assert sent.state == "shipped", sent


def test_every_line_of_a_long_order_is_claimed():
    """frappe/erpnext#51519: only the first 50 lines of an order were reserved; inventree/InvenTree#2794: a large order
    was not allocated by itself."""
    shop = make_shop()
    skus = [make_sku(shop, f"LONG-{number}") for number in range(60)]
    for sku in skus:
        make_stock(shop, sku, "2", "10.00")

    make_order(make_channel(shop), dict.fromkeys(skus, "2"))

    assert Allocation.objects.filter(open=2).count() == 60
    assert {level(shop, sku) for sku in skus} == {(2, 2, 2)}
    assert run_checks().ok


def test_a_draft_and_a_quote_hold_no_goods_until_they_are_placed():
    """frappe/erpnext#56639: goods were reserved though nobody had asked for it."""
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "10")
    draft = create_draft(
        DraftInput(lines=[DraftLineInput(mug, D(3), D("9.99"))]),
        channel_id=make_channel(shop).pk, actor=ACTOR, today=NOON.date(),
    )  # fmt: skip
    day = NOON.date()
    quote_draft(draft.pk, company_id=shop.id, actor=ACTOR, valid_until=day, today=day)
    assert level(shop, mug) == (10, 10, 0)

    place_draft(draft.pk, company_id=shop.id, actor=ACTOR, placed_at=NOON)

    assert level(shop, mug) == (10, 10, 3)
    assert run_checks().ok


def test_an_order_leaves_in_three_parts_each_with_its_tracking_and_invoice():
    """inventree/InvenTree#61, #2187, #4734: an order could only be shipped whole, or its parts were lost count of;
    #2741: what had shipped was still allocated."""
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "3", "15.00")
    placed = make_order(make_channel(shop), {mug: "10"})
    fulfilment = placed.fulfilment_id
    for number, came in enumerate(("5", "4"), start=1):
        send(shop, make_packed(shop, Placed(placed.order_id, fulfilment)), f"PART-{number}")
        assert status_of("orders_order", placed.order_id) == "partly_shipped"
        make_stock(shop, mug, came, "25.00", key=f"part-{number}")
        (fulfilment,) = allocate_back_orders(company_id=shop.id, actor=ACTOR)
    send(shop, make_packed(shop, Placed(placed.order_id, fulfilment)), "PART-3")

    line_of = OrderLine.objects.get()
    assert (line_of.shipped, status_of("orders_order", placed.order_id)) == (10, "shipped")
    assert sorted(InvoiceLine.objects.values_list("quantity", flat=True)) == [2, 3, 5]
    assert list(Shipment.objects.order_by("id").values_list("tracking_number", flat=True)) == [
        "PART-1",
        "PART-2",
        "PART-3",
    ]
    assert level(shop, mug) == (2, 2, 0)
    assert run_checks().ok


def test_bundles_shipped_billed_and_returned_in_part_leave_the_right_rest():
    """magento/inventory#1246, #1887, #2454, #2727, #2773: the saleable quantity was wrong after a bundle, a part
    invoice or a credit memo, and a repair command had to be run, which broke too (#2503, #2522)."""
    shop = make_shop()
    mug, cup = make_sku(shop), make_sku(shop, "CUP")
    make_stock(shop, mug, "10", "50.00")
    make_stock(shop, cup, "10", "30.00")
    make_kit(shop, {mug: "2", cup: "1"})
    (placed,) = place(make_channel(shop), order("1", line("SET", "3", "20"), line("MUG", "1", "10")))
    assert (level(shop, mug), level(shop, cup)) == ((10, 10, 7), (10, 10, 3))

    send(shop, make_packed(shop, Placed(placed.order_id, placed.fulfilment_ids[0])), "SETS")
    assert (level(shop, mug), level(shop, cup)) == ((3, 3, 0), (7, 7, 0))

    single = OrderLine.objects.get(order_id=placed.order_id, kit__isnull=True)
    return_id = request_return(
        placed.order_id,
        company_id=shop.id,
        lines=[ReturnInput(single.pk, D(1))],
        reason="Chipped",
        requested_at=NOON,
        actor=ACTOR,
    )
    approve_returns([return_id], company_id=shop.id, actor=ACTOR)
    came = ReturnedLine(ReturnLine.objects.get(return_order=return_id).pk, D(1), "restock")
    receive_returns([ReturnReceipt(return_id, [came])], company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert (level(shop, mug), level(shop, cup)) == ((4, 4, 0), (7, 7, 0))
    assert Invoice.objects.filter(kind="credit_note").count() == 1
    assert run_checks().ok
