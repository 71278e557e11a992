"""Deposits of orders pay their invoices; credit notes lower what of them is still open."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounting.services import SpendRequest, UseRequest, apply_items, lock_values, spend_stored_value
from backoffice.core.actor import Actor
from orders.selectors.payments import Means, open_means


@dataclass(frozen=True, slots=True)
class _Pair:
    """An amount of an open invoice paid by a deposit, or lowered by a credit note."""

    invoice: Means
    by: Means
    amount: Decimal

    @property
    def key(self) -> str:
        """Another use of the same two after the first has another key, for the first has changed `used`."""
        return f"settle:{self.by.kind}:{self.by.id}:{self.by.used.normalize():f}:{self.invoice.id}"


def hold_deposits(order_ids: Collection[int], *, company_id: int) -> None:
    """Lock the open deposits of orders before legal numbers are drawn. Statements: 2, or 1 without deposits."""
    lock_values([found.id for found in open_means(order_ids) if found.kind == "deposit"], company_id=company_id)


@transaction.atomic(savepoint=False)
def settle_orders(orders: Mapping[int, datetime], *, company_id: int, actor: Actor) -> Decimal:
    """Use the open deposits of orders, and then their credit notes, for what of their invoices is still open.

    orders: when it happens, by order. Deposits go first, oldest against oldest; what is left of them stays the
    customer's. The orders are locked. Returns the sum of what was settled (of several currencies, if they differ).

    Statements: 1 where there is nothing to settle, else 1 and those of spend_stored_value and apply_items.
    """
    if not orders:
        return Decimal(0)
    pairs = _pairs(open_means(orders))
    if not pairs:
        return Decimal(0)
    spending = [pair for pair in pairs if pair.by.kind == "deposit"]
    spent = spend_stored_value(
        [
            SpendRequest(
                pair.by.id,
                pair.amount,
                orders[pair.by.order_id],
                pair.key,
                party_id=pair.invoice.party_id,
                source_type="orders.order",
                source_id=pair.by.order_id,
            )
            for pair in spending
        ],
        company_id=company_id,
        actor=actor,
    )
    items = {pair.key: use.open_item_id for pair, use in zip(spending, spent, strict=True)}
    uses = [UseRequest(pair.invoice.id, items.get(pair.key) or pair.by.id, pair.amount, pair.key) for pair in pairs]
    days = [use.date for use in spent] or [max(orders.values()).date()]
    apply_items(uses, company_id=company_id, date=max(days), actor=actor)
    return sum((pair.amount for pair in pairs), Decimal(0))


def _pairs(means: Sequence[Means]) -> list[_Pair]:
    """Who pays what: deposits first, then credit notes of the same party and currency; oldest first."""
    pairs: list[_Pair] = []
    left = {(found.kind, found.id): found for found in means}
    for kind in ("deposit", "credit_note"):
        for given in [found for found in means if found.kind == kind]:
            for asked in [found for found in means if found.kind == "invoice" and found.order_id == given.order_id]:
                by, invoice = left[kind, given.id], left["invoice", asked.id]
                amount = min(by.open, invoice.open)
                same_party = kind == "deposit" or by.party_id == invoice.party_id
                if amount > 0 and by.currency == invoice.currency and same_party:
                    pairs.append(_Pair(invoice, by, amount))
                    left[kind, given.id] = replace(by, open=by.open - amount, used=by.used + amount)
                    left["invoice", asked.id] = replace(invoice, open=invoice.open - amount, used=invoice.used + amount)
    return pairs
