"""A supplier's early-payment discount: a credit note of ours for what its terms let us keep, at cost and tax alike."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.dimensions import read_key
from accounting.errors import DiscountRefused
from accounting.models import AccountRole, Bill, BillKind, BillLine, BillLineKind, BillStatus, Currency
from accounting.selectors.config import account_ids, books_of
from accounting.services import (
    BillInput,
    BillLineInput,
    BillPayment,
    PaidBills,
    apply_items,
    lock_bill,
    pay_bills,
    save_bill,
    set_bill_status,
)
from accounting.services.settling import UseRequest
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO, round_money, split_by_weight
from inventory.selectors.billing import BILL_LINE
from inventory.services.billing.posting import post_matched_bill

SUFFIX = "-DISCOUNT"  # after the bill's own number: the supplier sends no paper for it


@dataclass(frozen=True, slots=True)
class Discount:
    """What may be kept of a bill, and the last day for it."""

    amount: Decimal
    last_day: datetime.date


def offered_discount(bill: Bill, *, exponent: int) -> Discount | None:
    """By the supplier's terms; None: they have none, or this is no bill. bill: with its party."""
    terms = bill.party
    if bill.kind != BillKind.BILL or not terms.discount_percent:
        return None
    last_day = bill.bill_date + datetime.timedelta(days=terms.discount_days)
    return Discount(round_money(bill.total * terms.discount_percent / 100, exponent), last_day)


@transaction.atomic(savepoint=False)
def take_bill_discount(bill_id: int, *, company_id: int, paid_on: datetime.date, actor: Actor) -> Bill:
    """The supplier was paid less, in time: a credit note for what is still open, settled with the bill.

    Raises NotFound, DiscountRefused (not_posted, no_terms, nothing_open, too_late, too_much: more is open than the
    terms let off, already_taken) and what post_matched_bill raises; nothing is written then. Statements: about 60.
    """
    bill, discount = _checked(bill_id, company_id, paid_on)
    assert bill.open_item is not None
    left = bill.open_item.open_amount
    if left > discount.amount:
        raise DiscountRefused(
            _("%(open)s %(currency)s of %(number)s is open; the terms let off %(allowed)s.")
            % {
                "open": f"{left:f}",
                "currency": bill.currency,
                "number": bill.number,
                "allowed": f"{discount.amount:f}",
            },
            code="too_much",
            open=str(left),
            allowed=str(discount.amount),
        )
    note = _credit(bill, left, paid_on, actor)
    assert note.open_item_id is not None
    use = UseRequest(note.open_item_id, bill.open_item.pk, left, f"discount:bill:{bill.pk}:{note.pk}")
    apply_items([use], company_id=company_id, date=paid_on, actor=actor)
    return note


@transaction.atomic(savepoint=False)
def pay_supplier_bills(
    wanted: Sequence[BillPayment],
    *,
    company_id: int,
    effective_at: datetime.datetime,
    actor: Actor,
    discounts: bool,
    **how: Any,
) -> tuple[PaidBills, list[Bill]]:
    """Pay bills, if asked less the discounts that are in time; and the credit notes of those, which are set off first.

    A bill of which only a part is to be paid, or which was discounted before, is paid as it is. how: as of pay_bills.
    Raises what pay_bills and post_matched_bill raise; nothing is written then.
    Statements: pay_bills', and about 60 for each discount.
    """
    day = books_of(company_id).local_date(effective_at)
    notes = []
    for one in sorted(wanted, key=lambda one: one.bill_id) if discounts else ():
        try:
            bill, discount = _checked(one.bill_id, company_id, day)
        except DiscountRefused:
            continue
        assert bill.open_item is not None
        if one.amount in (None, bill.open_item.open_amount):
            notes.append(_credit(bill, min(discount.amount, bill.open_item.open_amount), day, actor))
    paid = pay_bills(
        [*wanted, *(BillPayment(note.pk) for note in notes)],
        company_id=company_id,
        effective_at=effective_at,
        actor=actor,
        **how,
    )
    return paid, notes


