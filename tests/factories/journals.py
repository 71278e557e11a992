"""Builders for journals by hand."""

import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group

from accounting.models import Account, Company, JournalEntry, JournalLine, ManualJournal, ManualJournalLine
from accounting.services import JournalInput, JournalLineInput, save_journal
from backoffice.core.actor import Actor
from backoffice.core.models import AuditEvent, User
from tests.factories.books import ACTOR

MARCH_10 = datetime.date(2026, 3, 10)


def account(company: Company, code: str) -> int:
    return Account.objects.get(company=company, code=code).pk


def journal_input(
    company: Company, *lines: tuple[str, str], date: datetime.date = MARCH_10, **values: Any
) -> JournalInput:
    """Rent paid from the bank, unless lines of (account code, amount) are given."""
    rows = lines or (("6520", "100"), ("1020", "-100"))
    given = [JournalLineInput(account(company, code), Decimal(amount)) for code, amount in rows]
    return JournalInput(date=date, lines=given, **({"memo": "Rent"} | values))


def make_journal(company: Company, *lines: tuple[str, str], actor: Actor = ACTOR, **values: Any) -> ManualJournal:
    return save_journal(journal_input(company, *lines, **values), company_id=company.pk, actor=actor)


def person(name: str) -> Actor:
    user = User.objects.filter(username=name).first() or User.objects.create_user(name)
    return Actor(name, user.pk)


def journal_facts() -> tuple[int, ...]:
    """How many rows there are of all that a journal could write."""
    models = (ManualJournal, ManualJournalLine, JournalEntry, JournalLine, AuditEvent, Group)
    return tuple(model.objects.count() for model in models)
