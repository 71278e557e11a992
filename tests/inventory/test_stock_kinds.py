"""Every kind of stock stands apart, and together they are what lies there."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from inventory.models import StockLevel, StockQuant
from inventory.selectors.stock_kinds import stock_kinds
from inventory.services import Decision, OpeningLine, decide_inspection, post_opening_stock
from tests.factories.books import ACTOR, NOON
from tests.factories.buying import arrive, make_purchase
from tests.factories.costs import moved
from tests.factories.goods import make_claim, make_shop, make_sku, make_stock
from tests.factories.tracking import make_owner, make_rule

pytestmark = pytest.mark.django_db

D = Decimal


def test_kinds_add_up_to_what_lies_there(django_assert_num_queries):
    shop = make_shop()
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    make_stock(shop, mug, "50", "100.00")
    make_claim(shop, mug, "7")
    moved(shop, mug, "3", shop.bin, shop.quarantine)
    moved(shop, mug, "2", shop.bin, shop.missing)
    make_rule(shop, sku_id=cup)
    held = arrive(shop, {"sku_id": cup, "quantity": D(10), "unit_cost": D(2)})
    decide_inspection(
        [Decision("pass", D(4)), Decision("damaged", D(1), "cracked")],
        inspection_id=held.inspection_ids[0], company_id=shop.id, effective_at=NOON, actor=ACTOR,
    )  # fmt: skip
    make_purchase(shop, cup, "20")
    make_purchase(shop, cup, "99", until="draft")
    owner = make_owner(shop)
    post_opening_stock(
        [OpeningLine(mug, shop.bin, D(5), D(0), owner_id=owner.party_id)],
        company_id=shop.id, effective_at=NOON, actor=ACTOR, source_key="theirs",
    )  # fmt: skip

    with django_assert_num_queries(1):
        ours, theirs, cups = stock_kinds(shop.id, [mug, cup])

    assert (ours.on_hand, ours.sellable, ours.claimed, ours.available) == (50, 45, 7, 38)
    assert (ours.quarantine, ours.missing, ours.damaged, ours.incoming, ours.owner) == (3, 2, 0, 0, "")
    assert (theirs.owner, theirs.on_hand, theirs.available) == ("FABRICA", 5, 5)
    assert (cups.on_hand, cups.sellable, cups.quarantine, cups.damaged, cups.incoming) == (10, 4, 5, 1, 20)
    for sku in (mug, cup):
        rows = stock_kinds(shop.id, [sku])
        assert (
            sum(row.on_hand for row in rows) == StockQuant.objects.filter(sku_id=sku).aggregate(n=Sum("quantity"))["n"]
        )
        levels = StockLevel.objects.filter(sku_id=sku).aggregate(on=Sum("on_hand"), free=Sum("available"))
        assert (sum(row.on_hand for row in rows), sum(row.available for row in rows)) == (levels["on"], levels["free"])
    assert stock_kinds(shop.id, [mug], warehouse_id=0) == []
