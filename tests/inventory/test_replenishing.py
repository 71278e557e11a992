"""What is lacking is proposed once, with its reason; alerts open and close themselves."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.core.errors import InvalidInput
from backoffice.core.proof import run_checks
from inventory.errors import PurchaseRefused
from inventory.models import (
    Lot,
    PlanningSettings,
    Proposal,
    PurchaseOrder,
    PurchaseOrderLine,
    Sku,
    StockAlert,
    SupplierPrice,
    Transfer,
)
from inventory.replenishment_words import tell, why_of
from inventory.services import (
    RuleInput,
    cancel_purchase_order,
    choose_quantity,
    dismiss_proposals,
    order_proposals,
    post_moves,
    set_reorder_rule,
    submit_purchase_order,
)
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, in_days, make_offer, make_purchase
from tests.factories.goods import add_shop, make_demand, make_move, make_shop, make_sku, make_stock
from tests.factories.planning import count, open_proposals, sell

pytestmark = pytest.mark.django_db
D = Decimal


def order(shop, *ids):
    return order_proposals(list(ids), company_id=shop.id, actor=ACTOR, ordered_at=timezone.now())


def rule(shop, sku, warehouse=None, **values):
    numbers = {name: D(value) if isinstance(value, str) else value for name, value in values.items()}
    place = None if warehouse is None else warehouse.warehouse.pk
    return set_reorder_rule(RuleInput(**numbers), sku_id=sku, warehouse_id=place, company_id=shop.id, actor=ACTOR)


@pytest.fixture
def shop():
    """100 mugs came, 90 were sold in the last 90 days: one a day, 10 left; the supplier takes 10 days."""
    shop = make_shop()
    mug = make_sku(shop, "MUG")
    make_stock(shop, mug, "100", "500.00")
    sell(shop, mug, "90")
    make_offer(shop, "MUG", price="4.00", min_quantity="12", pack_multiple="6", lead_time_days=10)
    return shop


def test_what_is_at_its_reorder_point_is_proposed_with_its_reason(shop):
    done = count(shop)

    assert (done.opened, done.gone) == (1, 0)
    proposal = open_proposals(shop)["MUG", "LON"]
    assert proposal.quantity == 42  # point 17 (10 days and 7 of safety), up to 47, less 10 is 37, in sixes
    assert (proposal.supplier.code, proposal.value, proposal.needed_date) == ("SUP", D("168.00"), in_days(10))
    assert why_of(proposal) == [
        "90 were sold or used up in 90 days: 1 a day.",
        "10 are free, 0 ordered, 0 in transfers.",
        "The position of 10 has reached the reorder point 17: 10 days of lead time and 7 of safety.",
        "Up to 47 that is 37.",
        "The supplier’s minimum is 12, in multiples of 6.",
    ]


def test_a_price_break_in_reach_is_pointed_out(shop):
    offer = make_offer(shop, "MUG")
    SupplierPrice.objects.create(supplier_sku_id=offer, min_quantity=60, unit_price=D("3.50"))

    count(shop)

    assert why_of(open_proposals(shop)["MUG", "LON"])[-1] == "From 60 on one costs 3.5 instead of 4 GBP."


def test_the_same_proposal_is_not_made_every_day(shop):
    """erpnext#36154, #50475, #58404: the same reorder proposed every day; draft proposals not counted."""
    count(shop)
    first = open_proposals(shop)["MUG", "LON"].pk

    again = count(shop)

    assert (again.opened, again.changed) == (0, 1)
    assert open_proposals(shop)["MUG", "LON"].pk == first

    (done,) = order(shop, first)
    after = count(shop)

    assert PurchaseOrder.objects.get(pk=done.purchase_order_id).status == "draft"
    assert (after.opened, open_proposals(shop)) == (0, {})  # the draft counts already
    cancel_purchase_order(done.purchase_order_id, company_id=shop.id, actor=ACTOR, reason="Wrong supplier")
    assert count(shop).opened == 1  # nothing comes any more
    assert run_checks().ok


