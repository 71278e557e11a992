"""Agreeing a closing balance with the books, for ever; and reopening it, with the reason."""

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounting.errors import BankRefused, NotFound
from accounting.models import BankAccount, BankReconciliation, BankStatement
from accounting.selectors.banking import book_balance, open_lines, outstanding, standing_reconciliations
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO


@transaction.atomic(savepoint=False)
def reconcile(
    statement_id: int, *, company_id: int, actor: Actor, accept_outstanding: bool = False
) -> BankReconciliation:
    """Keep a statement's closing balance as agreed with the books.

    From then on the database refuses postings that would change the account's books up to that day.
    accept_outstanding: entries of the books that the bank had not yet (payments under way) explain a difference.

    Raises NotFound, BankRefused (no_closing, lines_open, already_reconciled, outstanding, does_not_agree); nothing is
    written then. Statements: about 12.
    """
    statement = BankStatement.objects.filter(pk=statement_id, company_id=company_id).first()
    if statement is None:
        raise NotFound(_("There is no such bank statement."), statement_id=statement_id)
    if statement.closing is None or statement.closing_date is None:
        raise BankRefused(_("The statement says no closing balance."), code="no_closing", statement_id=statement_id)
    account = BankAccount.objects.select_for_update(of=("self",), no_key=True).get(pk=statement.bank_account_id)
    day, closing = statement.closing_date, statement.closing
    before = standing_reconciliations(account.pk).filter(date__gte=day).first()
    if before is not None:
        raise BankRefused(
            _("The account is reconciled up to %(day)s already.") % {"day": before.date},
            code="already_reconciled",
            date=str(before.date),
        )
    with connection.cursor() as cursor:  # waits for postings under way, and they for us
        cursor.execute("SELECT accounting_hold_periods(%s, %s)", [company_id, day])
    waiting = open_lines(account.pk).filter(date__lte=day).count()
    if waiting:
        raise BankRefused(
            _("%(count)s lines up to %(day)s are not matched yet.") % {"count": waiting, "day": day},
            code="lines_open",
            count=waiting,
        )
    book = book_balance(account, day)
    difference = book - closing
    if difference:
        _explain(account, statement, difference, accept_outstanding)
    made = BankReconciliation.objects.create(
        company_id=company_id, bank_account=account, statement=statement, date=day, closing=closing, book=book,
        outstanding=difference, actor_id=actor.user_id, actor_label=actor.label,
    )  # fmt: skip
    _audit(account, "reconciled", f"{day}: {closing:f}", "", actor)
    return made


def _explain(account: BankAccount, statement: BankStatement, difference: object, accept: bool) -> None:
    """Refuse a difference that entries under way do not explain, or that nobody accepted."""
    day = statement.closing_date
    assert day is not None
    rows = outstanding(account, day.replace(year=day.year - 3, day=1), day)
    under_way = sum((row.amount for row in rows), ZERO)
    words = {"book": f"{book_balance(account, day):f}", "closing": f"{statement.closing:f}", "day": day}
    if under_way != difference:
        raise BankRefused(
            _("On %(day)s the books say %(book)s and the bank %(closing)s: find the difference first.") % words,
            code="does_not_agree",
            difference=str(difference),
            outstanding=str(under_way),
        )
    if not accept:
        raise BankRefused(
            _(
                "On %(day)s the books say %(book)s and the bank %(closing)s: %(count)s entries are under way. Accept them."
            )
            % {**words, "count": len(rows)},
            code="outstanding",
            difference=str(difference),
        )


@transaction.atomic(savepoint=False)
def reopen_reconciliation(reconciliation_id: int, *, company_id: int, actor: Actor, reason: str) -> BankReconciliation:
    """Take an agreed balance back, the newest first. Raises NotFound, BankRefused (reason_missing, not_the_last)."""
    if not reason.strip():
        raise BankRefused(_("Say why: the reason is kept with the change."), code="reason_missing", field="reason")
    found = BankReconciliation.objects.filter(pk=reconciliation_id, company_id=company_id, reopens__isnull=True).first()
    if found is None:
        raise NotFound(_("There is no such reconciliation."), reconciliation_id=reconciliation_id)
    account = BankAccount.objects.select_for_update(of=("self",), no_key=True).get(pk=found.bank_account_id)
    newest = standing_reconciliations(account.pk).first()
    if newest is None or newest.pk != found.pk:
        raise BankRefused(_("Reopen the newest reconciliation first."), code="not_the_last")
    made = BankReconciliation.objects.create(
        company_id=company_id, bank_account=account, statement_id=found.statement_id, date=found.date,
        closing=found.closing, book=found.book, outstanding=found.outstanding, reopens=found, reason=reason[:300],
        actor_id=actor.user_id, actor_label=actor.label,
    )  # fmt: skip
    _audit(account, "reopened", f"{found.date}: {found.closing:f}", reason, actor)
    return made


def _audit(account: BankAccount, verb: str, said: str, reason: str, actor: Actor) -> None:
    audit.record(
        [audit.Change("accounting.bankaccount", account.pk, verb, "", "", said, reason[:300], account.company_id)],
        actor=actor,
    )
