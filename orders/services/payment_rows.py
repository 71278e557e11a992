"""Payments on their way in: what is known of them, what is wrong with them, and their rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from accounting.models import StoredValue
from accounting.selectors import stored_values_by_code
from backoffice.core.errors import InvalidInput
from orders.errors import PaymentExceeded, PaymentReused
from orders.models import OrderPayment, OrderStatus, PaymentMethod
from orders.selectors.payments import OrderMoney
from orders.services.payment_events import BY_CODE, Ledger, check_amount


@dataclass(frozen=True, slots=True)
class PaymentInput:
    """A payment for an order, in the order's currency.

    external_id: the payer's, unique in the order's channel. capture=False: only authorised for now.
    code: of the gift card or store credit that pays (those are captured at once).
    """

    order_id: int
    method: str
    amount: Decimal
    external_id: str
    effective_at: datetime
    capture: bool = True
    reference: str = ""
    code: str = ""


Key = tuple[int, str]


def key_of(payment: PaymentInput, ledger: Ledger) -> Key:
    return ledger.facts[payment.order_id].channel_id, payment.external_id


def cards_of(payments: Sequence[PaymentInput], company_id: int) -> dict[str, StoredValue]:
    codes = [payment.code for payment in payments if payment.code]
    return stored_values_by_code(company_id, codes) if codes else {}


def check_payments(payments: Sequence[PaymentInput], ledger: Ledger, cards: Mapping[str, StoredValue]) -> None:
    for payment in payments:
        facts = ledger.facts[payment.order_id]
        check_amount(payment.amount, facts)
        if not payment.external_id.strip() or len(payment.external_id) > 100 or payment.method not in PaymentMethod:
            raise InvalidInput(
                _("A payment needs a known method and an id of at most 100 characters."),
                errors=[{"field": "method", "message": _("unknown method or id"), "code": "invalid"}],
            )
        wanted = BY_CODE.get(PaymentMethod(payment.method))
        card = cards.get(payment.code) if payment.code else None
        if (wanted is None) != (card is None) or (card is not None and (card.kind != wanted or not payment.capture)):
            raise InvalidInput(
                _("A gift card or store credit pays with its code, at once, under its own method."),
                errors=[{"field": "code", "message": _("does not fit the method"), "code": "invalid"}],
            )


def known_payments(payments: Sequence[PaymentInput], ledger: Ledger) -> dict[Key, OrderPayment]:
    wanted = {key_of(payment, ledger) for payment in payments}
    rows = OrderPayment.objects.filter(
        channel_id__in={channel for channel, _id in wanted}, external_id__in={key for _channel, key in wanted}
    )
    return {(row.channel_id, row.external_id): row for row in rows if (row.channel_id, row.external_id) in wanted}


_INSERT = """
INSERT INTO orders_orderpayment (company_id, order_id, channel_id, external_id, method, reference, stored_value_id, currency)
SELECT %s, g.* FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[]) g
ON CONFLICT (channel_id, external_id) DO NOTHING RETURNING channel_id, external_id, id
"""


def insert_payments(
    payments: Sequence[PaymentInput], ledger: Ledger, cards: Mapping[str, StoredValue]
) -> dict[Key, int]:
    """The payments' rows, in key order; ids by channel and external id. Statements: 1, or 0 without payments."""
    if not payments:
        return {}
    columns: list[list[Any]] = [
        [p.order_id for p in payments],
        [ledger.facts[p.order_id].channel_id for p in payments],
        [p.external_id for p in payments],
        [str(p.method) for p in payments],
        [p.reference[:120] for p in payments],
        [cards[p.code].pk if p.code else None for p in payments],
        [ledger.facts[p.order_id].currency for p in payments],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [ledger.company_id, *columns])
        ids = {(channel, key): pk for channel, key, pk in cursor.fetchall()}
    for payment in payments:
        if key_of(payment, ledger) not in ids:  # another order of the channel took the id meanwhile
            raise reused(payment)
    return ids


def reused(payment: PaymentInput) -> PaymentReused:
    return PaymentReused(
        _("Payment %(id)s came before with other content.") % {"id": payment.external_id},
        external_id=payment.external_id,
    )


def check_wanted(facts: OrderMoney) -> None:
    if facts.status == OrderStatus.CANCELLED:
        raise PaymentExceeded(_("The order was cancelled: nothing is to be paid for it."), order_id=facts.order_id)
