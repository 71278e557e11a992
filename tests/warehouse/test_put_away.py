"""From the dock to the bin that the rules and the room choose; nothing lies where it may not."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounting.services import ensure_party
from inventory.models import BinType, Lot, PickFace, Sku, StorageClass, Warehouse, Zone
from inventory.services import (
    BinPlan,
    PurchaseLineInput,
    block_bins,
    create_purchase_order,
    make_bins,
    post_moves,
    send_purchase_order,
    submit_purchase_order,
)
from inventory.services.purchasing import approve_purchase_order
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, facts, in_place, status_of
from tests.factories.goods import make_claim, make_demand, make_move, make_shop, make_sku, make_stock
from warehouse.models import FloorTask, PutAwayRule
from warehouse.services import (
    DeliveredLine,
    Put,
    cancel_tasks,
    do_tasks,
    plan_put_aways,
    receive_delivery,
    receive_purchase,
)

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def shop():
    return make_shop()


def make_purchase(shop, lines):
    """A confirmed purchase order; (id, line ids)."""
    supplier = ensure_party(company_id=shop.id, code="SUP", name="Supplier", currency="GBP", is_supplier=True)
    order = create_purchase_order(
        [PurchaseLineInput(sku, D(quantity), D(5)) for sku, quantity in lines.items()],
        company_id=shop.id,
        supplier_id=supplier.pk,
        warehouse_id=shop.warehouse.pk,
        ordered_at=NOON,
        actor=ACTOR,
    )
    for step in (submit_purchase_order, approve_purchase_order, send_purchase_order):
        step(order.pk, company_id=shop.id, actor=ACTOR)
    return order.pk, list(order.lines.order_by("position").values_list("id", flat=True))


def deliver(shop, lines, place=None, **values):
    """A delivery onto the dock; (receipt id, its tasks)."""
    po_id, line_ids = make_purchase(shop, lines)
    given = [
        DeliveredLine(pk, D(quantity), place or shop.dock)
        for pk, quantity in zip(line_ids, lines.values(), strict=True)
    ]
    receipt, _over = receive_delivery(given, po_id=po_id, company_id=shop.id, effective_at=NOON, actor=ACTOR, **values)
    return receipt.receipt_id, list(FloorTask.objects.filter(source_id=receipt.receipt_id).order_by("pk"))


def put(shop, task, quantity, place, key="k-1", **values):
    [result] = do_tasks(
        [Put(task.pk, D(quantity), place, key, **values)],
        company_id=shop.id,
        effective_at=NOON,
        actor=ACTOR,
        device="S1",
    )
    task.refresh_from_db()
    return result


def make_shelf(shop, **limits):
    kind = BinType.objects.create(company=shop.company, code=f"T{BinType.objects.count()}", name="Shelf", **limits)
    shop.warehouse.locations.filter(kind="bin").update(bin_type=kind)
    return kind


def test_goods_go_from_the_dock_to_their_bin_and_the_receipt_is_put_away(shop):
    """openboxes#2527, #3341: what was put away is there at once, in the books and for who picks."""
    mug = make_sku(shop)
    make_stock(shop, mug, "1", "5", at=shop.second_bin)

    receipt, (task,) = deliver(shop, {mug: "6"})
    assert (task.to_location_id, task.reason, task.status) == (shop.second_bin, "It lies here already", "open")
    assert plan_put_aways(shop.warehouse.pk, company_id=shop.id, actor=ACTOR) == []
    part = put(shop, task, "4", shop.second_bin, "k-1")
    again = put(shop, task, "4", shop.second_bin, "k-1")
    assert (part.state, again.state, task.status, task.done) == ("part", "already", "in_progress", 4)
    assert status_of("warehouse_receipt", receipt) == "received"
    done = put(shop, task, "2", shop.second_bin, "k-2")

    assert (done.state, task.status, task.device) == ("done", "done", "S1") and task.finished_at
    assert status_of("warehouse_receipt", receipt) == "put_away"
    assert in_place(mug, shop.second_bin) == (7, 0) and in_place(mug, shop.dock) == (0, 0)
    assert broken_checks() == []