def test_what_is_ordered_on_the_way_or_back_takes_the_proposal_back(shop):
    count(shop)
    make_purchase(shop, Sku.objects.get(code="MUG").pk, "60")

    done = count(shop)

    assert (done.gone, open_proposals(shop)) == (1, {})
    assert Proposal.objects.get().status == "gone"


def test_proposals_become_one_order_a_supplier_and_warehouse(shop):
    cup = make_sku(shop, "CUP")
    bowl = make_sku(shop, "BOWL")
    make_offer(shop, "CUP", price="2.00", lead_time_days=20)
    make_offer(shop, "BOWL", supplier="OTHER", price="3.00")
    for sku in (cup, bowl):
        make_demand(shop, sku, "5")
    lamp = make_sku(shop, "LAMP")
    make_demand(shop, lamp, "1")
    count(shop)
    found = open_proposals(shop)
    choose_quantity(found["CUP", "LON"].pk, quantity=D(20), company_id=shop.id, actor=ACTOR)
    ids = {code: row.pk for (code, _place), row in found.items()}

    results = dict(zip(ids, order(shop, *ids.values()), strict=True))

    assert [results[code].state for code in ("MUG", "CUP", "BOWL", "LAMP")] == ["done", "done", "done", "refused"]
    assert results["LAMP"].code == "no_supplier" and "LAMP" in results["LAMP"].detail
    together = results["MUG"].purchase_order_id
    assert results["CUP"].purchase_order_id == together != results["BOWL"].purchase_order_id
    lines = PurchaseOrderLine.objects.filter(purchase_order=together).values_list("sku__code", "quantity", "unit_cost")
    assert set(lines) == {("MUG", D(42), D(4)), ("CUP", D(20), D(2))}
    assert PurchaseOrder.objects.get(pk=together).expected_date == in_days(20)
    assert {result.state for result in order(shop, ids["MUG"], ids["BOWL"])} == {"already"}
    assert PurchaseOrder.objects.count() == 2
    purchase = PurchaseOrder.objects.get(pk=together)
    assert submit_purchase_order(purchase.pk, company_id=shop.id, actor=ACTOR).status == "approved"


def test_a_shop_is_supplied_by_the_main_warehouse_with_what_it_can_spare(shop):
    mug = Sku.objects.get(code="MUG").pk
    store = add_shop(shop.company, "SHOP")
    rule(shop, mug, store, reorder_point="4", order_up_to="8", source_id=shop.warehouse.pk)
    rule(shop, mug, shop, reorder_point="5", order_up_to="60")

    count(shop)

    found = open_proposals(shop)
    assert (found["MUG", "SHOP"].source.code, found["MUG", "SHOP"].quantity) == ("LON", D(5))  # 10 less its own 5
    assert found["MUG", "LON"].quantity == 60  # 10 less the 8 that the shop wants, up to 60, in sixes
    (done,) = order(shop, found["MUG", "SHOP"].pk)
    transfer = Transfer.objects.get(pk=done.transfer_id)
    assert (transfer.source.code, transfer.target.code, transfer.status) == ("LON", "SHOP", "draft")
    count(shop)
    assert ("MUG", "SHOP") not in open_proposals(shop)  # 0 and 5 asked for: above its point of 4
    assert run_checks().ok


def test_what_somebody_dismissed_stays_away_until_its_day(shop):
    count(shop)
    proposal = open_proposals(shop)["MUG", "LON"]

    dismiss_proposals([proposal.pk], company_id=shop.id, until=in_days(5), reason="Fair is over", actor=ACTOR)

    assert count(shop).opened == 0
    Proposal.objects.update(dismissed_until=in_days(0))
    assert count(shop).opened == 1
    with pytest.raises(PurchaseRefused) as refused:
        dismiss_proposals([proposal.pk], company_id=shop.id, until=in_days(5), reason=" ", actor=ACTOR)
    assert refused.value.context["code"] == "no_reason"


