"""What is chosen of an account, and the rows behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounting.errors import NotFound, SettlementRefused
from accounting.models import OpenItem, Side
from backoffice.core.money import ZERO


@dataclass(frozen=True, slots=True)
class Chosen:
    """An open item and how much of it, > 0; None: all that is open."""

    item_id: int
    amount: Decimal | None = None


@dataclass(slots=True)
class Part:
    """A chosen item with its amount; left goes down while it is used."""

    item: OpenItem
    amount: Decimal
    left: Decimal


def refused(code: str, detail: str, **context: Any) -> SettlementRefused:
    return SettlementRefused(detail, code=code, **context)


def parts_of(chosen: Sequence[Chosen], company_id: int) -> list[Part]:
    """The items of one party, account and currency, the earliest due first. Statements: 1.

    Raises NotFound, SettlementRefused (nothing_chosen, chosen_twice, mixed, too_much).
    """
    if not chosen:
        raise refused("nothing_chosen", _("Choose what is to be settled."))
    if len({one.item_id for one in chosen}) < len(chosen):
        raise refused("chosen_twice", _("An item is named twice."))
    rows = OpenItem.objects.filter(company_id=company_id).select_related("party__person", "account")
    found = rows.in_bulk([one.item_id for one in chosen])
    parts = []
    for number, one in enumerate(chosen):
        item = found.get(one.item_id)
        if item is None:
            raise NotFound(
                _("There is no open item %(id)s in this company.") % {"id": one.item_id}, item_id=one.item_id
            )
        amount = item.open_amount if one.amount is None else one.amount
        if amount <= 0 or amount > item.open_amount:
            raise refused(
                "too_much",
                _("Of %(item)s %(open)s %(currency)s is open: take no more than that, and more than nothing.")
                % {"item": item.pk, "open": f"{item.open_amount.normalize():f}", "currency": item.currency},
                item_id=item.pk,
                open=str(item.open_amount),
                row=number + 1,
            )
        parts.append(Part(item, amount, amount))
    if len({(part.item.party_id, part.item.account_id, part.item.currency) for part in parts}) > 1:
        raise refused("mixed", _("Choose items of one party, one account and one currency."))
    return sorted(parts, key=lambda part: (part.item.due_date, part.item.pk))


def by_side(parts: Sequence[Part]) -> tuple[list[Part], list[Part]]:
    """Debits and credits, each in their order."""
    return (
        [part for part in parts if part.item.side == Side.DEBIT],
        [part for part in parts if part.item.side == Side.CREDIT],
    )


def pairs(debits: Sequence[Part], credits: Sequence[Part]) -> list[tuple[int, int, Decimal]]:
    """(debit item, credit item, amount): each side used up in order, as far as both reach."""
    found, at = [], 0
    for debit in debits:
        while debit.left and at < len(credits):
            amount = min(debit.left, credits[at].left)
            found.append((debit.item.pk, credits[at].item.pk, amount))
            debit.left -= amount
            credits[at].left -= amount
            at += credits[at].left == ZERO
    return found
