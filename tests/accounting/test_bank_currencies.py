"""Documents paid by a bank line in another currency: settled in their own, the realised difference posted."""

import datetime
from decimal import Decimal as D

import pytest
from django.urls import reverse

from accounting.errors import BankRefused, ExchangeRateMissing, ItemOverused
from accounting.models import Account, AccountRole, BankAccount, ItemUse, JournalLine, OpenItem, Payment
from accounting.selectors import account_ids
from accounting.services import Entry, Item, Line, issue_invoices, post_items, set_exchange_rate
from accounting.services.banking import ItemShare, MatchRequest, match_lines, unmatch_line
from backoffice.core.proof import run_checks
from tests.api.conftest import World
from tests.factories.bank_files import booked
from tests.factories.banking import DAY, make_bank, make_books, owed, take_in, written
from tests.factories.books import ACTOR, make_invoice, make_invoice_line, make_party
from tests.factories.refusals import refused, refused_as
from tests.factories.staff import said, sign_in

pytestmark = pytest.mark.django_db
MARCH = datetime.date(2026, 3, 1)


@pytest.fixture
def company():
    made = make_books("firm")
    for currency, day, rate in (("USD", 1, "0.90"), ("USD", 5, "0.95"), ("GBP", 1, "1.20")):
        set_exchange_rate(company_id=made.pk, currency=currency, date=MARCH.replace(day=day), rate=D(rate))
    return made


@pytest.fixture
def bank(company):
    return make_bank(company)


def billed(company, net="110", currency="USD"):
    """An invoice of 1 March in dollars; its open item."""
    party = make_party(company, "U1", currency=currency)
    request = make_invoice(party, make_invoice_line(net), key=f"us:{net}", effective_at=DAY)
    (done,) = issue_invoices([request], company_id=company.pk, actor=ACTOR)
    return OpenItem.objects.get(pk=done.open_item_id)


def match(line, *items, **values):
    return match_lines([MatchRequest(line.pk, items, **values)], company_id=line.company_id, actor=ACTOR)[0]


def balance(company, role):
    lines = JournalLine.objects.filter(account_id=account_ids(company.pk)[role])
    return sum(line.base_amount for line in lines)


def test_a_dollar_invoice_is_paid_by_a_line_in_euro_with_its_gain(company, bank):
    item = billed(company)  # 110 dollars, 99 euro in the books
    (line,) = take_in(bank, booked("102.00"))

    done = match(line, ItemShare(item.pk, D(110)))  # 104.50 at the day's rate: all of the line is near enough

    assert (done.amount, done.open) == (D(102), D(0))
    payment = Payment.objects.get()
    assert (payment.currency, payment.amount, payment.open_item.base_amount) == ("USD", D(110), D(102))
    item.refresh_from_db()
    assert item.open_amount == 0
    assert balance(company, AccountRole.FX_GAIN) == D(-3)
    assert balance(company, AccountRole.BANK) == D(102)
    assert run_checks().ok

    unmatch_line(line.pk, company_id=company.pk, actor=ACTOR, reason="another customer")
    item.refresh_from_db()
    assert (item.open_amount, balance(company, AccountRole.FX_GAIN), balance(company, AccountRole.BANK)) == (110, 0, 0)
    assert run_checks().ok


def test_parts_bills_and_several_currencies_on_one_line(company, bank):
    """100 euro come for 60 dollars (57.00 at the day's rate) and for an invoice in euro."""
    dollars, euros = billed(company), owed(company, "43")
    (line,) = take_in(bank, booked("100.00"))
    match(line, ItemShare(dollars.pk, D(60)), ItemShare(euros.pk, D(43)))
    assert [OpenItem.objects.get(pk=pk).open_amount for pk in (dollars.pk, euros.pk)] == [50, 0]
    assert balance(company, AccountRole.FX_GAIN) == D(-3)  # 60 dollars stood at 54.00
    assert ItemUse.objects.filter(entry__isnull=False).count() == 1

    roles, party = account_ids(company.pk), make_party(company, "S1", currency="USD")
    lines = [
        Line(roles[AccountRole.BANK_CHARGES], D(20), "USD", D(18)),
        Line(roles[AccountRole.PAYABLE], D(-20), "USD", D(-18), party.pk),
    ]
    entry = Entry(None, DAY, "payable", "", None, "bill:1", lines)
    bill = Item("bill", party.pk, roles[AccountRole.PAYABLE], "credit", "USD", D(20), D(18))
    (owing,) = post_items([(entry, bill)], company_id=company.pk, actor=ACTOR)
    out = take_in(bank, booked("-19.40", "2026-03-06"), reference="STMT-2", opening="1100.00")[-1]
    match(out, ItemShare(owing.open_item_id, D(20), D("19.40")))
    assert balance(company, AccountRole.FX_LOSS) == D("1.40")
    assert run_checks().ok


