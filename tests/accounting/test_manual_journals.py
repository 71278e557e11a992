"""Journals by hand: approved by another pair of eyes, posted once, reversed by a mirror, repeated by the clock."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection

from accounting.errors import AttachmentRefused, ExchangeRateMissing, JournalRefused, PeriodClosed
from accounting.models import JournalEntry, JournalLine, ManualJournal, Period, RecurringJournal
from accounting.services import (
    JournalInput,
    JournalLineInput,
    approve_journal,
    attach,
    cancel_journal,
    close_period,
    create_schedule,
    detach,
    ensure_periods,
    post_due_journals,
    reverse_journal,
    save_journal,
    send_back_journal,
    set_exchange_rate,
    set_schedule_status,
    submit_journal,
)
from backoffice.core.approval_limits import set_threshold
from backoffice.core.approving import ApprovalRefused
from backoffice.core.errors import IllegalTransition
from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from tests.accounting.test_bypass import attack
from tests.factories.books import ACTOR, make_company
from tests.factories.journals import MARCH_10, account, journal_facts, journal_input, make_journal, person
from tests.factories.photos import png
from tests.factories.refusals import refused, refused_as

pytestmark = pytest.mark.django_db
D, day = Decimal, datetime.date


@pytest.fixture
def company():
    return make_company()


def post(company, *lines, **values):
    journal = make_journal(company, *lines, **values)
    submit_journal(journal.pk, company_id=company.pk, actor=ACTOR)
    journal.refresh_from_db()
    return journal


def lines_of(entry_id):
    rows = JournalLine.objects.filter(entry_id=entry_id).order_by("id")
    return list(rows.values_list("account__code", "amount", "base_amount"))


def close(company, date, state="soft_closed"):
    ensure_periods(company_id=company.pk, dates=[date])
    period = Period.objects.get(company=company, start_date=date.replace(day=1))
    close_period(period_id=period.pk, company_id=company.pk, state=state, actor=ACTOR)
    return period


def test_a_small_one_is_posted_when_it_is_submitted(company):
    journal = post(company, ("6520", "100"), ("6590", "20.50"), ("1020", "-120.50"))

    assert (journal.status, journal.value) == ("posted", D("120.50"))
    assert lines_of(journal.entry_id) == [
        ("6520", 100, 100),
        ("6590", D("20.5"), D("20.5")),
        ("1020", D("-120.5"), D("-120.5")),
    ]
    entry = JournalEntry.objects.get(pk=journal.entry_id)
    assert (entry.date, entry.subledger, entry.source_type, entry.source_id) == (
        MARCH_10, "general", "accounting.manualjournal", journal.pk,
    )  # fmt: skip
    assert run_checks().ok


def test_a_dear_one_needs_a_second_person(company):
    set_threshold(company_id=company.pk, action="manual_journal", amount=D(50), actor=ACTOR)
    author, other = person("author"), person("other")
    journal = make_journal(company, actor=author)
    submit_journal(journal.pk, company_id=company.pk, actor=author)
    before = journal_facts()

    with refused_as(ApprovalRefused, "own_document"):
        approve_journal(journal.pk, company_id=company.pk, actor=author)
    with refused_as(ApprovalRefused, "person_needed"):
        approve_journal(journal.pk, company_id=company.pk, actor=ACTOR)
    assert journal_facts() == before

    done = approve_journal(journal.pk, company_id=company.pk, actor=other)
    assert (done.status, done.approved_label) == ("posted", "other")
    with refused_as(ApprovalRefused, "own_document"):
        reverse_journal(journal.pk, company_id=company.pk, date=MARCH_10, actor=author, reason="Wrong")
    assert run_checks().ok


def test_it_goes_only_the_way_of_its_states(company):
    set_threshold(company_id=company.pk, action="manual_journal", amount=D(0), actor=ACTOR)
    journal = make_journal(company)
    with refused(IllegalTransition):
        approve_journal(journal.pk, company_id=company.pk, actor=person("b"))
    submit_journal(journal.pk, company_id=company.pk, actor=ACTOR)
    with refused_as(JournalRefused, "not_a_draft"):
        save_journal(journal_input(company), company_id=company.pk, actor=ACTOR, journal_id=journal.pk)
    with refused_as(JournalRefused, "no_reason"):
        send_back_journal(journal.pk, company_id=company.pk, actor=ACTOR, reason=" ")
    send_back_journal(journal.pk, company_id=company.pk, actor=ACTOR, reason="Other account")
    changed = save_journal(
        journal_input(company, ("6590", "70"), ("1020", "-70")),
        company_id=company.pk,
        actor=ACTOR,
        journal_id=journal.pk,
    )
    assert (changed.value, changed.lines.count()) == (D(70), 2)
    with refused_as(JournalRefused, "changed_meanwhile"):
        save_journal(journal_input(company), company_id=company.pk, actor=ACTOR, journal_id=journal.pk, version=1)
    cancel_journal(journal.pk, company_id=company.pk, actor=ACTOR, reason="Not needed")
    with refused(IllegalTransition):
        submit_journal(journal.pk, company_id=company.pk, actor=ACTOR)
    trail = AuditEvent.objects.filter(object_type="accounting.manualjournal", field="status").order_by("id")
    assert list(trail.values_list("old_value", "new_value", "reason")) == [
        ("draft", "submitted", ""), ("submitted", "draft", "Other account"), ("draft", "cancelled", "Not needed"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "values", "error", "code", "field"),
    [
        ((("6520", "100"), ("1020", "-99.99")), {}, JournalRefused, "unbalanced", "lines"),
        ((("6520", "100"),), {}, JournalRefused, "no_lines", "lines"),
        ((("6520", "100"), ("1110", "-100")), {}, JournalRefused, "control_account", "lines.1.account"),
        ((("2010", "100"), ("1020", "-100")), {}, JournalRefused, "control_account", "lines.0.account"),
        ((("1210", "100"), ("1020", "-100")), {}, JournalRefused, "control_account", "lines.0.account"),
        ((("6500", "100"), ("1020", "-100")), {}, JournalRefused, "not_postable", "lines.0.account"),
        ((("6520", "0"), ("1020", "0")), {}, JournalRefused, "bad_amount", "lines.0.amount"),
        ((("6520", "0.005"), ("1020", "-0.005")), {}, JournalRefused, "bad_amount", "lines.0.amount"),
        ((), {"currency": "XXX"}, JournalRefused, "unknown_currency", "currency"),
        ((), {"currency": "USD"}, ExchangeRateMissing, "exchange_rate_missing", "currency"),
        ((), {"currency": "USD", "exchange_rate": D(-1)}, JournalRefused, "bad_rate", "exchange_rate"),
        ((), {"reverse_on": MARCH_10}, JournalRefused, "bad_dates", "reverse_on"),
        ((), {"date": day(1800, 1, 1)}, JournalRefused, "bad_dates", "date"),
        ((), {"date": day(2026, 2, 10)}, PeriodClosed, "period_closed", "date"),
    ],
)  # fmt: skip
def test_what_is_typed_wrong_is_named_and_nothing_is_written(company, lines, values, error, code, field):
    close(company, day(2026, 2, 1))
    before = journal_facts()

    with refused_as(error, code) as caught:
        make_journal(company, *lines, **values)

    assert caught.value.context.get("field") == field
    assert journal_facts() == before


def test_another_companys_account_is_unknown(company):
    other = make_company("other")
    before = journal_facts()
    with refused_as(JournalRefused, "unknown_account"):
        save_journal(journal_input(other), company_id=company.pk, actor=ACTOR)
    assert journal_facts() == before


def test_a_foreign_one_balances_in_both_currencies_to_the_cent(company):
    """frappe/erpnext#55600, #9300; ledger123/runmyaccounts#649: conversion left entries unbalanced by a cent."""
    set_exchange_rate(company_id=company.pk, currency="USD", date=day(2026, 3, 1), rate=D("0.7777"))
    journal = post(company, ("6520", "33.33"), ("6590", "33.33"), ("6540", "33.34"), ("1020", "-100"), currency="USD")

    lines = lines_of(journal.entry_id)
    assert (sum(line[1] for line in lines), sum(line[2] for line in lines)) == (0, 0)
    assert [line[2] for line in lines] == [D("25.92"), D("25.92"), D("25.93"), D("-77.77")]
    assert journal.value == D("77.77")
    assert run_checks().ok