def test_goods_are_split_by_what_fits_and_what_no_bin_takes_is_told(shop):
    mug = make_sku(shop)
    Sku.objects.filter(pk=mug).update(weight_g=500)
    make_shelf(shop, max_weight_g=2_000)

    _receipt, tasks = deliver(shop, {mug: "10"})

    assert [(task.quantity, task.to_location_id) for task in tasks] == [(4, shop.bin), (4, shop.second_bin), (2, None)]
    assert "No bin that fits has room" in tasks[2].reason
    # What open tasks will bring takes room too.
    _receipt, [more] = deliver(shop, {mug: "1"})
    assert more.to_location_id is None


def test_rules_come_first_in_their_order_and_blocked_bins_never(shop):
    mug, cup = make_sku(shop), make_sku(shop, "CUP")
    zone = Zone.objects.create(company=shop.company, warehouse=shop.warehouse, code="BULK")
    made = make_bins(BinPlan("B-{1..2}", zone.pk), warehouse=shop.warehouse, actor=ACTOR)
    assert len(made) == 2
    b1, b2 = shop.warehouse.locations.filter(zone=zone).order_by("code")
    given = {"company": shop.company, "warehouse": shop.warehouse}
    PutAwayRule.objects.create(**given, position=1, name="Mugs to bulk", sku_id=mug, zone=zone, strategy="nearest")
    PutAwayRule.objects.create(**given, position=2, name="Off", is_active=False, location_id=shop.second_bin)
    block_bins([b1.pk], reason="Wet", company_id=shop.id, actor=ACTOR)

    _receipt, tasks = deliver(shop, {mug: "3", cup: "3"})

    assert [(t.sku_id, t.to_location_id, t.reason) for t in tasks] == [
        (mug, b2.pk, "Mugs to bulk"),
        (cup, shop.bin, "Empty"),
    ]


def test_cold_goods_lie_cold_and_a_pick_face_takes_up_to_its_maximum(shop):
    mug, ice = make_sku(shop), make_sku(shop, "ICE")
    cold = StorageClass.objects.create(company=shop.company, code="COLD", name="Cold")
    Sku.objects.filter(pk=ice).update(storage_class=cold)
    PickFace.objects.create(sku_id=mug, location_id=shop.bin, minimum=1, maximum=4)
    shop.warehouse.locations.filter(pk=shop.bin).update(is_pick_face=True)

    _receipt, tasks = deliver(shop, {mug: "6", ice: "2"})

    assert [(t.sku_id, t.quantity, t.to_location_id) for t in tasks] == [
        (mug, 4, shop.bin),
        (mug, 2, shop.second_bin),
        (ice, 2, None),
    ]
    shop.warehouse.locations.filter(pk=shop.second_bin).update(storage_class=cold)
    assert put(shop, tasks[1], "2", shop.second_bin).code == "wrong_class"
    assert put(shop, tasks[2], "2", shop.bin, "k-2").code == "wrong_class"
    assert put(shop, tasks[2], "2", shop.second_bin, "k-3").state == "done"


def test_what_may_not_be_is_refused_and_says_what_to_do_and_nothing_is_written(shop):
    """frappe/erpnext#51939, openboxes#229: never more than is there, never what is claimed, never a wrong place."""
    mug = make_sku(shop)
    Sku.objects.filter(pk=mug).update(weight_g=500, length_mm=300, width_mm=100, height_mm=100)
    _receipt, [task] = deliver(shop, {mug: "6"})
    far = make_shop("other")
    kind = make_shelf(shop, max_weight_g=1_000)
    before = facts()

    for quantity, place, code, says in (
        ("7", shop.bin, "more_than_asked", "6 are to be moved"),
        ("6", shop.bin, "full", "2 more fit"),
        ("1", shop.dock, "same_bin", "where it goes"),
        ("1", shop.quarantine, "not_a_bin", "take another"),
        ("1", far.bin, "no_place", "scan the label"),
        ("1", None, "no_place", "scan the label"),
        ("0", shop.bin, "no_quantity", "above zero"),
    ):
        result = put(shop, task, quantity, place)
        assert (result.state, result.code) == ("refused", code) and says in result.detail
    kind.length_mm, kind.width_mm, kind.height_mm = 200, 200, 200
    kind.save()
    assert put(shop, task, "1", shop.bin).code == "too_big"
    block_bins([shop.bin], reason="Wet floor", company_id=shop.id, actor=ACTOR)
    blocked = put(shop, task, "1", shop.bin)
    assert blocked.code == "blocked_bin" and "Wet floor" in blocked.detail
    post_moves([make_move(shop, mug, "5", shop.dock, shop.staging)], company_id=shop.id, actor=ACTOR)
    gone = put(shop, task, "2", shop.second_bin)
    assert gone.code == "not_there" and "only 1" in gone.detail

    assert (task.done, task.status) == (0, "open")
    assert [now - then for now, then in zip(facts(), before, strict=True)][8] == 1  # only the move made here


