"""A supplier ships straight to the buyer: ordered with the sale, shipped and billed in parts, called off in time."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting.models import InvoiceLine
from accounting.services import ensure_party
from backoffice.core.proof import run_checks
from inventory.errors import PurchaseRefused
from inventory.models import PurchaseOrder, PurchaseOrderLine, SupplierSku
from inventory.services import ReceiptLine, confirm_purchase_order, receive, send_purchase_order
from orders.errors import DropShipRefused, NothingToCancel, OrderHeld
from orders.inputs import AddressInput, ContactInput
from orders.models import (
    CancelRequest,
    DropShipLine,
    DropShipRule,
    FulfilmentLine,
    LinePromise,
    Order,
    OrderLine,
    PromiseChange,
    Shipment,
)
from orders.services import (
    DropShipInput,
    ReturnInput,
    approve_returns,
    begin_picking,
    cancel_order,
    drop_ship_lines,
    merge_fulfilments,
    place_hold,
    record_dropship,
    release_orders,
    request_return,
    split_fulfilment,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.buying import make_offer
from tests.factories.events import order_pump
from tests.factories.floor import Placed, facts, make_picked
from tests.factories.goods import balance, days_later, level, make_shop, make_sku, make_stock, rows
from tests.factories.kits import make_kit
from tests.factories.refusals import refused
from tests.factories.sales import line, make_channel, order, place, ship, shipping
from warehouse.services import Dispatch, Pack, ReturnedLine, ReturnReceipt, pack, receive_returns
from warehouse.services import ship as dispatch

pytestmark = pytest.mark.django_db
D = Decimal
HOME = AddressInput(name="Ana", line1="Street 1", city="London", country="GB")


class House:
    """Four mugs of 5 in stock; the supplier asks 6 for one."""

    def __init__(self, **channel) -> None:
        self.shop = make_shop()
        self.mug = make_sku(self.shop)
        make_stock(self.shop, self.mug, "4", "20.00")
        self.supplier = ensure_party(company_id=self.shop.id, code="S", name="S", currency="GBP", is_supplier=True)
        self.channel = make_channel(self.shop, **channel)

    def sell(self, quantity: str = "10", external_id: str = "A", **values):
        given = {"shipping_address": HOME} | values
        (result,) = place(self.channel, order(external_id, line(quantity=quantity, tax=D(quantity)), **given))
        return result

    def rule(self, **values) -> DropShipRule:
        return DropShipRule.objects.create(
            company_id=self.shop.id, sku_id=self.mug, supplier=self.supplier, unit_cost=D(6), **values
        )

    def drop(self, result, quantity: str) -> DropShipLine:
        wanted = DropShipInput(self.line(result).pk, D(quantity), self.supplier.pk, D(6))
        (pk,) = drop_ship_lines(result.order_id, lines=[wanted], company_id=self.shop.id, actor=ACTOR, ordered_at=NOON)
        return DropShipLine.objects.get(pk=pk)

    def send(self, part: DropShipLine, *, confirm: bool = False) -> int:
        pk = part.po_line.purchase_order_id
        send_purchase_order(pk, company_id=self.shop.id, actor=ACTOR)
        if confirm:
            confirm_purchase_order(pk, company_id=self.shop.id, actor=ACTOR)
        return pk

    def shipped(self, part: DropShipLine, quantity: str, tracking: str = ""):
        return record_dropship(
            part.po_line.purchase_order_id,
            quantities={part.pk: D(quantity)},
            company_id=self.shop.id,
            shipped_at=NOON,
            actor=ACTOR,
            carrier="DHL",
            tracking_number=tracking,
        )

    def cancel(self, result, quantity: str | None = None, **values) -> str:
        lines = None if quantity is None else {self.line(result).pk: D(quantity)}
        return cancel_order(
            result.order_id, company_id=self.shop.id, actor=ACTOR, reason="buyer", lines=lines, **values
        )

    def hand_over(self, *fulfilments: int) -> None:
        """Pack what is picked and give it to the carrier."""
        packed = pack([Pack(pk) for pk in fulfilments], company_id=self.shop.id, effective_at=NOON, actor=ACTOR)
        sent = [Dispatch(found.shipment_id, "DHL", "", f"T{fulfilments[0]}", NOON) for found in packed]
        results = dispatch(sent, company_id=self.shop.id, actor=ACTOR)
        assert {result.state for result in results} == {"shipped"}

    @staticmethod
    def line(result) -> OrderLine:
        return OrderLine.objects.get(order_id=result.order_id)


def proved() -> bool:
    proof = run_checks()
    assert [result for result in proof.results if result.state != "ok"] == []
    return True


def written() -> tuple:
    return facts(), rows("SELECT count(*), sum(quantity), sum(cancelled) FROM inventory_purchaseorderline")


def test_a_part_of_a_line_is_given_to_a_supplier_and_no_demand_is_left_for_it():
    house = House()
    result = house.sell("10")

    part = house.drop(result, "6")

    purchase = PurchaseOrder.objects.get()
    assert (purchase.status, purchase.warehouse_id, purchase.ship_to.line1) == ("approved", None, "Street 1")
    assert purchase.reference == f"SO-{result.order_id:06d}"
    assert (part.po_line.quantity, part.po_line.unit_cost, part.po_line.sku_id) == (6, 6, house.mug)
    assert rows("SELECT quantity, claimed FROM inventory_demand") == [(4, 4)]
    again = house.drop(result, "2")  # of what is claimed: our mugs are free for others
    assert again.po_line.purchase_order_id == purchase.pk
    assert (level(house.shop, house.mug)[2], rows("SELECT sum(quantity) FROM orders_fulfilmentline")) == (2, [(2,)])
    assert proved()


def test_each_part_the_supplier_ships_is_a_shipment_with_its_own_invoice_at_the_purchase_price():
    """frappe/erpnext#45562, #45364, #24072: drop-ship part deliveries came out wrong."""
    house = House()
    result = house.sell("10", charges=[shipping()])
    part = house.drop(result, "6")
    house.send(part)

    first = house.shipped(part, "2", "T-1")

    sent = Shipment.objects.get(pk=first.shipment_id)
    assert (sent.status, sent.tracking_number, sent.warehouse_id, sent.fulfilment_id) == (
        "in_transit",
        "T-1",
        None,
        None,
    )
    (goods,) = InvoiceLine.objects.filter(invoice_id=first.invoice_id, kind="goods")
    assert (goods.quantity, goods.net, goods.tax) == (2, 20, 2)
    assert (balance(house.shop.company, "cogs"), balance(house.shop.company, "grni")) == (12, -12)
    assert level(house.shop, house.mug) == (4, 4, 4)
    assert (PurchaseOrder.objects.get().status, Order.objects.get().status) == ("partly_received", "partly_shipped")
    assert proved()

    second = house.shipped(part, "4", "T-2")
    assert second.invoice_number != first.invoice_number
    assert (PurchaseOrder.objects.get().status, house.line(result).shipped) == ("received", 6)
    ship(house.shop, result)
    assert (Order.objects.get().status, balance(house.shop.company, "cogs")) == ("shipped", 36 + 20)
    assert rows("SELECT count(*) FROM accounting_invoice") == [(3,)]
    assert rows("SELECT count(*) FROM core_outboxevent WHERE topic = 'ShipmentDispatched'") == [(3,)]
    assert proved()


