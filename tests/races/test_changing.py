"""Edits under contention: of many editors one wins, and an edit and a dispatch never both take the same goods."""

import datetime
import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, OperationalError, transaction

from backoffice.core.db import sqlstate
from backoffice.core.errors import DomainError
from backoffice.core.proof import run_checks
from orders.models import Order, OrderLine, OrderRevision
from orders.services import LineAddition, LineEdit, OrderEdit, change_order
from orders.services.changing import batch
from orders.services.changing import orders as changing
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import level, make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, place
from tests.races.test_last_unit import THREADS, deadlocks, together
from warehouse.services import fulfil_straight

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
TODAY = datetime.date(2026, 3, 10)


def make_world(count=1, quantity="4"):
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "500", "500.00")
    return shop, sku, place(make_channel(shop), *(order(f"A{n}", line(quantity=quantity)) for n in range(count)))


def edit(shop, result, what, **values):
    with transaction.atomic():
        change_order(result.order_id, edit=what, company_id=shop.id, actor=ACTOR, reason="race", today=TODAY, **values)


def change(shop, result, quantity, **values):
    pk = OrderLine.objects.get(order_id=result.order_id, position=1).pk
    edit(shop, result, OrderEdit([LineEdit(pk, D(quantity))]), **values)


def editors(shop, result):
    """All read the same version and save at once; how many got through, and how many the database stopped."""

    def work(number):
        try:
            change(shop, result, 5 + number, version=1)
        except DomainError:
            return "told"
        except IntegrityError:
            return "stopped"
        return "saved"

    return together(work)


def test_of_many_editors_of_one_version_one_saves_and_the_others_are_told():
    shop, sku, (result,) = make_world()
    before = deadlocks()

    answers = editors(shop, result)

    assert sorted(answers) == ["saved"] + ["told"] * (THREADS - 1)
    assert OrderRevision.objects.count() == 1
    assert Order.objects.get().version == 2
    assert level(shop, sku)[2] == OrderLine.objects.get().quantity
    assert deadlocks() == before
    assert run_checks().ok


def test_negative_control_without_the_lock_more_than_one_gets_through(monkeypatch):
    """The version alone is no guard: read without the lock, many editors find it unchanged."""
    shop, _sku, (result,) = make_world()
    met = threading.Barrier(THREADS, timeout=20)

    def look_without_locking(versions, *, company_id):
        found = Order.objects.select_related("channel").filter(company_id=company_id).in_bulk(versions)
        assert {pk: order.version for pk, order in found.items()} == versions
        met.wait()
        return found

    monkeypatch.setattr(changing, "expect_versions", look_without_locking)

    answers = editors(shop, result)

    assert answers.count("saved") + answers.count("stopped") > 1


def make_waiting_orders(count):
    """Orders that each hold 4 and wait for 1 more of the same article."""
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, str(4 * count), "100.00")
    placed = place(make_channel(shop), *(order(f"A{n}", line(quantity="4")) for n in range(count)))
    for result in placed:
        edit(shop, result, OrderEdit([], [LineAddition(sku, D(1))]))
    return shop, placed


def swap_between_lines(shop, result):
    """Less of what the order holds, which those who wait get; more of what it waits for. The state of a deadlock, or none."""
    rows = OrderLine.objects.filter(order_id=result.order_id).order_by("position")
    edits = [LineEdit(row.pk, row.quantity + more) for row, more in zip(rows, (D(-1), D(1)), strict=True)]
    try:
        edit(shop, result, OrderEdit(edits))
    except OperationalError as error:
        return sqlstate(error)
    return None


def test_orders_that_give_each_other_goods_never_wait_for_each_other():
    shop, placed = make_waiting_orders(THREADS)
    before = deadlocks()

    answers = together(lambda number: swap_between_lines(shop, placed[number]))

    assert (answers, deadlocks()) == ([None] * THREADS, before)
    assert run_checks().ok


def test_negative_control_orders_that_lock_step_by_step_wait_for_each_other(monkeypatch):
    shop, placed = make_waiting_orders(2)
    met, write_lines = threading.Barrier(2, timeout=20), batch.write_lines

    def write_and_meet(works, company_id):
        write_lines(works, company_id)
        met.wait()

    monkeypatch.setattr(changing, "lock_wants", lambda *_orders, **_company: None)
    monkeypatch.setattr(batch, "write_lines", write_and_meet)

    answers = together(lambda number: swap_between_lines(shop, placed[number]), threads=2)

    assert sorted(answers, key=str) == ["40P01", None]


def test_an_edit_and_a_dispatch_never_take_the_same_goods():
    """odoo/odoo#114682: there the parcel leaves with what was taken off the order."""
    shop, sku, placed = make_world(THREADS // 2)
    before = deadlocks()

    def fight(number):
        result = placed[number // 2]
        try:
            if number % 2:
                change(shop, result, 1)
            else:
                fulfil_straight(result.fulfilment_ids, company_id=shop.id, actor=ACTOR, effective_at=NOON)
        except DomainError:
            return False
        return True

    together(fight)

    lines = list(OrderLine.objects.values_list("shipped", "cancelled"))
    assert all((shipped, cancelled) in ((4, 0), (1, 3)) for shipped, cancelled in lines), lines
    gone = sum(shipped for shipped, _cancelled in lines)
    assert level(shop, sku) == (500 - gone, 500 - gone, 0)
    assert deadlocks() == before
    assert run_checks().ok