def test_neither_need_be_the_companys_own_currency(company):
    account = Account.objects.create(company=company, code="1999", name="Pounds", type="asset")
    pounds = BankAccount.objects.create(
        company=company, name="Pounds", number="GB29NWBK60161331926819", currency_id="GBP", account=account,
        write_off_limit=D("0.05"),
    )  # fmt: skip
    item = billed(company, "120")  # 108 euro; 114 at the day's rate, 95 pounds
    (line,) = take_in(pounds, booked("94.00"))
    match(line, ItemShare(item.pk, D(120)))
    payment = Payment.objects.get()
    assert (payment.amount, payment.open_item.base_amount) == (D(120), D("112.80"))
    assert balance(company, AccountRole.FX_GAIN) == D("-4.80")
    assert run_checks().ok


def test_what_makes_no_sense_is_refused_by_name_and_nothing_is_written(company, bank):
    item = billed(company)
    (line,) = take_in(bank, booked("102.00"))
    swiss = billed_in_francs(company)
    before = written()
    with refused(ExchangeRateMissing) as caught:
        match(line, ItemShare(swiss.pk, D(10)))
    assert caught.value.context == {"field": "currency", "currency": "CHF", "date": "2026-03-05"}
    for code, share in (
        ("rate_implausible", ItemShare(item.pk, D(110), D("50"))),
        ("bad_amount", ItemShare(item.pk, D(110), D("0"))),
        ("more_than_the_line", ItemShare(item.pk, D(110), D("103"))),
    ):
        with refused_as(BankRefused, code):
            match(line, share)
    with refused(ItemOverused):
        match(line, ItemShare(item.pk, D(111), D(102)))
    assert written() == before


def billed_in_francs(company):
    """Entered at a rate of its own: the company has none for francs on any day."""
    roles, party = account_ids(company.pk), make_party(company, "CH", currency="CHF")
    lines = [
        Line(roles[AccountRole.RECEIVABLE], D(10), "CHF", D(9), party.pk),
        Line(roles[AccountRole.REVENUE], D(-10), "CHF", D(-9)),
    ]
    item = Item("invoice", party.pk, roles[AccountRole.RECEIVABLE], "debit", "CHF", D(10), D(9))
    (done,) = post_items(
        [(Entry(None, DAY, "receivable", "", None, "ch:1", lines), item)], company_id=company.pk, actor=ACTOR
    )
    return OpenItem.objects.get(pk=done.open_item_id)


def test_by_the_page_and_over_http(company, bank):
    item = billed(company)
    first, second = take_in(bank, booked("50.00"), booked("55.00", "2026-03-06"))
    desk = sign_in("accountant")
    page = reverse("admin:accounting_bank_desk", args=[bank.pk])
    shown = desk.get(page, {"line": first.pk, "q": "U1"}).content.decode()
    assert f'name="line-item-{item.pk}"' in shown and "USD" in shown
    address = reverse("admin:accounting_bank_match", args=[bank.pk, first.pk])
    given = {"brings_in": item.pk, f"item-{item.pk}": "60", f"line-item-{item.pk}": "20"}
    assert "far from 20" in said(desk.post(address, given))[0]
    assert Payment.objects.count() == 0
    desk.post(address, given | {f"line-item-{item.pk}": "50"})
    assert OpenItem.objects.get(pk=item.pk).open_amount == 50

    api = World().caller("bank:read", "bank:write", "bank:match", bound=False, company_id=company.pk)
    wrong = api.post(
        f"bank-lines/{second.pk}/match/", {"items": [{"item": item.pk, "amount": "50", "line_amount": "5"}]}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (409, "rate_implausible")
    done = api.post(
        f"bank-lines/{second.pk}/match/", {"items": [{"item": item.pk, "amount": "50", "line_amount": "48"}]}
    )
    assert done.status_code == 201, done.content
    assert OpenItem.objects.get(pk=item.pk).open_amount == 0
    assert run_checks().ok
