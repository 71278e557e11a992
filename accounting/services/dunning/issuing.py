"""Runs approved or called off, and their letters issued one by one: looked at again, charged, mailed or printed."""

from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounting.errors import NotFound
from accounting.models import (
    AccountRole,
    Company,
    DunningLetter,
    DunningLetterStatus,
    DunningRun,
    DunningRunStatus,
    DunningStop,
    PartyMailKind,
    Side,
)
from accounting.selectors.config import books_of, exchange_rates
from accounting.services.entries import Entry, Line
from accounting.services.journals.approving import noon_of
from accounting.services.open_items import Item, post_items
from accounting.services.party_mails import ask_for_mail, may_be_mailed
from accounting.states import DUNNING_RUN
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.approving import check_approver
from backoffice.core.db import database_now
from backoffice.core.money import ZERO, round_money
from backoffice.core.states import check_transition

ACTION = "dunning"
OBJECT = "accounting.dunningrun"
LETTER = "accounting.dunningletter"
PAID, STOPPED, CANCELLED = "paid", "stopped", "cancelled"


@transaction.atomic(savepoint=False)
def approve_run(run_id: int, *, company_id: int, actor: Actor) -> DunningRun:
    """proposed -> approved: its letters may leave. Four eyes count where the company has a threshold for dunning.

    Raises NotFound, IllegalTransition, ApprovalRefused; nothing is written then. Statements: about 7.
    """
    run = _locked_run(run_id, company_id)
    check_transition(DUNNING_RUN, "dunning run", run.status, DunningRunStatus.APPROVED)
    amount = sum(run.letters.values_list("amount", flat=True), ZERO)
    check_approver(ACTION, actor=actor, creator_id=run.created_by_id, amount=amount, company_id=company_id)
    return _step(run, DunningRunStatus.APPROVED, actor, "")


@transaction.atomic(savepoint=False)
def cancel_run(run_id: int, *, company_id: int, actor: Actor, reason: str = "") -> DunningRun:
    """proposed -> cancelled: its letters are dropped. Raises NotFound, IllegalTransition. Statements: 5."""
    run = _locked_run(run_id, company_id)
    check_transition(DUNNING_RUN, "dunning run", run.status, DunningRunStatus.CANCELLED)
    run.letters.filter(status=DunningLetterStatus.PROPOSED).update(
        status=DunningLetterStatus.DROPPED, dropped=CANCELLED
    )
    return _step(run, DunningRunStatus.CANCELLED, actor, reason)


def _locked_run(run_id: int, company_id: int) -> DunningRun:
    rows = DunningRun.objects.select_for_update(of=("self",), no_key=True)
    run = rows.filter(pk=run_id, company_id=company_id).first()
    if run is None:
        raise NotFound(_("There is no such dunning run."), run_id=run_id)
    return run


def _step(run: DunningRun, status: str, actor: Actor, reason: str) -> DunningRun:
    before, run.status = run.status, status
    if status == DunningRunStatus.APPROVED:
        run.approved_label = actor.label
    run.save(update_fields=["status", "approved_label"])
    change = audit.Change(OBJECT, run.pk, str(status), "status", before, str(status), reason[:300], run.company_id)
    audit.record([change], actor=actor)
    return run


