"""Lots with expiry: refused without, claimed and picked by what expires first, set aside when it is over."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from backoffice.demo.tracked import make_tracked_goods
from inventory.errors import LotRefused, StockRefused
from inventory.models import Location, Lot, Serial, Sku
from inventory.selectors import atp, available
from inventory.services import (
    Claim,
    LotInput,
    Tracking,
    allocate,
    allocate_waiting,
    claim_bins,
    ensure_lots,
    post_moves,
    set_expired_aside,
    set_tracking,
)
from inventory.tasks import SCHEDULE
from inventory.tasks import set_expired_aside as tasks_set_expired_aside
from tests.factories.books import ACTOR, NOON
from tests.factories.buying import arrive, in_days
from tests.factories.goods import (
    goods_differ,
    level,
    make_demand,
    make_move,
    make_shop,
    make_sku,
    make_stock,
    rows,
    written,
)
from tests.factories.refusals import refused_as
from tests.factories.tracking import make_lot, make_lot_stock, make_tracked

pytestmark = pytest.mark.django_db

D = Decimal


def claim(shop, sku, quantity, **values):
    demand = make_demand(shop, sku, quantity, **values)
    (result,) = allocate([Claim(demand, sku, shop.warehouse.pk, D(quantity))], company_id=shop.id, actor=ACTOR)
    return result


def picked_lots(shop, result):
    """Codes of the lots that bins are claimed of, with their quantity, in walking order."""
    claims = claim_bins([(result.allocation_id, result.claimed)], company_id=shop.id, actor=ACTOR)
    codes = dict(Lot.objects.values_list("pk", "code"))
    return [(codes[c.lot_id], c.quantity) for c in claims]


@pytest.fixture
def dairy():
    """Milk in three lots of 10: one has expired, one keeps 5 days, one 60."""
    shop = make_shop()
    sku = make_tracked(shop)
    for code, days in (("OLD", -1), ("SOON", 5), ("LATE", 60)):
        make_lot_stock(shop, sku, make_lot(shop, sku, code, days), "10")
    return shop, sku


def test_goods_without_their_lot_or_date_are_refused_by_name_and_nothing_is_written():
    shop = make_shop()
    sku = make_tracked(shop)
    undated = Lot.objects.create(company=shop.company, sku_id=sku, code="X")
    before = written()

    with refused_as(StockRefused, "stock_refused") as lacking:
        arrive(shop, {"sku_id": sku, "quantity": D(2), "unit_cost": D(1)})
    with refused_as(StockRefused, "stock_refused") as dateless:
        arrive(shop, {"sku_id": sku, "quantity": D(2), "unit_cost": D(1), "lot_id": undated.pk})
    with refused_as(LotRefused, "expiry_date_needed"):
        ensure_lots([LotInput(sku, "Y")], company_id=shop.id)

    assert lacking.value.context["items"][0]["code"] == "lot_needed" and "MILK" in lacking.value.detail
    assert dateless.value.context["items"][0]["code"] == "expiry_date_needed"
    assert written() == before and not Lot.objects.filter(code="Y").exists()


def test_the_database_refuses_what_goes_round_the_service():
    shop = make_shop()
    sku = make_tracked(shop, lot=True)
    lot = make_lot(shop, sku, "L1", 30)
    Sku.objects.filter(pk=sku).update(expiry_required=True)

    with pytest.raises(IntegrityError, match="lot_keeps_its_expiry_date"), transaction.atomic():
        Lot.objects.filter(pk=lot).update(expiry_date=None)
    make_lot_stock(shop, sku, lot, "4")
    with pytest.raises(IntegrityError, match="sku_expiry_is_of_lots"), transaction.atomic():
        Sku.objects.filter(pk=sku).update(lot_tracked=False)
    with pytest.raises(IntegrityError, match="stockmove_lot_needed"), transaction.atomic():
        rows(
            "INSERT INTO inventory_stockmove (company_id, sku_id, quantity, from_location_id, to_location_id,"
            " effective_at, value, reason, source_type, actor_label)"
            " VALUES (%s, %s, 1, %s, %s, now(), 0, '', 'tests.case', 'x') RETURNING id",
            shop.id,
            sku,
            shop.bin,
            shop.second_bin,
        )


def test_tracking_is_not_switched_on_over_stock_that_lacks_it():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku)

    with refused_as(LotRefused, "stock_without_lot"):
        set_tracking(sku, tracking=Tracking(lot=True), company_id=shop.id, actor=ACTOR)
    with refused_as(LotRefused, "serials_while_stocked"):
        set_tracking(sku, tracking=Tracking(serial=True), company_id=shop.id, actor=ACTOR)
    with pytest.raises(IntegrityError, match="sku_tracking_fits_stock"), transaction.atomic():
        Sku.objects.filter(pk=sku).update(lot_tracked=True)

    assert not Sku.objects.get(pk=sku).lot_tracked


def test_what_has_expired_is_not_claimed_and_what_expires_first_is_picked_first(dairy):
    shop, sku = dairy

    result = claim(shop, sku, "25")

    assert (result.claimed, result.code) == (D(20), "partial")  # 10 have expired
    assert picked_lots(shop, result) == [("SOON", D(10)), ("LATE", D(10))]
    assert available(shop.id, [sku]) == {(sku, shop.warehouse.pk): D(0)}


def test_a_demand_that_wants_it_to_keep_takes_only_what_keeps_and_leaves_the_rest_to_others(dairy):
    shop, sku = dairy

    fresh = claim(shop, sku, "8", min_expiry_date=in_days(30))
    more = claim(shop, sku, "8", min_expiry_date=in_days(30))
    plain = claim(shop, sku, "15")

    assert (fresh.claimed, more.claimed, more.code) == (D(8), D(2), "partial")
    assert (plain.claimed, plain.code) == (D(10), "partial")  # all that keeps is promised to the two
    assert picked_lots(shop, plain) == [("SOON", D(10))]
    assert picked_lots(shop, fresh) == [("LATE", D(8))]
    assert available(shop.id, [sku], until=in_days(30)) == {(sku, shop.warehouse.pk): D(0)}
    assert not goods_differ()


def test_claims_of_one_batch_take_what_is_left_for_each_of_them(dairy):
    shop, sku = dairy
    asked = [make_demand(shop, sku, "10", min_expiry_date=day) for day in (None, in_days(30), in_days(30))]

    results = allocate([Claim(pk, sku, shop.warehouse.pk, D(10)) for pk in asked], company_id=shop.id, actor=ACTOR)

    assert [(r.claimed, r.code) for r in results] == [(D(10), ""), (D(10), ""), (D(0), "out_of_stock")]


def test_short_dated_goods_serve_others_past_those_who_wait_for_fresh_ones():
    shop = make_shop()
    sku = make_tracked(shop)
    strict = make_demand(shop, sku, "50", min_expiry_date=in_days(90), priority=1)
    plain = make_demand(shop, sku, "5")
    make_lot_stock(shop, sku, make_lot(shop, sku, "L", 30), "5")

    served = allocate_waiting(company_id=shop.id, sku_ids=[sku], warehouse_id=shop.warehouse.pk, actor=ACTOR)

    assert {r.demand_id: r.claimed for r in served} == {strict: D(0), plain: D(5)}


def test_what_is_promised_counts_what_keeps_only(dairy):
    shop, sku = dairy
    found = atp(shop.id, [sku])[sku]

    assert found.available() == D(20)
    assert found.ask(D(15)).short == 0
    assert found.ask(D(15), until=in_days(30)).short == D(5)


def test_expired_goods_are_set_aside_and_promised_ones_are_not_taken_from_anybody(dairy):
    shop, sku = dairy
    make_lot_stock(shop, sku, make_lot(shop, sku, "OLDER", -9), "3", at=shop.second_bin)

    assert set_expired_aside(at=NOON, actor=ACTOR) == 2
    assert set_expired_aside(at=NOON, actor=ACTOR) == 0

    assert level(shop, sku) == (D(33), D(20), D(0))
    assert not goods_differ()


def test_stock_without_tracking_is_moved_and_claimed_as_ever():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku)

    post_moves([make_move(shop, sku, "1", shop.bin, shop.second_bin)], company_id=shop.id, actor=ACTOR)

    assert claim(shop, sku, "10", min_expiry_date=in_days(30)).claimed == D(10)  # no lots, nothing to keep


def test_the_demo_shows_lots_and_units():
    shop = make_shop()
    make_tracked_goods(shop.company, Location.objects.get(pk=shop.bin), NOON, ACTOR)

    assert (Lot.objects.count(), Serial.objects.filter(location=shop.bin).count()) == (6, 12)
    assert not goods_differ()


def test_what_expires_is_set_aside_by_the_hour(dairy):
    shop, sku = dairy

    assert set(SCHEDULE) >= {"set-expired-aside", "plan-replenishment"}
    assert tasks_set_expired_aside() == 1

    assert level(shop, sku)[0] == D(30) and not goods_differ()
