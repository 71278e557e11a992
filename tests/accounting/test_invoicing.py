"""Invoices and credit notes: posted, rounded once, numbered without gaps."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection

from accounting.errors import AccountRoleMissing, ExchangeRateMissing, NegativeTotal, NotFound, SourceKeyReused
from accounting.models import AccountMapping, Invoice, InvoiceLine, JournalEntry, JournalLine, NumberSeries, OpenItem
from accounting.services import create_tax_code, issue_invoices, set_exchange_rate
from backoffice.core.models import OutboxEvent
from tests.factories.books import ACTOR, NOON, make_company, make_invoice, make_invoice_line, make_party
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db


def journal_of(entry_id: int) -> list[tuple[str, Decimal, Decimal]]:
    rows = JournalLine.objects.filter(entry_id=entry_id).order_by("id").select_related("account")
    return [(line.account.code, line.amount, line.base_amount) for line in rows]


def test_invoice_is_posted_numbered_and_owed():
    company = make_company()
    party = make_party(company, terms=30)
    tax = create_tax_code(company_id=company.pk, code="S", name="Standard", rates=[(NOON.date(), Decimal("0.2"))])
    request = make_invoice(
        party,
        make_invoice_line("100", "20", tax_code_id=tax.pk, tax_rate=Decimal("0.2"), sku_code="A1"),
        make_invoice_line("5", "1", tax_code_id=tax.pk, account_role="shipping_revenue", kind="charge"),
    )

    (issued,) = issue_invoices([request], company_id=company.pk, actor=ACTOR)

    assert (issued.number, issued.total, issued.state) == ("INV-000001", Decimal(126), "issued")
    assert journal_of(issued.entry_id) == [
        ("1110", Decimal(126), Decimal(126)),
        ("4010", Decimal(-100), Decimal(-100)),
        ("2110", Decimal(-21), Decimal(-21)),
        ("4020", Decimal(-5), Decimal(-5)),
    ]
    invoice = Invoice.objects.get()
    assert (invoice.net, invoice.tax, invoice.rounding) == (Decimal(105), Decimal(21), Decimal(0))
    assert (invoice.date, invoice.due_date) == (datetime.date(2026, 3, 10), datetime.date(2026, 4, 9))
    item = OpenItem.objects.get(pk=issued.open_item_id)
    assert (item.side, item.open_amount, item.party_id) == ("debit", Decimal(126), party.pk)
    assert list(InvoiceLine.objects.order_by("position").values_list("position", "sku_code")) == [(1, "A1"), (2, "")]
    event = OutboxEvent.objects.get()
    assert (event.topic, event.payload["number"]) == ("InvoiceIssued", "INV-000001")


def test_document_is_rounded_once_with_a_rounding_line():
    company = make_company()
    party = make_party(company)
    request = make_invoice(
        party,
        make_invoice_line("0.333", quantity=Decimal(333), unit_price=Decimal("0.001")),
        make_invoice_line("0.333"),
    )

    (issued,) = issue_invoices([request], company_id=company.pk, actor=ACTOR)

    assert issued.total == Decimal("0.67")
    assert journal_of(issued.entry_id) == [
        ("1110", Decimal("0.67"), Decimal("0.67")),
        ("4010", Decimal("-0.666"), Decimal("-0.666")),
        ("7040", Decimal("-0.004"), Decimal("-0.004")),
    ]
    assert Invoice.objects.get().rounding == Decimal("0.004")


def test_credit_note_mirrors_and_has_its_own_series():
    company = make_company()
    party = make_party(company)
    (invoice,) = issue_invoices([make_invoice(party)], company_id=company.pk, actor=ACTOR)
    request = make_invoice(
        party,
        make_invoice_line("40", "8", account_role="returns"),
        key="credit:1",
        kind="credit_note",
        corrects_id=invoice.invoice_id,
    )

    (issued,) = issue_invoices([request], company_id=company.pk, actor=ACTOR)

    assert (issued.number, issued.total) == ("CRN-000001", Decimal(48))
    assert journal_of(issued.entry_id) == [
        ("1110", Decimal(-48), Decimal(-48)),
        ("4090", Decimal(40), Decimal(40)),
        ("2110", Decimal(8), Decimal(8)),
    ]
    assert OpenItem.objects.get(pk=issued.open_item_id).side == "credit"


def test_foreign_invoice_takes_the_days_rate_and_the_last_line_the_rest():
    company = make_company()
    party = make_party(company, currency="EUR")
    set_exchange_rate(company_id=company.pk, currency="EUR", date=datetime.date(2026, 3, 9), rate=Decimal("0.8333"))
    request = make_invoice(
        party, make_invoice_line("10.01"), make_invoice_line("3.33", account_role="shipping_revenue")
    )

    (issued,) = issue_invoices([request], company_id=company.pk, actor=ACTOR)

    assert journal_of(issued.entry_id) == [
        ("1110", Decimal("13.34"), Decimal("11.12")),
        ("4010", Decimal("-10.01"), Decimal("-8.341333")),
        ("4020", Decimal("-3.33"), Decimal("-2.778667")),
    ]


def test_foreign_invoice_without_a_rate_is_refused():
    company = make_company()
    party = make_party(company, currency="EUR")

    with refused(ExchangeRateMissing):
        issue_invoices([make_invoice(party)], company_id=company.pk, actor=ACTOR)

    assert not JournalEntry.objects.exists()


def test_second_issue_under_the_key_answers_already():
    company = make_company()
    party = make_party(company)
    (first,) = issue_invoices([make_invoice(party)], company_id=company.pk, actor=ACTOR)

    again = issue_invoices(
        [make_invoice(party), make_invoice(party, key="invoice:2")], company_id=company.pk, actor=ACTOR
    )

    assert [(one.number, one.state) for one in again] == [("INV-000001", "already"), ("INV-000002", "issued")]
    assert again[0].invoice_id == first.invoice_id
    with refused(SourceKeyReused):
        issue_invoices([make_invoice(party, make_invoice_line("99"))], company_id=company.pk, actor=ACTOR)
    assert NumberSeries.objects.get(code="INV").next_number == 3


def test_same_key_twice_in_a_batch_is_one_invoice():
    company = make_company()
    party = make_party(company)

    issued = issue_invoices([make_invoice(party), make_invoice(party)], company_id=company.pk, actor=ACTOR)

    assert issued[0].invoice_id == issued[1].invoice_id
    assert Invoice.objects.count() == 1


def test_free_goods_are_an_invoice_of_zero():
    company = make_company()
    party = make_party(company)

    (issued,) = issue_invoices([make_invoice(party, make_invoice_line("0"))], company_id=company.pk, actor=ACTOR)

    assert issued.total == 0
    assert journal_of(issued.entry_id) == [("1110", 0, 0), ("4010", 0, 0)]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"lines": (make_invoice_line("-1"),)}, NegativeTotal),
        ({"lines": (make_invoice_line(account_role="vouchers"),)}, AccountRoleMissing),
        ({"party_id": 999_999}, NotFound),
        ({"currency": "XXX"}, NotFound),
        ({"lines": (make_invoice_line(tax_code_id=999_999),)}, NotFound),
    ],
)
def test_bad_requests_are_refused_whole(values, error):
    company = make_company()
    party = make_party(company)
    AccountMapping.objects.filter(role="vouchers").delete()
    good, bad = make_invoice(party), make_invoice(party, **({"key": "invoice:2"} | values))

    with refused(error):
        issue_invoices([good, bad], company_id=company.pk, actor=ACTOR)

    assert not JournalEntry.objects.exists()
    assert not Invoice.objects.exists()
    assert NumberSeries.objects.get(code="INV").next_number == 1


def test_a_transaction_may_go_on_after_issuing():
    company = make_company()
    party = make_party(company)
    issue_invoices([make_invoice(party)], company_id=company.pk, actor=ACTOR)

    issue_invoices([make_invoice(party, key="invoice:2")], company_id=company.pk, actor=ACTOR)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert list(Invoice.objects.order_by("id").values_list("sequence", flat=True)) == [1, 2]


def test_number_of_statements_does_not_grow(django_assert_num_queries):
    company = make_company()
    party = make_party(company)
    requests = [make_invoice(party, make_invoice_line("10", "2"), key=f"invoice:{n}") for n in range(252)]
    issue_invoices(requests[:1], company_id=company.pk, actor=ACTOR)

    with django_assert_num_queries(7):
        issue_invoices(requests[1:2], company_id=company.pk, actor=ACTOR)
    with django_assert_num_queries(7):
        issue_invoices(requests[2:], company_id=company.pk, actor=ACTOR)

    assert list(Invoice.objects.order_by("id").values_list("sequence", flat=True)) == list(range(1, 253))
