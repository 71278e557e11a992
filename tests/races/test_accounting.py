"""Real threads on the money book: numbers without gaps, no entry in a period that closed meanwhile."""

import datetime
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import connection, transaction

from accounting.checks import CHECKS
from accounting.errors import ItemOverused, SourceKeyReused
from accounting.models import Invoice, JournalEntry, NumberSeries, OpenItem, Period
from accounting.services import (
    PaymentRequest,
    UseRequest,
    apply_items,
    close_period,
    ensure_periods,
    issue_invoices,
    post_entries,
    record_payments,
)
from backoffice.core import proof
from backoffice.core.roles import OWNER, role
from tests.factories.books import ACTOR, NOON, make_company, make_entry, make_invoice, make_invoice_line, make_party

pytestmark = pytest.mark.django_db(transaction=True)
MARCH, APRIL = datetime.date(2026, 3, 1), datetime.date(2026, 4, 1)
WAIT_S = 0.4


class Abandoned(Exception):
    """The caller gives up after the numbers were drawn."""


def in_thread(work, *args):
    """Run `work` on a connection of its own and close it."""
    try:
        return work(*args)
    finally:
        connection.close()


def assert_proved():
    found = proof.run_checks(names=[check.name for check in CHECKS])
    assert [(result.name, result.row, result.error) for result in found.results if result.state != "ok"] == []


def test_numbers_stay_gapless_under_eight_threads_and_rollbacks():
    company = make_company()
    party = make_party(company)

    def worker(number):
        chance = random.Random(number)
        kept = 0
        for turn in range(12):
            batch = [
                make_invoice(party, make_invoice_line("7"), key=f"invoice:{number}:{turn}:{n}")
                for n in range(chance.randint(1, 4))
            ]
            try:
                with transaction.atomic():
                    issue_invoices(batch, company_id=company.pk, actor=ACTOR)
                    if chance.random() < 0.35:
                        raise Abandoned
                kept += len(batch)
            except Abandoned:
                pass
        return kept

    with ThreadPoolExecutor(8) as pool:
        kept = sum(pool.map(lambda number: in_thread(worker, number), range(8)))

    sequences = sorted(Invoice.objects.values_list("sequence", flat=True))
    assert sequences == list(range(1, kept + 1))
    assert NumberSeries.objects.get(code="INV").next_number == kept + 1
    # The control: under the same load a plain sequence does leave gaps.
    ids = sorted(Invoice.objects.values_list("id", flat=True))
    assert ids[-1] - ids[0] + 1 > kept
    assert_proved()


def test_one_key_posted_by_eight_threads_is_one_entry():
    company = make_company()
    ensure_periods(company_id=company.pk, dates=[MARCH])
    barrier = threading.Barrier(8)

    def post(number):
        entry = make_entry(company, "7" if number % 2 else "8")
        barrier.wait()
        try:
            return post_entries([entry], company_id=company.pk, actor=ACTOR)[0].state
        except SourceKeyReused:
            return "refused"

    with ThreadPoolExecutor(8) as pool:
        states = sorted(pool.map(lambda number: in_thread(post, number), range(8)))

    assert JournalEntry.objects.count() == 1
    assert states == ["already"] * 3 + ["posted"] + ["refused"] * 4
    assert_proved()


def test_batches_that_share_keys_in_opposite_order_do_not_deadlock():
    company = make_company()
    ensure_periods(company_id=company.pk, dates=[MARCH])
    entries = [make_entry(company, key=f"shared:{n}") for n in range(60)]
    barrier = threading.Barrier(2)

    def post(batch):
        barrier.wait()
        return [one.state for one in post_entries(batch, company_id=company.pk, actor=ACTOR)]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda batch: in_thread(post, batch), [entries, entries[::-1]])

    assert sorted(first + second) == ["already"] * 60 + ["posted"] * 60
    assert JournalEntry.objects.count() == 60


