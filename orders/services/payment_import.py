"""What channels say was paid: many payments at once, of which those that cannot be are told and the rest recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from orders.models import OrderPayment, OrderPaymentEvent
from orders.services.paying import Step, exceeded
from orders.services.payment_events import Ledger, NewEvent, book, check_same, known_events
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

CAPTURE = "capture"


@dataclass(frozen=True, slots=True)
class ReportedPayment:
    """state: recorded, captured (authorised before), already, or refused with its code and why."""

    order_id: int
    state: str
    code: str = ""
    detail: str = ""


@transaction.atomic(savepoint=False)
def record_reported(payments: Sequence[PaymentInput], *, company_id: int, actor: Actor) -> list[ReportedPayment]:
    """Record payments as their channel reports them, whatever of them was reported before; a result for each.

    Each is judged before anything is written, so one that is refused (payment_reused, payment_exceeded,
    invalid_input) leaves the others alone. What was only authorised when it came first is captured when the channel
    says so. Else as take_payments.

    Raises NotFound, and what issue_stored_value and settling raise about all of them; nothing is written then.
    Statements: those of take_payments and 1, whatever the number, also of refused ones.
    """
    if not payments:
        return []
    ledger = Ledger.of([payment.order_id for payment in payments], company_id=company_id)
    cards = cards_of(payments, company_id)
    known = known_payments(payments, ledger)
    captured = known_events([(row.pk, CAPTURE) for row in known.values()])
    fresh: dict[Key, PaymentInput] = {}
    due: dict[int, PaymentInput] = {}
    results = []
    for payment in payments:
        key, state = key_of(payment, ledger), "already"
        try:
            check_payments([payment], ledger, cards)
            if key in known:
                if _is_due(payment, known[key], captured, ledger):
                    due[known[key].pk], state = payment, "captured"
            elif _is_fresh(payment, fresh.get(key), ledger):
                fresh[key], state = payment, "recorded"
        except DomainError as refusal:
            results.append(ReportedPayment(payment.order_id, "refused", refusal.code, refusal.detail))
        else:
            results.append(ReportedPayment(payment.order_id, state))
    ids = insert_payments([fresh[key] for key in sorted(fresh)], ledger, cards)
    events = [event for key, payment in sorted(fresh.items()) for event in _events(ids[key], payment)]
    events += [_event(pk, payment, CAPTURE) for pk, payment in sorted(due.items())]
    paid_by = {ids[key]: cards[payment.code].pk for key, payment in fresh.items() if payment.code}
    book(events, ledger, actor, paid_by=paid_by)
    return results


def _is_fresh(payment: PaymentInput, first: PaymentInput | None, ledger: Ledger) -> bool:
    """Whether it comes for the first time; raises PaymentReused beside one of the same id with other content."""
    if first is not None:
        if (first.order_id, first.method, first.amount) != (payment.order_id, payment.method, payment.amount):
            raise reused(payment)
        return False
    check_wanted(ledger.facts[payment.order_id])
    return True


def _is_due(
    payment: PaymentInput,
    row: OrderPayment,
    captured: Mapping[tuple[int, str], OrderPaymentEvent],
    ledger: Ledger,
) -> bool:
    """Whether what is known as authorised is captured now. Raises PaymentReused, PaymentExceeded."""
    if (row.order_id, row.method, row.authorised) != (payment.order_id, payment.method, payment.amount):
        raise reused(payment)
    if not payment.capture:
        return False
    if (row.pk, CAPTURE) in captured:
        check_same(_step(row, payment), CAPTURE, captured[row.pk, CAPTURE])
        return False
    check_wanted(ledger.facts[payment.order_id])
    if payment.amount > row.to_capture:
        raise exceeded(row, row.to_capture)
    return True


def _step(row: OrderPayment, payment: PaymentInput) -> Step:
    return Step(row.pk, payment.amount, CAPTURE, payment.effective_at, payment.reference)


def _events(payment_id: int, payment: PaymentInput) -> list[NewEvent]:
    kinds = ("authorise", CAPTURE) if payment.capture else ("authorise",)
    return [_event(payment_id, payment, kind) for kind in kinds]


def _event(payment_id: int, payment: PaymentInput, kind: str) -> NewEvent:
    return NewEvent(
        payment_id,
        payment.order_id,
        kind,
        payment.amount,
        kind,
        payment.method,
        payment.effective_at,
        payment.reference,
    )
