"""The commodities of a plain-text journal and what they are worth in the base currency."""

import datetime
import re
from bisect import bisect_right
from collections import defaultdict
from decimal import Decimal

from django.utils.translation import gettext as _

from accounting.models import Currency, ExchangeRate
from accounting.plaintext.journal import refuse
from accounting.services.journal_files.plan import Plan
from backoffice.core.money import ZERO

SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₾": "GEL", "₽": "RUB"}
_CODE = re.compile(r"[A-Z0-9][A-Z0-9.'_\-]{0,9}")


def commodity_code(commodity: str, line: int) -> str:
    """The commodity as the books name it: "$" is USD."""
    code = SYMBOLS.get(commodity, commodity.strip('"').upper().replace("/", ""))
    if not _CODE.fullmatch(code):
        raise refuse(
            "bad_commodity",
            _("“%(text)s” cannot name a commodity here: at most ten letters and digits.") % {"text": commodity[:40]},
            line,
        )
    return code


def load_rates(plan: Plan, company_id: int) -> None:
    """What one unit is worth in the base currency, by day: of the company's rates and the file's prices."""
    base = plan.books.base_currency
    found: dict[str, dict[datetime.date, Decimal]] = defaultdict(dict)
    rows = ExchangeRate.objects.filter(company_id=company_id).values_list("currency_id", "date", "rate")
    for currency, day, rate in rows:
        found[currency][day] = rate
    for price in plan.journal.prices:
        if commodity_code(price.price.commodity, 1) == base:
            found[commodity_code(price.commodity, 1)][price.date] = price.price.number
    for commodity, days in found.items():
        dates = sorted(days)
        plan.rates[commodity] = (dates, [days[day] for day in dates])
    codes = {
        commodity_code(posting.amount.commodity, posting.line)
        for one in plan.journal.transactions
        for posting in one.postings
        if posting.amount is not None
    }
    plan.commodities = sorted(codes)


def rate_on(commodity: str, day: datetime.date, plan: Plan) -> Decimal | None:
    if commodity == plan.books.base_currency:
        return Decimal(1)
    if commodity in plan.no_value:
        return ZERO
    dates, values = plan.rates.get(commodity, ([], []))
    at = bisect_right(dates, day)
    return values[at - 1] if at else None


def new_commodities(plan: Plan) -> list[str]:
    known = set(Currency.objects.filter(code__in=plan.commodities).values_list("code", flat=True))
    return [code for code in plan.commodities if code not in known]


def make_commodities(plan: Plan) -> None:
    places = {commodity_code(name, 1): count for name, count in plan.journal.precisions.items()}
    Currency.objects.bulk_create(
        [
            Currency(code=code, name=code, exponent=min(max(places.get(code, 2), 0), 6))
            for code in new_commodities(plan)
        ],
        ignore_conflicts=True,
    )
