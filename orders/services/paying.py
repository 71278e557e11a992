"""Payments of orders: authorised, captured, voided. Each is recorded once, and what is captured is posted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from orders.errors import PaymentExceeded
from orders.models import OrderPayment
from orders.services.payment_events import (
    Ledger,
    NewEvent,
    book,
    check_amount,
    check_same,
    known_events,
    payments_of,
    plain,
)
from orders.services.payment_rows import (
    Key,
    PaymentInput,
    cards_of,
    check_payments,
    check_wanted,
    insert_payments,
    key_of,
    known_payments,
    reused,
)

ZERO = Decimal(0)


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
    cards = cards_of(payments, company_id)
    check_payments(payments, ledger, cards)
    known = known_payments(payments, ledger)
    fresh = _unique([p for p in payments if key_of(p, ledger) not in known], ledger)
    ids = insert_payments(fresh, ledger, cards)
    events = []
    for payment in fresh:
        pk = ids[key_of(payment, ledger)]
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
    paid_by = {ids[key_of(p, ledger)]: cards[p.code].pk for p in fresh if p.code}
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
            check_wanted(ledger.facts[payment.order_id])
        if step.amount > left[payment.pk]:
            raise exceeded(payment, left[payment.pk])
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


def _answer(
    payment: PaymentInput, ledger: Ledger, known: Mapping[Key, OrderPayment], ids: Mapping[Key, int]
) -> PaymentResult:
    key, state = key_of(payment, ledger), ledger.money[payment.order_id].state
    if key in ids:
        return PaymentResult(ids[key], "recorded", state)
    found = known[key]
    if (found.order_id, found.method, found.authorised) != (payment.order_id, payment.method, payment.amount):
        raise reused(payment)
    return PaymentResult(found.pk, "already", state)


def _unique(payments: Sequence[PaymentInput], ledger: Ledger) -> list[PaymentInput]:
    """Those of a batch, each once; raises PaymentReused for one id with two contents."""
    found: dict[Key, PaymentInput] = {}
    for payment in payments:
        first = found.setdefault(key_of(payment, ledger), payment)
        if (first.order_id, first.method, first.amount) != (payment.order_id, payment.method, payment.amount):
            raise reused(payment)
        check_wanted(ledger.facts[payment.order_id])
    return [found[key] for key in sorted(found)]


def exceeded(payment: OrderPayment, left: Decimal) -> PaymentExceeded:
    """The refusal to capture or void more than is left of what was authorised."""
    return PaymentExceeded(
        _("Only %(left)s %(currency)s of payment %(number)s is authorised and not captured or voided yet.")
        % {"left": plain(left), "currency": payment.currency, "number": payment.number},
        payment_id=payment.pk,
        left=plain(left),
    )
