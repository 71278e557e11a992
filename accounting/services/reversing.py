"""Reversing entries: a mirror is posted, nothing is edited."""

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.dimensions import read_key
from accounting.errors import EntryNotReversible, NotFound
from accounting.models import JournalEntry, JournalLine, Subledger
from accounting.services.entries import Entry, Line, Posted
from accounting.services.posting import post_entries
from backoffice.core.actor import Actor


@transaction.atomic(savepoint=False)
def reverse_entries(
    entry_ids: Sequence[int],
    *,
    company_id: int,
    effective_at: datetime.datetime,
    actor: Actor,
    reason: str,
    date: datetime.date | None = None,
) -> list[Posted]:
    """Mirror general entries; a document's entry is corrected by its own document (credit note, return).

    date None: the first open day from effective_at on.

    A second call answers `already`. Raises NotFound, EntryNotReversible, PeriodClosed (a day was given); nothing is written then.
    Statements: 6.
    """
    found = {entry.pk: entry for entry in JournalEntry.objects.filter(company_id=company_id, pk__in=entry_ids)}
    lines = mirrored_lines(entry_ids)
    entries = [
        Entry(
            date=date,
            effective_at=effective_at,
            subledger=entry.subledger,
            source_type=entry.source_type,
            source_id=entry.source_id,
            source_key=f"reverse:{entry.pk}",
            lines=lines[entry.pk],
            memo=reason,
            reverses_id=entry.pk,
        )
        for entry in (_reversible(entry_id, found.get(entry_id)) for entry_id in entry_ids)
    ]
    return _reversed_before(entries, company_id) or post_entries(entries, company_id=company_id, actor=actor)


def _reversible(entry_id: int, entry: JournalEntry | None) -> JournalEntry:
    if entry is None:
        raise NotFound(_("There is no entry JE-%(id)s in this company.") % {"id": entry_id}, entry_id=entry_id)
    if entry.subledger != Subledger.GENERAL:
        raise EntryNotReversible(
            _("JE-%(id)s belongs to the %(book)s book; correct its document instead.")
            % {"id": entry_id, "book": entry.get_subledger_display()},
            entry_id=entry_id,
        )
    return entry


def mirrored_lines(entry_ids: Sequence[int]) -> dict[int, list[Line]]:
    """What takes each entry back, line by line. Statements: 1."""
    lines: dict[int, list[Line]] = {entry_id: [] for entry_id in entry_ids}
    rows = JournalLine.objects.filter(entry_id__in=entry_ids).select_related("dimension_set").order_by("id")
    for row in rows:
        lines[row.entry_id].append(
            Line(
                account_id=row.account_id,
                amount=-row.amount,
                currency=row.currency,
                base_amount=-row.base_amount,
                party_id=row.party_id,
                dimensions=read_key(row.dimension_set.key if row.dimension_set else ""),
                memo=row.memo,
            )
        )
    return lines


def _reversed_before(entries: Sequence[Entry], company_id: int) -> list[Posted] | None:
    """The mirrors, if every entry has one already (whenever that was)."""
    keys = [entry.source_key for entry in entries]
    known = {
        key: Posted(pk, date, "already")
        for key, pk, date in JournalEntry.objects.filter(company_id=company_id, source_key__in=keys).values_list(
            "source_key", "pk", "date"
        )
    }
    return [known[key] for key in keys] if keys and all(key in known for key in keys) else None
