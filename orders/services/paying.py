"""Payments of orders: authorised, captured, voided. Each is recorded once, and what is captured is posted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounting.models import StoredValue
from accounting.selectors import stored_values_by_code
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidInput
from orders.errors import PaymentExceeded, PaymentReused
from orders.models import OrderPayment, OrderStatus, PaymentMethod
from orders.selectors.payments import OrderMoney
from orders.services.payment_events import (
    BY_CODE,
    Ledger,
    NewEvent,
    book,
    check_amount,
    check_same,
    known_events,
    payments_of,
    plain,
)

ZERO = Decimal(0)


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


@dataclass(frozen=True, slots=True)
class Step:
    """An amount of a payment captured or voided. source_key: the same again is the same step."""

    payment_id: int
    amount: Decimal
    source_key: str
    effective_at: datetime
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PaymentResult:
    """state: recorded, or already. order_state: how far the order is paid then (orders.payments.Money.state)."""

    payment_id: int
    state: str
    order_state: str


@transaction.atomic(savepoint=False)
def take_payments(payments: Sequence[PaymentInput], *, company_id: int, actor: Actor) -> list[PaymentResult]:
    """Record payments for orders: authorised, and unless told otherwise captured at once.

    Idempotent by (channel, external id): the same payment again is answered `already`. A captured amount is the
    customer's deposit until goods are billed; what is billed already is paid with it. More than the order asks
    for stays the customer's credit. A payment hold ends when the channel's policy is met, and with the last hold
    the order is released.

    Raises PaymentReused, PaymentExceeded (an order that was cancelled), NotFound, InvalidInput, and what
    issue_stored_value and settling raise; nothing is written then. Topic published: OrderPaymentChanged.
    Statements: about 20 and those of releasing, whatever the number.
    """
    if not payments:
        return []
    ledger = Ledger.of([payment.order_id for payment in payments], company_id=company_id)
    cards = _cards(payments, company_id)
    _check(payments, ledger, cards)
    known = _known(payments, ledger)
    fresh = _unique([p for p in payments if _key(p, ledger) not in known], ledger)
    ids = _insert(fresh, ledger, cards)
    events = []
    for payment in fresh:
        pk = ids[_key(payment, ledger)]
        made = NewEvent(
            pk,
            payment.order_id,
            "authorise",
            payment.amount,
            "authorise",
            payment.method,
            payment.effective_at,
            payment.reference,
        )
        events.append(made)
        if payment.capture:
            events.append(replace(made, kind="capture", source_key="capture"))
    paid_by = {ids[_key(p, ledger)]: cards[p.code].pk for p in fresh if p.code}
    book(events, ledger, actor, paid_by=paid_by)
    return [_answer(payment, ledger, known, ids) for payment in payments]


@transaction.atomic(savepoint=False)
def capture_payments(steps: Sequence[Step], *, company_id: int, actor: Actor) -> list[PaymentResult]:
    """Capture authorised amounts, whole or in part. Raises PaymentExceeded for more than is left of them."""
    return _move(steps, "capture", company_id=company_id, actor=actor)


@transaction.atomic(savepoint=False)
def void_payments(steps: Sequence[Step], *, company_id: int, actor: Actor) -> list[PaymentResult]:
    """Let authorised amounts go. Raises PaymentExceeded for more than is left of them."""
    return _move(steps, "void", company_id=company_id, actor=actor)


def _move(steps: Sequence[Step], kind: str, *, company_id: int, actor: Actor) -> list[PaymentResult]:
    payments = payments_of([step.payment_id for step in steps], company_id=company_id)
    ledger = Ledger.of([found.order_id for found in payments.values()], company_id=company_id)
    payments = payments_of(list(payments), company_id=company_id)  # as they stand under the lock
    known = known_events([(step.payment_id, step.source_key) for step in steps])
    events: list[NewEvent] = []
    left = {pk: found.to_capture for pk, found in payments.items()}
    for step in steps:
        if (step.payment_id, step.source_key) in known:
            check_same(step, kind, known[step.payment_id, step.source_key])
            continue
        payment = payments[step.payment_id]
        check_amount(step.amount, ledger.facts[payment.order_id])
        if kind == "capture":
            _check_wanted(ledger.facts[payment.order_id])
        if step.amount > left[payment.pk]:
            raise PaymentExceeded(
                _("Only %(left)s %(currency)s of payment %(number)s is authorised and not captured or voided yet.")
                % {"left": plain(left[payment.pk]), "currency": payment.currency, "number": payment.number},
                payment_id=payment.pk,
                left=plain(left[payment.pk]),
            )
        left[payment.pk] -= step.amount
        events.append(
            NewEvent(
                payment.pk,
                payment.order_id,
                kind,
                step.amount,
                step.source_key,
                payment.method,
                step.effective_at,
                step.reference,
                step.reason,
            )
        )
    book(events, ledger, actor)
    return [
        PaymentResult(
            step.payment_id,
            "already" if (step.payment_id, step.source_key) in known else "recorded",
            ledger.money[payments[step.payment_id].order_id].state,
        )
        for step in steps
    ]


Key = tuple[int, str]


def _key(payment: PaymentInput, ledger: Ledger) -> Key:
    return ledger.facts[payment.order_id].channel_id, payment.external_id


def _cards(payments: Sequence[PaymentInput], company_id: int) -> dict[str, StoredValue]:
    codes = [payment.code for payment in payments if payment.code]
    return stored_values_by_code(company_id, codes) if codes else {}


def _check(payments: Sequence[PaymentInput], ledger: Ledger, cards: Mapping[str, StoredValue]) -> None:
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


def _known(payments: Sequence[PaymentInput], ledger: Ledger) -> dict[Key, OrderPayment]:
    wanted = {_key(payment, ledger) for payment in payments}
    rows = OrderPayment.objects.filter(
        channel_id__in={channel for channel, _id in wanted}, external_id__in={key for _channel, key in wanted}
    )
    return {(row.channel_id, row.external_id): row for row in rows if (row.channel_id, row.external_id) in wanted}


def _unique(payments: Sequence[PaymentInput], ledger: Ledger) -> list[PaymentInput]:
    """Those of a batch, each once; raises PaymentReused for one id with two contents."""
    found: dict[Key, PaymentInput] = {}
    for payment in payments:
        first = found.setdefault(_key(payment, ledger), payment)
        if (first.order_id, first.method, first.amount) != (payment.order_id, payment.method, payment.amount):
            raise _reused(payment)
        _check_wanted(ledger.facts[payment.order_id])
    return [found[key] for key in sorted(found)]


_INSERT = """
INSERT INTO orders_orderpayment (company_id, order_id, channel_id, external_id, method, reference, stored_value_id, currency)
SELECT %s, g.* FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[]) g
ON CONFLICT (channel_id, external_id) DO NOTHING RETURNING channel_id, external_id, id
"""


def _insert(payments: Sequence[PaymentInput], ledger: Ledger, cards: Mapping[str, StoredValue]) -> dict[Key, int]:
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
        if _key(payment, ledger) not in ids:  # another order of the channel took the id meanwhile
            raise _reused(payment)
    return ids


def _answer(
    payment: PaymentInput, ledger: Ledger, known: Mapping[Key, OrderPayment], ids: Mapping[Key, int]
) -> PaymentResult:
    key, state = _key(payment, ledger), ledger.money[payment.order_id].state
    if key in ids:
        return PaymentResult(ids[key], "recorded", state)
    found = known[key]
    if (found.order_id, found.method, found.authorised) != (payment.order_id, payment.method, payment.amount):
        raise _reused(payment)
    return PaymentResult(found.pk, "already", state)


def _reused(payment: PaymentInput) -> PaymentReused:
    return PaymentReused(
        _("Payment %(id)s came before with other content.") % {"id": payment.external_id},
        external_id=payment.external_id,
    )


def _check_wanted(facts: OrderMoney) -> None:
    if facts.status == OrderStatus.CANCELLED:
        raise PaymentExceeded(_("The order was cancelled: nothing is to be paid for it."), order_id=facts.order_id)
