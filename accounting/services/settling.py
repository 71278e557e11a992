"""Settling open items against each other, with the exchange difference that their rates leave."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounting.errors import ItemOverused, ItemsDoNotMatch, NotFound, SourceKeyReused
from accounting.models import Account, AccountRole, ItemUse
from accounting.selectors.config import account_ids
from accounting.services.entries import Entry, Line
from accounting.services.periods import prepare
from accounting.services.posting import post_entries
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows

ZERO = Decimal(0)
SIXTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class UseRequest:
    """Settle `amount` > 0 of a debit item (an invoice) with a credit item (a payment, a credit note)."""

    debit_item_id: int
    credit_item_id: int
    amount: Decimal
    source_key: str


@dataclass(frozen=True, slots=True)
class Applied:
    """exchange_difference: credit - debit in base currency, > 0 a gain. state: applied, or already."""

    use_id: int
    date: datetime.date
    exchange_difference: Decimal
    state: str


@dataclass(slots=True)
class _Item:
    """An open item as locked; used and base_used go on with the uses of this call."""

    id: int
    company_id: int
    party_id: int
    account_id: int
    side: str
    currency: str
    amount: Decimal
    base_amount: Decimal
    used: Decimal
    base_used: Decimal

    def take(self, amount: Decimal) -> Decimal:
        """Use up `amount`; returns its share of the base amount, of which the last use takes the rest."""
        self.used += amount
        if self.used == self.amount:
            base = self.base_amount
        elif self.base_amount == self.amount:
            base = self.used
        else:
            base = (self.base_amount * self.used / self.amount).quantize(SIXTH, rounding=ROUND_HALF_UP)
        share = max(base - self.base_used, ZERO)
        self.base_used += share
        return share


@dataclass(frozen=True, slots=True)
class _Use:
    """A use to be written. gain: whether its difference is (or, taken back, was) a gain."""

    debit: _Item
    credit: _Item
    amount: Decimal
    debit_base: Decimal
    credit_base: Decimal
    source_key: str
    gain: bool
    entry_id: int | None = None

    @property
    def difference(self) -> Decimal:
        return self.credit_base - self.debit_base


@transaction.atomic(savepoint=False)
def apply_items(uses: Sequence[UseRequest], *, company_id: int, date: datetime.date, actor: Actor) -> list[Applied]:
    """Settle debit items with credit items of the same account, party and currency.

    date: the day it counts for; the first open day from it on is taken. A realised exchange difference is
    posted to the roles fx_gain or fx_loss.

    Raises ItemsDoNotMatch, ItemOverused, NotFound, SourceKeyReused; ValueError for an amount that is not
    positive. Nothing is written then. Statements: 4, whatever the number; 4 more if exchange differences arise.
    """
    if not uses:
        return []
    if any(use.amount <= 0 for use in uses) or len({use.source_key for use in uses}) < len(uses):
        raise ValueError("amounts above zero and a source key for each use are needed")
    day = _posting_day(company_id, date, uses[0].debit_item_id)
    items = _lock({use.debit_item_id for use in uses} | {use.credit_item_id for use in uses})
    known = _known([use.source_key for use in uses], company_id)
    fresh = []
    for use in uses:
        if use.source_key in known:
            _check_same(use, known[use.source_key])
        else:
            fresh.append(_plan(use, items, company_id))
    written = _write(fresh, company_id, day, actor)
    return [_already(known[use.source_key]) if use.source_key in known else written[use.source_key] for use in uses]


@transaction.atomic(savepoint=False)
def unapply_items(use_ids: Sequence[int], *, company_id: int, date: datetime.date, actor: Actor) -> list[Applied]:
    """Take uses back with mirrored ones, their exchange differences too; a second call answers `already`.

    Raises NotFound. Statements: 5, whatever the number; 4 more if exchange differences are taken back.
    """
    if not use_ids:
        return []
    found = ItemUse.objects.in_bulk(use_ids)
    for use_id in use_ids:
        if use_id not in found or found[use_id].company_id != company_id or found[use_id].amount < 0:
            raise NotFound(_("There is no settlement %(id)s in this company.") % {"id": use_id}, use_id=use_id)
    day = _posting_day(company_id, date, found[use_ids[0]].debit_item_id)
    items = _lock({item for use in found.values() for item in (use.debit_item_id, use.credit_item_id)})
    keys = {use_id: f"unapply:{use_id}" for use_id in use_ids}
    known = _known(list(keys.values()), company_id)
    mirrored = [
        _Use(
            items[use.debit_item_id],
            items[use.credit_item_id],
            -use.amount,
            -use.debit_base,
            -use.credit_base,
            keys[use_id],
            gain=use.credit_base > use.debit_base,
        )
        for use_id, use in found.items()
        if keys[use_id] not in known
    ]
    written = _write(mirrored, company_id, day, actor)
    return [_already(known[keys[i]]) if keys[i] in known else written[keys[i]] for i in use_ids]


def _posting_day(company_id: int, date: datetime.date, item_id: int) -> datetime.date:
    (row,) = prepare(company_id=company_id, keys=[None], days=[date], instants=[None], item_id=item_id)
    assert row.posting_date is not None
    return row.posting_date


def _lock(ids: set[int]) -> dict[int, _Item]:
    """Lock open items in id order until commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounting_lock_items(%s::bigint[])", [sorted(ids)])
        return {row[0]: _Item(*row) for row in cursor.fetchall()}


