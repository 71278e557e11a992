"""A kit is sold as one line and claimed, shipped, billed, cancelled and returned as its components."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting.models import Invoice, InvoiceLine
from backoffice.core.models import User
from backoffice.core.proof import run_checks
from inventory.models import Demand
from inventory.services import KitPart, set_kit
from orders.errors import KitBegun, NothingToCancel
from orders.models import FulfilmentLine, Order, OrderLine, OrderLineComponent, ReturnLine, ShipmentKit
from orders.selectors.axes import axes_of
from orders.services import (
    ReturnInput,
    allocate_back_orders,
    approve_returns,
    cancel_order,
    map_lines,
    release_hold,
    release_orders,
    request_return,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import Shop, add_shop, balance, level, make_shop, make_sku, make_stock, rows
from tests.factories.kits import make_kit
from tests.factories.refusals import refused
from tests.factories.sales import D, dispatch, line, make_channel, order, orders_written, pack, place, ship

pytestmark = pytest.mark.django_db


class House:
    """SET = 2 MUG + 1 CUP. Mugs cost 5 each, cups 3."""

    def __init__(self, mugs: str = "10", cups: str = "10", policy: str = "whole", **channel) -> None:
        self.shop: Shop = make_shop()
        self.mug, self.cup = make_sku(self.shop), make_sku(self.shop, "CUP")
        if D(mugs):
            self.stock(self.mug, mugs)
        if D(cups):
            self.stock(self.cup, cups)
        self.kit = make_kit(self.shop, {self.mug: "2", self.cup: "1"}, policy=policy)
        self.channel = make_channel(self.shop, **channel)

    def stock(self, sku: int, quantity: str, key: str = "") -> None:
        cost = D(5) if sku == self.mug else D(3)
        make_stock(self.shop, sku, quantity, str(D(quantity) * cost), key=key)

    def sell(self, kits: str = "2", external_id: str = "K", **values):
        (result,) = place(self.channel, order(external_id, line("SET", kits, "25", **values)))
        return result

    def reserved(self) -> tuple[Decimal, Decimal]:
        return level(self.shop, self.mug)[2], level(self.shop, self.cup)[2]

    def cancel(self, result, kits: str | None = None, **values) -> str:
        lines = None if kits is None else {self.line(result).pk: D(kits)}
        return cancel_order(
            result.order_id, company_id=self.shop.id, actor=ACTOR, reason="buyer", lines=lines, **values
        )

    @staticmethod
    def line(result) -> OrderLine:
        return OrderLine.objects.get(order_id=result.order_id)


def proved() -> bool:
    proof = run_checks()
    assert [result for result in proof.results if result.state != "ok"] == []
    return True


def wanted() -> list[tuple]:
    return list(Demand.objects.order_by("pk").values_list("quantity", "claimed", "used"))


def test_a_kit_is_claimed_shipped_billed_and_costed_as_its_components():
    house = House()

    result = house.sell("2", tax=D("10"))

    sold = house.line(result)
    assert (sold.demand_id, sold.kit.number, result.back_ordered) == (None, 1, False)
    parts = OrderLineComponent.objects.order_by("position").values_list("sku_id", "per_kit")
    assert list(parts) == [(house.mug, 2), (house.cup, 1)]
    assert house.reserved() == (4, 2)
    assert sorted(FulfilmentLine.objects.values_list("quantity", flat=True)) == [2, 4]
    assert proved()

    (bill,) = ship(house.shop, result)

    assert (house.line(result).shipped, Order.objects.get().status) == (2, "shipped")
    assert list(ShipmentKit.objects.values_list("quantity", flat=True)) == [2]
    (goods,) = InvoiceLine.objects.filter(invoice_id=bill.invoice_id)
    assert (goods.sku_code, goods.quantity, goods.net, goods.tax) == ("SET", 2, 50, 10)
    assert balance(house.shop.company, "cogs") == 4 * 5 + 2 * 3
    assert (level(house.shop, house.mug), level(house.shop, house.cup)) == ((6, 6, 0), (8, 8, 0))
    axes = axes_of([result.order_id])[result.order_id]
    assert (axes.shipped, axes.billed, axes.allocated) == ("full", "full", "")
    assert proved()


@pytest.mark.parametrize(
    ("mugs", "cups", "whole", "parts"),
    [
        ("10", "10", (6, 3), (6, 3)),
        ("5", "10", (4, 2), (5, 3)),
        ("10", "1", (2, 1), (6, 1)),
        ("1", "10", (0, 0), (1, 3)),
        ("0", "10", (0, 0), (0, 3)),
    ],
)
@pytest.mark.parametrize("policy", ["whole", "parts"])
def test_whole_kits_only_claims_the_same_number_of_each_component(mugs, cups, whole, parts, policy):
    house = House(mugs, cups, policy)

    result = house.sell("3")

    assert house.reserved() == (whole if policy == "whole" else parts)
    assert result.back_ordered == (house.reserved() != (6, 3))
    assert proved()


def test_a_component_sold_alone_and_in_kits_is_never_promised_twice():
    """frappe/erpnext#51227, #51312, #49021: bundles were not reserved, so their parts were oversold."""
    house = House("5", "10")

    kits, alone = place(house.channel, order("K", line("SET", "2", "25")), order("M", line("MUG", "3")))

    assert house.reserved() == (5, 2)
    assert (kits.back_ordered, alone.back_ordered) == (False, True)
    assert proved()


