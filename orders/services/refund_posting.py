"""Refunds in the making, and how they are posted: out of deposits, of credit notes, to money or to a code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounting.models import ValueUseKind
from accounting.services import (
    IssuedValue,
    IssueRequest,
    Paid,
    PaymentRequest,
    SpendRequest,
    UseRequest,
    apply_items,
    issue_stored_value,
    record_payments,
    spend_stored_value,
)
from backoffice.core.actor import Actor
from orders.models import PaymentMethod
from orders.selectors.payments import Means
from orders.services.payment_events import BY_CODE, ROLE_OF, Ledger, NewEvent

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class RefundStep:
    """An amount of a captured payment to be given back. method: where to; "" the way it was paid.

    To gift_card or store_credit: a new one is issued, whose code the result tells. source_key: the same again is
    the same refund.
    """

    payment_id: int
    amount: Decimal
    source_key: str
    effective_at: datetime
    method: str = ""
    reference: str = ""
    reason: str = ""


@dataclass(slots=True)
class RefundPlan:
    """A refund in the making, with the deposits and credit notes that it is taken from."""

    step: RefundStep
    event: NewEvent
    deposits: list[tuple[Means, Decimal]]
    notes: list[tuple[Means, Decimal]]

    @property
    def key(self) -> str:
        return f"refund:{self.step.payment_id}:{self.step.source_key}"[:100]

    @property
    def owed(self) -> Decimal:
        return sum((amount for _note, amount in self.notes), ZERO)


def pay_out(plans: Sequence[RefundPlan], ledger: Ledger, actor: Actor) -> dict[tuple[int, str], str]:
    """Post the refunds; codes of what was issued, by payment and source key."""
    to_code = [plan for plan in plans if PaymentMethod(plan.event.method) in BY_CODE]
    to_money = [plan for plan in plans if plan not in to_code]
    issued = _issue(to_code, ledger, actor)
    codes = {(p.step.payment_id, p.step.source_key): made.code for p, made in zip(to_code, issued, strict=True)}
    _spend_deposits(to_money, ledger, actor)
    _pay_notes(to_money, ledger, actor)
    return codes


def _issue(plans: Sequence[RefundPlan], ledger: Ledger, actor: Actor) -> list[IssuedValue]:
    requests = []
    for plan in plans:
        facts = ledger.facts[plan.event.order_id]
        paid = [Paid(amount, stored_value_id=found.id) for found, amount in plan.deposits]
        if plan.owed:
            paid.append(Paid(plan.owed, party_id=plan.notes[0][0].party_id))
        requests.append(
            IssueRequest(
                kind=BY_CODE[PaymentMethod(plan.event.method)],
                currency=facts.currency,
                paid=paid,
                effective_at=plan.step.effective_at,
                source_key=plan.key,
                source_type="orders.order",
                source_id=plan.event.order_id,
                memo=plan.step.reason,
            )
        )
    made = issue_stored_value(requests, company_id=ledger.company_id, actor=actor)
    for plan, done in zip(plans, made, strict=True):
        plan.event.entry_id = done.entry_id
        if plan.owed:
            _settle_notes(plan, done.open_item_ids[0], ledger, actor)
    return made


def _settle_notes(plan: RefundPlan, debit_item_id: int, ledger: Ledger, actor: Actor) -> None:
    uses = [
        UseRequest(debit_item_id, note.id, amount, f"{plan.key}:{place}")
        for place, (note, amount) in enumerate(plan.notes)
    ]
    day = plan.step.effective_at.date()
    apply_items(uses, company_id=ledger.company_id, date=day, actor=actor)


def _spend_deposits(plans: Sequence[RefundPlan], ledger: Ledger, actor: Actor) -> None:
    parts = [(plan, found, amount) for plan in plans for found, amount in plan.deposits]
    spent = spend_stored_value(
        [
            SpendRequest(
                found.id,
                amount,
                plan.step.effective_at,
                f"{plan.key}:{found.id}",
                account_role=ROLE_OF[PaymentMethod(plan.event.method)],
                kind=ValueUseKind.PAY_OUT,
                source_type="orders.order",
                source_id=plan.event.order_id,
                memo=plan.step.reason,
            )
            for plan, found, amount in parts
        ],
        company_id=ledger.company_id,
        actor=actor,
    )
    for (plan, _found, _amount), done in zip(parts, spent, strict=True):
        plan.event.entry_id = plan.event.entry_id or done.entry_id


def _pay_notes(plans: Sequence[RefundPlan], ledger: Ledger, actor: Actor) -> None:
    owing = [plan for plan in plans if plan.owed]
    recorded = record_payments(
        [
            PaymentRequest(
                party_id=plan.notes[0][0].party_id,
                direction="out",
                amount=plan.owed,
                currency=ledger.facts[plan.event.order_id].currency,
                effective_at=plan.step.effective_at,
                source_key=f"{plan.key}:notes",
                account_role=ROLE_OF[PaymentMethod(plan.event.method)],
                method=str(plan.event.method),
                reference=plan.step.reference,
                source_type="orders.order",
                source_id=plan.event.order_id,
            )
            for plan in owing
        ],
        company_id=ledger.company_id,
        actor=actor,
    )
    for plan, done in zip(owing, recorded, strict=True):
        plan.event.entry_id = plan.event.entry_id or done.entry_id
        _settle_notes(plan, done.open_item_id, ledger, actor)
