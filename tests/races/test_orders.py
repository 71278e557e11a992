"""Orders under contention: one id is one order, one unit goes to one buyer, one shipment leaves once."""

import random
from collections import Counter

import pytest
from django.db import connection

from backoffice.core.errors import DomainError
from backoffice.core.proof import run_checks
from backoffice.core.roles import OWNER, role
from orders.inputs import ContactInput
from orders.models import Contact, Order
from orders.services import begin_picking, cancel_order
from tests.factories.books import ACTOR
from tests.factories.goods import level, make_shop, make_sku, make_stock, rows
from tests.factories.sales import dispatch, line, make_channel, order, pack, place
from tests.races.test_last_unit import THREADS, deadlocks, together

pytestmark = pytest.mark.django_db(transaction=True)


def proved() -> bool:
    return run_checks().ok


def test_sixteen_pulls_of_the_same_page_make_each_order_once():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "1000", "1000.00")
    channel = make_channel(shop)
    page = [order(f"X{n:03d}", contact=ContactInput(f"c{n % 40}", "Ann", f"{n % 40}@x.example")) for n in range(200)]
    before = deadlocks()

    def pull(number: int) -> Counter[str]:
        shuffled = random.Random(number).sample(page, len(page))
        return Counter(result.state for result in place(channel, *shuffled))

    states = sum(together(pull), Counter())

    assert states == {"placed": 200, "already": 200 * (THREADS - 1)}
    assert (Order.objects.count(), Contact.objects.count()) == (200, 40)
    assert rows("SELECT count(*) FROM accounting_personaldata") == [(40,)]
    assert level(shop, sku) == (1000, 1000, 200)
    assert deadlocks() == before
    assert proved()


def test_negative_control_without_the_key_the_same_order_is_placed_often():
    """Looking first and inserting then, with the unique key taken away: the guard is the key, not the look."""
    shop = make_shop()
    make_sku(shop)
    channel = make_channel(shop)
    (first,) = place(channel)
    key = "order_external_id_unique"
    with role(connection, OWNER), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE orders_order DROP CONSTRAINT {key}")

    def insert(number: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM orders_order WHERE external_id = 'twice'")
            if cursor.fetchone()[0] == 0:
                cursor.execute(
                    "INSERT INTO orders_order (company_id, channel_id, external_id, external_number, content_hash, status,"
                    " placed_at, currency, prices_include_tax, goods_total, charges_total, discount_total, tax_total,"
                    " total, priority, ship_complete, shipping_service, note, version)"
                    " SELECT company_id, channel_id, 'twice', '', '', status, placed_at, currency, false, 0, 0, 0, 0, 0,"
                    " 100, false, '', '', 1 FROM orders_order, pg_sleep(0.2) WHERE id = %s",
                    [first.order_id],
                )

    try:
        together(insert)
        assert Order.objects.filter(external_id="twice").count() > 1
    finally:
        with role(connection, OWNER), connection.cursor() as cursor:
            cursor.execute("DELETE FROM orders_order WHERE external_id = 'twice'")
            cursor.execute(f"ALTER TABLE orders_order ADD CONSTRAINT {key} UNIQUE (channel_id, external_id)")


def test_the_last_units_go_to_as_many_orders_and_the_others_wait():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "5", "5.00")
    channel = make_channel(shop)
    before = deadlocks()

    results = together(lambda number: place(channel, order(f"A{number}"))[0])

    assert (
        sorted((result.back_ordered, len(result.fulfilment_ids)) for result in results)
        == [(False, 1)] * 5 + [(True, 0)] * 11
    )
    assert level(shop, sku) == (5, 5, 5)
    assert deadlocks() == before
    assert proved()


def test_a_cancellation_and_a_picker_never_both_win():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "20", "20.00")
    channel = make_channel(shop)
    placed = place(channel, *(order(f"A{n}", line(quantity="2")) for n in range(THREADS // 2)))

    def fight(number: int) -> bool:
        result = placed[number // 2]
        try:
            if number % 2:
                cancel_order(result.order_id, company_id=shop.id, actor=ACTOR, reason="x")
            else:
                begin_picking(result.fulfilment_ids, company_id=shop.id, actor=ACTOR)
        except DomainError:
            return False
        return True

    won = together(fight)

    assert [won[n] + won[n + 1] for n in range(0, THREADS, 2)] == [1] * (THREADS // 2)
    assert level(shop, sku)[2] == 2 * sum(won[0::2])
    assert proved()


def test_a_shipment_leaves_once_and_invoice_numbers_have_no_gap():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "20", "20.00")
    channel = make_channel(shop)
    placed = place(channel, *(order(f"A{n}") for n in range(4)))
    shipments = [p.shipment_id for p in pack(shop, [pk for result in placed for pk in result.fulfilment_ids])]

    def leave(number: int) -> bool:
        try:
            dispatch(shop, [shipments[number % 4]])
        except DomainError:
            return False
        return True

    left = together(leave)

    assert sum(left) == 4
    assert rows("SELECT sequence FROM accounting_invoice ORDER BY 1") == [(1,), (2,), (3,), (4,)]
    assert level(shop, sku) == (16, 16, 0)
    assert proved()
