"""What happened to payments: events of locked orders, posted, stored, told, and what they let go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext as _

from accounting.models import AccountRole, StoredValueKind
from accounting.services import IssueRequest, Paid, issue_stored_value
from backoffice.core import outbox
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import insert_rows
from backoffice.core.errors import InvalidInput
from orders.errors import NotFound, PaymentReused
from orders.models import Order, OrderPayment, OrderPaymentEvent, PaymentMethod
from orders.payments import Money
from orders.selectors.payments import OrderMoney, money_of
from orders.services.locking import lock_orders
from orders.services.payment_holds import end_payment_holds
from orders.services.settling import settle_orders

ROLE_OF = {
    PaymentMethod.CASH: AccountRole.CASH,
    PaymentMethod.BANK: AccountRole.BANK,
    PaymentMethod.CARD: AccountRole.CLEARING,
    PaymentMethod.ONLINE: AccountRole.CLEARING,
    PaymentMethod.OTHER: AccountRole.CLEARING,
}


BY_CODE = {PaymentMethod.GIFT_CARD: StoredValueKind.GIFT_CARD, PaymentMethod.STORE_CREDIT: StoredValueKind.STORE_CREDIT}


class Repeatable(Protocol):
    """A step that may be asked for again under its key."""

    @property
    def payment_id(self) -> int: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def source_key(self) -> str: ...


@dataclass(slots=True)
class NewEvent:
    """An event in the making."""

    payment_id: int
    order_id: int
    kind: str
    amount: Decimal
    source_key: str
    method: str
    effective_at: datetime
    reference: str = ""
    reason: str = ""
    deposit_id: int | None = None
    entry_id: int | None = None


@dataclass(slots=True)
class Ledger:
    """Locked orders with their money, as the events of this call change it."""

    company_id: int
    orders: Mapping[int, Order]
    facts: Mapping[int, OrderMoney]
    money: dict[int, Money] = field(default_factory=dict)

    @classmethod
    def of(cls, order_ids: Sequence[int], *, company_id: int) -> "Ledger":
        """Lock the orders and read their money. Statements: 2. Raises NotFound."""
        orders = lock_orders(sorted(set(order_ids)), company_id=company_id)
        facts = money_of(orders)
        return cls(company_id, orders, facts, {pk: found.money for pk, found in facts.items()})

    def add(self, event: NewEvent) -> None:
        names = {"authorise": "authorised", "capture": "captured", "void": "voided", "refund": "refunded"}
        money, name = self.money[event.order_id], names[event.kind]
        self.money[event.order_id] = replace(money, **{name: getattr(money, name) + event.amount})


def book(events: Sequence[NewEvent], ledger: Ledger, actor: Actor, *, paid_by: Mapping[int, int] | None = None) -> None:
    """Post and store events of locked orders, release what waited for payment, settle what is billed.

    paid_by: the stored value that pays, by payment. The ranks in order: claims of released orders, then the books.
    """
    if not events:
        return
    for event in events:
        ledger.add(event)
    content = [pk for pk, found in ledger.facts.items() if ledger.money[pk].meets(found.policy)]
    end_payment_holds(content, ledger.orders, company_id=ledger.company_id, actor=actor, reason=_("The payment came."))
    captures = [event for event in events if event.kind == "capture"]
    issued = issue_stored_value(
        [_deposit(event, ledger, (paid_by or {}).get(event.payment_id)) for event in captures],
        company_id=ledger.company_id,
        actor=actor,
    )
    for event, deposit in zip(captures, issued, strict=True):
        event.deposit_id, event.entry_id = deposit.stored_value_id, deposit.entry_id
    store(events, ledger, actor)
    settle_orders({event.order_id: event.effective_at for event in captures}, company_id=ledger.company_id, actor=actor)


def _deposit(event: NewEvent, ledger: Ledger, stored_value_id: int | None) -> IssueRequest:
    role = "" if stored_value_id else ROLE_OF[PaymentMethod(event.method)]
    facts = ledger.facts[event.order_id]
    return IssueRequest(
        kind=StoredValueKind.DEPOSIT,
        currency=facts.currency,
        paid=[Paid(event.amount, role, stored_value_id)],
        effective_at=event.effective_at,
        source_key=f"payment:{event.payment_id}:{event.source_key}"[:120],
        party_id=facts.party_id,
        source_type="orders.order",
        source_id=event.order_id,
        memo=event.reference,
    )


_EVENT_COLUMNS = {
    "payment_id": "bigint",
    "kind": "text",
    "amount": "numeric",
    "source_key": "text",
    "method": "text",
    "reference": "text",
    "reason": "text",
    "deposit_id": "bigint",
    "entry_id": "bigint",
    "effective_at": "timestamptz",
    "actor_id": "bigint",
    "actor_label": "text",
}


def store(events: Sequence[NewEvent], ledger: Ledger, actor: Actor) -> None:
    """The events' rows, their audit rows and what leaves the building. Statements: 3."""
    insert_rows(
        "orders_orderpaymentevent",
        _EVENT_COLUMNS,
        [
            (
                event.payment_id,
                event.kind,
                event.amount,
                event.source_key,
                str(event.method),
                event.reference[:120],
                event.reason[:300],
                event.deposit_id,
                event.entry_id,
                event.effective_at,
                actor.user_id,
                actor.label,
            )
            for event in events
        ],
    )
    record(
        [
            Change(
                "orders.order",
                event.order_id,
                f"payment_{event.kind}",
                field=f"payment_{event.kind}",
                new=f"{plain(event.amount)} {ledger.facts[event.order_id].currency}",
                reason=event.reason,
                company_id=ledger.company_id,
            )
            for event in events
        ],
        actor=actor,
    )
    outbox.publish(
        [
            outbox.Event(
                "OrderPaymentChanged",
                f"order:{order_id}",
                {"order_id": order_id, "state": ledger.money[order_id].state},
                ledger.company_id,
            )
            for order_id in sorted({event.order_id for event in events})
        ]
    )


def payments_of(payment_ids: Sequence[int], *, company_id: int) -> dict[int, OrderPayment]:
    """Payments by id, in key order. Statements: 1. Raises NotFound."""
    found = {
        row.pk: row for row in OrderPayment.objects.filter(pk__in=payment_ids, company_id=company_id).order_by("pk")
    }
    for pk in payment_ids:
        if pk not in found:
            raise NotFound(_("There is no payment %(id)s in this company.") % {"id": pk}, payment_id=pk)
    return found


def known_events(keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], OrderPaymentEvent]:
    """Events that are there already, by payment and source key. Statements: 1."""
    rows = OrderPaymentEvent.objects.filter(
        payment_id__in=[pk for pk, _key in keys], source_key__in=[key for _pk, key in keys]
    )
    return {(row.payment_id, row.source_key): row for row in rows}


def check_same(step: Repeatable, kind: str, known: OrderPaymentEvent) -> None:
    if (known.kind, known.amount) != (kind, step.amount):
        raise PaymentReused(
            _("%(key)s was used before for something else of this payment.") % {"key": step.source_key},
            payment_id=step.payment_id,
        )


def check_amount(amount: Decimal, facts: OrderMoney) -> None:
    """Raises InvalidInput for an amount that is no money of the order's currency."""
    if not amount.is_finite() or amount <= 0 or amount != round(amount, facts.exponent) or amount >= 10**12:
        raise InvalidInput(
            _("The amount must be above zero, in whole units of %(currency)s’s smallest coin.")
            % {"currency": facts.currency},
            errors=[{"field": "amount", "message": _("not an amount of this currency"), "code": "invalid"}],
        )


def plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
