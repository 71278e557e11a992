"""A channel that ships a client's goods: only those, at no cost and without a bill of ours."""

from decimal import Decimal

import pytest

from backoffice.core.proof import run_checks
from inventory.models import StockMove, StockQuant
from inventory.services import OwnersGoods, receive_for_owner
from orders.errors import ReservationRefused
from orders.models import Fulfilment, LinePromise, Order, OrderLine, ReturnLine, Shipment
from orders.services import CartInput, ReturnInput, approve_returns, release_orders, request_return, reserve
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import balance, level, make_shop, make_sku, make_stock, rows
from tests.factories.refusals import refused_as
from tests.factories.sales import line, make_channel, order, place
from tests.factories.tracking import make_owner
from warehouse.services import ReturnedLine, ReturnReceipt, fulfil_straight, receive_returns

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def kept():
    """10 mugs of our own, 4 of a client whose channel is "theirs", and a channel of our own."""
    shop = make_shop()
    mug = make_sku(shop, "MUG")
    make_stock(shop, mug, "10", "50.00")
    owner = make_owner(shop, "Keeper", "client")
    take_in(shop, owner, mug, "4", "a")
    theirs = make_channel(shop, "theirs")
    theirs.goods_owner = owner
    theirs.save(update_fields=["goods_owner"])
    return shop, mug, owner, theirs


def take_in(shop, owner, sku, quantity, key):
    goods = [OwnersGoods(sku, D(quantity), shop.bin)]
    given = {"company_id": shop.id, "effective_at": NOON, "actor": ACTOR}
    return receive_for_owner(goods, owner_id=owner.pk, source_key=key, **given)


def held(owner):
    return sum(StockQuant.objects.filter(owner=owner.party).values_list("quantity", flat=True))


def test_its_orders_ship_the_client_s_goods_only_and_are_not_billed(kept):
    shop, mug, owner, theirs = kept

    [placed] = place(theirs, order("T-1", line("MUG", "6", "10")))

    assert level(shop, mug) == (D(10), D(10), D(0))  # nothing of ours is claimed
    assert rows("SELECT owner_id, open FROM inventory_allocation") == [(owner.party_id, D(4))]
    fulfil_straight(placed.fulfilment_ids, company_id=shop.id, actor=ACTOR, effective_at=NOON)
    assert held(owner) == 0 and level(shop, mug)[0] == 10
    left = StockMove.objects.get(to_location=shop.customer)
    assert (left.owner_id, left.quantity, left.value, left.entry_id) == (owner.party_id, 4, 0, None)
    assert "client" in Shipment.objects.get().not_billable_reason
    assert rows("SELECT count(*) FROM accounting_invoice") == [(0,)] and balance(shop.company, "cogs") == 0
    assert run_checks().ok


def test_what_waits_is_served_by_the_client_s_next_goods_and_never_by_ours(kept):
    shop, mug, owner, theirs = kept
    [placed] = place(theirs, order("T-1", line("MUG", "6", "10")))
    make_stock(shop, mug, "5", "25.00", at=shop.second_bin)  # ours: passed over

    release_orders([placed.order_id], company_id=shop.id, actor=ACTOR)
    assert rows("SELECT sum(open) FROM inventory_allocation") == [(D(4),)]
    take_in(shop, owner, mug, "3", "b")

    assert rows("SELECT owner_id, sum(open) FROM inventory_allocation GROUP BY 1") == [(owner.party_id, D(6))]
    assert not LinePromise.objects.filter(promised_date__isnull=False).exists()
    assert Order.objects.count() == 1 and OrderLine.objects.count() == 1
    assert run_checks().ok


def test_our_own_orders_never_take_a_client_s_goods(kept):
    shop, mug, owner, _theirs = kept
    [placed] = place(make_channel(shop), order("O-1", line("MUG", "12", "10")))

    assert rows("SELECT owner_id, open FROM inventory_allocation") == [(None, D(10))]
    assert placed.back_ordered and Fulfilment.objects.count() == 1 and held(owner) == 4
    assert run_checks().ok and mug


def test_what_comes_back_is_the_client_s_again_and_credits_nobody(kept):
    shop, mug, owner, theirs = kept
    [placed] = place(theirs, order("T-1", line("MUG", "3", "10")))
    fulfil_straight(placed.fulfilment_ids, company_id=shop.id, actor=ACTOR, effective_at=NOON)
    sold = OrderLine.objects.get()
    back = request_return(
        placed.order_id, company_id=shop.id, lines=[ReturnInput(sold.pk, D(2))], reason="Broken", requested_at=NOON,
        actor=ACTOR,
    )  # fmt: skip
    approve_returns([back], company_id=shop.id, actor=ACTOR)

    came = ReturnedLine(ReturnLine.objects.get().pk, D(2), "restock")
    receive_returns([ReturnReceipt(back, [came])], company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert held(owner) == 3 and level(shop, mug) == (D(10), D(10), D(0))
    assert rows("SELECT count(*) FROM accounting_invoice") == [(0,)]
    assert run_checks().ok


def test_carts_of_the_channel_hold_nothing(kept):
    shop, _mug, _owner, theirs = kept

    with refused_as(ReservationRefused, "reservation_clients_goods"):
        reserve([CartInput("MUG", D(1))], channel_id=theirs.pk, seconds=60, actor=ACTOR)

    assert rows("SELECT count(*) FROM inventory_demand") == [(0,)] and shop
