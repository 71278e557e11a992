"""Real threads ask back, and bring back, the same goods: never more than was shipped, never more than was billed."""

import threading
from decimal import Decimal
from unittest import mock

import pytest
from django.db import connection
from django.db.models import Sum

from accounting.models import Invoice
from orders.errors import NotReady, NotReturnable, RefundTooHigh
from orders.models import Order, ReturnLine, ReturnOrder
from orders.services import requesting
from tests.factories.floor import broken_checks
from tests.factories.goods import level
from tests.factories.returns import Sale

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 6


def race(work):
    """The same work in each thread, started together; how often it was not refused."""
    start = threading.Barrier(THREADS)
    done, problems = [], []

    def run():
        try:
            start.wait()
            work()
            done.append(1)
        except (NotReturnable, RefundTooHigh, NotReady):
            pass
        except Exception as problem:  # the test shows it
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _number in range(THREADS)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert problems == []
    return len(done)


def asked_back():
    return ReturnLine.objects.aggregate(total=Sum("quantity"))["total"] or Decimal(0)


def test_of_three_shipped_at_most_three_are_asked_back_at_once():
    sale = Sale("3")

    assert race(lambda: sale.ask("2")) == 1
    assert race(lambda: sale.ask("1")) == 1

    assert asked_back() == 3
    assert broken_checks() == []


def test_negative_control_without_the_orders_lock_more_is_asked_back_than_was_shipped():
    """Each looks before any of the others has committed: all find three of them left."""
    sale = Sale("3")
    together = threading.Barrier(THREADS)
    look = requesting.asked_of

    def look_together(*args, **kwargs):
        found = look(*args, **kwargs)
        together.wait(timeout=20)
        return found

    def unlocked(order_ids, *, company_id):
        return {order.pk: order for order in Order.objects.filter(pk__in=order_ids)}

    with (
        mock.patch.object(requesting, "asked_of", look_together),
        mock.patch.object(requesting, "lock_orders", unlocked),
    ):
        assert race(lambda: sale.ask("2")) == THREADS

    assert asked_back() == 2 * THREADS  # of three


def test_money_without_goods_asked_for_at_once_never_passes_what_was_billed():
    sale = Sale("3")

    assert race(lambda: sale.ask("1", unit_refund=Decimal(20), goods=False)) == 1  # of 30.00

    assert ReturnLine.objects.aggregate(total=Sum("net"))["total"] == 20


def test_a_parcel_booked_in_at_two_docks_comes_in_once_and_is_refunded_once():
    sale = Sale("3")
    return_id = sale.approved("3")

    assert race(lambda: sale.receive(return_id, ("3", "restock"))) == 1

    assert level(sale.shop, sale.mug) == (10, 10, 0)
    assert (ReturnOrder.objects.get().status, Invoice.objects.filter(kind="credit_note").count()) == ("resolved", 1)
    assert broken_checks() == []
