"""Goods that wait in quarantine until somebody looked at them."""

from decimal import Decimal

import pytest

from inventory.errors import ConditionRefused, InspectionRefused, StockRefused
from inventory.models import Inspection, Location, StockQuant
from inventory.services import Claim, Decision, Regrade, allocate, decide_inspection, set_condition
from tests.factories.books import ACTOR, NOON
from tests.factories.buying import arrive, order_goods
from tests.factories.goods import (
    balance,
    cost,
    goods_differ,
    level,
    make_demand,
    make_shop,
    make_sku,
    make_stock,
    written,
)
from tests.factories.refusals import refused_as
from tests.factories.tracking import make_rule

pytestmark = pytest.mark.django_db

D = Decimal


def decide(inspection, *decisions):
    return decide_inspection(
        decisions, inspection_id=inspection.pk, company_id=inspection.company_id, effective_at=NOON, actor=ACTOR
    )


@pytest.fixture
def held():
    """10 mugs of a purchase order that wait to be inspected, and somebody who waits for 4."""
    shop = make_shop()
    sku = make_sku(shop)
    make_rule(shop, sku_id=sku)
    waiting = make_demand(shop, sku, "4")
    order = order_goods(shop, (sku, "10", "3.00"))
    received = arrive(shop, {"sku_id": sku, "quantity": D(10), "po_line_id": order.lines.get().pk})
    return shop, sku, waiting, received


def test_quarantine_blocks_selling_until_it_passes_and_then_serves_who_waits(held):
    shop, sku, waiting, received = held
    inspection = Inspection.objects.get(pk=received.inspection_ids[0])

    assert level(shop, sku) == (D(10), D(0), D(0)) and received.claims == []
    (blocked,) = allocate([Claim(waiting, sku, shop.warehouse.pk, D(4))], company_id=shop.id, actor=ACTOR)
    assert blocked.code == "out_of_stock"

    done = decide(
        inspection,
        Decision("pass", D(7)),
        Decision("damaged", D(2), "broken"),
        Decision("return", D(1), "wrong colour"),
    )

    assert (done.status, done.passed, done.failed) == ("done", D(7), D(3))
    assert level(shop, sku) == (D(9), D(7), D(4))
    assert cost(sku) == (D(9), D(27)) and balance(shop.company, "grni") == D(-27)
    damaged = Location.objects.get(warehouse=shop.warehouse, kind="damaged")
    assert StockQuant.objects.get(location=damaged, sku_id=sku).quantity == D(2)
    assert not goods_differ()


@pytest.mark.parametrize(
    ("decision", "code"),
    [
        (Decision("pass", D(11)), "more_than_open"),
        (Decision("pass", D(0)), "quantity_not_positive"),
        (Decision("damaged", D(1)), "reason_needed"),
        (Decision("burn", D(1), "x"), "unknown_verdict"),
        (Decision("pass", D(1), location_id=0), "wrong_place"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_nothing_is_written(held, decision, code):
    shop, _sku, _waiting, received = held
    inspection = Inspection.objects.get(pk=received.inspection_ids[0])
    if decision.location_id == 0:
        decision = Decision("pass", D(1), location_id=shop.quarantine)
    before = written()

    with refused_as(InspectionRefused, code):
        decide(inspection, decision)

    assert written() == before and Inspection.objects.get().status == "open"


def test_goods_under_inspection_are_not_put_back_by_hand(held):
    shop, sku, _waiting, _received = held
    before = written()

    with refused_as(ConditionRefused, "under_inspection"):
        regrade(shop, sku, "1", shop.quarantine, "sellable", to_location_id=shop.bin)

    assert written() == before


def test_the_most_particular_rule_counts_and_a_sample_tells_how_many_are_looked_at():
    shop = make_shop()
    sku, other = make_sku(shop), make_sku(shop, "CUP")
    order = order_goods(shop, (sku, "30", "1.00"), (other, "5", "1.00"))
    make_rule(shop, supplier=order.supplier)
    make_rule(shop, "sample", sku_id=sku, sample_percent=D(10))
    make_rule(shop, "never", sku_id=other, supplier=order.supplier)
    lines = dict(order.lines.values_list("sku_id", "pk"))

    received = arrive(
        shop,
        {"sku_id": sku, "quantity": D(25), "po_line_id": lines[sku]},
        {"sku_id": other, "quantity": D(5), "po_line_id": lines[other]},
    )

    assert received.places == [shop.quarantine, shop.dock]
    assert [(i.quantity, i.sample) for i in Inspection.objects.all()] == [(D(25), D(3))]
    assert level(shop, other) == (D(5), D(5), D(0))


def regrade(shop, sku, quantity, from_id, condition, reason="dented", **values):
    return set_condition(
        [Regrade(sku, D(quantity), from_id, condition, **values)],
        company_id=shop.id,
        effective_at=NOON,
        reason=reason,
        actor=ACTOR,
    )


def test_goods_are_set_aside_with_a_reason_and_come_back_for_those_who_wait():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10")

    regrade(shop, sku, "3", shop.bin, "damaged")
    damaged = Location.objects.get(warehouse=shop.warehouse, kind="damaged").pk
    assert level(shop, sku) == (D(10), D(7), D(0))
    late = make_demand(shop, sku, "9")
    allocate([Claim(late, sku, shop.warehouse.pk, D(9))], company_id=shop.id, actor=ACTOR)
    regrade(shop, sku, "2", damaged, "sellable", to_location_id=shop.bin)

    assert level(shop, sku) == (D(10), D(9), D(9)) and cost(sku) == (D(10), D(50))
    assert not goods_differ()


@pytest.mark.parametrize(
    ("values", "error", "code"),
    [
        ({"reason": " "}, ConditionRefused, "reason_needed"),
        ({"condition": "eaten"}, ConditionRefused, "unknown_condition"),
        ({"condition": "sellable"}, ConditionRefused, "unknown_place"),
        ({"quantity": "11"}, StockRefused, "stock_refused"),
        ({"quantity": "-1"}, ConditionRefused, "quantity_not_positive"),
    ],
)
def test_what_cannot_be_set_aside_is_refused_and_nothing_is_written(values, error, code):
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10")
    before = written()

    with refused_as(error, code):
        regrade(shop, sku, **({"quantity": "1", "from_id": shop.bin, "condition": "damaged"} | values))

    assert written() == before
