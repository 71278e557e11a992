"""How a customer pays at the counter: tenders shared out over goods and gift cards, and booked as payments."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from accounting.selectors import stored_values_by_code
from backoffice.core.actor import Actor
from orders.services import PaymentInput, take_payments
from warehouse.errors import Underpaid
from warehouse.till.amounts import Shares, Tender, TendersDoNotFit, share


def shares_of(tenders: Sequence[Tender], *, goods: Decimal, cards: Sequence[Decimal] = ()) -> Shares:
    """Raises Underpaid with what is missing, or why the tenders do not fit."""
    said = {
        "underpaid": _("%(amount)s is still missing."),
        "no_change": _("%(amount)s too much: only cash gives change."),
        "card_by_card": _("A gift card is not paid with a gift card or store credit."),
    }
    try:
        return share(tenders, goods=goods, cards=cards)
    except TendersDoNotFit as wrong:
        amount = f"{wrong.amount:.2f}"
        raise Underpaid(said[wrong.code] % {"amount": amount}, reason=wrong.code, amount=amount) from None


def check_cards(tenders: Sequence[Tender], company_id: int) -> None:
    """Raises UnknownCode before anything is locked. Statements: 1, or 0 without cards."""
    codes = [tender.code for tender in tenders if tender.code]
    if codes:
        stored_values_by_code(company_id, codes)


def pay(
    order_id: int,
    parts: Sequence[tuple[Tender, Decimal]],
    client_id: UUID,
    at: datetime,
    company_id: int,
    actor: Actor,
) -> None:
    """The tenders' parts for goods become payments of the order, which settle its invoice."""
    take_payments(
        [
            PaymentInput(
                order_id, tender.method, amount, f"till:{client_id}:{place}", at, True, tender.reference, tender.code
            )
            for place, (tender, amount) in enumerate(parts)
        ],
        company_id=company_id,
        actor=actor,
    )
