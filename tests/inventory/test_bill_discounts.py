"""What a supplier's terms let off who pays early: kept at payment or found afterwards, at its cost and its tax."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from accounting.errors import DiscountRefused
from accounting.models import Bill, Party, Payment
from accounting.selectors.config import account_ids
from accounting.services import BillLineInput, BillPayment, pay_bills
from backoffice.core.proof import run_checks
from inventory.services import pay_supplier_bills, take_bill_discount
from tests.factories.bills import Bought, make_bill, make_tax, post, written
from tests.factories.books import ACTOR
from tests.factories.goods import balance, cost

pytestmark = pytest.mark.django_db

D = Decimal


def assert_proved() -> None:
    assert [(one.name, one.row, one.error) for one in run_checks().results if one.state != "ok"] == []


def terms(party_id: int, percent: str = "2", days: int = 10) -> None:
    Party.objects.filter(pk=party_id).update(discount_percent=D(percent), discount_days=days)


def taxed(bought: Bought, number: str = "B-1") -> Bill:
    """Ten mugs at 2.50 and 5.00 of input tax, posted; 2 % are 0.60."""
    code = make_tax(bought.shop.company)
    return post(bought.shop, bought.bill(line={"tax": D(5), "tax_code": code.code}, total="30.00", number=number))


def pay(bought: Bought, *bills: BillPayment, key: str = "pay:1"):
    return pay_supplier_bills(
        bills, company_id=bought.shop.id, effective_at=timezone.now(), source_key=key, actor=ACTOR, discounts=True
    )


def pay_a_part(bought: Bought, bill: Bill, amount: str) -> None:
    """So much of it, and nothing said of a discount."""
    pay_bills(
        [BillPayment(bill.pk, D(amount))], company_id=bought.shop.id, effective_at=timezone.now(), source_key="p",
        actor=ACTOR,
    )  # fmt: skip


def take(bought: Bought, bill: Bill, days: int = 0) -> Bill:
    day = timezone.localdate() + timedelta(days=days)
    return take_bill_discount(bill.pk, company_id=bought.shop.id, paid_on=day, actor=ACTOR)


def test_a_bill_paid_in_time_costs_less_in_stock_in_what_is_sold_and_in_its_tax():
    bought = Bought(method="fifo")
    terms(bought.supplier)
    bill = taxed(bought)
    bought.sell("4")

    paid, [note] = pay(bought, BillPayment(bill.pk))

    assert [row.amount for row in Payment.objects.filter(pk__in=paid.payments.values())] == [D("29.40")]
    assert (note.number, note.kind, note.net, note.tax, note.total) == ("B-1-DISCOUNT", "credit_note", D("0.50"), D("0.10"), D("0.60"))  # fmt: skip
    assert (Bill.objects.get(pk=bill.pk).state, Bill.objects.get(pk=note.pk).state) == ("paid", "paid")
    assert cost(bought.sku) == (6, D("14.70"))
    assert [balance(bought.shop.company, role) for role in ("payable", "input_tax", "cogs", "bank", "grni")] == [
        0, D("4.90"), D("9.80"), D("-29.40"), 0,
    ]  # fmt: skip
    assert_proved()


def test_what_was_kept_of_a_payment_is_found_afterwards():
    bought = Bought()
    terms(bought.supplier)
    bill = taxed(bought)
    pay_a_part(bought, bill, "29.40")

    note = take(bought, bill)

    assert (note.total, Bill.objects.get(pk=bill.pk).state) == (D("0.60"), "paid")
    assert balance(bought.shop.company, "payable") == 0
    assert_proved()


def test_bills_of_one_amount_each_have_their_discount_and_an_expense_falls():
    bought = Bought()
    terms(bought.supplier)
    rent = BillLineInput("expense", net=D(100), account_id=account_ids(bought.shop.id)["bank_charges"])
    bills = [post(bought.shop, bought.bill())]
    for number, age in (("R-1", 0), ("R-2", 1)):
        day = timezone.localdate() - timedelta(days=age)
        bills.append(post(bought.shop, make_bill(bought.shop, bought.supplier, rent, number=number, bill_date=day)))

    _paid, notes = pay(bought, *(BillPayment(bill.pk) for bill in bills))

    assert [note.total for note in notes] == [D("0.50"), D("2.00"), D("2.00")]
    assert {line.kind for note in notes[1:] for line in note.lines.all()} == {"expense"}
    assert_proved()


def test_a_part_is_paid_as_it_is_and_a_late_bill_in_full():
    bought = Bought()
    terms(bought.supplier, days=0)
    old = post(bought.shop, bought.bill(bill_date=timezone.localdate() - timedelta(days=1)))

    paid, notes = pay(bought, BillPayment(old.pk, D(5)))
    assert (list(paid.settled.values()), notes) == ([D(5)], [])
    paid, notes = pay(bought, BillPayment(old.pk), key="pay:2")

    assert (paid.settled[old.pk], notes) == (D(20), [])


def test_a_discount_is_taken_once():
    bought = Bought()
    terms(bought.supplier)
    bill = taxed(bought)
    pay_a_part(bought, bill, "29.40")
    take(bought, bill)

    with pytest.raises(DiscountRefused) as refused, transaction.atomic():
        take(bought, bill)

    assert refused.value.code == "nothing_open"
    assert_proved()


@pytest.mark.parametrize(
    ("percent", "days", "paid", "code"),
    [("0", 0, "29.40", "no_terms"), ("2", -20, "29.40", "too_late"), ("2", 0, "29.00", "too_much")],
)
def test_what_the_terms_do_not_let_off_is_refused_and_nothing_is_written(percent, days, paid, code):
    bought = Bought()
    terms(bought.supplier, percent)
    bill = taxed(bought)
    pay_a_part(bought, bill, paid)
    before = written()

    with pytest.raises(DiscountRefused) as refused, transaction.atomic():
        take(bought, bill, days=-days)

    assert (refused.value.code, written()) == (code, before)
