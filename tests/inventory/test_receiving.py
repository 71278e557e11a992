"""Purchase orders and what arrives on them."""

from decimal import Decimal

import pytest

from accounting.errors import ExchangeRateMissing
from accounting.services import set_exchange_rate
from backoffice.core.errors import DomainError, IllegalTransition
from inventory.errors import PurchaseRefused
from inventory.models import GrniItem, PurchaseOrder
from inventory.services import (
    LandedCostLineInput,
    cancel_purchase_order,
    close_purchase_order,
    create_landed_cost,
    post_landed_cost,
    reverse_receipt,
)
from tests.factories.bills import grni, make_bill, post, receipt_line
from tests.factories.books import ACTOR, NOON
from tests.factories.buying import arrive, order_goods
from tests.factories.costs import moved
from tests.factories.goods import (
    balance,
    cost,
    goods_differ,
    level,
    make_demand,
    make_shop,
    make_sku,
    make_stock,
    rows,
    written,
)
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db

D = Decimal


def test_a_receipt_brings_goods_cost_entry_and_counts_the_order_line():
    shop = make_shop()
    sku = make_sku(shop)
    order = order_goods(shop, (sku, "10", "2.505"))
    line = order.lines.get()

    received = arrive(shop, {"sku_id": sku, "quantity": D(4), "po_line_id": line.pk})

    assert received.moves[0].value == D("10.02")
    assert level(shop, sku) == (4, 4, 0)
    assert cost(sku) == (4, D("10.02"))
    assert balance(shop.company, "inventory") == D("10.02")
    assert balance(shop.company, "grni") == D("-10.02")
    assert rows("SELECT received FROM inventory_purchaseorderline") == [(4,)]
    order.refresh_from_db()
    assert order.status == "partly_received"
    arrive(shop, {"sku_id": sku, "quantity": D(6), "po_line_id": line.pk}, key="receipt:2")
    order.refresh_from_db()
    assert order.status == "received"


def test_waiting_demands_get_what_arrived():
    shop = make_shop()
    sku = make_sku(shop)
    order = order_goods(shop, (sku, "5", "1"))
    later = make_demand(shop, sku, "4")
    urgent = make_demand(shop, sku, "3", priority=1)

    received = arrive(shop, {"sku_id": sku, "quantity": D(5), "po_line_id": order.lines.get().pk})

    assert [(c.demand_id, c.claimed) for c in received.claims] == [(urgent, 3), (later, 2)]
    assert level(shop, sku) == (5, 5, 5)


def test_goods_put_in_quarantine_serve_nobody():
    shop = make_shop()
    sku = make_sku(shop)
    make_demand(shop, sku, "4")

    received = arrive(shop, {"sku_id": sku, "quantity": D(5), "unit_cost": D(1), "location_id": shop.quarantine})

    assert received.claims == []
    assert level(shop, sku) == (5, 0, 0)


def test_the_same_receipt_again_changes_nothing():
    shop = make_shop()
    sku = make_sku(shop)
    line = order_goods(shop, (sku, "5", "1")).lines.get()
    first = arrive(shop, {"sku_id": sku, "quantity": D(5), "po_line_id": line.pk})
    before = written()

    second = arrive(shop, {"sku_id": sku, "quantity": D(5), "po_line_id": line.pk})

    assert [m.state for m in second.moves] == ["already"]
    assert second.moves[0].move_id == first.moves[0].move_id
    assert written() == before
    assert rows("SELECT received FROM inventory_purchaseorderline") == [(5,)]


def test_a_foreign_order_is_valued_at_the_rate_of_the_day():
    shop = make_shop()
    sku = make_sku(shop)
    order = order_goods(shop, (sku, "3", "10.00"), currency="EUR")
    line = order.lines.get()

    with refused(ExchangeRateMissing):
        arrive(shop, {"sku_id": sku, "quantity": D(3), "po_line_id": line.pk})
    set_exchange_rate(company_id=shop.id, currency="EUR", date=NOON.date(), rate=D("0.8555"))
    received = arrive(shop, {"sku_id": sku, "quantity": D(3), "po_line_id": line.pk})

    assert received.moves[0].value == D("25.67")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"quantity": D(6)}, "over_delivery"),
        ({"sku_id": "other"}, "wrong_sku"),
        ({"po_line_id": 999_999}, "unknown_line"),
    ],
)
def test_what_was_not_ordered_is_refused(line, code):
    shop = make_shop()
    sku, other = make_sku(shop), make_sku(shop, "CUP")
    ordered = order_goods(shop, (sku, "5", "1")).lines.get()
    before = written()

    with refused(PurchaseRefused) as caught:
        given = {"sku_id": sku, "quantity": D(5), "po_line_id": ordered.pk} | line
        arrive(shop, given | ({"sku_id": other} if given["sku_id"] == "other" else {}))

    assert caught.value.context["code"] == code
    assert written() == before