def test_an_expired_lot_goes_to_quarantine_and_one_lot_bins_take_one(shop):
    milk = make_sku(shop, "MILK")
    Sku.objects.filter(pk=milk).update(lot_tracked=True, expiry_required=True)
    today = timezone.localdate()
    old, new = (
        Lot.objects.create(
            company=shop.company, sku_id=milk, code=code, expiry_date=today + datetime.timedelta(days=days)
        )
        for code, days in (("OLD", 5), ("NEW", 50))
    )
    make_shelf(shop, mixing="one_lot")
    po_id, [line] = make_purchase(shop, {milk: "6"})
    receive_delivery(
        [DeliveredLine(line, D(3), shop.dock, old.pk), DeliveredLine(line, D(3), shop.dock, new.pk)],
        po_id=po_id, company_id=shop.id, effective_at=NOON, actor=ACTOR,
    )  # fmt: skip
    first, second = FloorTask.objects.order_by("pk")

    assert first.to_location_id != second.to_location_id
    assert put(shop, second, "3", second.to_location_id).state == "done"
    assert put(shop, first, "3", second.to_location_id, "k-2").code == "mixed"
    Lot.objects.filter(pk=old.pk).update(expiry_date=today - datetime.timedelta(days=1))
    refused = put(shop, first, "3", first.to_location_id, "k-3")
    assert refused.code == "expired_lot" and "quarantine" in refused.detail


def test_a_task_given_up_is_planned_again(shop):
    mug = make_sku(shop)
    _receipt, [task] = deliver(shop, {mug: "6"})

    [gone] = cancel_tasks([task.pk], company_id=shop.id, actor=ACTOR, reason="Wrong plan")
    [planned] = plan_put_aways(shop.warehouse.pk, company_id=shop.id, actor=ACTOR)

    assert gone.state == "cancelled" and planned.quantity == 6
    assert put(shop, task, "1", shop.bin).code == "over"


def test_where_the_warehouse_cross_docks_what_orders_wait_for_stays_on_the_dock(shop):
    """frappe/erpnext#41378: goods that somebody waits for are not carried to a shelf and fetched from there."""
    mug = make_sku(shop)
    Warehouse.objects.filter(pk=shop.warehouse.pk).update(cross_docks=True)
    make_stock(shop, mug, "1", "5")
    make_claim(shop, mug, "1")
    make_demand(shop, mug, "4")  # waits; the receipt serves it

    _receipt, [task] = deliver(shop, {mug: "6"})

    assert task.quantity == 2


def test_planning_and_doing_cost_the_same_for_one_and_for_many(shop):
    one, many = make_sku(shop, "ONE"), [make_sku(shop, f"S{number}") for number in range(30)]

    def statements(lines):
        po_id, ids = make_purchase(shop, lines)
        receive_purchase(
            [DeliveredLine(pk, D(2), shop.dock) for pk in ids],
            po_id=po_id, company_id=shop.id, effective_at=NOON, actor=ACTOR,
        )  # fmt: skip
        with CaptureQueriesContext(connection) as planning:
            made = plan_put_aways(shop.warehouse.pk, company_id=shop.id, actor=ACTOR)
        puts = [Put(t.task_id, t.quantity, t.to_location_id, f"t:{t.task_id}") for t in made]
        with CaptureQueriesContext(connection) as doing:
            results = do_tasks(puts, company_id=shop.id, effective_at=NOON, actor=ACTOR)
        assert {r.state for r in results} == {"done"} and len(results) == len(lines)
        return len(planning), len(doing)

    statements({make_sku(shop, "WARM"): "2"})
    assert statements({one: "2"}) == statements(dict.fromkeys(many, "2"))