def test_a_late_one_is_dated_in_the_open_period_and_keeps_its_day(company):
    close(company, day(2026, 3, 1))
    journal = post(company, late=True)

    entry = JournalEntry.objects.get(pk=journal.entry_id)
    assert (entry.date, entry.effective_at.date()) == (day(2026, 4, 1), MARCH_10)
    assert run_checks().ok


def test_erpnext_30547_the_mirror_is_dated_on_the_day_of_the_reversal(company):
    """frappe/erpnext#30547: a reversal dated like the original changed months that were closed."""
    journal = post(company)
    close(company, MARCH_10)
    before = journal_facts()

    with refused(PeriodClosed):
        reverse_journal(journal.pk, company_id=company.pk, date=MARCH_10, actor=ACTOR, reason="Twice")
    with refused_as(JournalRefused, "bad_dates"):
        reverse_journal(journal.pk, company_id=company.pk, date=day(2026, 3, 1), actor=ACTOR, reason="Twice")
    assert journal_facts() == before

    done = reverse_journal(journal.pk, company_id=company.pk, date=day(2026, 4, 7), actor=ACTOR, reason="Twice")
    mirror = JournalEntry.objects.get(pk=done.reversal_id)
    assert (mirror.date, mirror.reverses_id, mirror.memo) == (day(2026, 4, 7), journal.entry_id, "Twice")
    assert lines_of(mirror.pk) == [("6520", -100, -100), ("1020", 100, 100)]
    with refused(IllegalTransition):
        reverse_journal(journal.pk, company_id=company.pk, date=day(2026, 4, 7), actor=ACTOR, reason="Again")
    assert run_checks().ok


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM accounting_journalline WHERE entry_id = {entry}", "permission denied"),
        ("DELETE FROM accounting_journalentry WHERE id = {entry}", "permission denied"),
        ("UPDATE accounting_journalentry SET date = '2026-01-01' WHERE id = {entry}", "permission denied"),
        ("DELETE FROM accounting_manualjournal WHERE id = {journal}", "permission denied"),
        ("UPDATE accounting_manualjournal SET memo = 'x' WHERE id = {journal}", "manualjournal_posted_stays"),
        ("UPDATE accounting_manualjournal SET status = 'draft' WHERE id = {journal}", "manualjournal_posted_stays"),
        ("DELETE FROM accounting_manualjournalline WHERE journal_id = {journal}", "manualjournalline_of_a_draft"),
        ("UPDATE accounting_manualjournalline SET amount = 7 WHERE journal_id = {journal}", "manualjournalline_of_a_draft"),
        ("UPDATE accounting_manualjournal SET status = 'posted', entry_id = {entry} WHERE id = {draft}", "manualjournal_of_its_entry"),
        ("UPDATE accounting_manualjournal SET status = 'reversed', reversal_id = {entry} WHERE id = {journal}", "manualjournal_reversed_by_its_mirror"),
    ],
)  # fmt: skip
def test_erpnext_11130_32138_50737_nothing_posted_is_ever_deleted_or_changed(company, sql, said):
    """frappe/erpnext#11130, #32138, #50737: cancelling deleted ledger rows, and a setting allowed it. Here it cannot."""
    journal, draft = post(company), make_journal(company, ("6520", "7"), ("1020", "-7"))
    before = journal_facts()

    refusal = attack(sql.format(entry=journal.entry_id, journal=journal.pk, draft=draft.pk))

    assert refusal is not None and said in refusal[2]
    assert journal_facts() == before