def test_nothing_arrives_on_a_draft_and_nothing_is_cancelled_after_arrival():
    shop = make_shop()
    sku = make_sku(shop)
    draft = order_goods(shop, (sku, "5", "1"), sent=False)
    with refused(PurchaseRefused, match="draft|Draft"):
        arrive(shop, {"sku_id": sku, "quantity": D(5), "po_line_id": draft.lines.get().pk})

    sent = order_goods(shop, (sku, "5", "1"))
    arrive(shop, {"sku_id": sku, "quantity": D(1), "po_line_id": sent.lines.get().pk})
    with refused(IllegalTransition):
        cancel_purchase_order(sent.pk, company_id=shop.id, actor=ACTOR)

    close_purchase_order(sent.pk, company_id=shop.id, actor=ACTOR, reason="rest not delivered")
    assert rows(
        "SELECT old_value, new_value, reason FROM core_auditevent WHERE object_id = %s ORDER BY id DESC LIMIT 1",
        sent.pk,
    ) == [("partly_received", "closed", "rest not delivered")]


@pytest.mark.parametrize(
    ("quantity", "unit_cost", "code"), [("0", "1", "bad_line"), ("1", "-1", "bad_line"), (None, None, "no_lines")]
)
def test_a_senseless_order_is_refused(quantity, unit_cost, code):
    shop = make_shop()
    sku = make_sku(shop)

    with refused(PurchaseRefused) as caught:
        order_goods(shop, *([(sku, quantity, unit_cost)] if quantity else []))

    assert caught.value.context["code"] == code
    assert not PurchaseOrder.objects.exists()


def back(shop, move, reason="wrong pallet"):
    return reverse_receipt(move, company_id=shop.id, effective_at=NOON, actor=ACTOR, reason=reason)


def test_a_receipt_is_taken_back_by_a_counter_move_and_the_order_expects_it_again():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10", "10.00")
    order = order_goods(shop, (sku, "10", "2.50"))
    line = order.lines.get()
    (move,) = arrive(shop, {"sku_id": sku, "quantity": D(10), "po_line_id": line.pk}).moves

    counter = back(shop, move.move_id)

    assert (counter.value, counter.reason, cost(sku)) == (D("-17.50"), "receipt_reversal", (10, D("17.50")))
    assert (balance(shop.company, "grni"), balance(shop.company, "price_variance")) == (0, D("-7.50"))
    assert grni(shop) == (0, 0) and goods_differ() == []
    line.refresh_from_db()
    order.refresh_from_db()
    assert (line.received, order.status) == (0, "partly_received")
    before = written()
    with refused(PurchaseRefused) as caught:
        back(shop, move.move_id)
    assert caught.value.context["code"] == "already_reversed" and written() == before
    arrive(shop, {"sku_id": sku, "quantity": D(10), "po_line_id": line.pk}, key="receipt:2")
    order.refresh_from_db()
    assert order.status == "received"


def test_a_receipt_that_was_billed_sold_or_has_costs_on_it_is_not_taken_back():
    shop = make_shop()
    sku = make_sku(shop)
    order = order_goods(shop, (sku, "30", "2.50"))
    line = order.lines.get()
    rows_of = {"sku_id": sku, "po_line_id": line.pk}
    sold = arrive(shop, rows_of | {"quantity": D(4)}).moves[0].move_id
    moved(shop, sku, "4", shop.dock, shop.customer)
    landed = arrive(shop, rows_of | {"quantity": D(5)}, key="receipt:2").moves[0].move_id
    given = {"company_id": shop.id, "actor": ACTOR}
    freight = [LandedCostLineInput("freight", D(3))]
    document = create_landed_cost(freight, move_ids=[landed], basis="quantity", effective_at=NOON, **given)
    post_landed_cost(document.pk, **given)
    opening = rows("SELECT min(id) FROM inventory_stockmove WHERE to_location_id = %s", shop.customer)[0][0]
    billed = GrniItem.objects.get(move_id=arrive(shop, rows_of | {"quantity": D(6)}, key="receipt:3").moves[0].move_id)
    post(shop, make_bill(shop, order.supplier_id, receipt_line(billed, "6", "2.50")))
    moved(shop, sku, "9", shop.dock, shop.second_bin)
    before = written()

    for move, code in (
        (landed, "landed"), (opening, "not_a_receipt"), (billed.move_id, "billed"), (sold, "stock_refused"),
    ):  # fmt: skip
        with refused(DomainError) as caught:
            back(shop, move)
        assert caught.value.context.get("code", caught.value.code) == code
    with refused(PurchaseRefused) as caught:
        back(shop, sold, reason=" ")
    assert caught.value.context["code"] == "no_reason" and written() == before
