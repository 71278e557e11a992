"""Entries of two steps of one transaction, written in one go."""

import datetime

import pytest

from accounting.errors import PeriodClosed, SourceKeyReused
from accounting.models import JournalEntry, Period
from accounting.services import close_period, post_entries, posted_together
from tests.factories.books import ACTOR, make_company, make_entry
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db


def post(company, *entries):
    return post_entries(entries, company_id=company.pk, actor=ACTOR)


def together(company, *entries):
    return posted_together(entries, company_id=company.pk, dimension_ids={})


def test_what_a_later_step_posts_is_written_with_the_first(django_assert_num_queries):
    company = make_company()
    cost, invoice, fee = (make_entry(company, key=key) for key in ("cost", "invoice", "fee"))
    post(company, make_entry(company, key="the month is there"))

    with together(company, invoice):
        with django_assert_num_queries(2):
            (first,) = post(company, cost)
        assert JournalEntry.objects.filter(source_key="invoice").exists()
        with django_assert_num_queries(0):
            (second,) = post(company, invoice)
        third, again = post(company, fee, invoice)

    assert [one.state for one in (first, second, third)] == ["posted"] * 3
    assert again.entry_id == second.entry_id
    assert dict(JournalEntry.objects.values_list("source_key", "pk")).items() >= {
        ("cost", first.entry_id),
        ("invoice", second.entry_id),
        ("fee", third.entry_id),
    }
    assert post(company, invoice)[0].state == "already"  # after the block everything is as ever


def test_without_a_first_posting_nothing_is_written():
    company = make_company()

    with together(company, make_entry(company, key="invoice")):
        pass

    assert not JournalEntry.objects.exists()


def test_another_companys_posting_takes_nothing_along():
    company, other = make_company(), make_company("other")

    with together(company, make_entry(company, key="invoice")):
        post(other, make_entry(other, key="cost"))
        (posted,) = post(company, make_entry(company, key="invoice"))

    assert posted.state == "posted"
    assert JournalEntry.objects.filter(company=other).count() == JournalEntry.objects.filter(company=company).count()


def test_other_content_than_went_along_is_refused():
    company = make_company()

    with refused(SourceKeyReused), together(company, make_entry(company, key="invoice")):
        post(company, make_entry(company, key="cost"))
        post(company, make_entry(company, "99", key="invoice"))

    assert not JournalEntry.objects.exists()


def test_a_refused_companion_refuses_the_first_posting_too():
    company = make_company()
    post(company, make_entry(company, key="the month is there"))
    march = Period.objects.get(start_date=datetime.date(2026, 3, 1))
    close_period(period_id=march.pk, company_id=company.pk, actor=ACTOR)
    fixed = make_entry(company, key="invoice", date=datetime.date(2026, 3, 9))

    with refused(PeriodClosed), together(company, fixed):
        post(company, make_entry(company, key="cost"))

    assert not JournalEntry.objects.filter(source_key="cost").exists()
