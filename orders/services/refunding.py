"""Payments given back: out of deposits that are still open, and of credit notes for what came back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.selectors.config import books_of, exchange_rates
from backoffice.core.actor import Actor
from backoffice.core.approving import approval_terms, check_approvers
from backoffice.core.models import AuditEvent
from orders.errors import PaymentExceeded
from orders.models import OrderPayment, ReturnedGoods
from orders.selectors.payments import Means, open_means
from orders.services.payment_events import (
    Ledger,
    NewEvent,
    check_amount,
    check_same,
    known_events,
    payments_of,
    plain,
    store,
)
from orders.services.refund_posting import RefundPlan, RefundStep, pay_out
from orders.services.settling import settle_orders

ZERO = Decimal(0)
REFUND, RETURN_REFUND = "refund", "return_refund"


@dataclass(frozen=True, slots=True)
class RefundResult:
    """state: refunded, or already. amount: what went back. code: of the gift card or store credit that was issued for it."""

    payment_id: int
    state: str
    order_state: str
    amount: Decimal
    code: str = ""


@transaction.atomic(savepoint=False)
def refund_payments(steps: Sequence[RefundStep], *, company_id: int, actor: Actor) -> list[RefundResult]:
    """Give captured money back and post it: first what was never used for an invoice, then what credit notes owe.

    So nobody is paid back for goods that are billed and kept: refund those with a return, or cancel what is open.

    Raises PaymentExceeded (more than was captured, or than is owed), PaymentReused, NotFound, InvalidInput,
    ApprovalRefused (who placed the order, or took the goods back), and what accounting raises; nothing is written then.
    Statements: about 34, whatever the number.
    """
    if not steps:
        return []
    payments = payments_of([step.payment_id for step in steps], company_id=company_id)
    ledger = Ledger.of([found.order_id for found in payments.values()], company_id=company_id)
    payments = payments_of(list(payments), company_id=company_id)  # as they stand under the lock
    known = known_events([(step.payment_id, step.source_key) for step in steps])
    for step in steps:
        if (step.payment_id, step.source_key) in known:
            check_same(step, "refund", known[step.payment_id, step.source_key])
    fresh = [step for step in steps if (step.payment_id, step.source_key) not in known]
    _check_authors(fresh, payments, ledger, actor)
    settle_orders(
        {payments[step.payment_id].order_id: step.effective_at for step in fresh}, company_id=company_id, actor=actor
    )
    plans = _plans(fresh, payments, ledger)
    codes = pay_out(plans, ledger, actor)
    for plan in plans:
        ledger.add(plan.event)
    store([plan.event for plan in plans], ledger, actor)
    return [
        RefundResult(
            step.payment_id,
            "already" if (step.payment_id, step.source_key) in known else "refunded",
            ledger.money[payments[step.payment_id].order_id].state,
            step.amount,
            codes.get((step.payment_id, step.source_key), ""),
        )
        for step in steps
    ]


def _check_authors(
    steps: Sequence[RefundStep], payments: Mapping[int, OrderPayment], ledger: Ledger, actor: Actor
) -> None:
    """Who placed an order, or took its goods back, does not refund it, where four eyes are on; what was refunded of it before
    counts in its value.

    Raises ApprovalRefused. Statements: at most 11.
    """
    if not steps or actor.user_id is None:
        return
    sums: dict[int, Decimal] = {}
    days = {}
    for step in steps:
        order_id = payments[step.payment_id].order_id
        sums[order_id] = sums.get(order_id, ledger.money[order_id].refunded) + step.amount
        days[order_id] = step.effective_at.date()
    currencies = {pk: ledger.facts[pk].currency for pk in sums}
    base = books_of(ledger.company_id).base_currency
    rates = exchange_rates(ledger.company_id, {(currencies[pk], days[pk]) for pk in sums if currencies[pk] != base})
    placed = AuditEvent.objects.filter(object_type="orders.order", object_id__in=list(sums), action="placed")
    authors = dict(placed.values_list("object_id", "actor_id"))
    worth = {pk: amount * rates.get((currencies[pk], days[pk]), Decimal(1)) for pk, amount in sums.items()}
    company_id = ledger.company_id
    check_approvers(
        REFUND, [(authors.get(pk), amount) for pk, amount in worth.items()], actor=actor, company_id=company_id
    )
    if approval_terms(RETURN_REFUND, company_id=company_id).free_up_to is not None:
        goods = ReturnedGoods.objects.filter(return_line__return_order__order__in=list(sums), actor_id=actor.user_id)
        took = set(goods.values_list("return_line__return_order__order", flat=True))
        documents = [(actor.user_id if pk in took else None, amount) for pk, amount in worth.items()]
        check_approvers(RETURN_REFUND, documents, actor=actor, company_id=company_id)


def _plans(steps: Sequence[RefundStep], payments: Mapping[int, OrderPayment], ledger: Ledger) -> list[RefundPlan]:
    left = {pk: found.to_refund for pk, found in payments.items()}
    means = [found for found in open_means(ledger.orders) if found.kind != "invoice"] if steps else []
    open_now = {(found.kind, found.id): found.open for found in means}
    plans = []
    for step in steps:
        payment = payments[step.payment_id]
        check_amount(step.amount, ledger.facts[payment.order_id])
        if step.amount > left[payment.pk]:
            raise PaymentExceeded(
                _("Only %(left)s %(currency)s of payment %(number)s was captured and not refunded yet.")
                % {"left": plain(left[payment.pk]), "currency": payment.currency, "number": payment.number},
                payment_id=payment.pk,
                left=plain(left[payment.pk]),
            )
        left[payment.pk] -= step.amount
        own = [found for found in means if found.order_id == payment.order_id and found.currency == payment.currency]
        parts = _parts(step, sorted(own, key=lambda found: (found.kind != "deposit", found.id)), open_now)
        method = step.method or payment.method
        event = NewEvent(
            payment.pk,
            payment.order_id,
            "refund",
            step.amount,
            step.source_key,
            method,
            step.effective_at,
            step.reference,
            step.reason,
        )
        deposits = [(found, amount) for found, amount in parts if found.kind == "deposit"]
        plans.append(RefundPlan(step, event, deposits, [part for part in parts if part not in deposits]))
    return plans


def _parts(
    step: RefundStep, means: Sequence[Means], open_now: dict[tuple[str, int], Decimal]
) -> list[tuple[Means, Decimal]]:
    parts, rest = [], step.amount
    for found in means:
        amount = min(rest, open_now[found.kind, found.id])
        if amount > 0:
            open_now[found.kind, found.id] -= amount
            parts.append((found, amount))
            rest -= amount
    if rest:
        owed = step.amount - rest
        raise PaymentExceeded(
            _("Only %(owed)s is owed to the customer: the rest paid for goods. Take them back or credit them first.")
            % {"owed": plain(owed) if owed else "0"},
            payment_id=step.payment_id,
            owed=plain(owed) if owed else "0",
        )
    return parts


@transaction.atomic(savepoint=False)
def refund_order(
    order_id: int,
    *,
    amount: Decimal,
    company_id: int,
    source_key: str,
    effective_at: datetime,
    actor: Actor,
    method: str = "",
    reference: str = "",
    reason: str = "",
) -> list[RefundResult]:
    """Give an amount back over an order's payments: those made the way it goes out first, then the newest.

    Raises PaymentExceeded where the payments do not hold that much, and what refund_payments raises.
    """
    ledger = Ledger.of([order_id], company_id=company_id)
    rows = list(OrderPayment.objects.filter(order_id=order_id, company_id=company_id).order_by("-pk"))
    known = known_events([(row.pk, source_key) for row in rows])
    if known:
        amounts = {pk: event.amount for (pk, _key), event in known.items()}
        steps = [RefundStep(pk, part, source_key, effective_at, method) for pk, part in amounts.items()]
        return refund_payments(steps, company_id=company_id, actor=actor)
    steps, rest = [], amount
    for row in sorted(rows, key=lambda found: found.method != method):
        part = min(rest, row.to_refund)
        if part > 0:
            steps.append(RefundStep(row.pk, part, source_key, effective_at, method, reference, reason))
            rest -= part
    if rest:
        raise PaymentExceeded(
            _("Only %(left)s %(currency)s was paid for the order and not refunded yet.")
            % {"left": plain(amount - rest) if amount > rest else "0", "currency": ledger.facts[order_id].currency},
            order_id=order_id,
        )
    return refund_payments(steps, company_id=company_id, actor=actor)