@pytest.mark.parametrize(
    ("quantity", "tracking", "sent", "code"),
    [
        ("7", "", True, "more_than_open"),
        ("0", "", True, "more_than_open"),
        ("-1", "", True, "more_than_open"),
        ("1", "T-1", True, "tracking_known"),
        ("1", "", False, "not_receivable"),
    ],
)
def test_a_part_shipment_that_cannot_be_is_refused_and_nothing_is_written(quantity, tracking, sent, code):
    house = House()
    part = house.drop(house.sell("10"), "6")
    if sent:
        house.send(part)
        house.shipped(part, "1", "T-1")
    before = written()

    with refused((DropShipRefused, PurchaseRefused)) as caught:
        house.shipped(part, quantity, tracking)

    assert (caught.value.context["code"], written()) == (code, before)
    assert proved()


def test_what_is_not_sent_is_called_off_with_the_cancelled_line_and_a_confirmed_one_needs_the_supplier():
    house = House()
    result = house.sell("10")
    part = house.drop(result, "6")

    assert house.cancel(result, "5") == "released"  # our own four first, then one of the supplier's
    part.refresh_from_db()
    assert (part.cancelled, part.po_line.cancelled, level(house.shop, house.mug)[2]) == (1, 1, 0)
    assert proved()
    house.send(part, confirm=True)
    before = written()
    with refused(PurchaseRefused) as caught:
        house.cancel(result, "2")
    assert (caught.value.context["code"], written()) == ("confirmed", before)
    with refused(NothingToCancel):
        house.cancel(result, "9")

    house.shipped(part, "2")
    assert house.cancel(result, supplier_agrees=True) == "shipped"

    part.refresh_from_db()
    assert (part.shipped, part.cancelled, PurchaseOrder.objects.get().status) == (2, 4, "received")
    assert (house.line(result).shipped, house.line(result).cancelled) == (2, 8)
    assert proved()


