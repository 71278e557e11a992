"""Payments of orders: authorised, captured, voided. Each is recorded once, and what is captured is posted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounting.models import AccountRole, StoredValue, StoredValueKind
from accounting.selectors import stored_values_by_code
from accounting.services import IssueRequest, Paid, issue_stored_value
from backoffice.core import outbox
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import insert_rows
from backoffice.core.errors import InvalidInput
from orders.errors import NotFound, PaymentExceeded, PaymentReused
from orders.models import Hold, HoldKind, Order, OrderPayment, OrderPaymentEvent, OrderStatus, PaymentMethod
from orders.payments import Money
from orders.selectors.payments import OrderMoney, money_of
from orders.services.fulfilling import release_orders
from orders.services.locking import lock_orders
from orders.services.settling import settle_orders

ZERO = Decimal(0)
ROLE_OF = {
    PaymentMethod.CASH: AccountRole.CASH,
    PaymentMethod.BANK: AccountRole.BANK,
    PaymentMethod.CARD: AccountRole.CLEARING,
    PaymentMethod.ONLINE: AccountRole.CLEARING,
    PaymentMethod.OTHER: AccountRole.CLEARING,
}
BY_CODE = {PaymentMethod.GIFT_CARD: StoredValueKind.GIFT_CARD, PaymentMethod.STORE_CREDIT: StoredValueKind.STORE_CREDIT}


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


def book(events: Sequence[NewEvent], ledger: Ledger, actor: Actor, *, paid_by: Mapping[int, int] | None = None) -> None:
    """Post and store events of locked orders, release what waited for payment, settle what is billed.

    paid_by: the stored value that pays, by payment. The ranks in order: claims of released orders, then the books.
    """
    if not events:
        return
    for event in events:
        ledger.add(event)
    _release_paid(ledger, actor)
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


def _release_paid(ledger: Ledger, actor: Actor) -> None:
    """End payment holds of orders whose channel is content; with the last hold an order goes to the warehouse."""
    content = [pk for pk, found in ledger.facts.items() if ledger.money[pk].meets(found.policy)]
    held = Hold.objects.filter(order_id__in=content, kind=HoldKind.PAYMENT, released_at__isnull=True)
    holds = dict(held.order_by("pk").values_list("pk", "order_id"))
    if not holds:
        return
    reason = _("The payment came.")
    Hold.objects.filter(pk__in=holds).update(
        released_by_id=actor.user_id, released_at=timezone.now(), release_reason=reason
    )
    record(
        [
            Change(
                "orders.order",
                order_id,
                "hold_released",
                field="hold",
                old=HoldKind.PAYMENT.value,
                reason=reason,
                company_id=ledger.company_id,
            )
            for order_id in holds.values()
        ],
        actor=actor,
    )
    others = set(
        Hold.objects.filter(order_id__in=holds.values(), released_at__isnull=True).values_list("order_id", flat=True)
    )
    free = [
        pk
        for pk in sorted(set(holds.values()) - others)
        if ledger.orders[pk].channel.auto_release or ledger.orders[pk].status != OrderStatus.PLACED
    ]
    if free:
        release_orders(free, company_id=ledger.company_id, actor=actor)


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


def _check_wanted(facts: OrderMoney) -> None:
    if facts.status == OrderStatus.CANCELLED:
        raise PaymentExceeded(_("The order was cancelled: nothing is to be paid for it."), order_id=facts.order_id)


def plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


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
