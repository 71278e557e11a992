"""Addresses on invoices stay as long as the law wants them, and no longer; the books never change."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from accounting.models import Address, Invoice
from accounting.retention import LAWS, USUAL, kept_from, law_of, years_kept
from accounting.selectors.retention import held_addresses, retention_of
from accounting.services import erase_expired_addresses, issue_invoices
from accounting.tasks import erase_expired_addresses as job
from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from tests.factories.books import ACTOR, make_company, make_invoice, make_invoice_line, make_party


def test_years_are_the_countrys_unless_the_company_says_otherwise():
    assert (years_kept("DE", None), years_kept("XX", None), years_kept("DE", 3)) == (8, 10, 3)
    assert all(5 <= years <= 11 and len(law) > 10 for years, law in LAWS.values())
    assert kept_from(date(2026, 11, 28), 8) == date(2018, 1, 1)  # of 2017 until the end of 2025


def test_an_invoice_of_the_first_day_of_a_year_is_never_erased_before_the_longest_reading_of_its_law_is_over():
    """A business year may end a year after the invoice: where the act counts from its end the number has that year."""
    counted_from_the_end = {"CA": 6, "DK": 5, "EE": 7, "FI": 6, "GB": 6, "IE": 6, "NO": 5, "NZ": 7, "PL": 5, "SE": 7}

    assert {country: years_kept(country, None) - 1 for country in counted_from_the_end} == counted_from_the_end
    assert (years_kept("BR", None), law_of("BR")) == (USUAL, "") and max(
        years for country, (years, _law) in LAWS.items() if country != "HR"
    ) <= USUAL
    assert "§ 147" in law_of("DE")


@pytest.fixture
def company(db):
    return make_company()


def sold(company, day, name, *, net="0"):
    """An invoice of that day; of nothing, so that nothing is open."""
    party = make_party(company, code=name)
    address = Address.objects.create(company=company, name=name, line1="Rustaveli 1", city="Tbilisi", country="GE")
    issue_invoices(
        [
            make_invoice(
                party, make_invoice_line(net), key=f"invoice:{name}", address_id=address.pk,
                effective_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
            )
        ],
        company_id=company.pk, actor=ACTOR,
    )  # fmt: skip
    return address.pk


def name_of(address_id):
    return Address.objects.get(pk=address_id).name


def test_only_what_no_law_keeps_is_erased_and_the_books_still_prove(company):
    company.invoice_years = 1
    company.save()
    year = timezone.localdate().year
    old, last = sold(company, date(year - 2, 12, 31), "Old"), sold(company, date(year - 1, 1, 1), "Last")
    owed = sold(company, date(year - 2, 6, 1), "Owed", net="100")  # not settled
    present = sold(company, date(year - 2, 6, 1), "Present")
    party = Invoice.objects.get(address=present).party
    party.address_id = present  # the customer's address of today
    party.save()
    assert retention_of(company).due == 1
    assert held_addresses([old, last, owed], company) == {last, owed}

    assert job() == 1

    assert [name_of(one) for one in (old, last, owed, present)] == ["", "Last", "Owed", "Present"]
    assert Address.objects.get(pk=old).country == "GE"  # tax returns count by it
    event = AuditEvent.objects.get(object_type="accounting.invoice", action="erased")
    assert event.object_id == Invoice.objects.get(address=old).pk and event.actor_label.endswith("erasure")
    assert erase_expired_addresses(company_id=company.pk, actor=ACTOR) == 0
    assert [r.name for r in run_checks().results if r.state != "ok"] == []


def test_the_countrys_years_count_where_nothing_is_set(company):
    sold(company, date(timezone.localdate().year - 2, 1, 1), "Young")

    assert retention_of(company).years == years_kept(company.country, None) >= 5
    assert erase_expired_addresses(company_id=company.pk, actor=ACTOR) == 0