def test_a_line_partly_with_a_supplier_and_partly_being_picked_is_asked_and_called_off():
    house = House()
    result = house.sell("10")
    part = house.drop(result, "6")
    begin_picking(result.fulfilment_ids, company_id=house.shop.id, actor=ACTOR)

    assert house.cancel(result, "7", ask=True) == "released"  # four are asked for, three called off

    part.refresh_from_db()
    assert (part.cancelled, house.line(result).cancelled) == (3, 3)
    assert CancelRequest.objects.get().quantity == 4
    assert proved()
    assert house.cancel(result, ask=True) == "released"
    part.refresh_from_db()
    assert (part.cancelled, house.line(result).cancelled, CancelRequest.objects.count()) == (6, 6, 1)
    assert proved()


def test_a_purchase_order_of_which_nothing_is_left_is_cancelled():
    house = House()
    result = house.sell("6")
    house.drop(result, "6")

    assert house.cancel(result) == "cancelled"

    assert (PurchaseOrder.objects.get().status, PurchaseOrderLine.objects.get().cancelled) == ("cancelled", 6)
    assert proved()


def test_what_our_stock_cannot_serve_goes_to_the_supplier_of_the_rule_when_the_order_is_released():
    house = House()
    house.rule()
    held = house.sell("6", "HELD", holds=(("fraud", "odd"),))
    assert PurchaseOrder.objects.count() == 0

    result = house.sell("10", "NEXT")

    assert list(DropShipLine.objects.values_list("order_line__order_id", "quantity")) == [(result.order_id, 10)]
    assert rows("SELECT quantity, claimed FROM inventory_demand ORDER BY id") == [(6, 4), (0, 0)]
    rows_before = PurchaseOrder.objects.count()
    (again,) = release_orders([result.order_id], company_id=house.shop.id, actor=ACTOR)
    assert (again.back_ordered, PurchaseOrder.objects.count()) == (False, rows_before)
    assert Order.objects.get(pk=held.order_id).status == "placed"
    assert proved()


def test_what_a_supplier_ships_is_promised_from_our_stock_no_more():
    house, pump = House(), order_pump()
    result = house.sell("10")
    pump.run()
    assert LinePromise.objects.get().is_open

    sold = OrderLine.objects.get(order_id=result.order_id)
    drop_ship_lines(
        result.order_id, lines=[DropShipInput(sold.pk, D(6), house.supplier.pk, D(6))], company_id=house.shop.id,
        actor=ACTOR, ordered_at=NOON,
    )  # fmt: skip
    pump.run()

    promise = LinePromise.objects.get()
    assert (promise.is_open, promise.waiting) == (False, 0)
    assert PromiseChange.objects.latest("pk").detail == "drop shipment"


def test_no_more_is_ordered_by_a_rule_than_the_supplier_has_and_nothing_of_what_they_sell_no_more():
    house = House()
    house.rule()
    make_offer(house.shop, supplier="S", stock="5")

    first, second = house.sell("7", "A"), house.sell("4", "B")

    dropped = DropShipLine.objects.order_by("pk").values_list("order_line__order_id", "quantity")
    assert list(dropped) == [(first.order_id, 3), (second.order_id, 2)]
    SupplierSku.objects.update(is_discontinued=True, stock_quantity=None, stock_as_of=None)
    third = house.sell("1", "C")
    assert (third.back_ordered, PurchaseOrder.objects.count()) == (True, 2)
    assert proved()


