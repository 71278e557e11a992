"""Postings that leave something owed: an entry together with its open item."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounting.dimensions import Dimensions
from accounting.models import OpenItem
from accounting.services.entries import Entry, Posted
from accounting.services.posting import post_entries
from backoffice.core.actor import Actor
from backoffice.core.db import ask_rows


@dataclass(frozen=True, slots=True)
class Item:
    """What an entry leaves owed on a control account: equal to the entry's lines on that account and party.

    side: debit (owed to us) or credit (owed by us); amounts are not negative. due_days: after the entry's date, unless
    due_date says the day.
    """

    kind: str
    party_id: int
    account_id: int
    side: str
    currency: str
    amount: Decimal
    base_amount: Decimal
    due_days: int = 0
    due_date: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class ItemPosted:
    """An entry and its open item; state as in Posted."""

    entry_id: int
    open_item_id: int
    date: datetime.date
    due_date: datetime.date
    state: str


_COLUMNS = {
    "company_id": "bigint",
    "party_id": "bigint",
    "account_id": "bigint",
    "entry_id": "bigint",
    "kind": "text",
    "side": "text",
    "currency": "text",
    "amount": "numeric",
    "base_amount": "numeric",
    "date": "date",
    "due_date": "date",
}


@transaction.atomic(savepoint=False)
def post_items(
    postings: Sequence[tuple[Entry, Item]],
    *,
    company_id: int,
    actor: Actor,
    dimension_ids: Mapping[Dimensions, int] | None = None,
) -> list[ItemPosted]:
    """Post entries that each leave one open item (an invoice, a bill, a payment, a deposit).

    Raises what post_entries raises. Statements: post_entries' and 1; 1 more if some were there already.
    """
    _posted, answer = ask_items(postings, company_id=company_id, actor=actor, dimension_ids=dimension_ids)
    return answer()


def ask_items(
    postings: Sequence[tuple[Entry, Item]],
    *,
    company_id: int,
    actor: Actor,
    dimension_ids: Mapping[Dimensions, int] | None = None,
) -> tuple[list[Posted], Callable[[], list[ItemPosted]]]:
    """The same: the entries, and the answer for when it is called for."""
    posted = post_entries(
        [entry for entry, _ in postings], company_id=company_id, actor=actor, dimension_ids=dimension_ids
    )
    fresh = {
        done.entry_id: (done, item) for done, (_, item) in zip(posted, postings, strict=True) if done.state == "posted"
    }
    returned = ask_rows(
        "accounting_openitem",
        _COLUMNS,
        [_row(done, item, company_id) for done, item in fresh.values()],
        suffix="RETURNING entry_id, id, due_date",
    )

    def answer() -> list[ItemPosted]:
        items = {entry_id: (item_id, due_date) for entry_id, item_id, due_date in returned()}
        known = [done.entry_id for done in posted if done.state == "already"]
        if known:
            rows = OpenItem.objects.filter(entry_id__in=known).values_list("entry_id", "pk", "due_date")
            items |= {entry_id: (item_id, due_date) for entry_id, item_id, due_date in rows}
        return [
            ItemPosted(done.entry_id, items[done.entry_id][0], done.date, items[done.entry_id][1], done.state)
            for done in posted
        ]

    return posted, answer


def _row(done: Posted, item: Item, company_id: int) -> tuple[Any, ...]:
    return (
        company_id,
        item.party_id,
        item.account_id,
        done.entry_id,
        item.kind,
        item.side,
        item.currency,
        item.amount,
        item.base_amount,
        done.date,
        item.due_date or done.date + datetime.timedelta(days=item.due_days),
    )
