"""Holds: several at once, each released by a named user who says why."""

import pytest

from backoffice.core.actor import Actor
from backoffice.core.models import User
from orders.errors import HoldKept, NotReady
from orders.models import Fulfilment, Hold, Order, OrderLine
from orders.services import cancel_order, map_lines, place_hold, release_hold, release_orders
from tests.factories.books import ACTOR
from tests.factories.goods import level, make_shop, make_sku, make_stock
from tests.factories.refusals import refused
from tests.factories.sales import line, make_channel, order, orders_written, pack, place

pytestmark = pytest.mark.django_db


def make_user() -> Actor:
    return Actor.of(User.objects.create(username="dora"))


def test_a_hold_stops_work_and_the_last_release_starts_it_again():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "5")
    (result,) = place(make_channel(shop))
    user = make_user()

    first = place_hold(result.order_id, company_id=shop.id, kind="fraud", reason="odd card", actor=user)
    second = place_hold(result.order_id, company_id=shop.id, kind="address", reason="no number", actor=user)
    again = place_hold(result.order_id, company_id=shop.id, kind="fraud", reason="odd card", actor=user)

    assert again == first
    assert (Order.objects.get().status, Fulfilment.objects.get().status) == ("placed", "on_hold")
    assert level(shop, sku)[2] == 1

    one = release_hold(first, company_id=shop.id, actor=user, reason="checked")
    assert (one.still_held, one.release, Order.objects.get().status) == (True, None, "placed")
    last = release_hold(second, company_id=shop.id, actor=user, reason="rang them")

    assert last.release.state == "released" and last.release.fulfilment_ids == ()
    assert (Order.objects.get().status, Fulfilment.objects.get().status) == ("released", "ready")
    released = Hold.objects.get(pk=second)
    assert (released.released_by.username, released.release_reason, released.released_at is not None) == (
        "dora",
        "rang them",
        True,
    )


def test_a_hold_while_picking_lets_the_work_end_but_not_leave():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "5")
    (result,) = place(make_channel(shop))
    pack(shop, result.fulfilment_ids)

    place_hold(result.order_id, company_id=shop.id, kind="payment", reason="charge-back", actor=ACTOR)

    assert (Order.objects.get().status, Fulfilment.objects.get().status) == ("released", "packed")


def test_only_a_named_user_with_a_reason_releases():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "5")
    (result,) = place(make_channel(shop), order("A", holds=[("manual", "wait")]))
    hold = Hold.objects.get()
    before = orders_written()

    for actor, reason in ((ACTOR, "because"), (make_user(), " ")):
        with refused(HoldKept):
            release_hold(hold.pk, company_id=shop.id, actor=actor, reason=reason)

    hold.refresh_from_db()
    assert hold.released_at is None and result.held
    assert orders_written() == before
    (refusal,) = release_orders([result.order_id], company_id=shop.id, actor=ACTOR)
    assert (refusal.state, refusal.code) == ("refused", "order_held")


def test_mapping_the_lines_lets_the_hold_go_and_claims_the_goods():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "5")
    (result,) = place(make_channel(shop), order("A", line(), line("NEW-CODE", "2")))
    user, hold = make_user(), Hold.objects.get()
    with refused(HoldKept):
        release_hold(hold.pk, company_id=shop.id, actor=user, reason="go")
    unmapped = OrderLine.objects.get(sku=None)

    assert map_lines({unmapped.pk: sku}, company_id=shop.id, actor=user) == [result.order_id]
    with refused(NotReady):
        map_lines({unmapped.pk: sku}, company_id=shop.id, actor=user)
    done = release_hold(hold.pk, company_id=shop.id, actor=user, reason="mapped")

    assert done.release.state == "released" and len(done.release.fulfilment_ids) == 1
    assert level(shop, sku) == (5, 5, 3)
    assert OrderLine.objects.filter(demand=None).count() == 0


def test_an_ended_order_takes_no_hold():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "5")
    (result,) = place(make_channel(shop))
    cancel_order(result.order_id, company_id=shop.id, actor=ACTOR, reason="buyer's wish")

    with refused(NotReady):
        place_hold(result.order_id, company_id=shop.id, kind="manual", reason="x", actor=ACTOR)
    assert Hold.objects.count() == 0