def test_a_rule_of_the_channel_comes_first_and_one_that_is_switched_off_does_nothing():
    house = House()
    dear = ensure_party(company_id=house.shop.id, code="T", name="T", currency="GBP", is_supplier=True)
    DropShipRule.objects.create(
        company_id=house.shop.id, sku_id=house.mug, channel=house.channel, supplier=dear, unit_cost=D(9)
    )
    everywhere = house.rule()

    house.sell("5", "A")
    assert (PurchaseOrder.objects.get().supplier_id, PurchaseOrderLine.objects.get().quantity) == (dear.pk, 1)
    DropShipRule.objects.update(is_active=False)
    later = house.sell("1", "B")

    assert (PurchaseOrder.objects.count(), later.back_ordered) == (1, True)
    assert everywhere.pk and proved()


def test_many_orders_of_two_suppliers_are_ordered_there_in_the_statements_of_one():
    house = House()
    house.rule()
    cup = make_sku(house.shop, "CUP")
    other = ensure_party(company_id=house.shop.id, code="T", name="T", currency="GBP", is_supplier=True)
    DropShipRule.objects.create(company_id=house.shop.id, sku_id=cup, supplier=other, unit_cost=D(3))
    house.sell("4", "ALL-OF-THE-STOCK")

    def orders(name, count):
        goods = line(quantity="1"), line("CUP", "2", "5"), line(quantity="2")
        given = [order(f"{name}-{number}", *goods, shipping_address=HOME) for number in range(count)]
        with CaptureQueriesContext(connection) as used:
            placed = place(house.channel, *given)
        return placed, len(used)

    _one, for_one = orders("ONE", 1)
    placed, for_twenty = orders("MANY", 20)

    assert for_twenty == for_one
    assert PurchaseOrder.objects.count() == 42  # a purchase order for each supplier of each order
    bought = PurchaseOrder.objects.filter(reference=Order.objects.get(pk=placed[7].order_id).number).order_by("pk")
    assert [found.supplier.code for found in bought] == ["S", "T"]
    assert [list(found.lines.order_by("position").values_list("position", "quantity")) for found in bought] == [
        [(1, 1), (2, 2)],
        [(1, 2)],
    ]
    assert DropShipLine.objects.filter(order_line__order_id=placed[7].order_id).count() == 3
    assert set(Order.objects.filter(pk__in=[found.order_id for found in placed]).values_list("version", flat=True)) == {
        Order.objects.get(external_id="ONE-0").version
    }
    assert proved()