@transaction.atomic(savepoint=False)
def issue_letter(letter_id: int, *, actor: Actor, by_mail: bool = True) -> DunningLetter:
    """Issue a letter of an approved run: once, and only of what is still open and not stopped by now.

    What was paid since the proposal is taken off; a letter with nothing left is dropped. Fees and interest are posted
    where the plan says so. by_mail: where the customer has an address; else it is to be printed.
    Raises NotFound, IllegalTransition (the run is not approved), PeriodClosed. Statements: about 20.
    """
    letter = lock_letter(letter_id)
    if letter.status != DunningLetterStatus.PROPOSED:
        return letter
    check_transition(
        {DunningRunStatus.APPROVED: frozenset({"issued"})}, "dunning run", letter.run.status, DunningLetterStatus.ISSUED
    )
    items = list(letter.items.order_by("pk"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, amount - used FROM accounting_lock_items(%s::bigint[])", [[one.open_item_id for one in items]]
        )
        left = dict(cursor.fetchall())
    stopped = _stopped(letter)
    standing = [one for one in items if left[one.open_item_id] and one.open_item_id not in stopped and 0 not in stopped]
    if not standing:
        paid = not any(left.values())
        return _drop(letter, PAID if paid else STOPPED, actor)
    for one in standing:
        now: Decimal = left[one.open_item_id]
        one.interest = one.interest if now == one.open_amount else ZERO  # part was paid: no interest is guessed
        one.open_amount, one.issued = now, True
        one.save(update_fields=["open_amount", "interest", "issued"])
    letter.amount = sum((one.open_amount for one in standing), ZERO)
    letter.interest = sum((one.interest for one in standing), ZERO)
    letter.status, letter.issued_at = DunningLetterStatus.ISSUED, database_now()
    letter.by_mail = by_mail and may_be_mailed(letter.party)
    if letter.level.plan.post_charges and letter.fee + letter.interest:
        letter.entry_id = _charge(letter, actor)
    letter.save(update_fields=["amount", "interest", "status", "issued_at", "by_mail", "entry"])
    if letter.by_mail:
        ask_for_mail(letter.party, PartyMailKind.DUNNING, {"letter": letter.pk}, f"dunning:{letter.pk}", actor)
    _tell(letter, "issued", actor)
    return letter


def lock_letter(letter_id: int) -> DunningLetter:
    """The letter, which nobody else issues until this transaction ends."""
    rows = DunningLetter.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("run", "party__person", "level__plan").filter(pk=letter_id).first()
    if found is None:
        raise NotFound(_("There is no such letter."), letter_id=letter_id)
    return found


def _stopped(letter: DunningLetter) -> set[int]:
    """Items that are stopped; 0: the customer."""
    rows = DunningStop.objects.filter(party_id=letter.party_id, ended_at=None)
    stops = rows.values_list("open_item_id", "until")
    return {item or 0 for item, until in stops if until is None or until >= letter.run.date}


def _drop(letter: DunningLetter, why: str, actor: Actor) -> DunningLetter:
    letter.status, letter.dropped = DunningLetterStatus.DROPPED, why
    letter.save(update_fields=["status", "dropped"])
    _tell(letter, "dropped", actor, why)
    return letter


def _charge(letter: DunningLetter, actor: Actor) -> int:
    """Owed from the day of the run; it is an item of its own that is settled like an invoice."""
    run, company = letter.run, Company.objects.get(pk=letter.run.company_id)
    books = books_of(company.pk, currencies=[letter.currency])
    amount = letter.fee + letter.interest
    base = amount
    if letter.currency != books.base_currency:
        rate = exchange_rates(company.pk, {(letter.currency, run.date)})[letter.currency, run.date]
        base = round_money(amount * rate, books.exponents[books.base_currency])
    control = books.account(AccountRole.RECEIVABLE)
    entry = Entry(
        date=None,
        effective_at=noon_of(run.date, company),
        subledger="receivable",
        source_type=LETTER,
        source_id=letter.pk,
        source_key=f"dunning:{letter.pk}",
        lines=[
            Line(control, amount, letter.currency, base, letter.party_id),
            Line(books.account(AccountRole.OTHER_REVENUE), -amount, letter.currency, -base),
        ],
        memo=_("Reminder fee and interest"),
    )
    owed = Item("dunning_fee", letter.party_id, control, Side.DEBIT, letter.currency, amount, base)
    (posted,) = post_items([(entry, owed)], company_id=company.pk, actor=actor)
    return posted.entry_id


def _tell(letter: DunningLetter, action: str, actor: Actor, why: str = "") -> None:
    change = audit.Change(LETTER, letter.pk, action, "status", "", letter.status, why, letter.run.company_id)
    audit.record([change], actor=actor)