def test_kits_are_made_whole_in_one_warehouse_and_may_be_split_between_two():
    house = House("2", "9")
    paris = add_shop(house.shop.company, "PAR")
    make_stock(paris, house.mug, "9", "45.00")
    make_stock(paris, house.cup, "2", "6.00")

    result = house.sell("3")

    assert house.reserved() == (2, 1)
    assert (level(paris, house.mug)[2], level(paris, house.cup)[2]) == (4, 2)
    assert len(result.fulfilment_ids) == 2
    assert proved()


def test_a_part_of_a_kit_cannot_be_ordered():
    house = House()
    before = orders_written()

    (result,) = place(house.channel, order("K", line("SET", "1.5", "25")))

    assert (result.state, result.code, result.field) == ("refused", "invalid_input", "lines[0].quantity")
    assert orders_written() == before


def test_an_order_keeps_the_composition_it_was_placed_with():
    house = House("10", "0")
    old = house.sell("1", "OLD")
    tin = make_sku(house.shop, "TIN")
    make_stock(house.shop, tin, "5", "5.00")
    set_kit(house.kit, parts=[KitPart(tin, D(1))], company_id=house.shop.id, actor=ACTOR)

    new = house.sell("1", "NEW")

    assert house.line(new).components.get().sku_id == tin
    assert sorted(c.sku_id for c in house.line(old).components.all()) == sorted([house.mug, house.cup])
    house.stock(house.cup, "1")
    allocate_back_orders(company_id=house.shop.id, actor=ACTOR)
    assert house.reserved() == (2, 1)
    assert proved()


def test_waiting_kits_are_served_whole_when_goods_come():
    house = House("10", "1")
    result = house.sell("3")
    assert house.reserved() == (2, 1)

    house.stock(house.cup, "1", key="more")
    (released,) = release_orders([result.order_id], company_id=house.shop.id, actor=ACTOR)

    assert (released.back_ordered, house.reserved()) == (True, (4, 2))
    house.stock(house.cup, "7", key="most")
    assert len(allocate_back_orders(company_id=house.shop.id, actor=ACTOR)) == 1
    assert house.reserved() == (6, 3)
    assert FulfilmentLine.objects.count() == 2
    assert proved()


def test_a_code_that_turns_out_to_be_a_kit_is_mapped_to_its_components():
    house = House()
    (result,) = place(house.channel, order("K", line("NOPE", "2", "25")))
    user = User.objects.create_user("ann")
    actor = type(ACTOR)("ann", user.pk)

    map_lines({house.line(result).pk: house.kit}, company_id=house.shop.id, actor=ACTOR)
    hold = Order.objects.get().holds.get()
    release_hold(hold.pk, company_id=house.shop.id, actor=actor, reason="mapped")

    assert house.reserved() == (4, 2)
    assert FulfilmentLine.objects.count() == 2
    assert proved()


def test_cancelling_kits_frees_exactly_their_components():
    house = House("10", "2")
    result = house.sell("3")
    assert house.reserved() == (4, 2)

    assert house.cancel(result, "1") == "released"  # the one that waits
    assert (house.reserved(), wanted()) == ((4, 2), [(4, 4, 0), (2, 2, 0)])
    assert house.cancel(result, "1") == "released"
    assert house.reserved() == (2, 1)
    assert proved()
    with refused(NothingToCancel):
        house.cancel(result, "2")
    assert house.cancel(result) == "cancelled"
    assert (house.reserved(), wanted()) == ((0, 0), [(0, 0, 0), (0, 0, 0)])
    assert proved()


