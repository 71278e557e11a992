"""Landed cost, revaluation, standard prices, changes of method, assembly: what each does to the books, to the cent."""

import datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from backoffice.core.approving import ApprovalRefused
from backoffice.core.models import ApprovalThreshold
from backoffice.core.proof import run_checks
from inventory import services
from inventory.errors import (
    AssemblyRefused,
    BomRefused,
    CostMethodRefused,
    LandedCostRefused,
    RevaluationRefused,
    StockRefused,
)
from inventory.models import AssemblyOrder, LandedCost, LandedCostShare, Sku
from tests.factories.books import ACTOR, NOON
from tests.factories.costs import bought, moved, set_standard
from tests.factories.goods import balance, cost, level, make_claim, make_shop, make_sku, make_stock, rows, written
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db

D = Decimal
TODAY = NOON.date()


def even(shop):
    """The standing proof, and stock value = inventory account."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert [result for result in run_checks().results if result.state != "ok"] == []


def landed(shop, moves, *lines, **values):
    return services.create_landed_cost(
        [services.LandedCostLineInput(kind, D(amount)) for kind, amount in lines or (("freight", "10.00"),)],
        move_ids=moves,
        company_id=shop.id,
        effective_at=NOON,
        actor=ACTOR,
        **values,
    )


@pytest.mark.parametrize(
    ("basis", "parts"), [("value", [5, 5]), ("quantity", ["2.5", "7.5"]), ("weight", [4, 6]), ("volume", [1, 9])]
)
def test_a_landed_cost_is_split_by_what_was_chosen(basis, parts):
    shop = make_shop()
    heavy, light = make_sku(shop, "HEAVY"), make_sku(shop, "LIGHT")
    Sku.objects.filter(pk=heavy).update(weight_g=200, length_mm=10, width_mm=10, height_mm=10)
    Sku.objects.filter(pk=light).update(weight_g=100, length_mm=30, width_mm=10, height_mm=10)
    moves = [bought(shop, heavy, "1", "30.00"), bought(shop, light, "3", "30.00")]
    document = landed(shop, moves, ("freight", "7.00"), ("duty", "3.00"), basis=basis)
    before = written()

    previewed = [result.stock for _share, result in services.preview_landed_cost(document)]
    assert previewed == [D(part) for part in parts] and written() == before
    services.post_landed_cost(document.pk, company_id=shop.id, actor=ACTOR)

    assert [cost(sku)[1] - 30 for sku in (heavy, light)] == previewed
    assert balance(shop.company, "landed_cost") == -10
    even(shop)


def test_an_estimate_is_put_right_and_each_document_reversed():
    shop = make_shop()
    sku = make_sku(shop, cost_method="fifo")
    receipt = bought(shop, sku, "4", "40.00")
    estimate = landed(shop, [receipt], ("freight", "8.00"), is_estimate=True)
    services.post_landed_cost(estimate.pk, company_id=shop.id, actor=ACTOR)
    moved(shop, sku, "1", shop.bin, shop.customer)
    bill = [services.LandedCostLineInput("freight", D("6.00")), services.LandedCostLineInput("duty", D("3.00"))]

    right = services.true_up_landed_cost(estimate.pk, lines=bill, company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert list(right.lines.order_by("kind").values_list("kind", "amount")) == [("duty", 3), ("freight", -2)]
    assert balance(shop.company, "landed_cost") == -9
    assert cost(sku) == (3, D("36.75")) and balance(shop.company, "cogs") == D("12.25")
    with refused(LandedCostRefused, match="put right by another"):
        services.reverse_landed_cost(estimate.pk, company_id=shop.id, actor=ACTOR, reason="no")
    for document in (right, estimate):
        services.reverse_landed_cost(document.pk, company_id=shop.id, actor=ACTOR, reason="wrong shipment")
    assert balance(shop.company, "landed_cost") == 0 and cost(sku) == (3, 30)
    even(shop)


@pytest.mark.parametrize(
    ("lines", "basis", "code"),
    [
        ([("freight", "0")], "value", "bad_line"),
        ([("freight", "-1")], "value", "bad_line"),
        ([("love", "1")], "value", "bad_line"),
        ([("freight", "1")], "weight", "no_basis"),
    ],
)
def test_a_landed_cost_that_makes_no_sense_is_refused(lines, basis, code):
    shop = make_shop()
    receipt = bought(shop, make_sku(shop), "1", "1.00")
    before = written()

    with refused(LandedCostRefused) as caught:
        landed(shop, [receipt], *lines, basis=basis)

    assert caught.value.code == code
    assert (written(), LandedCost.objects.count(), LandedCostShare.objects.count()) == (before, 0, 0)


def test_standard_cost_leaves_the_difference_to_the_suppliers_price_as_variance():
    shop = make_shop()
    sku = make_sku(shop, cost_method="standard")
    set_standard(shop, sku, "3.333")

    receipt = bought(shop, sku, "3", "12.00")

    assert cost(sku) == (3, 10) and balance(shop.company, "price_variance") == 2
    assert balance(shop.company, "grni") == -12
    issue = moved(shop, sku, "1", shop.bin, shop.customer)
    assert cost(sku) == (2, D("6.67")) and balance(shop.company, "cogs") == D("3.33")
    moved(shop, sku, "1", shop.customer, shop.bin, returns_move_id=issue)
    assert cost(sku) == (3, 10) and balance(shop.company, "cogs") == 0
    set_standard(shop, sku, "4")
    assert cost(sku) == (3, 12) and balance(shop.company, "price_variance") == 0
    services.spread_late_costs(
        [services.LateCost(receipt, D(1), "bill_variance", NOON, "tests.case", 1, "late:1")],
        company_id=shop.id,
        actor=ACTOR,
    )
    assert cost(sku) == (3, 12) and balance(shop.company, "price_variance") == 1
    even(shop)


def test_a_standard_price_of_tomorrow_is_posted_tomorrow():
    shop = make_shop()
    sku = make_sku(shop, cost_method="standard")
    set_standard(shop, sku, "2")
    bought(shop, sku, "3", "6.00")
    later = set_standard(shop, sku, "3", valid_from=TODAY + datetime.timedelta(days=1))

    assert (later.status, cost(sku)) == ("approved", (3, 6))
    services.post_due_revaluations(company_id=shop.id, effective_at=NOON + datetime.timedelta(days=1), actor=ACTOR)

    later.refresh_from_db()
    assert (later.status, cost(sku)) == ("posted", (3, 9))
    even(shop)


@pytest.mark.parametrize(("old", "new"), [("average", "fifo"), ("fifo", "average"), ("average", "standard")])
def test_a_cost_method_changes_at_the_value_there_is(old, new):
    shop = make_shop()
    sku = make_sku(shop, cost_method=old)
    make_stock(shop, sku, "2", "1.01")
    receipt = bought(shop, sku, "5", "9.99")
    make_claim(shop, sku, "6", kind="assembly", source_type="tests.case")
    set_standard(shop, sku, "2")
    places = level(shop, sku)

    changed = services.change_cost_method(
        sku, method=new, company_id=shop.id, effective_at=NOON, actor=ACTOR, reason="new rule"
    )

    assert changed == (3 if new == "standard" else 0)
    assert cost(sku) == (7, 11 + changed) and level(shop, sku) == places
    opened = rows("SELECT remaining, remaining_value FROM inventory_costlayer WHERE NOT pooled AND used < quantity")
    assert opened == ([(7, 11)] if new == "fifo" else [])
    services.spread_late_costs(
        [services.LateCost(receipt, D("0.70"), "bill_variance", NOON, "tests.case", 1, "late:1")],
        company_id=shop.id,
        actor=ACTOR,
    )
    assert cost(sku)[1] == (14 if new == "standard" else D("11.70"))
    even(shop)


def test_a_cost_method_is_not_changed_for_nothing_or_without_a_price():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku)
    before = written()

    for method, code in (("average", "same_method"), ("standard", "no_price"), ("lifo", "unknown_method")):
        with refused(CostMethodRefused) as caught:
            services.change_cost_method(
                sku, method=method, company_id=shop.id, effective_at=NOON, actor=ACTOR, reason="x"
            )
        assert caught.value.code == code
    assert written() == before
    with pytest.raises(DatabaseError, match="sku_cost_method_while_stocked"), transaction.atomic():
        Sku.objects.filter(pk=sku).update(cost_method="fifo")


def test_a_revaluation_above_the_limit_needs_a_second_person(django_user_model):
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10", "50.00")
    ApprovalThreshold.objects.create(company_id=shop.id, action="revaluation", amount=D(5))
    ana, ben = (type(ACTOR)(name, django_user_model.objects.create_user(name).pk) for name in ("ana", "ben"))
    given = {"company_id": shop.id, "effective_at": NOON}
    document = services.create_revaluation(
        [services.RevaluationLineInput(sku, D("4"))], company_id=shop.id, kind="write_down", valid_from=TODAY, actor=ana
    )
    assert services.submit_revaluation(document.pk, actor=ana, **given).status == "submitted"
    before = written()

    with refused(ApprovalRefused):
        services.approve_revaluation(document.pk, actor=ana, **given)

    assert written() == before
    assert services.approve_revaluation(document.pk, actor=ben, **given).status == "posted"
    assert cost(sku) == (10, 40) and balance(shop.company, "inventory_loss") == 10
    services.reverse_revaluation(document.pk, actor=ben, reason="sold after all", **given)
    assert cost(sku) == (10, 50) and balance(shop.company, "inventory_loss") == 0
    even(shop)


@pytest.mark.parametrize(
    ("kind", "price", "code"),
    [("write_down", "6", "not_below"), ("revaluation", "-1", "bad_cost"), ("gift", "1", "bad_kind")],
)
def test_a_revaluation_that_makes_no_sense_is_refused(kind, price, code):
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10", "50.00")
    before = written()

    with refused(RevaluationRefused) as caught:
        services.create_revaluation(
            [services.RevaluationLineInput(sku, D(price))], company_id=shop.id, kind=kind, valid_from=TODAY, actor=ACTOR
        )

    assert (caught.value.code, written()) == (code, before)


def make_desk(shop):
    """DESK: one TOP and four LEGs, 5.00 of labour."""
    desk, top, leg = (make_sku(shop, code) for code in ("DESK", "TOP", "LEG"))
    make_stock(shop, top, "3", "30.01")
    make_stock(shop, leg, "12", "12.00")
    parts = [services.BomPart(top, D(1), D(3)), services.BomPart(leg, D(4), D(1))]
    services.set_bill_of_materials(desk, parts=parts, company_id=shop.id, actor=ACTOR, labour_cost=D(5))
    return desk, top, leg


def make_assembly(shop, sku, quantity, kind="assemble"):
    given = {"company_id": shop.id, "actor": ACTOR}
    order = services.create_assembly_order(sku, quantity=D(quantity), location_id=shop.bin, kind=kind, **given)
    return services.release_assembly_order(order.pk, effective_at=NOON, **given)


def test_what_is_assembled_costs_its_components_and_labour_to_the_cent():
    shop = make_shop()
    desk, top, leg = make_desk(shop)
    order = make_assembly(shop, desk, "3")
    assert level(shop, leg) == (12, 12, 12)
    given = {"company_id": shop.id, "effective_at": NOON, "actor": ACTOR}

    services.complete_assembly(order.pk, quantity=D(1), **given)
    run = services.complete_assembly(order.pk, quantity=D(1), scrapped=D(1), **given)

    order.refresh_from_db()
    assert (order.status, order.done) == ("done", 3)
    assert cost(top) == (0, 0) and cost(leg) == (0, 0)
    assert cost(desk) == (2, D("38.01")) and run.scrap_cost == D("14.00")
    assert balance(shop.company, "work_in_progress") == 0
    assert balance(shop.company, "assembly_cost") == -10 and balance(shop.company, "inventory_loss") == 14
    even(shop)


def test_a_run_is_taken_back_to_the_cent_and_only_once():
    shop = make_shop()
    desk, top, leg = make_desk(shop)
    before = cost(top), cost(leg)
    order = make_assembly(shop, desk, "3")
    given = {"company_id": shop.id, "effective_at": NOON, "actor": ACTOR}
    run = services.complete_assembly(order.pk, quantity=D(2), scrapped=D(1), **given)

    services.reverse_assembly_run(run.pk, reason="counted the wrong pile", **given)

    assert (cost(top), cost(leg)) == before and cost(desk) == (0, 0)
    for role in ("work_in_progress", "assembly_cost", "inventory_loss", "price_variance"):
        assert balance(shop.company, role) == 0
    even(shop)
    held = written()
    with refused(AssemblyRefused) as caught:
        services.reverse_assembly_run(run.pk, reason="again", **given)
    assert caught.value.code == "already_reversed" and written() == held


def test_a_run_is_not_taken_back_when_what_it_made_has_gone():
    shop = make_shop()
    desk, _top, _leg = make_desk(shop)
    order = make_assembly(shop, desk, "1")
    given = {"company_id": shop.id, "effective_at": NOON, "actor": ACTOR}
    run = services.complete_assembly(order.pk, quantity=D(1), **given)
    moved(shop, desk, "1", shop.bin, shop.customer)
    before = written()

    with refused(StockRefused):
        services.reverse_assembly_run(run.pk, reason="wrong", **given)

    assert written() == before


def test_what_is_taken_apart_gives_its_cost_to_its_components():
    shop = make_shop()
    desk, top, leg = make_desk(shop)
    make_stock(shop, desk, "1", "20.01")
    order = make_assembly(shop, desk, "1", "dismantle")

    services.complete_assembly(order.pk, quantity=D(1), company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert cost(desk) == (0, 0) and balance(shop.company, "work_in_progress") == 0
    assert cost(top) == (4, D("45.02")) and cost(leg) == (16, D("17.00"))
    even(shop)


def test_a_late_cost_of_a_component_reaches_what_was_made_of_it():
    shop = make_shop()
    desk, _top, leg = make_desk(shop)
    receipt = bought(shop, leg, "12", "12.00")
    order = make_assembly(shop, desk, "3")
    services.complete_assembly(order.pk, quantity=D(3), company_id=shop.id, effective_at=NOON, actor=ACTOR)
    moved(shop, leg, "12", shop.bin, shop.outside["adjustment"])
    moved(shop, desk, "1", shop.bin, shop.customer)
    before = cost(desk)[1]

    services.spread_late_costs(
        [services.LateCost(receipt, D("12.00"), "bill_variance", NOON, "tests.case", 1, "late:1")],
        company_id=shop.id,
        actor=ACTOR,
    )

    assert cost(desk)[1] - before == 4
    assert balance(shop.company, "work_in_progress") == 0
    even(shop)


def test_nothing_is_made_of_itself():
    shop = make_shop()
    desk, top, leg = make_desk(shop)
    before = written()

    with refused(BomRefused) as caught:
        services.set_bill_of_materials(leg, parts=[services.BomPart(desk, D(1))], company_id=shop.id, actor=ACTOR)

    assert caught.value.code == "cycle" and caught.value.context["chain"] == ["LEG", "DESK", "LEG"]
    assert written() == before
    bom = rows("SELECT id FROM inventory_billofmaterials WHERE sku_id = %s", desk)[0][0]
    with (
        pytest.raises(DatabaseError, match="bomcomponent_no_cycle"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO inventory_bomcomponent (bom_id, position, sku_id, quantity) VALUES (%s, 9, %s, 1)", [bom, desk]
        )


def test_an_assembly_without_its_parts_is_refused():
    shop = make_shop()
    desk, _top, _leg = make_desk(shop)
    order = make_assembly(shop, desk, "4")
    before = written()

    for quantity, code in (("4", "not_enough_stock"), ("5", "too_many"), ("0", "bad_quantity")):
        with refused(AssemblyRefused) as caught:
            services.complete_assembly(
                order.pk, quantity=D(quantity), company_id=shop.id, effective_at=NOON, actor=ACTOR
            )
        assert caught.value.code == code
    assert written() == before and AssemblyOrder.objects.get().status == "released"
    services.cancel_assembly_order(order.pk, company_id=shop.id, actor=ACTOR, reason="no legs")
    assert level(shop, _leg) == (12, 12, 0)
    even(shop)


def test_a_back_dated_receipt_restates_nothing():
    """erpnext#53773: a back-dated receipt rewrote the cost of later sales through a repost queue that could fail. Also
    erpnext#36634, erpnext#41493, erpnext#26625, erpnext#24031."""
    shop = make_shop()
    sku = make_sku(shop)
    bought(shop, sku, "1", "10.00")
    issue = moved(shop, sku, "1", shop.bin, shop.customer)
    before = rows("SELECT id, value FROM inventory_stockmove WHERE id = %s", issue)

    moved(
        shop,
        sku,
        "1",
        shop.outside["supplier"],
        shop.bin,
        value=D("90.00"),
        effective_at=NOON - datetime.timedelta(days=9),
    )

    assert rows("SELECT id, value FROM inventory_stockmove WHERE id = %s", issue) == before
    assert balance(shop.company, "cogs") == 10 and cost(sku) == (1, 90)
