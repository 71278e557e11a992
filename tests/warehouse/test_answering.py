"""A cancellation that comes while goods are picked is a request, and the warehouse answers it."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.bulk import cancel as bulk_cancel
from orders.errors import NothingToCancel, NotReady
from orders.inputs import LineInput, OrderInput
from orders.models import CancelRequest, Fulfilment, FulfilmentLine, Order, OrderLine
from orders.services import cancel_order, place_orders
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, facts, in_place, make_channel, make_order, make_packed, make_picked
from tests.factories.goods import add_shop, level, make_shop, make_sku, make_stock
from tests.factories.kits import make_kit
from tests.factories.refusals import refused
from warehouse.errors import CannotPutBack
from warehouse.models import FloorTask, PickList, PickTask
from warehouse.services import (
    Answer,
    Dispatch,
    Pack,
    Pick,
    answer_cancels,
    answer_untouched,
    confirm_picks,
    create_pick_lists,
    pack,
    ship,
)

pytestmark = pytest.mark.django_db
D = Decimal


def make_world(quantity="4", stock="10"):
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, stock)
    return shop, mug, make_order(make_channel(shop), {mug: quantity})


def start(shop, placed):
    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)
    return made


def cancel(shop, placed, quantity=None):
    lines = None if quantity is None else {OrderLine.objects.get().pk: D(quantity)}
    return cancel_order(placed.order_id, company_id=shop.id, actor=ACTOR, reason="buyer's wish", lines=lines, ask=True)


def answer(shop, accept=True, **values):
    given = [
        Answer(pk, accept, **values) for pk in CancelRequest.objects.filter(status="open").values_list("pk", flat=True)
    ]
    return answer_cancels(given, company_id=shop.id, effective_at=NOON, actor=ACTOR)


def test_open_tasks_are_taken_off_the_list_and_exactly_that_much_is_free():
    """odoo/odoo#43331, #114682: there the picker goes on with what was cancelled."""
    shop, mug, placed = make_world()
    start(shop, placed)

    assert cancel(shop, placed, "3") == "released"
    assert (OrderLine.objects.get().cancelled, level(shop, mug)[2]) == (0, 4)
    (result,) = answer(shop)

    assert (result.state, result.unpicked, result.put_back) == ("accepted", 3, 0)
    assert (OrderLine.objects.get().cancelled, FulfilmentLine.objects.get().quantity, level(shop, mug)[2]) == (3, 1, 1)
    tasks = list(PickTask.objects.order_by("pk").values_list("status", "quantity"))
    assert tasks == [("cancelled", 4), ("open", 1)]
    assert in_place(mug, shop.bin) == (10, 1)
    confirm_picks([Pick(PickTask.objects.latest("pk").pk, D(1))], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    pack([Pack(placed.fulfilment_id)], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    assert PickList.objects.get().status == "done"
    assert broken_checks() == []


def test_what_was_picked_goes_back_to_its_bin_and_the_order_ends():
    shop, mug, placed = make_world()
    make_picked(shop, placed)
    assert in_place(mug, shop.staging) == (4, 0)

    cancel(shop, placed)
    (result,) = answer(shop, answer="Put back")

    assert (result.unpicked, result.put_back) == (0, 4)
    task = FloorTask.objects.get()  # whoever picked it brings it back
    assert (task.from_location_id, task.to_location_id, task.quantity) == (shop.staging, shop.bin, 4)
    assert level(shop, mug) == (10, 10, 0)
    assert Order.objects.get().status == "cancelled"
    request = CancelRequest.objects.get()
    assert (request.status, request.answer) == ("accepted", "Put back")
    assert broken_checks() == []


def test_a_part_of_a_part_picked_line_takes_the_open_tasks_first():
    shop = make_shop()
    mug, cup = make_sku(shop), make_sku(shop, "CUP")
    make_stock(shop, mug, "10")
    make_stock(shop, cup, "10", key="cup")
    placed = make_order(make_channel(shop), {mug: "2", cup: "2"})
    made = start(shop, placed)
    confirm_picks([Pick(made.tasks[0][0], D(2))], company_id=shop.id, effective_at=NOON, actor=ACTOR)

    cancel(shop, placed)
    results = answer(shop)

    assert sorted((r.unpicked, r.put_back) for r in results) == [(0, 2), (2, 0)]
    assert Order.objects.get().status == "cancelled"
    assert [level(shop, sku)[2] for sku in (mug, cup)] == [0, 0]
    assert broken_checks() == []


def test_another_bin_may_take_the_goods_and_no_foreign_place():
    shop, mug, placed = make_world()
    make_picked(shop, placed)
    cancel(shop, placed)
    before = facts()

    with refused(CannotPutBack):
        answer(shop, location_id=shop.staging)
    assert facts() == before
    answer(shop, location_id=shop.second_bin)

    assert (in_place(mug, shop.bin), in_place(mug, shop.second_bin)) == ((6, 0), (4, 0))
    assert broken_checks() == []


def test_a_packed_parcel_is_opened_and_packed_anew():
    shop, mug, placed = make_world()
    shipment = make_packed(shop, placed)

    cancel(shop, placed, "1")
    (stays,) = ship([Dispatch(shipment, "DHL", "", "T1", NOON)], company_id=shop.id, actor=ACTOR)
    assert (stays.state, stays.code) == ("refused", "cancel_requested")
    answer(shop)
    (packed,) = pack([Pack(placed.fulfilment_id)], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    (gone,) = ship([Dispatch(packed.shipment_id, "DHL", "", "T2", NOON)], company_id=shop.id, actor=ACTOR)

    assert (packed.state, gone.state) == ("packed", "shipped")
    assert packed.shipment_id != shipment
    assert level(shop, mug) == (7, 7, 0)
    assert (OrderLine.objects.get().shipped, OrderLine.objects.get().cancelled) == (3, 1)
    assert Order.objects.get().status == "shipped"
    assert broken_checks() == []


def test_a_refusal_lets_the_goods_leave_and_says_why():
    shop, _mug, placed = make_world()
    shipment = make_packed(shop, placed)
    cancel(shop, placed)
    before = facts()

    with refused(NotReady):
        answer(shop, accept=False, answer=" ")
    assert facts() == before
    answer(shop, accept=False, answer="The van is loaded")
    (gone,) = ship([Dispatch(shipment, "DHL", "", "T1", NOON)], company_id=shop.id, actor=ACTOR)

    assert gone.state == "shipped"
    assert (CancelRequest.objects.get().status, OrderLine.objects.get().cancelled) == ("refused", 0)
    with refused(NotReady):
        answer_cancels(
            [Answer(CancelRequest.objects.get().pk, True)], company_id=shop.id, effective_at=NOON, actor=ACTOR
        )
    assert broken_checks() == []


def test_nobody_is_asked_twice_for_the_same_goods():
    shop, _mug, placed = make_world()
    start(shop, placed)
    cancel(shop, placed, "3")
    before = facts()

    with refused(NothingToCancel):
        cancel(shop, placed, "2")
    assert facts() == before
    cancel(shop, placed)
    assert sorted(CancelRequest.objects.values_list("quantity", flat=True)) == [1, 3]
    with refused(NothingToCancel):
        cancel(shop, placed)


def test_a_list_that_nobody_began_is_answered_by_itself():
    shop, mug, placed = make_world()
    other = make_order(make_channel(shop, "second"), {mug: "2"}, "B")
    start(shop, placed)
    made = start(shop, other)
    confirm_picks([Pick(made.tasks[0][0], D(2))], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    for each in (placed, other):
        cancel_order(each.order_id, company_id=shop.id, actor=ACTOR, reason="x", ask=True)

    results = answer_untouched(company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert [r.state for r in results] == ["accepted"]
    assert [Order.objects.get(pk=each.order_id).status for each in (placed, other)] == ["cancelled", "released"]
    assert broken_checks() == []


def test_a_bulk_cancellation_asks_too_and_says_so():
    shop, _mug, placed = make_world()
    start(shop, placed)

    [result] = bulk_cancel([placed.order_id], {"reason": "Closed"}, ACTOR)

    assert result.state == "done" and "the warehouse is asked" in result.detail
    assert CancelRequest.objects.get().quantity == 4
    assert broken_checks() == []


def test_many_answers_cost_what_one_costs():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "200")
    channel = make_channel(shop)
    placed = [make_order(channel, {mug: "2"}, f"A{n}") for n in range(12)]
    create_pick_lists([each.fulfilment_id for each in placed], company_id=shop.id, actor=ACTOR)
    for each in placed:
        line = OrderLine.objects.get(order_id=each.order_id)
        cancel_order(each.order_id, company_id=shop.id, actor=ACTOR, reason="x", lines={line.pk: D(1)}, ask=True)
    ids = list(CancelRequest.objects.order_by("pk").values_list("pk", flat=True))

    counts = []
    for part in (ids[:2], ids[2:]):
        with CaptureQueriesContext(connection) as queries:
            answer_cancels([Answer(pk, True) for pk in part], company_id=shop.id, effective_at=NOON, actor=ACTOR)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 60
    assert level(shop, mug)[2] == 12
    assert broken_checks() == []


def make_kits(policy="whole", cups="10"):
    """Three sets of two mugs and a cup, with the warehouse."""
    shop = make_shop()
    mug, cup = make_sku(shop), make_sku(shop, "CUP")
    make_stock(shop, mug, "10")
    make_stock(shop, cup, cups, key="cup")
    kit = make_kit(shop, {mug: "2", cup: "1"}, policy=policy)
    return shop, mug, cup, make_order(make_channel(shop), {kit: "3"})


def test_kits_being_picked_are_asked_for_with_all_components_and_answered_as_one():
    shop, mug, cup, placed = make_kits()
    made = start(shop, placed)
    confirm_picks(
        [Pick(task, quantity) for task, quantity in made.tasks[:1]], company_id=shop.id, effective_at=NOON, actor=ACTOR
    )

    assert cancel(shop, placed, "2") == "released"
    requests = list(CancelRequest.objects.order_by("pk").values_list("quantity", "kits"))
    assert sorted(q for q, _kits in requests) == [2, 4] and [kits for _q, kits in requests] == [2, None]
    with refused(NothingToCancel):
        cancel(shop, placed, "2")
    assert OrderLine.objects.get().cancelled == 0 and broken_checks() == []
    first, other = CancelRequest.objects.order_by("pk")
    before = facts()
    with refused(NotReady):
        answer_cancels(
            [Answer(first.pk, True), Answer(other.pk, False, "no")],
            company_id=shop.id,
            effective_at=NOON,
            actor=ACTOR,
        )
    assert facts() == before
    answer_cancels([Answer(other.pk, True)], company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert set(CancelRequest.objects.values_list("status", flat=True)) == {"accepted"}
    assert (OrderLine.objects.get().cancelled, level(shop, mug)[2], level(shop, cup)[2]) == (2, 2, 1)
    assert sorted(FulfilmentLine.objects.values_list("quantity", flat=True)) == [1, 2]
    assert broken_checks() == []


def test_a_refusal_keeps_every_component_of_the_kit_and_nothing_is_answered_untouched_in_part():
    shop, mug, cup, placed = make_kits()
    start(shop, placed)
    cancel(shop, placed)
    first, other = CancelRequest.objects.order_by("pk")

    answer_cancels([Answer(first.pk, False, "Loaded")], company_id=shop.id, effective_at=NOON, actor=ACTOR)

    other.refresh_from_db()
    assert (other.status, other.answer, OrderLine.objects.get().cancelled) == ("refused", "Loaded", 0)
    assert (level(shop, mug)[2], level(shop, cup)[2]) == (6, 3)
    cancel(shop, placed)
    results = answer_untouched(company_id=shop.id, effective_at=NOON, actor=ACTOR)
    assert [result.state for result in results] == ["accepted", "accepted"]
    assert (Order.objects.get().status, level(shop, mug)[2], level(shop, cup)[2]) == ("cancelled", 0, 0)
    assert broken_checks() == []


def test_a_kit_whose_other_part_waits_for_goods_is_given_up_whole():
    shop, mug, cup, placed = make_kits(policy="parts", cups="1")
    start(shop, placed)

    assert cancel(shop, placed) == "released"
    answer(shop)

    assert (Order.objects.get().status, level(shop, mug)[2], level(shop, cup)[2]) == ("cancelled", 0, 0)
    assert broken_checks() == []


@pytest.mark.parametrize("accept", [True, False])
def test_a_kit_whose_components_are_picked_in_two_warehouses_is_given_up_or_kept_as_one(accept):
    """frappe/erpnext#24072: there kits are all or nothing."""
    shop = make_shop()
    other = add_shop(shop.company, "MAN")
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    make_stock(shop, mug, "10")
    make_stock(other, cup, "10")
    kit = make_kit(shop, {mug: "2", cup: "1"}, policy="parts")
    channel = make_channel(shop)
    given = OrderInput("1001", NOON, channel.currency, [LineInput("SET", D(3), D(20), sku_id=kit)])
    [placed] = place_orders([given], channel_id=channel.pk, actor=ACTOR)
    fulfilments = list(Fulfilment.objects.order_by("pk").values_list("pk", flat=True))
    assert len(fulfilments) == 2
    for pk in fulfilments:
        create_pick_lists([pk], company_id=shop.id, actor=ACTOR)

    cancel(shop, placed, "2")

    asked = CancelRequest.objects.filter(status="open").order_by("pk")
    assert sorted(asked.values_list("fulfilment_id", "quantity")) == sorted(zip(fulfilments, (4, 2), strict=True))
    first = asked[0]
    answer_cancels(
        [Answer(first.pk, accept, **({} if accept else {"answer": "gone"}))],
        company_id=shop.id,
        effective_at=NOON,
        actor=ACTOR,
    )

    assert set(CancelRequest.objects.values_list("status", flat=True)) == {"accepted" if accept else "refused"}
    line = OrderLine.objects.get()
    assert (line.cancelled, line.open_quantity) == ((2, 1) if accept else (0, 3))
    assert (level(shop, mug)[2], level(other, cup)[2]) == ((2, 1) if accept else (6, 3))
    assert broken_checks() == []
