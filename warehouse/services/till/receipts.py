"""Receipts of the counter: known by the client's id, written with their tenders."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounting.selectors import stored_values_by_code
from backoffice.core.actor import Actor
from orders.intake import fingerprint
from warehouse.errors import TillReused
from warehouse.models import TillReceipt, TillShift, TillTender
from warehouse.till.amounts import Tender

ZERO = Decimal(0)


def content_of(request: Any) -> str:
    """What a request says, without when it was sent and what its sender may do."""
    said = [field.name for field in fields(request) if field.name not in ("effective_at", "may_discount", "may_return")]
    return fingerprint([getattr(request, name) for name in said])


def known_receipt(client_id: UUID, content: str, company_id: int) -> TillReceipt | None:
    """The receipt that this client_id was given before. Raises TillReused if it said something else."""
    found = TillReceipt.objects.filter(company_id=company_id, client_id=client_id).first()
    if found is not None and found.content_hash != content:
        raise TillReused(_("This was booked before with other content."), client_id=str(client_id))
    return found


def write_receipt(
    shift: TillShift,
    kind: str,
    client_id: UUID,
    content: str,
    total: Decimal,
    at: datetime,
    actor: Actor,
    *,
    order_id: int | None = None,
    return_order_id: int | None = None,
    change: Decimal = ZERO,
) -> TillReceipt:
    """Statements: 1."""
    return TillReceipt.objects.create(
        company_id=shift.company_id,
        shift=shift,
        kind=kind,
        client_id=client_id,
        content_hash=content,
        order_id=order_id,
        return_order_id=return_order_id,
        currency=shift.till.channel.currency,
        total=total,
        change=change,
        effective_at=at,
        actor_id=actor.user_id,
        actor_label=actor.label,
    )


def write_tenders(receipt: TillReceipt, parts: Sequence[tuple[Tender, Decimal]], company_id: int) -> None:
    """One row for each tender, change deducted. Statements: 1, 1 more for cards."""
    sums: dict[Tender, Decimal] = {}
    for tender, amount in parts:
        sums[tender] = sums.get(tender, ZERO) + amount
    codes = [tender.code for tender in sums if tender.code]
    cards = stored_values_by_code(company_id, codes) if codes else {}
    TillTender.objects.bulk_create(
        TillTender(
            receipt=receipt,
            method=tender.method,
            amount=amount,
            reference=tender.reference[:120],
            stored_value=cards.get(tender.code),
        )
        for tender, amount in sums.items()
        if amount
    )
