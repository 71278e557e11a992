"""Posting entries: idempotent by source key, dated into the first open day, refused when wrong."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest

from accounting.errors import EntryNotReversible, PeriodClosed, SourceKeyReused
from accounting.models import DimensionValue, JournalEntry, JournalLine, Period
from accounting.selectors import account_ids
from accounting.services import close_period, post_entries, reverse_entries
from tests.factories.books import ACTOR, NOON, make_company, make_entry, make_party
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db


def lines_of(entry_id: int) -> list[tuple[str, Decimal, Decimal]]:
    rows = JournalLine.objects.filter(entry_id=entry_id).order_by("id")
    return [(line.account.code, line.amount, line.base_amount) for line in rows.select_related("account")]


def test_entry_is_written_with_its_lines():
    company = make_company()

    (posted,) = post_entries([make_entry(company, "12.345678")], company_id=company.pk, actor=ACTOR)

    assert posted.state == "posted"
    assert posted.date == datetime.date(2026, 3, 10)
    assert lines_of(posted.entry_id) == [
        ("1020", Decimal("12.345678"), Decimal("12.345678")),
        ("3900", Decimal("-12.345678"), Decimal("-12.345678")),
    ]
    entry = JournalEntry.objects.get()
    assert (entry.actor_label, entry.source_key) == ("job:test", "manual:1")
    assert entry.xid > 0


def test_same_key_and_content_answers_already():
    company = make_company()
    (first,) = post_entries([make_entry(company)], company_id=company.pk, actor=ACTOR)

    again = post_entries([make_entry(company), make_entry(company)], company_id=company.pk, actor=ACTOR)

    assert [(one.entry_id, one.state) for one in again] == [(first.entry_id, "already")] * 2
    assert JournalEntry.objects.count() == 1


def test_other_content_under_a_key_is_refused():
    company = make_company()
    post_entries([make_entry(company)], company_id=company.pk, actor=ACTOR)

    with refused(SourceKeyReused):
        post_entries(
            [make_entry(company, key="manual:2"), make_entry(company, "101")], company_id=company.pk, actor=ACTOR
        )

    assert JournalEntry.objects.count() == 1


def test_two_contents_under_one_key_in_a_batch_are_refused():
    company = make_company()

    with refused(SourceKeyReused):
        post_entries([make_entry(company), make_entry(company, "1")], company_id=company.pk, actor=ACTOR)

    assert not JournalEntry.objects.exists()


def test_unbalanced_or_single_line_entry_is_a_mistake_of_the_caller():
    company = make_company()
    entry = make_entry(company)

    for lines in ([entry.lines[0]], [entry.lines[0], replace(entry.lines[1], amount=Decimal("-99"))], []):
        with refused(ValueError, match="needs two lines and a sum of zero"):
            post_entries([replace(entry, lines=lines)], company_id=company.pk, actor=ACTOR)

    assert not JournalEntry.objects.exists()


def test_a_month_nobody_used_is_made_with_all_between():
    company = make_company()
    at = datetime.datetime(2010, 12, 1, 8, 26, tzinfo=datetime.UTC)

    (posted,) = post_entries([make_entry(company, at=at)], company_id=company.pk, actor=ACTOR)

    assert posted.date == datetime.date(2010, 12, 1)
    starts = list(Period.objects.order_by("start_date").values_list("start_date", flat=True))
    assert starts[:2] == [datetime.date(2010, 12, 1), datetime.date(2011, 1, 1)]
    assert len(starts) == 12 * (starts[-1].year - 2010) + starts[-1].month - 11


def test_date_is_the_companys_own_day():
    company = make_company(time_zone="Asia/Tbilisi", base_currency="GEL", chart="ge")
    at = datetime.datetime(2026, 3, 31, 21, 30, tzinfo=datetime.UTC)  # 1 April, 01:30 in Tbilisi

    (posted,) = post_entries([make_entry(company, at=at)], company_id=company.pk, actor=ACTOR)

    assert posted.date == datetime.date(2026, 4, 1)


def test_closed_day_moves_to_the_first_open_one():
    company = make_company()
    post_entries([make_entry(company)], company_id=company.pk, actor=ACTOR)
    march = Period.objects.get(start_date=datetime.date(2026, 3, 1))
    close_period(period_id=march.pk, company_id=company.pk, state="locked", actor=ACTOR)

    (posted,) = post_entries([make_entry(company, key="manual:2")], company_id=company.pk, actor=ACTOR)

    assert posted.date == datetime.date(2026, 4, 1)
    assert JournalEntry.objects.get(pk=posted.entry_id).effective_at == NOON


def test_given_day_in_a_closed_period_is_refused():
    company = make_company()
    post_entries([make_entry(company)], company_id=company.pk, actor=ACTOR)
    march = Period.objects.get(start_date=datetime.date(2026, 3, 1))
    close_period(period_id=march.pk, company_id=company.pk, actor=ACTOR)

    with refused(PeriodClosed) as refusal:
        post_entries(
            [make_entry(company, key="manual:2", date=datetime.date(2026, 3, 9))], company_id=company.pk, actor=ACTOR
        )

    assert refusal.value.context == {"date": "2026-03-09", "first_open": "2026-04-01", "field": "date"}
    assert JournalEntry.objects.count() == 1


def test_lines_carry_dimensions_as_shared_sets():
    company = make_company()
    dimensions = (("warehouse", "LON"), ("channel", "web"))
    entries = []
    for number in (1, 2):
        entry = make_entry(company, key=f"manual:{number}")
        entries.append(replace(entry, lines=[replace(line, dimensions=dimensions) for line in entry.lines]))

    post_entries(entries, company_id=company.pk, actor=ACTOR)

    keys = set(JournalLine.objects.values_list("dimension_set__key", flat=True))
    assert keys == {"channel=web;warehouse=LON"}
    assert sorted(DimensionValue.objects.values_list("axis", "code")) == [("channel", "web"), ("warehouse", "LON")]


def test_foreign_lines_balance_in_both_currencies():
    company = make_company()
    roles = account_ids(company.pk)
    entry = make_entry(company)
    foreign = [
        replace(entry.lines[0], currency="EUR", base_amount=Decimal("86.5")),
        replace(entry.lines[1], currency="EUR", base_amount=Decimal("-86.5")),
    ]

    (posted,) = post_entries([replace(entry, lines=foreign)], company_id=company.pk, actor=ACTOR)

    assert lines_of(posted.entry_id) == [
        ("1020", Decimal(100), Decimal("86.5")),
        ("3900", Decimal(-100), Decimal("-86.5")),
    ]
    assert roles["bank"] == JournalLine.objects.order_by("id")[0].account_id


def test_reversal_mirrors_once():
    company = make_company()
    (posted,) = post_entries([make_entry(company)], company_id=company.pk, actor=ACTOR)
    later = NOON + datetime.timedelta(days=30)

    first = reverse_entries([posted.entry_id], company_id=company.pk, effective_at=later, actor=ACTOR, reason="typo")
    again = reverse_entries(
        [posted.entry_id],
        company_id=company.pk,
        effective_at=later + datetime.timedelta(days=1),
        actor=ACTOR,
        reason="typo",
    )

    assert [one.state for one in first + again] == ["posted", "already"]
    assert first[0].entry_id == again[0].entry_id
    assert lines_of(first[0].entry_id) == [
        ("1020", Decimal(-100), Decimal(-100)),
        ("3900", Decimal(100), Decimal(100)),
    ]
    assert JournalEntry.objects.get(reverses_id=posted.entry_id).memo == "typo"


def test_a_documents_entry_is_not_reversed_by_hand():
    company = make_company()
    party = make_party(company)
    entry = make_entry(company, debit="receivable", credit="revenue", subledger="receivable")
    lines = [replace(line, party_id=party.pk) for line in entry.lines]
    (posted,) = post_entries([replace(entry, lines=lines)], company_id=company.pk, actor=ACTOR)

    with refused(EntryNotReversible):
        reverse_entries([posted.entry_id], company_id=company.pk, effective_at=NOON, actor=ACTOR, reason="no")

    assert JournalEntry.objects.count() == 1


def test_number_of_statements_does_not_grow(django_assert_num_queries):
    company = make_company()
    post_entries([make_entry(company, key="warm")], company_id=company.pk, actor=ACTOR)

    one = [make_entry(company)]
    with django_assert_num_queries(2):
        post_entries(one, company_id=company.pk, actor=ACTOR)
    entries = [make_entry(company, key=f"batch:{number}") for number in range(250)]
    with django_assert_num_queries(2):
        post_entries(entries, company_id=company.pk, actor=ACTOR)

    assert JournalLine.objects.count() == 2 * 252
