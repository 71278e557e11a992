"""Journals kept as plain text, taken into the books: accounts made, each transaction an entry, the same one once."""

import datetime
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction

from accounting.errors import PeriodClosed
from accounting.plaintext.journal import Transaction, refuse
from accounting.services.entries import Entry
from accounting.services.journal_files.commodities import make_commodities, new_commodities
from accounting.services.journal_files.entries import Draft, drafts_of, entry_of
from accounting.services.journal_files.naming import make_accounts
from accounting.services.journal_files.plan import Plan
from accounting.services.journal_files.planning import known_keys, plan_of
from accounting.services.posting import post_entries
from backoffice.core import audit
from backoffice.core.actor import Actor

STEP = 500


@dataclass(frozen=True, slots=True)
class JournalPreview:
    """What a file would do. new_accounts: by name; new_commodities: kept like currencies; unvalued: without money value."""

    format: str
    transactions: int
    already: int
    first_date: datetime.date | None
    last_date: datetime.date | None
    new_accounts: tuple[str, ...]
    new_commodities: tuple[str, ...]
    unvalued: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportedJournal:
    entries: int
    already: int
    accounts: int


def preview_journal(
    content: bytes, *, company_id: int, file_format: str = "", no_value: Collection[str] = ()
) -> JournalPreview:
    """Read, book and check a file without writing anything. Raises JournalFileRefused, naming the line."""
    plan = plan_of(content, company_id, file_format, no_value)
    drafts_of(plan)  # finds what has no rate
    known = known_keys(plan, company_id)
    days = [one.date for one in plan.journal.transactions]
    return JournalPreview(
        plan.journal.format,
        len(days),
        len(known),
        min(days, default=None),
        max(days, default=None),
        tuple(name for name in plan.names if name not in plan.accounts),
        tuple(new_commodities(plan)),
        tuple(sorted(plan.no_value & set(plan.commodities))),
    )


def import_journal(
    content: bytes,
    *,
    company_id: int,
    actor: Actor,
    file_format: str = "",
    no_value: Collection[str] = (),
    file_name: str = "",
) -> ImportedJournal:
    """Post every transaction of a beancount or ledger file; those posted before are left alone.

    Accounts are found by their whole name, and made where missing, with their parents. What is held at a cost counts at
    it; another commodity counts at its price on the day, of the file or of the company's rates. no_value: commodities
    that are no money (hours); they are kept in units. A residual within the tolerance goes to Equity:Conversions:Current.

    Raises JournalFileRefused (unbalanced, unknown_account, unknown_root, no_rate, period_closed …), naming the line;
    nothing is written then. Statements: about 12, and 4 for each 500 transactions.
    """
    plan = plan_of(content, company_id, file_format, no_value)
    drafts = drafts_of(plan)
    with transaction.atomic(savepoint=False):
        return _write(drafts, plan, company_id, actor, file_name)


def _write(
    drafts: Sequence[tuple[list["Draft"], Transaction, str]],
    plan: Plan,
    company_id: int,
    actor: Actor,
    file_name: str,
) -> ImportedJournal:
    make_commodities(plan)
    made = make_accounts(plan, company_id)
    entries = [entry_of(lines, one, key, plan) for lines, one, key in drafts if len(lines) > 1]
    counts: Counter[str] = Counter()
    for start in range(0, len(entries), STEP):
        counts.update(_post(entries[start : start + STEP], plan, company_id, actor))
    said = f"{counts['posted']} / {counts['already']}"
    audit.record(
        [audit.Change("accounting.company", company_id, "journal_imported", "", "", said, file_name[:300], company_id)],
        actor=actor,
    )
    return ImportedJournal(counts["posted"], counts["already"], made)


def _post(entries: Sequence[Entry], plan: Plan, company_id: int, actor: Actor) -> Iterator[str]:
    try:
        for done in post_entries(entries, company_id=company_id, actor=actor):
            yield done.state
    except PeriodClosed as closed:
        day = closed.context.get("date", "")
        line = next((one.line for one in plan.journal.transactions if str(one.date) == day), 1)
        raise refuse("period_closed", closed.detail, line, date=day) from closed
