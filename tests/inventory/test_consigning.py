"""Other owners' goods: kept apart, without value, and a consignor's bought in the breath in which they are sold."""

from decimal import Decimal

import pytest

from inventory.errors import StockRefused
from inventory.models import StockMove, StockQuant
from inventory.selectors import available
from inventory.services import Claim, allocate, issue
from tests.factories.books import ACTOR
from tests.factories.buying import arrive
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
from tests.factories.tracking import make_owner, make_term
from tests.inventory.test_issuing import request

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def consigned():
    """2 mugs of our own at 5.00 and 6 of a consignor."""
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "2", "10.00")
    owner = make_owner(shop)
    arrive(shop, {"sku_id": sku, "quantity": D(6), "owner_id": owner.party_id, "location_id": shop.bin})
    return shop, sku, owner


def claim(shop, sku, quantity, **values):
    demand = make_demand(shop, sku, quantity, **values)
    claim = Claim(demand, sku, shop.warehouse.pk, D(quantity), owner_id=values.get("owner_id"))
    (result,) = allocate([claim], company_id=shop.id, actor=ACTOR)
    return result


def test_others_goods_have_no_value_and_are_never_claimed_for_our_orders(consigned):
    shop, sku, owner = consigned

    result = claim(shop, sku, "5")

    assert (result.claimed, result.code, result.consigned) == (D(2), "partial", ())
    assert cost(sku) == (D(2), D(10)) and balance(shop.company, "grni") == 0
    assert available(shop.id, [sku]) == {(sku, shop.warehouse.pk): D(0)}


def test_a_client_s_own_demand_is_served_from_its_goods_without_a_penny(consigned):
    shop, sku, owner = consigned
    theirs = claim(shop, sku, "4", owner_id=owner.party_id)

    (sent,) = issue(
        [request(shop, sku, theirs.allocation_id, "4", owner_id=owner.party_id)], company_id=shop.id, actor=ACTOR
    )

    assert (sent.value, sent.entry_id) == (D(0), None)
    assert StockQuant.objects.get(owner=owner.party, quantity__gt=0).quantity == D(2)
    assert not goods_differ()


def test_a_consigned_unit_is_bought_when_it_is_sold_and_both_are_one_transaction(consigned):
    shop, sku, owner = consigned
    make_term(owner, sku, "4.00")
    assert available(shop.id, [sku]) == {(sku, shop.warehouse.pk): D(8)}

    result = claim(shop, sku, "5")
    (own, two), (theirs, three) = result.parts
    assert (result.claimed, two, three) == (D(5), D(2), D(3))
    assert balance(shop.company, "grni") == 0  # not before it leaves
    sent = issue(
        [
            request(shop, sku, own, "2", entry_key="shipment:1"),
            request(shop, sku, theirs, "3", owner_id=owner.party_id, entry_key="shipment:1"),
        ],
        company_id=shop.id,
        actor=ACTOR,
    )

    assert [move.value for move in sent] == [D(-10), D(-12)]
    assert balance(shop.company, "grni") == D(-12) and balance(shop.company, "cogs") == D(22)
    assert level(shop, sku) == (D(0), D(0), D(0)) and cost(sku) == (D(0), D(0))
    assert StockMove.objects.filter(owner=owner.party, reason="consigned").get().quantity == D(3)
    assert not goods_differ()


def test_a_claim_of_what_only_strangers_have_is_refused(consigned):
    shop, sku, owner = consigned
    before = written()

    demand = make_demand(shop, sku, "1")
    (result,) = allocate(
        [Claim(demand, sku, shop.warehouse.pk, D(1), owner_id=owner.party_id)], company_id=shop.id, actor=ACTOR
    )
    with refused_as(StockRefused, "stock_refused"):
        issue([request(shop, sku, None, "3")], company_id=shop.id, actor=ACTOR)

    assert result.code == "unknown_sku" and written() == before