def test_an_accrual_reverses_itself_on_its_day(company):
    journal = post(company, reverse_on=day(2026, 4, 1), date=day(2026, 3, 31))
    at = datetime.datetime(2026, 3, 31, 12, tzinfo=datetime.UTC)
    assert post_due_journals(company_id=company.pk, now=at, actor=ACTOR).reversed == 0

    close(company, day(2026, 4, 1))  # late: the first open day is taken
    at += datetime.timedelta(days=1)
    assert post_due_journals(company_id=company.pk, now=at, actor=ACTOR).reversed == 1
    assert post_due_journals(company_id=company.pk, now=at, actor=ACTOR).reversed == 0

    journal.refresh_from_db()
    mirror = JournalEntry.objects.get(pk=journal.reversal_id)
    assert (journal.status, mirror.date, mirror.effective_at.date()) == ("reversed", day(2026, 5, 1), day(2026, 4, 1))
    assert run_checks().ok


def test_a_journal_repeats_on_the_last_day_of_every_month_and_ends(company):
    pattern = post(company, ("6530", "40"), ("1020", "-40"), date=day(2026, 1, 31))
    schedule = create_schedule(
        pattern.pk, company_id=company.pk, name="Depreciation", first_date=day(2026, 2, 28), end_date=day(2026, 4, 30),
        actor=ACTOR,
    )  # fmt: skip
    at = datetime.datetime(2026, 5, 20, tzinfo=datetime.UTC)
    assert post_due_journals(company_id=company.pk, now=at, actor=ACTOR).made == 0
    set_schedule_status(schedule.pk, status="active", company_id=company.pk, actor=ACTOR)

    assert post_due_journals(company_id=company.pk, now=at, actor=ACTOR).made == 3
    assert post_due_journals(company_id=company.pk, now=at, actor=ACTOR).made == 0

    schedule.refresh_from_db()
    made = ManualJournal.objects.filter(schedule=schedule).order_by("occurrence")
    assert [(one.date, one.status) for one in made] == [
        (day(2026, 2, 28), "posted"), (day(2026, 3, 28), "posted"), (day(2026, 4, 28), "posted"),
    ]  # fmt: skip
    assert schedule.status == "ended"
    assert run_checks().ok


