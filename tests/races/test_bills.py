"""Two people post two bills of the same goods: one is posted; without the book's guard both would be."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounting.errors import BillRefused
from accounting.models import Bill
from backoffice.core.proof import run_checks
from backoffice.core.roles import OWNER, role
from inventory.checks import CHECKS
from inventory.models import GrniItem
from inventory.services import approve_bill, match_bill, post_matched_bill
from tests.factories.bills import grni, make_bill, order_line
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, make_purchase
from tests.factories.goods import make_shop, make_sku, rows

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


def together(work, count):
    barrier = Barrier(count)

    def run(number):
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def proved():
    return run_checks(names=[check.name for check in CHECKS]).ok


def test_two_bills_never_bill_one_receipt_twice():
    shop = make_shop()
    sku = make_sku(shop)
    order = make_purchase(shop, sku, "10")
    deliver(shop, order, "10")
    bills = []
    for number in range(4):
        at = timezone.now().date() - timezone.timedelta(days=number)
        bill = make_bill(shop, order.supplier_id, order_line(order, "6", "2.50"), number=f"N{number}", bill_date=at)
        bills.append(match_bill(bill.pk, company_id=shop.id, actor=ACTOR))
    assert {bill.status for bill in bills} == {"approved"}

    def post(number):
        try:
            return post_matched_bill(bills[number].pk, company_id=shop.id, actor=ACTOR).status
        except BillRefused as refusal:
            return refusal.code

    assert sorted(together(post, 4)) == ["no_longer_agrees"] * 3 + ["posted"]
    assert grni(shop) == (-10, -10)
    assert proved()


def test_goods_and_their_bill_at_the_same_moment_clear_each_other():
    shop = make_shop()
    sku = make_sku(shop)
    order = make_purchase(shop, sku, "10")
    bill = make_bill(shop, order.supplier_id, order_line(order, "10", "2.60"))
    match_bill(bill.pk, company_id=shop.id, actor=ACTOR)
    approve_bill(bill.pk, company_id=shop.id, actor=ACTOR, reason="Comes today")

    def work(number):
        if number:
            return deliver(shop, order, "10")
        return post_matched_bill(bill.pk, company_id=shop.id, actor=ACTOR)

    together(work, 2)

    assert Bill.objects.get().status == "posted"
    assert grni(shop) == (0, 0)
    assert proved()


def test_without_the_guard_both_would_be_counted():
    """The control: the same two matches, the book's triggers switched off, bill twelve of ten."""
    shop = make_shop()
    sku = make_sku(shop)
    order = make_purchase(shop, sku, "10")
    deliver(shop, order, "10")
    receipt = GrniItem.objects.get().pk
    with role(connection, OWNER), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inventory_grnimatch DISABLE TRIGGER USER")
    try:

        def match(number):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT quantity - used FROM inventory_grniitem WHERE id = %s", [receipt])
                if cursor.fetchone()[0] < 6:
                    return False
                cursor.execute(
                    "INSERT INTO inventory_grnimatch (company_id, debit_id, credit_id, quantity, debit_value,"
                    " credit_value, date, actor_label) VALUES (%s, %s, %s, 6, 15, 15, current_date, 'control')",
                    [shop.id, receipt, receipt],
                )
                return True

        assert together(match, 2) == [True, True]
        assert rows("SELECT sum(quantity) FROM inventory_grnimatch") == [(12,)]
        assert not proved()
    finally:
        with role(connection, OWNER), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE inventory_grnimatch ENABLE TRIGGER USER")
