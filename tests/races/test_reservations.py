"""Carts at the same moment: the last unit is held once, and a cart is ordered or expires, never both.

Answers saleor/saleor#543, django-oscar/django-oscar#2102: concurrent checkouts that sell more than there is.
"""

import datetime
import threading
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from backoffice.core.proof import run_checks
from backoffice.core.roles import OWNER, role
from inventory.models import Demand
from inventory.services import release_expired
from orders.errors import ReservationRefused
from orders.models import Order, Reservation, ReservationLimit
from orders.services import expire_reservations, place_reserved, reserving
from tests.factories.books import ACTOR
from tests.factories.carts import cart, let_expire
from tests.factories.goods import level, make_shop, make_sku, make_stock, rows
from tests.factories.sales import line, make_channel, order
from tests.races.test_last_unit import GUARD, THREADS, deadlocks, together

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


def start(quantity):
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, quantity)
    return shop, sku, make_channel(shop)


def test_sixteen_carts_for_the_last_units_hold_each_once():
    shop, sku, channel = start("5")
    before = deadlocks()

    def shop_around(_number):
        try:
            cart(channel, ("MUG", "1"))
        except ReservationRefused as refusal:
            return refusal.code
        return "held"

    answers = together(shop_around)

    assert sorted(answers) == ["held"] * 5 + ["reservation_out_of_stock"] * 11
    assert level(shop, sku) == (5, 5, 5)
    assert Reservation.objects.count() == 5
    assert deadlocks() == before
    assert run_checks().ok


def test_negative_control_without_the_locks_and_the_guard_the_same_carts_hold_too_much(monkeypatch):
    """The very carts of the test above, planned on what was free before any of them came."""
    shop, sku, channel = start("5")
    definition = rows("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", GUARD)[0][0]

    def unguarded(claims, *, company_id, actor):
        with connection.cursor() as cursor:
            for claim in claims:
                cursor.execute(
                    "WITH a AS (INSERT INTO inventory_allocation (company_id, demand_id, sku_id, warehouse_id)"
                    " VALUES (%s, %s, %s, %s) RETURNING id)"
                    " INSERT INTO inventory_allocationentry (company_id, allocation_id, kind, quantity, actor_label)"
                    " SELECT %s, id, 'claim', 1, 'raw' FROM a",
                    [company_id, claim.demand_id, claim.sku_id, claim.warehouse_id, company_id],
                )
        return []

    free = {(sku, shop.warehouse.pk): D(5)}
    monkeypatch.setattr("orders.services.reserving.lock_levels", lambda *args, **values: None)
    monkeypatch.setattr("orders.services.reserving.available", lambda *args, **values: free)
    monkeypatch.setattr("orders.services.reserving.allocate", unguarded)
    with role(connection, OWNER), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE inventory_stocklevel DROP CONSTRAINT {GUARD}")
    try:
        together(lambda _number: cart(channel, ("MUG", "1")))

        assert level(shop, sku) == (5, 5, 16)
    finally:
        with role(connection, OWNER), connection.cursor() as cursor:
            cursor.execute("UPDATE inventory_stocklevel SET reserved = 0")
            cursor.execute(f"ALTER TABLE inventory_stocklevel ADD CONSTRAINT {GUARD} {definition}")


def test_a_cart_that_expires_while_it_is_ordered_does_one_or_the_other():
    """Half of the threads order carts whose time ends in the same moment, the others sweep."""
    shop, sku, channel = start("8")
    carts = [cart(channel, ("MUG", "1")) for _ in range(8)]
    soon = timezone.now() + datetime.timedelta(milliseconds=150)
    Reservation.objects.update(expires_at=soon)
    Demand.objects.update(expires_at=soon)
    before = deadlocks()

    def work(number):
        if number >= 8:
            for _round in range(20):
                expire_reservations(actor=ACTOR)
                release_expired(actor=ACTOR)
            return "swept"
        try:
            return place_reserved(
                order(f"A-{number}", line("MUG", "1")),
                reference=carts[number].reference,
                channel_id=channel.pk,
                actor=ACTOR,
            ).state
        except ReservationRefused as refusal:
            return refusal.code

    answers = together(work)
    left = [made for made in carts if Reservation.objects.get(pk=made.reservation_id).status == "open"]
    for made in left:
        let_expire(made)
    expire_reservations(actor=ACTOR)
    release_expired(actor=ACTOR)

    placed = answers.count("placed")
    assert placed + answers.count("reservation_expired") == 8
    assert Order.objects.count() == placed
    assert level(shop, sku) == (8, 8, placed)
    assert Reservation.objects.filter(status="ordered").count() == placed
    assert Reservation.objects.filter(status="expired").count() == 8 - placed
    assert deadlocks() == before
    assert run_checks().ok


def test_one_cart_is_ordered_once_whoever_asks():
    shop, sku, channel = start("3")
    made = cart(channel, ("MUG", "3"))

    def work(number):
        try:
            return place_reserved(
                order(f"A-{number}", line("MUG", "3")), reference=made.reference, channel_id=channel.pk, actor=ACTOR
            ).state
        except ReservationRefused as refusal:
            return refusal.code

    answers = together(work)

    assert sorted(answers) == ["placed"] + ["reservation_ordered"] * 15
    assert Order.objects.count() == 1
    assert level(shop, sku) == (3, 3, 3)
    assert run_checks().ok


def limited(channel):
    """Sixteen carts at once of a key that may hold three."""
    key, _text = make_api_key(name="shop", user=User.objects.create_superuser("shop"), scopes=["orders:write"])
    ReservationLimit.objects.create(api_key=key, max_open=3)

    def ask(_number):
        try:
            cart(channel, ("MUG", "1"), api_key_id=key.pk)
        except ReservationRefused as refusal:
            return refusal.code
        return "held"

    return together(ask)


def test_a_keys_limit_holds_however_many_ask_at_once():
    _shop, _sku, channel = start("100")
    before = deadlocks()

    assert sorted(limited(channel)) == ["held"] * 3 + ["reservation_too_many_open"] * 13
    assert deadlocks() == before
    assert run_checks().ok


def test_negative_control_counted_without_the_lock_more_slip_by(monkeypatch):
    _shop, _sku, channel = start("100")
    met, counted = threading.Barrier(THREADS, timeout=20), reserving.check_limits

    class Unlocked:
        @staticmethod
        def select_for_update(**_how):
            return ReservationLimit.objects.all()

    def check(*args, **values):
        counted(*args, **values)
        met.wait()  # all have counted before any has written

    monkeypatch.setattr("orders.services.reserving_limits.ReservationLimit", type("Fake", (), {"objects": Unlocked}))
    monkeypatch.setattr(reserving, "check_limits", check)

    assert limited(channel).count("held") > 3
