"""A plain-text journal read, booked and told apart: what of it is known, and by which keys."""

import datetime
import re
from collections import Counter
from collections.abc import Collection
from hashlib import blake2b

from django.utils.translation import gettext as _

from accounting.banking.values import decode
from accounting.models import Account, JournalEntry
from accounting.plaintext.beancount import read_beancount
from accounting.plaintext.booking import book
from accounting.plaintext.journal import Journal, JournalFileRefused, refuse
from accounting.plaintext.ledger import read_ledger
from accounting.selectors.config import books_of
from accounting.services.journal_files.commodities import commodity_code, load_rates
from accounting.services.journal_files.naming import name_accounts
from accounting.services.journal_files.plan import Plan

MAX_BYTES = 20 * 1024 * 1024
FIRST_DAY, LAST_DAY = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)


def plan_of(content: bytes, company_id: int, file_format: str, no_value: Collection[str]) -> Plan:
    if len(content) > MAX_BYTES:
        raise JournalFileRefused(
            _("The file is larger than %(limit)s MB.") % {"limit": MAX_BYTES // 1024**2}, code="too_large"
        )
    text = decode(content)
    journal = read_journal(text, file_format)
    book(journal)
    _only_real(journal)
    plan = Plan(
        journal,
        books_of(company_id),
        dict(Account.objects.filter(company_id=company_id).values_list("name", "pk")),
        [],
        {},
        [],
        frozenset(commodity_code(commodity, 1) for commodity in no_value),
    )
    name_accounts(plan)
    load_rates(plan, company_id)
    plan.keys = _keys(journal)
    return plan


def read_journal(text: str, file_format: str = "") -> Journal:
    """By the format named, or by what the file looks like. Raises JournalFileRefused."""
    if not file_format:
        beancount = re.search(r'^(option "|plugin "|\d{4}-\d\d-\d\d (open|txn|balance|commodity|price) )', text, re.M)
        file_format = "beancount" if beancount else "ledger"
    if file_format not in ("beancount", "ledger"):
        raise JournalFileRefused(_("The format is beancount or ledger."), code="unknown_format")
    return read_beancount(text) if file_format == "beancount" else read_ledger(text)


def _only_real(journal: Journal) -> None:
    for one in journal.transactions:
        for posting in one.postings:
            if posting.virtual:
                raise refuse(
                    "virtual_posting", _("a virtual posting stands beside the books, and is not posted."), posting.line
                )
        if not FIRST_DAY <= one.date <= LAST_DAY:
            raise refuse("bad_date", _("“%(text)s” is no date.") % {"text": one.date}, one.line)


def _keys(journal: Journal) -> list[str]:
    """Each transaction's own key, by what it says; those that say the same are counted."""
    counts: Counter[str] = Counter()
    keys = []
    for one in journal.transactions:
        said = (one.date, one.payee, one.narration, [
            (posting.account, posting.amount, posting.weight) for posting in one.postings
        ])  # fmt: skip
        digest = blake2b(repr(said).encode(), digest_size=12).hexdigest()
        counts[digest] += 1
        keys.append(f"text:{digest}:{counts[digest]}")
    return keys


def known_keys(plan: Plan, company_id: int) -> set[str]:
    rows = JournalEntry.objects.filter(company_id=company_id, source_key__in=plan.keys)
    return set(rows.values_list("source_key", flat=True))
