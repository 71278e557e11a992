"""Posting journal entries: the only door into the money book."""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.dimensions import Dimensions
from accounting.errors import PeriodClosed, SourceKeyReused, reconciled_days
from accounting.models import JournalEntry
from accounting.services.companions import companions
from accounting.services.dimensions import ensure_sets
from accounting.services.entries import Entry, Line, Posted
from accounting.services.periods import Prepared, prepare
from backoffice.core.actor import Actor
from backoffice.core.db import insert_tree


@transaction.atomic(savepoint=False)
def post_entries(
    entries: Sequence[Entry],
    *,
    company_id: int,
    actor: Actor,
    dimension_ids: Mapping[Dimensions, int] | None = None,
) -> list[Posted]:
    """Write balanced entries of one company, each under its own source key.

    Content is what counts: sub-ledger, instant or day, accounts, parties, amounts, dimensions; not memos,
    and not the base amount of a foreign amount (a rate may have been corrected since).
    dimension_ids: already known ids of the lines' dimension sets.

    Raises SourceKeyReused (other content under a known key) and PeriodClosed (a day was given and is not
    open); ValueError if an entry does not balance. Nothing is written then.
    Statements: 2, whatever the number; 1 to 3 more if dimensions are used, 1 to 3 if a month is missing.
    """
    if not entries:
        return []

    together = companions(company_id)

    def write(these: Sequence[Entry], ids: Mapping[Dimensions, int] | None) -> list[Posted]:
        return _post(these, company_id, actor, ids, alone=together is not None)

    return write(entries, dimension_ids) if together is None else together.post(entries, dimension_ids, write)


def _post(
    entries: Sequence[Entry],
    company_id: int,
    actor: Actor,
    dimension_ids: Mapping[Dimensions, int] | None,
    *,
    alone: bool,
) -> list[Posted]:
    """alone: locks see to it that nobody else posts these keys meanwhile, so nobody waits for the answer."""
    prepared = prepare(
        company_id=company_id,
        keys=[entry.source_key for entry in entries],
        days=[entry.date for entry in entries],
        instants=[entry.effective_at for entry in entries],
        books=[entry.subledger for entry in entries],
    )
    base_currency = prepared[0].base_currency
    hashes = [_content_hash(entry, base_currency) for entry in entries]
    results: dict[str, Posted] = {}
    fresh: dict[str, Fresh] = {}
    for entry, known, content_hash in zip(entries, prepared, hashes, strict=True):
        if known.entry_id is not None:
            results[entry.source_key] = _already(entry, known, content_hash)
        elif entry.source_key in fresh:
            if fresh[entry.source_key].content_hash != content_hash:
                raise _reused(entry.source_key)
        else:
            fresh[entry.source_key] = Fresh(known.drawn, entry, content_hash, _posting_date(entry, known))
    if fresh:
        # In key order: batches that share keys wait for each other instead of deadlocking.
        in_order = [fresh[key] for key in sorted(fresh)]
        results |= _write(in_order, company_id, base_currency, actor, dimension_ids, alone=alone)
    return [results[entry.source_key] for entry in entries]


class Fresh(NamedTuple):
    """An entry that is new, with the id that was drawn for it."""

    id: int | None
    entry: Entry
    content_hash: str
    date: datetime.date


def _already(entry: Entry, known: Prepared, content_hash: str) -> Posted:
    if known.content_hash != content_hash:
        raise _reused(entry.source_key)
    assert known.entry_id is not None and known.entry_date is not None
    return Posted(known.entry_id, known.entry_date, "already")


def _reused(source_key: str) -> SourceKeyReused:
    return SourceKeyReused(
        _("%(key)s was posted before with other content; post the correction under a new key.") % {"key": source_key},
        source_key=source_key,
    )


def _posting_date(entry: Entry, known: Prepared) -> datetime.date:
    assert known.posting_date is not None
    if entry.date is not None and entry.date != known.posting_date:
        raise PeriodClosed(
            _("%(date)s is not open for posting; the first open day is %(first)s.")
            % {"date": entry.date, "first": known.posting_date},
            date=str(entry.date),
            first_open=str(known.posting_date),
            field="date",
        )
    return known.posting_date


