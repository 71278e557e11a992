"""A life of the ledger at random: whatever is posted, paid, applied, taken back and closed, it adds up."""

import datetime
from collections import defaultdict
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounting.checks import CHECKS
from accounting.errors import ItemOverused
from accounting.models import Account, JournalEntry, OpenItem, Period
from accounting.selectors import account_ids, ageing, balances, trial_balance
from accounting.services import (
    PaymentRequest,
    UseRequest,
    apply_items,
    close_period,
    issue_invoices,
    post_entries,
    record_payments,
    reopen_period,
    reverse_entries,
    set_exchange_rate,
    unapply_items,
)
from backoffice.core import proof
from tests.factories.books import ACTOR, make_company, make_entry, make_invoice, make_invoice_line, make_party

pytestmark = pytest.mark.django_db
FIRST, LAST = datetime.date(2026, 1, 1), datetime.date(2027, 12, 31)
cents = st.integers(1, 500_000).map(lambda n: Decimal(n) / 1000)
instants = st.datetimes(datetime.datetime(2026, 1, 1), datetime.datetime(2026, 6, 30), timezones=st.just(datetime.UTC))


class Ledger(RuleBasedStateMachine):
    """The model: a balance per account as a plain sum, and the open amount of each item."""

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.company = make_company()
        self.roles = account_ids(self.company.pk)
        self.parties = [make_party(self.company, "home"), make_party(self.company, "abroad", currency="EUR")]
        for month in range(1, 8):
            set_exchange_rate(
                company_id=self.company.pk,
                currency="EUR",
                date=datetime.date(2025 if month == 7 else 2026, month, 1),
                rate=Decimal(80 + month) / 100,
            )
        self.balance = defaultdict(Decimal)
        self.open = {}
        self.entries, self.uses = [], []
        self.keys = 0

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def key(self):
        self.keys += 1
        return f"key:{self.keys}"

    def note(self, entry_id):
        for account, base in JournalEntry.objects.get(pk=entry_id).lines.values_list("account_id", "base_amount"):
            self.balance[account] += base

    @rule(amount=cents, at=instants)
    def post(self, amount, at):
        entry = make_entry(self.company, str(amount), key=self.key(), at=at)
        (posted,) = post_entries([entry], company_id=self.company.pk, actor=ACTOR)
        (again,) = post_entries([entry], company_id=self.company.pk, actor=ACTOR)
        assert (again.entry_id, again.state) == (posted.entry_id, "already")
        self.balance[self.roles["bank"]] += amount
        self.balance[self.roles["opening_equity"]] -= amount
        self.entries.append((posted.entry_id, amount))

    @precondition(lambda self: self.entries)
    @rule(data=st.data(), at=instants)
    def reverse(self, data, at):
        entry_id, amount = self.entries.pop(data.draw(st.integers(0, len(self.entries) - 1)))
        reverse_entries([entry_id], company_id=self.company.pk, effective_at=at, actor=ACTOR, reason="test")
        self.balance[self.roles["bank"]] -= amount
        self.balance[self.roles["opening_equity"]] += amount

    @rule(nets=st.lists(cents, min_size=1, max_size=4), place=st.integers(0, 1), credit=st.booleans(), at=instants)
    def invoice(self, nets, place, credit, at):
        lines = [make_invoice_line(str(net), str(net / 5)) for net in nets]
        kind = "credit_note" if credit else "invoice"
        request = make_invoice(self.parties[place], *lines, key=self.key(), kind=kind, effective_at=at)
        (issued,) = issue_invoices([request], company_id=self.company.pk, actor=ACTOR)
        assert abs(issued.total - sum(nets) * 6 / 5) <= Decimal("0.005")
        self.open[issued.open_item_id] = ("credit" if credit else "debit", place, issued.total)
        self.note(issued.entry_id)

    @rule(amount=cents, place=st.integers(0, 1), out=st.booleans(), at=instants)
    def pay(self, amount, place, out, at):
        party = self.parties[place]
        direction = "out" if out else "in"
        request = PaymentRequest(party.pk, direction, amount, party.currency_id, at, self.key())
        (recorded,) = record_payments([request], company_id=self.company.pk, actor=ACTOR)
        self.open[recorded.open_item_id] = ("debit" if out else "credit", place, amount)
        self.note(recorded.entry_id)

    def pairs(self):
        return [
            (debit, credit)
            for debit, (side, place, left) in self.open.items()
            for credit, (other, there, rest) in self.open.items()
            if (side, other, place) == ("debit", "credit", there) and left and rest
        ]

    @precondition(lambda self: self.pairs())
    @rule(data=st.data(), share=st.sampled_from(["all", "third", "too much"]), at=instants)
    def apply(self, data, share, at):
        debit, credit = data.draw(st.sampled_from(self.pairs()))
        most = min(self.open[debit][2], self.open[credit][2])
        amount = {"all": most, "third": max(round(most / 3, 6), Decimal("0.000001")), "too much": most + 1}[share]
        use = UseRequest(debit, credit, amount, self.key())
        try:
            with transaction.atomic():
                (applied,) = apply_items([use], company_id=self.company.pk, date=at.date(), actor=ACTOR)
        except ItemOverused:
            assert share == "too much"
            return
        assert share != "too much"
        self.uses.append((applied.use_id, debit, credit, amount))
        self.settle(debit, credit, amount, f"exchange:{use.source_key}")

    def settle(self, debit, credit, amount, exchange_key):
        for item in (debit, credit):
            side, place, left = self.open[item]
            self.open[item] = (side, place, left - amount)
        for entry in JournalEntry.objects.filter(source_key=exchange_key):
            self.note(entry.pk)

    @precondition(lambda self: self.uses)
    @rule(data=st.data(), at=instants)
    def unapply(self, data, at):
        use_id, debit, credit, amount = self.uses.pop(data.draw(st.integers(0, len(self.uses) - 1)))
        unapply_items([use_id], company_id=self.company.pk, date=at.date(), actor=ACTOR)
        self.settle(debit, credit, -amount, f"exchange:unapply:{use_id}")

    @rule(data=st.data(), lock=st.booleans())
    def close(self, data, lock):
        opened = list(Period.objects.filter(state="open", end_date__lt=LAST))
        if opened:
            period = data.draw(st.sampled_from(opened))
            state = "locked" if lock else "soft_closed"
            close_period(period_id=period.pk, company_id=self.company.pk, state=state, actor=ACTOR)

    @rule(data=st.data())
    def reopen(self, data):
        shut = list(Period.objects.exclude(state="open"))
        if shut:
            period = data.draw(st.sampled_from(shut))
            reopen_period(period_id=period.pk, company_id=self.company.pk, actor=ACTOR, reason="test")

    @invariant()
    def balances_are_what_was_posted(self):
        found = balances(company_id=self.company.pk, as_of=LAST)
        assert {k: v for k, v in found.items() if v} == {k: v for k, v in self.balance.items() if v}
        assert sum(row.closing for row in trial_balance(company_id=self.company.pk, start=FIRST, end=LAST)) == 0

    @invariant()
    def items_are_as_open_as_the_uses_left_them(self):
        assert dict(OpenItem.objects.values_list("pk", "open_amount")) == {
            item: left for item, (_, _, left) in self.open.items()
        }
        control = Account.objects.get(pk=self.roles["receivable"])
        owed = sum(row.total for row in ageing(company_id=self.company.pk, as_of=LAST))
        assert owed == self.balance[control.pk]

    @invariant()
    def the_proof_holds(self):
        found = proof.run_checks(names=[check.name for check in CHECKS])
        assert [(result.name, result.row, result.error) for result in found.results if result.state != "ok"] == []


def test_ledger_adds_up_whatever_happens():
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            suppress_health_check=list(HealthCheck),
        ),
    )
