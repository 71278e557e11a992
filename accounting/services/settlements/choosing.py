"""Settling an account by hand: payments with documents, many to many, and taking that back."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounting.models import Control, Invoice, InvoiceKind, ItemUse, WriteOff
from accounting.services.discounting import take_early_discount
from accounting.services.settlements.inputs import Chosen, Part, by_side, pairs, parts_of, refused
from accounting.services.settlements.writing_off import write_off_parts
from accounting.services.settling import Applied, UseRequest, apply_items, unapply_items
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO

OBJECT = "accounting.itemuse"


@dataclass(frozen=True, slots=True)
class Remainder:
    """What becomes of what is left: written off with its kind and reason."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """left: what stays open of the parts chosen, on the side that had more. state: settled, or already."""

    use_ids: tuple[int, ...]
    settled: Decimal
    left: Decimal
    write_off: WriteOff | None
    credit_notes: tuple[str, ...]
    state: str


@transaction.atomic(savepoint=False)
def settle_account(
    chosen: Sequence[Chosen],
    *,
    company_id: int,
    date: datetime.date,
    key: str,
    actor: Actor,
    discount: bool = False,
    remainder: Remainder | None = None,
) -> Settlement:
    """Settle the debits chosen with the credits chosen, the earliest due first, as far as both reach.

    What is left stays open (part payment, or credit on account), unless discount takes it off invoices by the buyer's
    terms, or remainder writes it off. key: of this settlement; the same again answers `already`.

    Raises NotFound, SettlementRefused (nothing_chosen, chosen_twice, mixed, too_much, one_side, nothing_left),
    DiscountRefused, ItemOverused, PeriodClosed; nothing is written then.
    Statements: about 10, whatever the number of items; 20 more with a write-off, and for each discount.
    """
    if (known := _known(key, company_id)) is not None:
        return known
    parts = parts_of(chosen, company_id)
    debits, credits = by_side(parts)
    if not debits or not credits:
        raise refused(
            "one_side", _("Choose a document and what pays it: an invoice and a payment, a bill and a credit note.")
        )
    requests = [
        UseRequest(debit, credit, amount, f"settle:{key}:{number}")
        for number, (debit, credit, amount) in enumerate(pairs(debits, credits), start=1)
    ]
    applied = apply_items(requests, company_id=company_id, date=date, actor=actor)
    notes = _discounts(debits, credits, company_id, actor) if discount else []
    left = sum((part.left for part in parts), ZERO)
    if remainder is not None and not left:
        raise refused("nothing_left", _("Nothing is left to be written off."))
    gone = None
    if remainder is not None:
        gone = write_off_parts(
            parts, company_id=company_id, date=date, kind=remainder.kind, reason=remainder.reason, actor=actor
        )
    audit.record(
        [
            audit.Change(OBJECT, use.use_id, "settled", "amount", "", f"{request.amount:f}", "", company_id)
            for use, request in zip(applied, requests, strict=True)
        ],
        actor=actor,
    )
    total = sum((request.amount for request in requests), ZERO)
    return Settlement(tuple(use.use_id for use in applied), total, left, gone, tuple(notes), "settled")


@transaction.atomic(savepoint=False)
def take_settlements_back(
    use_ids: Sequence[int], *, company_id: int, date: datetime.date, actor: Actor, reason: str
) -> list[Applied]:
    """Open documents and payments again by mirrored uses; nothing is deleted.

    Raises NotFound, SettlementRefused (no_reason). Statements: about 8, whatever the number.
    """
    if not reason.strip():
        raise refused("no_reason", _("Say why: the reason is kept with the change."), field="reason")
    done = unapply_items(use_ids, company_id=company_id, date=date, actor=actor)
    audit.record(
        [
            audit.Change(OBJECT, use_id, "taken_back", "", "", "", reason[:300], company_id)
            for use_id, one in zip(use_ids, done, strict=True)
            if one.state == "applied"
        ],
        actor=actor,
    )
    return done


def _known(key: str, company_id: int) -> Settlement | None:
    uses = ItemUse.objects.filter(company_id=company_id, source_key__startswith=f"settle:{key}:").order_by("pk")
    found = list(uses.values_list("pk", "amount"))
    if not found:
        return None
    return Settlement(tuple(pk for pk, _a in found), sum((a for _pk, a in found), ZERO), ZERO, None, (), "already")


def _discounts(debits: Sequence[Part], credits: Sequence[Part], company_id: int, actor: Actor) -> list[str]:
    """A credit note for what is left of each invoice; the day of the latest payment has to be within the terms."""
    left = {part.item.pk: part for part in debits if part.left}
    if not left or debits[0].item.account.control != Control.RECEIVABLE:
        raise refused("no_discount", _("Nothing is left of an invoice that a discount could take off."))
    with connection.cursor() as cursor:  # all at once, in the house's order, before the first number is drawn
        cursor.execute("SELECT * FROM accounting_lock_items(%s::bigint[])", [sorted(left)])
    paid_on = max(part.item.date for part in credits)
    invoices = Invoice.objects.filter(open_item_id__in=list(left), kind=InvoiceKind.INVOICE).order_by("pk")
    notes = []
    for invoice in invoices:
        issued = take_early_discount(invoice.pk, company_id=company_id, paid_on=paid_on, at=timezone.now(), actor=actor)
        left[invoice.open_item_id].left = ZERO
        notes.append(issued.number)
    return notes
