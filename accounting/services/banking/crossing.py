"""Documents of another currency than the bank line that pays them: what of the line is theirs."""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from accounting.models import OpenItem
from accounting.selectors.config import Books, exchange_rates
from accounting.services.banking.refusing import LockedLine, refused
from accounting.services.banking.shares import ItemShare, MatchRequest
from backoffice.core.money import round_money

Rates = Mapping[tuple[str, datetime.date], Decimal]
NEAR, FAR = Decimal("0.05"), Decimal("0.25")


def crossing_rates(
    requests: Sequence[MatchRequest], lines: Mapping[int, LockedLine], items: Mapping[int, OpenItem], books: Books
) -> Rates:
    """The rates of every currency that meets another one. Raises ExchangeRateMissing. Statements: 0 or 1."""
    met = set()
    for request in requests:
        line = lines[request.line_id]
        for share in request.items:
            if items[share.item_id].currency != line.currency:
                met |= {(items[share.item_id].currency, line.date), (line.currency, line.date)}
    return exchange_rates(books.company_id, {pair for pair in met if pair[0] != books.base_currency})


def line_money(
    request: MatchRequest, share: ItemShare, item: OpenItem, line: LockedLine, books: Books, rates: Rates
) -> Decimal:
    """What of the line, > 0, pays this share of a document in another currency.

    Raises BankRefused (bad_amount, rate_implausible: a quarter or more off what the day's rates say).
    """
    value = share.amount * rates.get((item.currency, line.date), Decimal(1))
    value = round_money(value / rates.get((line.currency, line.date), Decimal(1)), books.exponents[line.currency])
    given, open_amount = share.line_amount, abs(line.open)
    if given is None:
        alone = len(request.items) == 1 and not (
            request.posts or request.parties or request.entries or request.transfers
        )
        return open_amount if alone and abs(open_amount - value) <= NEAR * value else value
    if given <= 0:
        raise refused("bad_amount", _("Amounts are above zero."), line, item_id=item.pk)
    if abs(given - value) >= FAR * value:
        raise refused(
            "rate_implausible",
            _("%(amount)s %(own)s were worth %(value)s %(currency)s on %(day)s, far from %(given)s.")
            % {
                "amount": f"{share.amount.normalize():f}", "own": item.currency, "value": f"{value:f}",
                "currency": line.currency, "day": line.date, "given": f"{given.normalize():f}",
            },
            line,
            item_id=item.pk,
            expected=str(value),
        )  # fmt: skip
    return given