def test_parts_leave_one_by_one_and_the_kit_is_billed_when_it_is_complete():
    """odoo/odoo#46927, #95765: part deliveries of kits counted as all or nothing."""
    house = House("3", "2", "parts")
    result = house.sell("2", tax=D("10"), discount=D("1"))
    assert house.reserved() == (3, 2)

    (first,) = ship(house.shop, result)

    (goods,) = InvoiceLine.objects.filter(invoice_id=first.invoice_id)
    assert (goods.quantity, goods.net, goods.tax) == (1, D("24.50"), 5)
    assert (house.line(result).shipped, Order.objects.get().status) == (1, "partly_shipped")
    assert balance(house.shop.company, "cogs") == 3 * 5 + 2 * 3
    assert proved()

    house.stock(house.mug, "1", key="more")
    (work,) = allocate_back_orders(company_id=house.shop.id, actor=ACTOR)
    (packed,) = pack(house.shop, [work])
    (second,) = dispatch(house.shop, [packed.shipment_id])

    (goods,) = InvoiceLine.objects.filter(invoice_id=second.invoice_id)
    assert (goods.quantity, goods.net, goods.tax) == (1, D("24.50"), 5)
    assert (house.line(result).shipped, Order.objects.get().status) == (2, "shipped")
    assert proved()


def test_a_shipment_that_completes_no_kit_is_not_billed_and_charges_wait_with_it():
    house = House("2", "0", "parts")
    result = house.sell("1")

    assert ship(house.shop, result) == [None]

    assert (Invoice.objects.count(), Order.objects.get().status, house.line(result).shipped) == (0, "partly_shipped", 0)
    assert balance(house.shop.company, "cogs") == 10
    assert proved()
    house.stock(house.cup, "1")
    (work,) = allocate_back_orders(company_id=house.shop.id, actor=ACTOR)
    (packed,) = pack(house.shop, [work])
    assert dispatch(house.shop, [packed.shipment_id])[0] is not None
    assert proved()


def test_a_kit_that_has_begun_to_leave_is_cancelled_only_by_giving_its_parts_up():
    house = House("4", "1", "parts")
    result = house.sell("2")
    ship(house.shop, result)
    before = orders_written()

    with refused(KitBegun) as caught:
        house.cancel(result)
    assert (caught.value.context["begun"], orders_written()) == ("1", before)

    assert house.cancel(result, give_up_parts=True) == "shipped"

    assert list(OrderLineComponent.objects.order_by("position").values_list("given_up", "given_up_reason")) == [
        (2, "buyer"),
        (0, ""),
    ]
    assert wanted() == [(4, 0, 4), (1, 0, 1)]
    assert (house.line(result).shipped, house.line(result).cancelled) == (1, 1)
    assert proved()


def test_a_returned_kit_brings_back_its_components_and_what_was_paid_for_it():
    house = House()
    result = house.sell("3", tax=D("15"))
    ship(house.shop, result)

    return_id = request_return(
        result.order_id,
        company_id=house.shop.id,
        lines=[ReturnInput(house.line(result).pk, D(2))],
        reason="wrong colour",
        requested_at=NOON,
        actor=ACTOR,
    )
    approve_returns([return_id], company_id=house.shop.id, actor=ACTOR)

    lines = list(ReturnLine.objects.order_by("position").values_list("code", "quantity", "net", "tax"))
    # 50.00 and 10.00 by what the components cost: 20 of 26, 6 of 26
    assert lines == [("MUG", 4, D("38.46"), D("7.69")), ("CUP", 2, D("11.54"), D("2.31"))]
    assert proved()


def test_plain_orders_cost_what_they_did_and_kits_a_fixed_number_more():
    house = House("900", "900")
    plain = [order(f"P{n}", line("MUG", "1")) for n in range(30)]
    kits = [order(f"K{n}", line("SET", "1", "25")) for n in range(30)]
    place(house.channel, order("WARM", line("SET", "1", "25"), line("MUG")))

    def statements(orders) -> int:
        with CaptureQueriesContext(connection) as captured:
            place(house.channel, *orders)
        return len(captured)

    assert statements(plain[:1]) == statements(plain[1:]) == 10
    assert statements(kits[:1]) == statements(kits[1:]) == 12


def test_whole_kits_of_an_order_that_ships_complete_wait_for_all_of_them():
    house = House("10", "2", ship_complete=True)

    result = house.sell("3")

    assert (result.back_ordered, house.reserved(), result.fulfilment_ids) == (True, (0, 0), ())
    assert rows("SELECT count(*) FROM orders_fulfilment") == [(0,)]
    assert proved()
