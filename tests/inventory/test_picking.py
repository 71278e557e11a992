"""Bin claims: where to pick, and one unit for one picker."""

from decimal import Decimal

import pytest

from inventory.errors import ClaimRefused, StockRefused
from inventory.models import Lot
from inventory.services import claim_bins, post_moves, release_bins
from tests.factories.books import ACTOR
from tests.factories.goods import level, make_claim, make_move, make_shop, make_sku, make_stock, rows, written
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db

D = Decimal


def test_bins_are_chosen_in_pick_sequence_and_split():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "2", "2")
    make_stock(shop, sku, "5", "5", at=shop.second_bin)
    first, second = make_claim(shop, sku, "3"), make_claim(shop, sku, "4")

    results = claim_bins([(first, D(3)), (second, D(4))], company_id=shop.id, actor=ACTOR)

    assert [(r.allocation_id, r.location_id, r.quantity) for r in results] == [
        (first, shop.bin, 2),
        (first, shop.second_bin, 1),
        (second, shop.second_bin, 4),
    ]
    assert rows("SELECT location_id, claimed FROM inventory_stockquant ORDER BY 1") == [
        (shop.bin, 2),
        (shop.second_bin, 5),
    ]


def test_lots_that_expire_first_are_picked_first():
    shop = make_shop()
    sku = make_sku(shop)
    for code, year, place in (("LATE", 2031, shop.bin), ("SOON", 2030, shop.second_bin)):
        lot = Lot.objects.create(company=shop.company, sku_id=sku, code=code, expiry_date=f"{year}-01-01")
        post_moves(
            [make_move(shop, sku, "2", shop.outside["supplier"], place, lot_id=lot.pk, value=D(1))],
            company_id=shop.id,
            actor=ACTOR,
        )
    allocation = make_claim(shop, sku, "3")

    results = claim_bins([(allocation, D(3))], company_id=shop.id, actor=ACTOR)

    assert [(r.location_id, r.quantity) for r in results] == [(shop.second_bin, 2), (shop.bin, 1)]


def test_no_more_is_claimed_in_bins_than_the_allocation_holds():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "9")
    allocation = make_claim(shop, sku, "3")
    claim_bins([(allocation, D(2))], company_id=shop.id, actor=ACTOR)

    results = claim_bins([(allocation, D(5))], company_id=shop.id, actor=ACTOR)

    assert [r.quantity for r in results] == [1]


def test_goods_on_the_dock_are_not_picked():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "3", at=shop.dock)
    allocation = make_claim(shop, sku, "3")

    assert claim_bins([(allocation, D(3))], company_id=shop.id, actor=ACTOR) == []


def test_a_pick_moves_the_claimed_goods():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "3")
    allocation = make_claim(shop, sku, "2")
    (claim,) = claim_bins([(allocation, D(2))], company_id=shop.id, actor=ACTOR)

    post_moves(
        [make_move(shop, sku, "2", shop.bin, shop.staging, bin_claim_id=claim.bin_claim_id)],
        company_id=shop.id,
        actor=ACTOR,
    )

    assert rows("SELECT quantity, picked, released, open FROM inventory_binclaim") == [(2, 2, 0, 0)]
    assert dict(rows("SELECT location_id, quantity - claimed FROM inventory_stockquant")) == {
        shop.bin: 1,
        shop.staging: 2,
    }
    assert level(shop, sku) == (3, 3, 2)


def test_claimed_goods_are_not_moved_by_others():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "3")
    allocation = make_claim(shop, sku, "2")
    (claim,) = claim_bins([(allocation, D(2))], company_id=shop.id, actor=ACTOR)
    before = written()

    with refused(StockRefused) as caught:
        post_moves([make_move(shop, sku, "2", shop.bin, shop.staging)], company_id=shop.id, actor=ACTOR)
    assert caught.value.context["items"][0]["code"] == "not_enough_stock"
    assert caught.value.context["items"][0]["there"] == "1"

    with refused(StockRefused) as caught:
        post_moves(
            [make_move(shop, sku, "3", shop.bin, shop.staging, bin_claim_id=claim.bin_claim_id)],
            company_id=shop.id,
            actor=ACTOR,
        )
    assert caught.value.context["items"][0]["code"] == "bin_claim_too_small"
    assert written() == before


def test_a_released_bin_claim_frees_the_bin():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "3")
    allocation = make_claim(shop, sku, "2")
    (claim,) = claim_bins([(allocation, D(2))], company_id=shop.id, actor=ACTOR)

    release_bins([(claim.bin_claim_id, D(2))], company_id=shop.id, actor=ACTOR, reason="short")

    assert rows("SELECT released, open FROM inventory_binclaim") == [(2, 0)]
    assert rows("SELECT claimed FROM inventory_stockquant") == [(0,)]
    with refused(ClaimRefused, match="less than"):
        release_bins([(claim.bin_claim_id, D(1))], company_id=shop.id, actor=ACTOR)
