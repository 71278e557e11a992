"""Money entered by hand: what a party paid or was paid, and credit that goes back to where it came from."""

import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import Account, Company, Control, JournalEntry, OpenItem, PaymentDirection, Side
from accounting.services.journals.approving import noon_of
from accounting.services.payees import hold_payees
from accounting.services.payments import PaymentRequest, Recorded, record_payments
from accounting.services.settlements.inputs import Chosen, parts_of, refused
from accounting.services.settling import UseRequest, apply_items
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.approving import check_approver

CREDIT_PAYOUT = "credit_payout"


@transaction.atomic(savepoint=False)
def enter_payment(
    *,
    company_id: int,
    party_id: int,
    control: str,
    direction: str,
    amount: Decimal,
    currency: str,
    account_id: int,
    date: datetime.date,
    key: str,
    actor: Actor,
    reference: str = "",
) -> Recorded:
    """A payment that no bank line and no order told of; it stays open until it is settled.

    control: receivable or payable. account_id: of money (bank, cash, clearing), no control account.
    Raises SettlementRefused (bad_account, too_little), ApprovalRefused (hold_payees), ExchangeRateMissing, PeriodClosed,
    SourceKeyReused; nothing is written then. Statements: about 9; 7 more to a supplier.
    """
    if amount <= 0:
        raise refused("too_little", _("Give an amount above zero."), field="amount")
    _check_account(account_id, company_id, currency)
    company = Company.objects.get(pk=company_id)
    if direction == PaymentDirection.OUT and control == Control.PAYABLE:
        hold_payees(
            {(party_id, currency): amount},
            company_id=company_id,
            date=date,
            actor=actor,
            source_key=f"entered:{key}",
        )
    request = PaymentRequest(
        party_id=party_id,
        direction=direction,
        amount=amount,
        currency=currency,
        effective_at=noon_of(date, company),
        source_key=f"entered:{key}",
        account_id=account_id,
        control=control,
        method="manual",
        reference=reference,
    )
    (done,) = record_payments([request], company_id=company_id, actor=actor)
    if done.state == "recorded":
        audit.record(
            [audit.Change("accounting.payment", done.payment_id, "entered", "", "", f"{amount:f}", "", company_id)],
            actor=actor,
        )
    return done


@transaction.atomic(savepoint=False)
def refund_credit(
    chosen: Chosen,
    *,
    company_id: int,
    account_id: int,
    date: datetime.date,
    key: str,
    actor: Actor,
    reason: str,
) -> Recorded:
    """Pay a customer's credit out, or take a supplier's in, and settle the two.

    Raises NotFound, SettlementRefused (too_much, no_credit, no_reason, bad_account), ApprovalRefused (who wrote a
    customer's credit), PeriodClosed; nothing is written then. Statements: about 20.
    """
    if not reason.strip():
        raise refused("no_reason", _("Say why: the reason is kept with the change."), field="reason")
    (part,) = parts_of([chosen], company_id)
    item = part.item
    receivable = item.account.control == Control.RECEIVABLE
    if item.side != (Side.CREDIT if receivable else Side.DEBIT):
        raise refused("no_credit", _("Only credit on an account can be refunded."), item_id=item.pk)
    if receivable:
        writer = JournalEntry.objects.values_list("actor_id", flat=True).get(pk=item.entry_id)
        worth = item.base_amount * part.amount / item.amount
        check_approver(CREDIT_PAYOUT, actor=actor, creator_id=writer, amount=worth, company_id=company_id)
    done = enter_payment(
        company_id=company_id,
        party_id=item.party_id,
        control=item.account.control,
        direction=PaymentDirection.OUT if receivable else PaymentDirection.IN,
        amount=part.amount,
        currency=item.currency,
        account_id=account_id,
        date=date,
        key=f"refund:{key}",
        actor=actor,
        reference=reason[:120],
    )
    debit, credit = (done.open_item_id, item.pk) if receivable else (item.pk, done.open_item_id)
    use = UseRequest(debit, credit, part.amount, f"refund:{key}")
    apply_items([use], company_id=company_id, date=OpenItem.objects.get(pk=done.open_item_id).date, actor=actor)
    audit.record(
        [audit.Change("accounting.payment", done.payment_id, "refunded", "", "", "", reason[:300], company_id)],
        actor=actor,
    )
    return done


def _check_account(account_id: int, company_id: int, currency: str) -> None:
    account = Account.objects.filter(pk=account_id, company_id=company_id, is_postable=True, is_active=True).first()
    if account is None or account.control or account.type != "asset" or account.currency_id not in (None, currency):
        raise refused("bad_account", _("Choose a bank, cash or clearing account of this currency."), field="account")
