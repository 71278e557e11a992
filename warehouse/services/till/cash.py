"""Shifts and the cash of a drawer: float, cash in and out, count, difference."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.errors import AccountRoleMissing
from accounting.models import AccountRole, Subledger
from accounting.selectors import account_ids
from accounting.services import Entry, Line, post_entries
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.errors import InvalidInput
from warehouse.errors import NotFound, ShiftClosed, ShiftOpen, TillReused
from warehouse.models import CashMove, CashMoveKind, ShiftStatus, Till, TillShift
from warehouse.till.reads import shift_figures

ROLE_OF = {
    CashMoveKind.FROM_BANK: AccountRole.BANK,
    CashMoveKind.TO_BANK: AccountRole.BANK,
    CashMoveKind.EXPENSE: AccountRole.PETTY_EXPENSES,
}


@dataclass(frozen=True, slots=True)
class CashRequest:
    """Cash put in or taken out. amount: above zero; the kind says which way. client_id: once for each move."""

    shift_id: int
    client_id: UUID
    kind: str
    amount: Decimal
    reason: str
    effective_at: datetime


def lock_shift(shift_id: int, *, company_id: int) -> TillShift:
    """The shift, locked before everything below it. Raises NotFound. Statements: 1."""
    shift = (
        TillShift.objects.select_related("till__channel", "till__company")
        .filter(pk=shift_id, company_id=company_id)
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if shift is None:
        raise NotFound(_("There is no shift %(id)s in this company.") % {"id": shift_id}, shift_id=shift_id)
    return shift


def check_open(shift: TillShift) -> None:
    if shift.status != ShiftStatus.OPEN:
        raise ShiftClosed(_("This shift is closed; open a new one first."), shift_id=shift.pk)


@transaction.atomic(savepoint=False)
def open_shift(*, till_id: int, company_id: int, float_amount: Decimal, opened_at: datetime, actor: Actor) -> TillShift:
    """Open a till with the cash that lies in its drawer.

    Raises ShiftOpen while one is open, NotFound, InvalidInput; nothing is written then. Statements: 4.
    """
    till = (
        Till.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=till_id, company_id=company_id, is_active=True)
        .first()
    )
    if till is None:
        raise NotFound(_("There is no till %(id)s in this company.") % {"id": till_id}, till_id=till_id)
    _check_money(float_amount, "float_amount")
    if actor.user_id is None:
        raise InvalidInput(_("A named user opens a till."), errors=[{"field": "user", "message": _("nobody is named")}])
    if TillShift.objects.filter(till=till, status=ShiftStatus.OPEN).exists():
        raise ShiftOpen(_("%(till)s has an open shift already; close it first.") % {"till": till.name}, till_id=till_id)
    shift = TillShift.objects.create(
        company_id=company_id, till=till, opened_at=opened_at, opened_by_id=actor.user_id, float_amount=float_amount
    )
    record([_change(shift, "open", "", f"{float_amount:f}")], actor=actor)
    return shift


@transaction.atomic(savepoint=False)
def move_cash(request: CashRequest, *, company_id: int, actor: Actor) -> CashMove:
    """Put cash in or take it out, with the reason; posted against the bank or petty expenses.

    The same client_id again is the same move. Raises ShiftClosed, TillReused, NotFound, InvalidInput (no reason,
    more than the drawer should hold); nothing is written then. Statements: about 14.
    """
    shift = lock_shift(request.shift_id, company_id=company_id)
    check_open(shift)
    _check_money(request.amount, "amount")
    if request.kind not in CashMoveKind.values or not request.amount or not request.reason.strip():
        raise InvalidInput(
            _("Say what the cash is for, and how much."), errors=[{"field": "reason", "message": _("is empty")}]
        )
    signed = request.amount if request.kind == CashMoveKind.FROM_BANK else -request.amount
    known = CashMove.objects.filter(client_id=request.client_id).first()
    if known is not None:
        if (known.shift_id, known.kind, known.amount) != (shift.pk, request.kind, signed):
            raise TillReused(_("This was booked before with other content."), client_id=str(request.client_id))
        return known
    if signed + shift_figures(shift).expected < 0:
        raise InvalidInput(
            _("There is not that much cash in the drawer."), errors=[{"field": "amount", "message": _("is too much")}]
        )
    entry_id = _post(shift, signed, ROLE_OF[CashMoveKind(request.kind)], request, actor)
    made = CashMove.objects.create(
        shift=shift,
        kind=request.kind,
        client_id=request.client_id,
        amount=signed,
        reason=request.reason.strip()[:300],
        entry_id=entry_id,
        actor_label=actor.label,
    )
    record([_change(shift, "cash", "", f"{signed:f}", request.reason.strip()[:300])], actor=actor)
    return made


@transaction.atomic(savepoint=False)
def close_shift(
    shift_id: int, *, company_id: int, counted: Decimal, closed_at: datetime, actor: Actor, note: str = ""
) -> TillShift:
    """Count the drawer and close: what is over or short of the expected cash is posted.

    Raises ShiftClosed, NotFound, InvalidInput; nothing is written then. Statements: about 14.
    """
    shift = lock_shift(shift_id, company_id=company_id)
    check_open(shift)
    _check_money(counted, "counted")
    shift.expected = shift_figures(shift).expected
    shift.counted, shift.note = counted, note.strip()[:300]
    shift.status, shift.closed_at, shift.closed_by_id = ShiftStatus.CLOSED, closed_at, actor.user_id
    difference = counted - shift.expected
    if difference:
        key = f"till:shift:{shift.pk}:difference"
        (posted,) = _post_lines(
            shift, difference, AccountRole.CASH_DIFFERENCES, key, closed_at, shift.note or shift.number, actor
        )
        shift.entry_id = posted
    shift.save(update_fields=["status", "closed_at", "closed_by", "expected", "counted", "note", "entry"])
    record([_change(shift, "closed", f"{shift.expected:f}", f"{counted:f}", shift.note)], actor=actor)
    return shift


def _post(shift: TillShift, signed: Decimal, role: str, request: CashRequest, actor: Actor) -> int:
    key = f"till:cash:{request.client_id}"
    (entry_id,) = _post_lines(shift, signed, role, key, request.effective_at, request.reason, actor)
    return entry_id


def _post_lines(
    shift: TillShift, signed: Decimal, role: str, key: str, at: datetime, memo: str, actor: Actor
) -> tuple[int]:
    """Cash against an account in a role: into the drawer is a debit of cash."""
    accounts = account_ids(shift.company_id)
    for needed in (AccountRole.CASH, role):
        if needed not in accounts:
            raise AccountRoleMissing(
                _("No account plays the role %(role)s; set one under Accounts in roles.") % {"role": needed},
                role=str(needed),
            )
    currency = shift.till.channel.currency
    lines = [Line(accounts[AccountRole.CASH], signed, currency), Line(accounts[role], -signed, currency)]
    entry = Entry(None, at, Subledger.GENERAL, "warehouse.tillshift", shift.pk, key, lines, memo)
    (posted,) = post_entries([entry], company_id=shift.company_id, actor=actor)
    return (posted.entry_id,)


def _check_money(amount: Decimal, field: str) -> None:
    if not amount.is_finite() or not 0 <= amount < 10**9 or amount != round(amount, 3):
        raise InvalidInput(_("Give an amount, 0 or more."), errors=[{"field": field, "message": _("not an amount")}])


def _change(shift: TillShift, action: str, old: str, new: str, reason: str = "") -> Change:
    return Change(
        "warehouse.tillshift",
        shift.pk,
        action,
        field="cash",
        old=old,
        new=new,
        reason=reason,
        company_id=shift.company_id,
    )