def test_phased_out_kits_and_ruled_out_skus_are_not_bought(shop):
    mug = Sku.objects.get(code="MUG")
    rule(shop, mug.pk, is_active=False)
    assert count(shop).opened == 0 and not StockAlert.objects.filter(kind="low").exists()

    rule(shop, mug.pk, is_active=True)
    Sku.objects.filter(pk=mug.pk).update(status="phase_out")
    assert count(shop).opened == 0


def test_low_stock_counts_what_is_ordered_and_closes_itself(shop):
    count(shop)
    alert = StockAlert.objects.get(kind="low")
    assert tell("low", alert.facts) == "10 free and 0 coming, less 0 that orders wait for: the limit is 17."

    purchase = make_purchase(shop, alert.sku_id, "60")
    count(shop)

    alert.refresh_from_db()
    assert alert.closed_at is not None
    deliver(shop, purchase, "60")
    count(shop)
    assert StockAlert.objects.filter(closed_at__isnull=True).count() == 0


def test_over_dead_and_expiring_stock_is_told_and_closes_itself(shop):
    mug = Sku.objects.get(code="MUG").pk
    PlanningSettings.objects.create(company=shop.company, overstock_days=5, dead_days=100)
    cup = make_sku(shop, "CUP")
    make_stock(shop, cup, "8", "16.00")  # in March, and never sold
    tea = make_sku(shop, "TEA")
    lot = Lot.objects.create(company=shop.company, sku_id=tea, code="L1", expiry_date=in_days(3))
    move = make_move(shop, tea, "4", shop.outside["adjustment"], shop.bin, lot_id=lot.pk, effective_at=timezone.now())
    post_moves([move], company_id=shop.id, actor=ACTOR)

    count(shop)

    told = {(alert.kind, alert.sku.code): alert for alert in StockAlert.objects.filter(closed_at__isnull=True)}
    assert set(told) == {("low", "MUG"), ("over", "MUG"), ("dead", "CUP"), ("expiry", "TEA")}
    assert told["dead", "CUP"].value == D("16.00")
    assert tell("over", told["over", "MUG"].facts) == "10 on hand last for 10 days."
    assert tell("expiry", told["expiry", "TEA"].facts) == f"4 of lot L1 expire on {in_days(3)}."

    sell(shop, cup, "1", days_ago=1)
    sell(shop, mug, "8", days_ago=1)
    gone = make_move(shop, tea, "4", shop.bin, shop.outside["adjustment"], lot_id=lot.pk, effective_at=timezone.now())
    post_moves([gone], company_id=shop.id, actor=ACTOR)
    count(shop)

    left = StockAlert.objects.filter(closed_at__isnull=True).values_list("kind", "sku__code")
    assert set(left) == {("low", "MUG"), ("over", "CUP")}
    assert run_checks().ok


def test_two_open_proposals_of_a_place_are_refused_by_the_database(shop):
    count(shop)
    first = open_proposals(shop)["MUG", "LON"]

    with pytest.raises(IntegrityError, match="proposal_one_open_a_place"), transaction.atomic():
        Proposal.objects.create(company=shop.company, sku=first.sku, warehouse=first.warehouse, quantity=1)


def test_rules_that_make_no_sense_name_every_field(shop):
    mug = Sku.objects.get(code="MUG").pk

    with pytest.raises(InvalidInput) as refused:
        rule(shop, mug, shop, reorder_point="5", order_up_to="5", source_id=shop.warehouse.pk)

    assert {error["field"] for error in refused.value.context["errors"]} == {"order_up_to", "source"}


def test_counting_many_costs_what_counting_few_costs(shop):
    skus = [make_sku(shop, f"S{n}") for n in range(12)]
    for n, sku in enumerate(skus):
        make_offer(shop, f"S{n}", price="1.00")
        make_demand(shop, sku, "2")

    with CaptureQueriesContext(connection) as few:
        count(shop, *skus[:2])
    with CaptureQueriesContext(connection) as many:
        count(shop, *skus[2:])

    assert len(few) == len(many) <= 22
