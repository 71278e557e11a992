"""Uninvoiced items, locked and cleared against each other."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from accounting.selectors import Books
from accounting.services import posting_dates
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from inventory.costing import share
from inventory.services.billing.variances import Variance, post_variances

_MATCH = {
    "company_id": "bigint",
    "debit_id": "bigint",
    "credit_id": "bigint",
    "quantity": "numeric",
    "debit_value": "numeric",
    "credit_value": "numeric",
    "date": "date",
    "actor_label": "text",
}


@dataclass(slots=True)
class Item:
    """An uninvoiced item as locked; used and used_value go on with the matches of this call."""

    id: int
    kind: str
    side: str
    supplier_id: int | None
    sku_id: int | None
    po_line_id: int | None
    move_id: int | None
    bill_line_id: int | None
    quantity: Decimal
    value: Decimal
    used: Decimal
    used_value: Decimal

    @property
    def open(self) -> Decimal:
        return self.quantity - self.used

    def take(self, quantity: Decimal, exponent: int) -> Decimal:
        """Use up `quantity`; its share of the value, of which the last use takes the rest."""
        part = share(self.value - self.used_value, quantity, self.open, exponent)
        self.used += quantity
        self.used_value += part
        return part


@dataclass(frozen=True, slots=True)
class Pair:
    """How much of a debit item is cleared by a credit item."""

    debit: Item
    credit: Item
    quantity: Decimal


def lock_items(ids: Iterable[int], *, company_id: int) -> dict[int, Item]:
    """Lock items in key order until commit. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM inventory_lock_grni(%s, %s::bigint[])", [company_id, sorted(set(ids))])
        return {row[0]: Item(*row) for row in cursor.fetchall()}


def match_items(
    pairs: Sequence[Pair],
    *,
    dates: Mapping[int, datetime.date],
    entry_key: str,
    source: tuple[str, int],
    books: Books,
    actor: Actor,
) -> None:
    """Clear locked debit items by locked credit items and post the variances of their values.

    dates: each item's day; a match counts from the later one on, or the first open day after it.
    Statements: 2, and those of post_variances if values differ.
    """
    if not pairs:
        return
    exponent = books.exponents[books.base_currency]
    day = _open_day(max(max(dates[pair.debit.id], dates[pair.credit.id]) for pair in pairs), books)
    rows, variances = [], []
    for pair in pairs:
        debit = pair.debit.take(pair.quantity, exponent)
        credit = pair.credit.take(pair.quantity, exponent)
        label = actor.label
        rows.append((books.company_id, pair.debit.id, pair.credit.id, pair.quantity, debit, credit, day, label))
        variances.append(_variance(pair, debit - credit))
    insert_rows("inventory_grnimatch", _MATCH, rows)
    post_variances(
        [one for one in variances if one.value], day=day, entry_key=entry_key, source=source, books=books, actor=actor
    )


def unmatch_items(
    item_ids: Sequence[int],
    *,
    effective_at: datetime.datetime,
    entry_key: str,
    source: tuple[str, int],
    books: Books,
    actor: Actor,
) -> None:
    """Take all matches of these items back with mirrored ones, their variances too. The items of both sides are locked.

    Statements: 5, and those of post_variances.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT debit_id, credit_id, sum(quantity), sum(debit_value), sum(credit_value) FROM inventory_grnimatch"
            " WHERE debit_id = ANY(%(ids)s::bigint[]) OR credit_id = ANY(%(ids)s::bigint[])"
            " GROUP BY 1, 2 HAVING sum(quantity) > 0 ORDER BY 1, 2",
            {"ids": list(item_ids)},
        )
        matched = cursor.fetchall()
    items = lock_items([pk for row in matched for pk in row[:2]], company_id=books.company_id)
    day = _open_day(books.local_date(effective_at), books)
    rows = [
        (books.company_id, debit, credit, -quantity, -debit_value, -credit_value, day, actor.label)
        for debit, credit, quantity, debit_value, credit_value in matched
    ]
    insert_rows("inventory_grnimatch", _MATCH, rows)
    variances = [
        _variance(Pair(items[debit], items[credit], quantity), credit_value - debit_value)
        for debit, credit, quantity, debit_value, credit_value in matched
    ]
    post_variances(
        [one for one in variances if one.value], day=day, entry_key=entry_key, source=source, books=books, actor=actor
    )


def _variance(pair: Pair, value: Decimal) -> Variance:
    """What a bill's price is above its receipt's: that of goods here. Where goods went back or never came: no goods."""
    here = pair.debit.kind == "bill" and pair.credit.kind == "receipt"
    return Variance(pair.credit.move_id if here else None, pair.credit.sku_id if here else None, pair.quantity, value)


def _open_day(day: datetime.date, books: Books) -> datetime.date:
    noon = datetime.datetime.combine(day, datetime.time(12), books.zone)
    [found] = posting_dates(company_id=books.company_id, instants=[noon])
    return found
