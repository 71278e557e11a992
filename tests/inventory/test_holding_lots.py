"""Lots that are blocked by one person and freed by two."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.core.actor import Actor
from backoffice.core.models import User
from inventory.errors import ConditionRefused, HoldRefused, StockRefused
from inventory.models import LotHold, StockQuant
from inventory.selectors import available
from inventory.services import (
    Regrade,
    ask_to_lift,
    hold_lot,
    keep_hold,
    lift_hold,
    post_moves,
    set_condition,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import goods_differ, make_move, make_shop, written
from tests.factories.refusals import refused_as
from tests.factories.tracking import make_lot, make_lot_stock, make_tracked
from tests.inventory.test_lots import claim, picked_lots

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def dairy():
    """10 of lot A and 10 of lot B, which keeps longer."""
    shop = make_shop()
    sku = make_tracked(shop)
    lots = [make_lot(shop, sku, code, days) for code, days in (("A", 30), ("B", 60))]
    for lot in lots:
        make_lot_stock(shop, sku, lot, "10")
    return shop, sku, *lots


def block(shop, lot, **values):
    given = {"cause": "recall", "reason": "Glass in it", "effective_at": NOON, "actor": ACTOR} | values
    return hold_lot(lot, company_id=shop.id, **given)


def person(name):
    return Actor.of(User.objects.create_user(name))


def test_nothing_of_a_blocked_lot_is_claimed_picked_or_shipped(dairy):
    shop, sku, lot, other = dairy
    promised = claim(shop, sku, "4")

    held = block(shop, lot)

    assert (held.aside.moved, held.aside.promised) == (D(10), D(0))  # lot B has enough for who was promised four
    assert StockQuant.objects.get(lot=lot, quantity__gt=0).location.kind == "quarantine"
    make_lot_stock(shop, sku, lot, "5", at=shop.second_bin)  # comes in later
    assert available(shop.id, [sku]) == {(sku, shop.warehouse.pk): D(6)}
    more = claim(shop, sku, "20")
    assert (more.claimed, more.code) == (D(6), "partial")
    assert picked_lots(shop, promised) == [("B", D(4))]
    before = written()
    with refused_as(StockRefused, "stock_refused") as refused:
        post_moves(
            [make_move(shop, sku, "1", shop.second_bin, shop.customer, lot_id=lot)], company_id=shop.id, actor=ACTOR
        )
    assert refused.value.context["items"][0]["code"] == "lot_held" and written() == before
    assert not goods_differ() and other


def test_a_block_is_lifted_by_another_person_than_the_one_who_asked(dairy):
    shop, sku, lot, _other = dairy
    hold, given = block(shop, lot).hold, {"company_id": shop.id, "reason": "Tested: clean"}
    ann, bob = person("ann"), person("bob")
    quarantined = Regrade(sku, D(10), shop.quarantine, "sellable", shop.bin, lot)
    back = {"company_id": shop.id, "effective_at": NOON, "reason": "fine", "actor": ACTOR}

    with refused_as(HoldRefused, "not_asked"):
        lift_hold(hold.pk, actor=ann, **given)
    ask_to_lift(hold.pk, actor=ann, **given)
    for code, act, actor in (
        ("own_request", lift_hold, ann),
        ("already_asked", ask_to_lift, bob),
        ("person_needed", lift_hold, ACTOR),
    ):
        with refused_as(HoldRefused, code):
            act(hold.pk, actor=actor, **given)
    with refused_as(ConditionRefused, "lot_held"):
        set_condition([quarantined], **back)
    keep_hold(hold.pk, actor=bob, **given)
    ask_to_lift(hold.pk, actor=bob, **given)
    lifted = lift_hold(hold.pk, actor=ann, **given)

    assert (lifted.state, lifted.asked_by_label, lifted.lifted_by_label) == ("lifted", "bob", "ann")
    set_condition([quarantined], **back)
    assert available(shop.id, [sku]) == {(sku, shop.warehouse.pk): D(20)}
    with refused_as(HoldRefused, "lifted"):
        lift_hold(hold.pk, actor=bob, **given)
    block(shop, lot)  # and again


def test_what_makes_no_sense_is_refused_and_nothing_is_written(dairy):
    shop, _sku, lot, _other = dairy
    for code, values in (("no_reason", {"reason": " "}), ("unknown_cause", {"cause": "luck"})):
        with refused_as(HoldRefused, code):
            block(shop, lot, **values)
    assert not LotHold.objects.exists()
    block(shop, lot)
    before = written()
    with refused_as(HoldRefused, "already_held"):
        block(shop, lot)
    assert LotHold.objects.count() == 1 and written() == before


def test_the_database_holds_four_eyes_and_the_block_round_the_service(dairy):
    shop, sku, lot, _other = dairy
    hold, ann = block(shop, lot).hold, person("ann")
    make_lot_stock(shop, sku, lot, "5", at=shop.second_bin)

    with pytest.raises(IntegrityError, match="lothold_lifted_by_another"), transaction.atomic():
        LotHold.objects.filter(pk=hold.pk).update(
            asked_by=ann.user_id, lifted_by=ann.user_id, lifted_at=NOON, lifted_by_label="ann"
        )
    with pytest.raises(IntegrityError, match="lothold_one_a_lot"), transaction.atomic():
        LotHold.objects.create(company=shop.company, lot_id=lot, cause="recall", reason="x", made_by_label="x")
    with (
        pytest.raises(IntegrityError, match="stockmove_lot_not_held"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO inventory_stockmove (company_id, sku_id, lot_id, quantity, from_location_id, to_location_id,"
            " effective_at, value, reason, source_type, actor_label)"
            " VALUES (%s, %s, %s, 1, %s, %s, %s, 0, '', 'test', 'test')",
            [shop.id, sku, lot, shop.second_bin, shop.customer, NOON],
        )

    assert LotHold.objects.get().state == "blocked"