@pytest.fixture
def company():
    company = make_company()
    ensure_periods(company_id=company.pk, dates=[MARCH, APRIL])
    return company


def close_march(company, closed):
    period = Period.objects.get(company=company, start_date=MARCH)
    close_period(period_id=period.pk, company_id=company.pk, actor=ACTOR)
    closed.set()


def closes_during(company, write):
    """Whether March can be closed while `write`'s transaction is still open."""
    closed = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            write()
            closing = pool.submit(in_thread, close_march, company, closed)
            early = closed.wait(WAIT_S)
        closing.result(timeout=10)
    return early


def entries_in_march():
    return JournalEntry.objects.filter(date__lt=APRIL, date__gte=MARCH).count()


def test_closing_waits_for_those_who_post(company):
    entry = make_entry(company)

    early = closes_during(company, lambda: post_entries([entry], company_id=company.pk, actor=ACTOR))

    assert not early
    assert entries_in_march() == 1
    (posted,) = post_entries([make_entry(company, key="late")], company_id=company.pk, actor=ACTOR)
    assert posted.date == APRIL


@contextmanager
def guards_off():
    def switch(verb):
        with role(connection, OWNER), connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE accounting_journalentry {verb} TRIGGER accounting_entry_guard")
            cursor.execute(f"ALTER TABLE accounting_journalentry {verb} TRIGGER accounting_entry_two_lines")

    switch("DISABLE")
    try:
        yield
    finally:
        switch("ENABLE")


def test_without_the_guard_a_period_closes_under_an_entry(company):
    """The negative control of the test above: raw SQL, and no guard that shares the period."""

    def insert_raw():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO accounting_journalentry (company_id, date, effective_at, subledger, source_type, source_key,"
                " content_hash, memo, actor_label) VALUES (%s, '2026-03-10', now(), 'general', '', 'raw', '', '', 'raw')",
                [company.pk],
            )

    with guards_off():
        early = closes_during(company, insert_raw)

    assert early
    assert entries_in_march() == 1


def test_posting_waits_for_who_closes_and_takes_the_next_open_day(company):
    closed, go = threading.Event(), threading.Event()

    def close_slowly():
        with transaction.atomic():
            close_march(company, closed)
            go.wait(10)

    with ThreadPoolExecutor(2) as pool:
        closing = pool.submit(in_thread, close_slowly)
        closed.wait(10)
        entry = make_entry(company)
        posting = pool.submit(in_thread, lambda: post_entries([entry], company_id=company.pk, actor=ACTOR))
        with pytest.raises(TimeoutError):
            posting.result(timeout=WAIT_S)
        go.set()
        closing.result(timeout=10)
        (posted,) = posting.result(timeout=10)

    assert posted.date == APRIL
    assert entries_in_march() == 0


def test_an_invoice_is_settled_by_eight_threads_at_most_once():
    company = make_company()
    party = make_party(company)
    (invoice,) = issue_invoices([make_invoice(party)], company_id=company.pk, actor=ACTOR)
    requests = [PaymentRequest(party.pk, "in", Decimal(30), "GBP", NOON, f"payment:{n}") for n in range(8)]
    payments = record_payments(requests, company_id=company.pk, actor=ACTOR)
    barrier = threading.Barrier(8)

    def settle(payment):
        use = UseRequest(invoice.open_item_id, payment.open_item_id, Decimal(30), f"use:{payment.payment_id}")
        barrier.wait()
        try:
            return apply_items([use], company_id=company.pk, date=MARCH, actor=ACTOR)[0].state
        except ItemOverused:
            return "refused"

    with ThreadPoolExecutor(8) as pool:
        states = sorted(pool.map(lambda payment: in_thread(settle, payment), payments))

    assert states == ["applied"] * 3 + ["refused"] * 5
    assert OpenItem.objects.get(pk=invoice.open_item_id).open_amount == 10
    assert_proved()
