"""Paying bills: many at once, one payment for each supplier and currency, credit notes set off first."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.errors import BillRefused, NotFound
from accounting.models import AccountRole, Bill, BillKind, BillStatus, PaymentDirection
from accounting.selectors.config import books_of
from accounting.services.payees import hold_payees
from accounting.services.payments import PaymentRequest, record_payments
from accounting.services.settling import UseRequest, apply_items
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.approving import check_approvers
from backoffice.core.money import ZERO

BILL_PAYMENT = "bill_payment"


@dataclass(frozen=True, slots=True)
class BillPayment:
    """A bill to be paid, or a credit note to be set off. amount None: all that is open on it."""

    bill_id: int
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PaidBills:
    """payments: payment id by (party id, currency); none where credit notes covered it all. settled: amount by bill."""

    payments: dict[tuple[int, str], int]
    settled: dict[int, Decimal]


@transaction.atomic(savepoint=False)
def pay_bills(
    wanted: Sequence[BillPayment],
    *,
    company_id: int,
    effective_at: datetime.datetime,
    source_key: str,
    actor: Actor,
    account_role: str = AccountRole.BANK,
    account_id: int | None = None,
    method: str = "",
    reference: str = "",
) -> PaidBills:
    """Pay posted bills in whole or part. Credit notes among them are set off against the same supplier's bills of the
    same currency, in order; money goes for the rest.

    source_key: of this run ("pay:42"): its payments and settlements carry it, so that it cannot be paid twice.

    Raises NotFound, BillRefused (nothing_to_pay, not_posted, too_much, credits_too_high), ExchangeRateMissing,
    ApprovalRefused (hold_payees; who entered a bill), SourceKeyReused; nothing written. Statements: about 29, whatever the
    number of bills.
    """
    if len({one.bill_id for one in wanted}) < len(wanted):
        raise ValueError("a bill is named twice")
    bills = _open_bills(wanted, company_id)
    groups: defaultdict[tuple[int, str], list[tuple[Bill, Decimal]]] = defaultdict(list)
    for one in wanted:
        bill = bills[one.bill_id]
        groups[bill.party_id, bill.currency].append((bill, _amount(one, bill)))
    uses: list[tuple[Bill, Bill | None, Decimal]] = []
    due: dict[tuple[int, str], Decimal] = {}
    for key, rows in groups.items():
        due[key] = _set_off(rows, uses)
    paid = {key: amount for key, amount in due.items() if amount}
    hold_payees(paid, company_id=company_id, date=books_of(company_id).local_date(effective_at), actor=actor)
    _check_makers(uses, company_id, actor)
    payments = _payments(
        due, company_id, effective_at, source_key, actor, (account_role, account_id, method, reference)
    )
    items = {key: item for key, (_payment, item) in payments.items()}
    requests = [
        UseRequest(
            note.open_item_id if note else items[bill.party_id, bill.currency],  # type: ignore[arg-type]
            bill.open_item_id,  # type: ignore[arg-type]
            amount,
            f"{source_key}:{bill.pk}:{note.pk if note else 'money'}",
        )
        for bill, note, amount in uses
    ]
    apply_items(requests, company_id=company_id, date=books_of(company_id).local_date(effective_at), actor=actor)
    settled: defaultdict[int, Decimal] = defaultdict(Decimal)
    for bill, note, amount in uses:
        settled[bill.pk] += amount
        if note:
            settled[note.pk] += amount
    audit.record(
        [
            audit.Change("accounting.bill", pk, "paid", "paid", "", f"{amount:f}", reference[:300], company_id)
            for pk, amount in settled.items()
        ],
        actor=actor,
    )
    return PaidBills({key: payment for key, (payment, _item) in payments.items()}, dict(settled))


def _check_makers(uses: Sequence[tuple[Bill, Bill | None, Decimal]], company_id: int, actor: Actor) -> None:
    """Who entered a bill does not pay it, where that pair is on. Raises ApprovalRefused. Statements: 1; 3 with the pair on."""
    documents = [
        (bill.made_by_id, bill.open_item.base_amount * amount / bill.open_item.amount)
        for bill, note, amount in uses
        if note is None and bill.open_item is not None
    ]
    check_approvers(BILL_PAYMENT, documents, actor=actor, company_id=company_id)


def _open_bills(wanted: Sequence[BillPayment], company_id: int) -> dict[int, Bill]:
    if not wanted:
        raise BillRefused(_("Choose the bills to pay."), code="nothing_to_pay")
    locked = Bill.objects.select_for_update(of=("self",), no_key=True).select_related("open_item", "party")
    found = {b.pk: b for b in locked.filter(company_id=company_id, pk__in=[o.bill_id for o in wanted]).order_by("pk")}
    for one in wanted:
        if one.bill_id not in found:
            raise NotFound(_("There is no such bill."), bill_id=one.bill_id)
        bill = found[one.bill_id]
        if bill.status != BillStatus.POSTED or bill.open_item is None or not bill.open_item.open_amount:
            raise BillRefused(
                _("Nothing is open on %(number)s (%(state)s).") % {"number": bill.number, "state": bill.state_display},
                code="not_posted",
                bill_id=bill.pk,
            )
    return found


def _amount(one: BillPayment, bill: Bill) -> Decimal:
    assert bill.open_item is not None
    amount = bill.open_item.open_amount if one.amount is None else one.amount
    if amount <= 0 or amount > bill.open_item.open_amount:
        raise BillRefused(
            _("Of %(number)s %(open)s %(currency)s is open: pay no more than that, and more than nothing.")
            % {"number": bill.number, "open": f"{bill.open_item.open_amount:f}", "currency": bill.currency},
            code="too_much",
            bill_id=bill.pk,
            open=str(bill.open_item.open_amount),
        )
    return amount


def _set_off(rows: Sequence[tuple[Bill, Decimal]], uses: list[tuple[Bill, Bill | None, Decimal]]) -> Decimal:
    """Spread credit notes over bills, in order; what money has to cover is returned."""
    credits: list[list[Any]] = [[note, amount] for note, amount in rows if note.kind == BillKind.CREDIT_NOTE]
    money = ZERO
    for bill, amount in rows:
        if bill.kind != BillKind.BILL:
            continue
        for credit in credits:
            part = min(amount, credit[1])
            if part > 0:
                uses.append((bill, credit[0], part))
                credit[1] -= part
                amount -= part
        if amount:
            uses.append((bill, None, amount))
            money += amount
    left = sum((amount for _note, amount in credits), ZERO)
    if left:
        party = rows[0][0].party
        raise BillRefused(
            _(
                "The credit notes of %(supplier)s come to %(left)s more than the bills chosen: take less of them, or"
                " choose more bills."
            )
            % {"supplier": party, "left": f"{left:f}"},
            code="credits_too_high",
            left=str(left),
        )
    return money


def _payments(
    due: dict[tuple[int, str], Decimal],
    company_id: int,
    effective_at: datetime.datetime,
    source_key: str,
    actor: Actor,
    how: tuple[str, int | None, str, str],
) -> dict[tuple[int, str], tuple[int, int]]:
    """(payment id, open item id) by party and currency."""
    role, account_id, method, reference = how
    keys = [key for key, amount in due.items() if amount]
    recorded = record_payments(
        [
            PaymentRequest(
                party_id=party,
                direction=PaymentDirection.OUT,
                amount=due[party, currency],
                currency=currency,
                effective_at=effective_at,
                source_key=f"{source_key}:{party}:{currency}",
                account_role=role,
                account_id=account_id,
                control=AccountRole.PAYABLE,
                method=method,
                reference=reference,
            )
            for party, currency in keys
        ],
        company_id=company_id,
        actor=actor,
    )
    return {key: (done.payment_id, done.open_item_id) for key, done in zip(keys, recorded, strict=True)}
