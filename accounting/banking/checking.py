"""Whether a statement can be taken into the books: complete, of one currency, and its balances add up."""

from decimal import Decimal

from django.utils.translation import gettext as _

from accounting.banking.errors import refuse
from accounting.banking.statement import Statement


def check_statement(statement: Statement) -> None:
    """Raises BankFileRefused, naming the line or the field: what does not add up must not reach the books."""
    if statement.format in ("camt.052", "mt942"):
        raise refuse(
            "intraday",
            _("this is a report within the day; take in the day's statement, which repeats its lines."),
            line=statement.line,
        )
    if not statement.account and statement.format not in ("csv", "qif"):
        raise refuse("missing_field", _("the statement names no account."), line=statement.line, field="account")
    _check_lines(statement)
    _check_balances(statement)


def _check_lines(statement: Statement) -> None:
    for line in statement.booked:
        if line.date is None:
            raise refuse("missing_field", _("the booking has no date."), line=line.line, field="date")
        if not line.amount and line.parts:
            raise refuse("bad_amount", _("a booking of nothing has parts."), line=line.line, field="amount")
        if line.currency != statement.currency:
            raise refuse(
                "wrong_currency",
                _("the booking is in %(own)s, the account in %(currency)s.")
                % {"own": line.currency or "?", "currency": statement.currency or "?"},
                line=line.line,
                field="currency",
            )


def _check_balances(statement: Statement) -> None:
    opening, closing = statement.opening, statement.closing
    for name, balance in (("opening", opening), ("closing", closing)):
        if balance is None and statement.has_balances:
            raise refuse(
                "missing_balance",
                _("the statement has no opening balance.")
                if name == "opening"
                else _("the statement has no closing balance."),
                line=statement.line,
                field=name,
            )
        if balance is not None and balance.currency != statement.currency:
            raise refuse(
                "wrong_currency",
                _("a balance is in %(own)s, the account in %(currency)s.")
                % {"own": balance.currency, "currency": statement.currency},
                line=statement.line,
                field=name,
            )
    if opening is None or closing is None:
        return
    expected: Decimal = opening.amount + statement.total
    if expected != closing.amount:
        raise refuse(
            "does_not_add_up",
            _("%(opening)s and the lines make %(expected)s, but the closing balance is %(closing)s.")
            % {"opening": f"{opening.amount:f}", "expected": f"{expected:f}", "closing": f"{closing.amount:f}"},
            line=statement.line,
            field="closing",
            difference=f"{closing.amount - expected:f}",
        )
    if closing.date < opening.date:
        raise refuse("bad_date", _("the closing balance is older than the opening one."), line=statement.line)