def test_the_31st_is_the_last_day_of_a_shorter_month():
    from accounting.services.journals.repeating import following

    schedule = RecurringJournal(day=31, every_months=1)
    days = [day(2027, 12, 31)]
    for _month in range(3):
        days.append(following(days[-1], schedule))
    assert days[1:] == [day(2028, 1, 31), day(2028, 2, 29), day(2028, 3, 31)]


def test_who_switches_a_repetition_on_approves_it(company):
    set_threshold(company_id=company.pk, action="manual_journal", amount=D(50), actor=ACTOR)
    author, other = person("author"), person("other")
    pattern = make_journal(company, actor=author)
    with refused_as(JournalRefused, "not_posted"):
        create_schedule(pattern.pk, company_id=company.pk, name="R", first_date=day(2026, 4, 1), actor=author)
    submit_journal(pattern.pk, company_id=company.pk, actor=author)
    approve_journal(pattern.pk, company_id=company.pk, actor=other)
    schedule = create_schedule(
        pattern.pk, company_id=company.pk, name="Rent", first_date=day(2026, 4, 1), reverses=True, actor=author
    )
    with refused_as(ApprovalRefused, "own_document"):
        set_schedule_status(schedule.pk, status="active", company_id=company.pk, actor=author)
    set_schedule_status(schedule.pk, status="active", company_id=company.pk, actor=other)

    pattern.lines.first().account.__class__.objects.filter(code="6520", company=company).update(is_active=False)
    at = datetime.datetime(2026, 4, 20, tzinfo=datetime.UTC)
    done = post_due_journals(company_id=company.pk, now=at, actor=ACTOR)
    schedule.refresh_from_db()
    assert (done.made, done.refused, "takes no postings" in schedule.problem) == (0, 1, True)
    pattern.lines.first().account.__class__.objects.filter(code="6520", company=company).update(is_active=True)
    assert post_due_journals(company_id=company.pk, now=at, actor=ACTOR).made == 1
    made = ManualJournal.objects.get(schedule=schedule)
    assert (made.reverse_on, made.status) == (day(2026, 5, 1), "posted")


def test_the_number_of_statements_does_not_grow_with_the_lines(company):
    ids = {code: account(company, code) for code in ("6520", "1020")}

    def statements(count):
        with connection.execute_wrapper(lambda run, *args: (counted.append(1), run(*args))[1]):
            counted = []
            rows = [JournalLineInput(ids["6520"], D(1))] * count + [JournalLineInput(ids["1020"], D(-count))]
            made = save_journal(JournalInput(MARCH_10, rows), company_id=company.pk, actor=ACTOR)
            submit_journal(made.pk, company_id=company.pk, actor=ACTOR)
        return len(counted)

    statements(2)
    assert statements(2) == statements(60) <= 30


class Upload:
    def __init__(self, content, name="invoice.pdf"):
        self.content, self.name = content, name

    def read(self, size=-1):
        return self.content[:size]


def test_papers_are_kept_as_what_they_are(company, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    journal = make_journal(company)
    where = {
        "object_type": "accounting.manualjournal",
        "object_id": journal.pk,
        "company_id": company.pk,
        "actor": ACTOR,
    }

    kept = attach(Upload(png(), "../../etc/Scan 1.png"), **where)
    again = attach(Upload(png()), **where)
    text = attach(Upload(b"Datum;Betrag\n1.3.;10,00\n", "list.csv"), **where)

    assert (kept.pk, kept.content_type, kept.name) == (again.pk, "image/png", "Scan 1.png")
    assert text.content_type == "text/plain"
    for content, code in (
        (b"", "empty"),
        (b"\x00\x01binary", "file_type"),
        (b"MZ\x90\x00", "file_type"),
        (b"x" * (10 * 1024 * 1024 + 1), "too_large"),
    ):
        with refused_as(AttachmentRefused, code):
            attach(Upload(content), **where)
    detach(text.pk, company_id=company.pk, actor=ACTOR)
    submit_journal(journal.pk, company_id=company.pk, actor=ACTOR)
    with refused_as(AttachmentRefused, "not_a_draft"):
        detach(kept.pk, company_id=company.pk, actor=ACTOR)
    refusal = attack(f"DELETE FROM accounting_attachment WHERE id = {kept.pk}")
    assert refusal is not None and "attachment_of_a_draft" in refusal[2]