def _known(keys: list[str], company_id: int) -> dict[str, ItemUse]:
    return {use.source_key: use for use in ItemUse.objects.filter(company_id=company_id, source_key__in=keys)}


def _already(use: ItemUse) -> Applied:
    return Applied(use.pk, use.date, use.credit_base - use.debit_base, "already")


def _check_same(use: UseRequest, known: ItemUse) -> None:
    if (known.debit_item_id, known.credit_item_id, known.amount) != (
        use.debit_item_id,
        use.credit_item_id,
        use.amount,
    ):
        raise SourceKeyReused(
            _("%(key)s was applied before with other content.") % {"key": use.source_key}, source_key=use.source_key
        )


def _plan(use: UseRequest, items: Mapping[int, _Item], company_id: int) -> _Use:
    debit, credit = (_found(items, key, company_id) for key in (use.debit_item_id, use.credit_item_id))
    kinds = [(item.account_id, item.party_id, item.currency) for item in (debit, credit)]
    if (debit.side, credit.side) != ("debit", "credit") or kinds[0] != kinds[1]:
        raise ItemsDoNotMatch(
            _("Items %(debit)s and %(credit)s are not a debit and a credit of one account, party and currency.")
            % {"debit": debit.id, "credit": credit.id},
            debit_item_id=debit.id,
            credit_item_id=credit.id,
        )
    for item in (debit, credit):
        if item.used + use.amount > item.amount:
            raise ItemOverused(
                _("Only %(open)s %(currency)s of item %(id)s is open.")
                % {"open": f"{item.amount - item.used:f}", "currency": item.currency, "id": item.id},
                item_id=item.id,
                open=str(item.amount - item.used),
                asked=str(use.amount),
            )
    debit_base, credit_base = debit.take(use.amount), credit.take(use.amount)
    return _Use(debit, credit, use.amount, debit_base, credit_base, use.source_key, gain=credit_base > debit_base)


def _found(items: Mapping[int, _Item], item_id: int, company_id: int) -> _Item:
    item = items.get(item_id)
    if item is None or item.company_id != company_id:
        raise NotFound(_("There is no open item %(id)s in this company.") % {"id": item_id}, item_id=item_id)
    return item


_COLUMNS = {
    "company_id": "bigint",
    "debit_item_id": "bigint",
    "credit_item_id": "bigint",
    "amount": "numeric",
    "debit_base": "numeric",
    "credit_base": "numeric",
    "date": "date",
    "entry_id": "bigint",
    "source_key": "text",
    "actor_id": "bigint",
    "actor_label": "text",
}


def _write(uses: Sequence[_Use], company_id: int, day: datetime.date, actor: Actor) -> dict[str, Applied]:
    uses = _with_differences_posted(uses, company_id, day, actor)
    rows = [
        (
            company_id,
            use.debit.id,
            use.credit.id,
            use.amount,
            use.debit_base,
            use.credit_base,
            day,
            use.entry_id,
            use.source_key,
            actor.user_id,
            actor.label,
        )
        for use in uses
    ]
    ids: dict[str, Any] = dict(insert_rows("accounting_itemuse", _COLUMNS, rows, suffix="RETURNING source_key, id"))
    return {use.source_key: Applied(ids[use.source_key], day, use.difference, "applied") for use in uses}


def _with_differences_posted(uses: Sequence[_Use], company_id: int, day: datetime.date, actor: Actor) -> list[_Use]:
    """The uses with the entries of their exchange differences: amount 0, base the difference."""
    unequal = [use for use in uses if use.difference]
    if not unequal:
        return list(uses)
    roles = account_ids(company_id)
    controls = dict(
        Account.objects.filter(pk__in={use.debit.account_id for use in unequal}).values_list("pk", "control")
    )
    noon = datetime.datetime.combine(day, datetime.time(12), datetime.UTC)
    entries = []
    for use in unequal:
        other = roles[AccountRole.FX_GAIN if use.gain else AccountRole.FX_LOSS]
        item, difference = use.debit, use.difference
        lines = [
            Line(item.account_id, ZERO, item.currency, difference, item.party_id),
            Line(other, ZERO, item.currency, -difference),
        ]
        key = f"exchange:{use.source_key}"
        entries.append(Entry(day, noon, controls[item.account_id], "", None, key, lines))
    posted = iter(post_entries(entries, company_id=company_id, actor=actor))
    return [replace(use, entry_id=next(posted).entry_id) if use.difference else use for use in uses]
