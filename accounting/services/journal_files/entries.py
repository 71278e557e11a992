"""The transactions of a plain-text journal as entries of the books."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounting.plaintext.journal import Amount, Posting, Transaction, refuse
from accounting.services.entries import Entry, Line
from accounting.services.journal_files.commodities import commodity_code, rate_on
from accounting.services.journal_files.naming import conversions_of
from accounting.services.journal_files.plan import Plan
from backoffice.core.money import ZERO

SIXTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Draft:
    account: str
    amount: Decimal
    commodity: str
    base: Decimal


def drafts_of(plan: Plan) -> list[tuple[list[Draft], Transaction, str]]:
    """The lines of every transaction; the account of conversions is made only if it is needed."""
    found = [(_lines_of(one, plan), one, key) for one, key in zip(plan.journal.transactions, plan.keys, strict=True)]
    conversions = conversions_of(plan.journal)
    if not any(line.account == conversions for lines, _one, _key in found for line in lines):
        plan.names.remove(conversions)
    return found


def _lines_of(one: Transaction, plan: Plan) -> list[Draft]:
    """The entry's lines; what rounding and tolerance leave stands on the account of conversions."""
    lines = [_draft(posting, one, plan) for posting in one.postings if posting.amount is not None]
    conversions, base = conversions_of(plan.journal), plan.books.base_currency
    for commodity, left in one.residual.items():
        code = commodity_code(commodity, one.line)
        if code != base and left and all(line.commodity == code for line in lines):
            lines.append(Draft(conversions, -left, code, ZERO))
    rest = sum((line.base for line in lines), ZERO)
    if rest:
        lines.append(Draft(conversions, -rest, base, -rest))
    return lines


def _draft(posting: Posting, one: Transaction, plan: Plan) -> Draft:
    assert posting.amount is not None
    weight: Amount = posting.weight or posting.amount
    code, in_code = (
        commodity_code(posting.amount.commodity, posting.line),
        commodity_code(weight.commodity, posting.line),
    )
    amount = _sixth(posting.amount.number)
    if amount != posting.amount.number:
        raise refuse(
            "too_precise", _("%(number)s has more than six decimals.") % {"number": posting.amount.number}, posting.line
        )
    rate = rate_on(in_code, one.date, plan)
    if rate is None:
        raise refuse(
            "no_rate",
            _(
                "no price of %(commodity)s in %(base)s is known on %(date)s: add one, or say that the commodity has no"
                " money value."
            )
            % {"commodity": in_code, "base": plan.books.base_currency, "date": one.date},
            posting.line,
            commodity=in_code,
        )
    return Draft(posting.account, amount, code, _sixth(weight.number * rate))


def _sixth(number: Decimal) -> Decimal:
    return number.quantize(SIXTH, rounding=ROUND_HALF_UP)


def entry_of(lines: Sequence[Draft], one: Transaction, key: str, plan: Plan) -> Entry:
    rows: list[Any] = [Line(plan.accounts[line.account], line.amount, line.commodity, line.base) for line in lines]
    at = datetime.datetime.combine(one.date, datetime.time(12), plan.books.zone)
    return Entry(one.date, at, "general", "accounting.journal_file", None, key, rows, one.memo[:200])
