"""A journal as somebody types it, and what is wrong with it."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from accounting.dimensions import Dimensions, set_key
from accounting.errors import JournalRefused
from accounting.models import Account, Control, Currency, Party
from backoffice.core.money import ZERO, round_money


@dataclass(frozen=True, slots=True)
class JournalLineInput:
    """One side, in the journal's currency: debit positive, credit negative."""

    account_id: int | None
    amount: Decimal
    party_id: int | None = None
    description: str = ""
    dimensions: Dimensions = ()


@dataclass(frozen=True, slots=True)
class JournalInput:
    """currency "": the company's. exchange_rate None: the day's. reverse_on, late: as on ManualJournal."""

    date: datetime.date
    lines: Sequence[JournalLineInput]
    memo: str = ""
    currency: str = ""
    exchange_rate: Decimal | None = None
    reverse_on: datetime.date | None = None
    late: bool = False


def check_head(given: JournalInput, currency: Currency | None) -> None:
    """Raises JournalRefused naming the field."""
    if currency is None:
        raise JournalRefused(
            _("There is no currency %(code)s.") % {"code": given.currency}, code="unknown_currency", field="currency"
        )
    if given.exchange_rate is not None and given.exchange_rate <= 0:
        raise JournalRefused(_("An exchange rate is above zero."), code="bad_rate", field="exchange_rate")
    if given.reverse_on is not None and given.reverse_on <= given.date:
        raise JournalRefused(_("It is reversed on a later day than its own."), code="bad_dates", field="reverse_on")
    if len(given.lines) < 2:
        raise JournalRefused(_("A journal needs two lines at least."), code="no_lines", field="lines")


def check_lines(
    given: JournalInput, currency: Currency, accounts: Mapping[int, Account], parties: Mapping[int, Party]
) -> None:
    """Every line by itself, then the sum. Raises JournalRefused naming the row and field."""
    for row, line in enumerate(given.lines, start=1):
        _check_line(row, line, currency, accounts, parties)
    total = sum((line.amount for line in given.lines), ZERO)
    if total:
        raise JournalRefused(
            _("Debits and credits differ by %(difference)s %(currency)s.")
            % {"difference": f"{abs(total):f}", "currency": currency.code},
            code="unbalanced",
            field="lines",
            difference=str(total),
        )


def _check_line(
    row: int,
    line: JournalLineInput,
    currency: Currency,
    accounts: Mapping[int, Account],
    parties: Mapping[int, Party],
) -> None:
    account = accounts.get(line.account_id or 0)
    if account is None:
        raise _bad(row, "unknown_account", "account", _("choose an account of this company."))
    if not account.is_postable or not account.is_active:
        raise _bad(row, "not_postable", "account", _("%(account)s takes no postings.") % {"account": account})
    if account.control != Control.NONE:
        raise _bad(
            row, "control_account", "account",
            _("%(account)s is posted by its own sub-ledger (%(book)s): write the document instead.")
            % {"account": account, "book": account.get_control_display()},  # type: ignore[attr-defined]
        )  # fmt: skip
    if account.currency_id and account.currency_id != currency.code:
        raise _bad(
            row, "account_currency", "account",
            _("%(account)s is kept in %(currency)s.") % {"account": account, "currency": account.currency_id},
        )  # fmt: skip
    if line.party_id is not None and line.party_id not in parties:
        raise _bad(row, "unknown_party", "party", _("choose a party of this company."))
    if not line.amount or abs(line.amount) >= 10**15 or line.amount != round_money(line.amount, currency.exponent):
        raise _bad(row, "bad_amount", "amount", _("give a debit or a credit, in whole cents."))
    try:
        key = set_key(line.dimensions)
    except ValueError:
        raise _bad(
            row, "bad_dimension", "dimensions", _("an axis is named once and has a code, without “;”.")
        ) from None
    if len(key) > 300 or any(len(axis) > 30 or len(code) > 60 for axis, code in line.dimensions):
        raise _bad(row, "bad_dimension", "dimensions", _("a code has 60 characters at most."))


def _bad(row: int, code: str, field: str, what: str) -> JournalRefused:
    return JournalRefused(
        _("Line %(row)s: %(what)s") % {"row": row, "what": what}, code=code, row=row, field=f"lines.{row - 1}.{field}"
    )