def _content_hash(entry: Entry, base_currency: str) -> str:
    """The fingerprint of an entry's content; checks on the way that it balances."""
    day = entry.date.isoformat() if entry.date else entry.effective_at.astimezone(datetime.UTC).isoformat()
    parts = [entry.subledger, day]
    total = Decimal(0)
    for line in entry.lines:
        base = base_of(line, base_currency)
        total += base
        parts.append(
            f"{line.account_id}|{line.party_id or ''}|{line.currency}|{line.amount:.6f}|"
            f"{'' if line.amount else f'{base:.6f}'}|{sorted(line.dimensions) or ''}"
        )
    if total or len(entry.lines) < 2:
        raise ValueError(f"entry {entry.source_key} needs two lines and a sum of zero, not {total}")
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def base_of(line: Line, base_currency: str) -> Decimal:
    if line.base_amount is not None:
        return line.base_amount
    if line.currency != base_currency:
        raise ValueError(f"a line in {line.currency} needs its base_amount in {base_currency}")
    return line.amount


_ENTRY_COLUMNS = {
    "id": "bigint",
    "company_id": "bigint",
    "date": "date",
    "effective_at": "timestamptz",
    "subledger": "text",
    "source_type": "text",
    "source_id": "bigint",
    "source_key": "text",
    "content_hash": "text",
    "memo": "text",
    "reverses_id": "bigint",
    "actor_id": "bigint",
    "actor_label": "text",
}
_LINE_COLUMNS = {
    "company_id": "bigint",
    "account_id": "bigint",
    "party_id": "bigint",
    "date": "date",
    "currency": "text",
    "amount": "numeric",
    "base_amount": "numeric",
    "dimension_set_id": "bigint",
    "memo": "text",
}


@reconciled_days()
def _write(
    fresh: Sequence[Fresh],
    company_id: int,
    base_currency: str,
    actor: Actor,
    dimension_ids: Mapping[Dimensions, int] | None,
    *,
    alone: bool,
) -> dict[str, Posted]:
    if dimension_ids is None:
        used = (line.dimensions for new in fresh for line in new.entry.lines)
        dimension_ids = ensure_sets(used, company_id=company_id)
    made = insert_tree(
        "accounting_journalentry",
        _ENTRY_COLUMNS,
        [_entry_row(new, company_id, actor) for new in fresh],
        "accounting_journalline",
        _LINE_COLUMNS,
        [
            _line_row(line, new.entry.source_key, new.date, company_id, base_currency, dimension_ids)
            for new in fresh
            for line in new.entry.lines
        ],
        key="source_key",
        link="entry_id",
        on_conflict="" if alone else "ON CONFLICT (company_id, source_key) DO NOTHING",
        returning="id",
        wait=not alone,
    )
    written = {new.id for new in fresh} if alone else {pk for (pk,) in made}
    results = {
        new.entry.source_key: Posted(new.id, new.date, "posted")
        for new in fresh
        if new.id is not None and new.id in written
    }
    lost = [new for new in fresh if new.entry.source_key not in results]
    if lost:  # another transaction posted them while this one ran
        results |= _posted_meanwhile(lost, company_id)
    return results


def _entry_row(new: Fresh, company_id: int, actor: Actor) -> tuple[Any, ...]:
    entry = new.entry
    return (
        new.id,
        company_id,
        new.date,
        entry.effective_at,
        str(entry.subledger),
        entry.source_type,
        entry.source_id,
        entry.source_key,
        new.content_hash,
        entry.memo[:200],
        entry.reverses_id,
        actor.user_id,
        actor.label,
    )


def _line_row(
    line: Line,
    source_key: str,
    date: datetime.date,
    company_id: int,
    base_currency: str,
    dimension_ids: Mapping[Dimensions, int],
) -> tuple[Any, ...]:
    return (
        source_key,
        company_id,
        line.account_id,
        line.party_id,
        date,
        line.currency,
        line.amount,
        base_of(line, base_currency),
        dimension_ids[line.dimensions] if line.dimensions else None,
        line.memo[:200],
    )


def _posted_meanwhile(lost: Sequence[Fresh], company_id: int) -> dict[str, Posted]:
    keys = [new.entry.source_key for new in lost]
    rows = JournalEntry.objects.filter(company_id=company_id, source_key__in=keys)
    found = {row.source_key: row for row in rows}
    for new in lost:
        if found[new.entry.source_key].content_hash != new.content_hash:
            raise _reused(new.entry.source_key)
    return {key: Posted(row.pk, row.date, "already") for key, row in found.items()}