def test_an_order_that_is_partly_the_suppliers_is_split_and_merged_for_what_is_ours():
    """frappe/erpnext#45562, #45364: what a supplier sends is neither split, merged nor shipped with our parcels."""
    house = House()
    buyer = ContactInput("ana", "Ana", "ana@example.test")
    one = house.sell("6", "A", contact=buyer)  # four are ours
    part = house.drop(one, "2")
    make_stock(house.shop, house.mug, "3", "15.00", key="more")
    two = house.sell("3", "B", contact=buyer)
    (ours,) = one.fulfilment_ids
    own = FulfilmentLine.objects.get(fulfilment_id=ours)
    split = split_fulfilment(ours, lines={own.pk: D(1)}, company_id=house.shop.id, actor=ACTOR)
    merge_fulfilments([split, *two.fulfilment_ids], company_id=house.shop.id, actor=ACTOR)
    house.send(part)

    house.shipped(part, "1", "SUP-1")
    for each in (Placed(one.order_id, split), Placed(two.order_id, two.fulfilment_ids[0])):
        make_picked(house.shop, each)
    house.hand_over(split, *two.fulfilment_ids)

    assert (house.line(one).shipped, house.line(two).shipped) == (2, 3)
    assert Order.objects.get(pk=one.order_id).status == "partly_shipped"
    house.shipped(part, "1", "SUP-2")
    make_picked(house.shop, Placed(one.order_id, ours))
    house.hand_over(ours)

    assert (house.line(one).shipped, Order.objects.get(pk=one.order_id).status) == (6, "shipped")
    assert level(house.shop, house.mug) == (0, 0, 0)
    assert sorted(InvoiceLine.objects.values_list("quantity", flat=True)) == [1, 1, 1, 3, 3]
    assert proved()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": "11"}, "more_than_open"),
        ({"quantity": "0"}, "more_than_open"),
        ({"line": 987654}, "unknown_line"),
        ({"address": None}, "no_address"),
        ({"kit": True}, "kit"),
        ({"release": False}, "not_released"),
        ({"lines": []}, "no_lines"),
        ({"supplier": 987654}, "unknown_supplier"),
    ],
)
def test_what_cannot_be_given_to_a_supplier_is_refused_and_nothing_is_written(change, code):
    house = House()
    values = {"shipping_address": change.get("address", HOME)}
    sold = line(quantity="10")
    if "kit" in change:
        make_kit(house.shop, {house.mug: "1"})
        sold = line("SET", "10")
    (result,) = place(house.channel, order("A", sold, **values), release=change.get("release", True))
    wanted = DropShipInput(
        change.get("line", house.line(result).pk),
        D(change.get("quantity", "1")),
        change.get("supplier", house.supplier.pk),
        D(6),
    )
    before = written()

    with refused((DropShipRefused, PurchaseRefused)) as caught:
        drop_ship_lines(
            result.order_id,
            lines=change.get("lines", [wanted]),
            company_id=house.shop.id,
            actor=ACTOR,
            ordered_at=NOON,
        )

    assert (caught.value.context["code"], written()) == (code, before)


def test_a_held_order_is_neither_dropped_nor_recorded_as_shipped():
    house = House()
    result = house.sell("10")
    part = house.drop(result, "6")
    house.send(part)
    place_hold(result.order_id, company_id=house.shop.id, kind="manual", reason="wait", actor=ACTOR)
    before = written()

    with refused(OrderHeld):
        house.drop(result, "1")
    with refused(OrderHeld):
        house.shipped(part, "1")

    assert written() == before


def test_goods_of_a_drop_ship_order_are_not_received_here():
    house = House()
    part = house.drop(house.sell("10"), "6")
    house.send(part)
    before = written()

    with refused(PurchaseRefused) as caught:
        receive(
            [ReceiptLine(house.mug, D(1), house.shop.dock, po_line_id=part.po_line_id)],
            company_id=house.shop.id,
            effective_at=NOON,
            source_type="warehouse.receipt",
            source_id=1,
            source_key="r1",
            actor=ACTOR,
        )

    assert (caught.value.context["code"], written()) == ("drop_ship", before)


def test_what_a_supplier_shipped_comes_back_into_our_stock_at_the_purchase_price():
    house = House()
    result = house.sell("10")
    part = house.drop(result, "10")
    house.send(part)
    house.shipped(part, "10")
    return_id = request_return(
        result.order_id,
        company_id=house.shop.id,
        lines=[ReturnInput(house.line(result).pk, D(3))],
        reason="broken",
        requested_at=NOON,
        actor=ACTOR,
        warehouse_id=house.shop.warehouse.pk,
    )
    approve_returns([return_id], company_id=house.shop.id, actor=ACTOR)
    (line_id,) = rows("SELECT id FROM orders_returnline")[0]

    receive_returns(
        [ReturnReceipt(return_id, [ReturnedLine(line_id, D(3), "restock")])],
        company_id=house.shop.id,
        effective_at=days_later(1),
        actor=ACTOR,
    )

    assert (level(house.shop, house.mug)[0], balance(house.shop.company, "inventory")) == (7, 20 + 18)
    assert balance(house.shop.company, "cogs") == 60 - 18
    assert proved()


def test_the_database_refuses_a_drop_ship_move_that_does_not_say_so():
    from django.db import IntegrityError, transaction

    from inventory.services import post_moves
    from tests.factories.goods import make_move

    house = House()
    with pytest.raises(IntegrityError, match="stockmove_drop_ship_says_so"), transaction.atomic():
        post_moves(
            [make_move(house.shop, house.mug, "1", house.shop.outside["supplier"], house.shop.customer)],
            company_id=house.shop.id,
            actor=ACTOR,
        )