def _checked(bill_id: int, company_id: int, day: datetime.date) -> tuple[Bill, Discount]:
    """The bill, locked, and what may be kept of it on that day."""
    bill = lock_bill(bill_id, company_id=company_id)
    exponent = Currency.objects.get(pk=bill.currency).exponent
    discount = offered_discount(bill, exponent=exponent)
    words = {"number": bill.number, "state": bill.state_display}
    if discount is None:
        raise DiscountRefused(_("The supplier's terms have no early-payment discount."), code="no_terms")
    if bill.status != BillStatus.POSTED or bill.open_item is None or not bill.open_item.open_amount:
        raise DiscountRefused(_("Nothing is open on %(number)s (%(state)s).") % words, code="nothing_open")
    if day > discount.last_day:
        raise DiscountRefused(
            _("The discount was for payments until %(day)s.") % {"day": discount.last_day},
            code="too_late",
            field="paid_on",
        )
    if bill.credit_notes.filter(number=_number(bill)).exclude(status=BillStatus.REVERSED).exists():
        raise DiscountRefused(_("The discount of %(number)s is taken already.") % words, code="already_taken")
    return bill, discount


def _number(bill: Bill) -> str:
    return bill.number[: 60 - len(SUFFIX)] + SUFFIX


def _credit(bill: Bill, amount: Decimal, day: datetime.date, actor: Actor) -> Bill:
    """A posted credit note over so much of the bill, each line's share at its own cost and tax."""
    note = save_bill(
        BillInput(
            kind=BillKind.CREDIT_NOTE,
            supplier_id=bill.party_id,
            number=_number(bill),
            bill_date=day,
            due_date=day,
            currency=bill.currency,
            exchange_rate=bill.exchange_rate if bill.currency != books_of(bill.company_id).base_currency else None,
            total=amount,
            lines=_shares(bill, amount),
            corrects_id=bill.pk,
            note=_("Early-payment discount"),
        ),
        company_id=bill.company_id,
        actor=actor,
    )
    set_bill_status(note, status=BillStatus.MATCHING, actor=actor)
    set_bill_status(note, status=BillStatus.APPROVED, actor=actor, reason=_("By the supplier's terms."))
    return post_matched_bill(note.pk, company_id=bill.company_id, actor=actor)


def _shares(bill: Bill, amount: Decimal) -> list[BillLineInput]:
    exponent = Currency.objects.get(pk=bill.currency).exponent
    lines = list(bill.lines.select_related("tax_code", "dimension_set").order_by("position"))
    paid = [line.net if line.reverse_charge else line.net + line.tax for line in lines]
    variance = account_ids(bill.company_id).get(AccountRole.PRICE_VARIANCE)
    shares = []
    for line, gross, part in zip(lines, paid, split_by_weight(amount, paid, exponent), strict=True):
        if part:
            tax = None if line.reverse_charge else round_money(part * line.tax / gross, exponent)
            shares.append(_share(line, part - (tax or ZERO), tax, variance))
    return shares


def _share(line: BillLine, net: Decimal, tax: Decimal | None, variance: int | None) -> BillLineInput:
    """Goods become cheaper where they are now, in stock or sold; an expense falls. tax None: by the code's rate."""
    about_goods = line.kind in (BillLineKind.GOODS, BillLineKind.PRICE)
    source = (BILL_LINE, line.pk) if line.kind == BillLineKind.GOODS else (line.source_type, line.source_id)
    landed = line.kind == BillLineKind.LANDED_COST
    return BillLineInput(
        kind=BillLineKind.PRICE if about_goods else BillLineKind.EXPENSE,
        net=net,
        unit_price=net,
        tax=tax,
        tax_code=line.tax_code.code if line.tax_code else "",
        description=_("Early-payment discount"),
        sku_code=line.sku_code,
        account_id=variance if landed else line.account_id,
        dimensions=read_key(line.dimension_set.key) if line.dimension_set else (),
        source_type=source[0] if about_goods else "",
        source_id=source[1] if about_goods else None,
    )
