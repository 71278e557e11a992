"""Starting the books of a company."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils import timezone

from accounting.charts import CHARTS, Chart
from accounting.models import (
    Account,
    AccountMapping,
    Company,
    Currency,
    ExchangeRate,
    NumberSeries,
    Party,
    TaxCode,
    TaxRate,
)
from accounting.services.periods import ensure_periods
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.territories import currency_facts

NO_TAX = "NONE"
CURRENCIES = {
    "EUR": ("Euro", "€", 2),
    "GBP": ("Pound sterling", "£", 2),
    "USD": ("US dollar", "$", 2),
    "GEL": ("Georgian lari", "₾", 2),
    "CHF": ("Swiss franc", "", 2),
    "JPY": ("Japanese yen", "¥", 0),
    "KWD": ("Kuwaiti dinar", "", 3),
    "PLN": ("Polish zloty", "zł", 2),
    "SEK": ("Swedish krona", "kr", 2),
    "TRY": ("Turkish lira", "₺", 2),
}


@transaction.atomic(savepoint=False)
def create_company(
    *,
    code: str,
    name: str,
    base_currency: str,
    country: str,
    time_zone: str = "UTC",
    chart: str = "ifrs",
    actor: Actor,
    legal_name: str = "",
    tax_number: str = "",
    address: str = "",
    language: str = "en",
) -> Company:
    """A company with its chart, accounts in roles, currencies, number series INV and CRN, the tax code NONE
    ("no tax in source", 0 %) and this month's period.

    ValueError for an unknown chart, currency or time zone; IntegrityError if the code is taken.
    """
    if chart not in CHARTS:
        raise ValueError(f"chart is one of {', '.join(CHARTS)}, not {chart!r}")
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"unknown time zone: {time_zone!r}") from None
    ensure_currencies(base_currency)
    company = Company.objects.create(
        code=code,
        name=name,
        legal_name=legal_name,
        tax_number=tax_number,
        base_currency_id=base_currency,
        country=country,
        time_zone=time_zone,
        language=language,
        address=address,
    )
    _lay_chart(company, CHARTS[chart])
    NumberSeries.objects.bulk_create(
        [
            NumberSeries(company=company, code="INV", prefix="INV-"),
            NumberSeries(company=company, code="CRN", prefix="CRN-"),
        ]
    )
    create_tax_code(
        company_id=company.pk, code=NO_TAX, name="No tax in source", rates=[(datetime.date(1900, 1, 1), Decimal(0))]
    )
    ensure_periods(company_id=company.pk, dates=[timezone.now().astimezone(zone).date()])
    audit.record([audit.Change("accounting.company", company.pk, "create", company_id=company.pk)], actor=actor)
    return company


def ensure_currencies(*codes: str) -> None:
    """Make the usual currencies, and those of `codes` that are legal tender somewhere; ValueError for others.

    Statements: 2.
    """
    known = CURRENCIES | {code: facts for code in codes if code not in CURRENCIES and (facts := currency_facts(code))}
    Currency.objects.bulk_create(
        [
            Currency(code=code, name=name, symbol=symbol, exponent=exponent)
            for code, (name, symbol, exponent) in known.items()
        ],
        ignore_conflicts=True,
    )
    missing = set(codes) - set(Currency.objects.filter(code__in=codes).values_list("code", flat=True))
    if missing:
        raise ValueError(f"unknown currency: {', '.join(sorted(missing))}; create it first")


def _lay_chart(company: Company, chart: Chart) -> None:
    headings = {
        account.code: account
        for account in Account.objects.bulk_create(
            [
                Account(company=company, code=line.code, name=line.name, type=line.type, is_postable=False)
                for line in chart.accounts
                if line.heading
            ]
        )
    }
    accounts, parent, lines = [], None, chart.lines()
    for line in chart.accounts:
        if line.heading:
            parent = headings[line.code]
        else:
            accounts.append(
                Account(
                    company=company,
                    code=line.code,
                    name=line.name,
                    type=line.type,
                    control=line.control,
                    parent=parent,
                    statement_line=lines[line.code],
                    cash_flow=line.cash_flow,
                )
            )
    by_code = {account.code: account for account in Account.objects.bulk_create(accounts)}
    AccountMapping.objects.bulk_create(
        [AccountMapping(company=company, role=role, account=by_code[code]) for role, code in chart.roles.items()]
    )


@transaction.atomic(savepoint=False)
def create_tax_code(
    *,
    company_id: int,
    code: str,
    name: str,
    rates: list[tuple[datetime.date, Decimal]],
    country: str = "",
    account_id: int | None = None,
) -> TaxCode:
    """A tax code; each rate (0.2 is 20 %) holds from its day until the next one's."""
    tax_code = TaxCode.objects.create(
        company_id=company_id, code=code, name=name, country=country, account_id=account_id
    )
    TaxRate.objects.bulk_create(tax_rates_of(tax_code, rates))
    return tax_code


def tax_rates_of(tax_code: TaxCode, rates: Sequence[tuple[datetime.date, Decimal]]) -> list[TaxRate]:
    """Rows, not saved, of rates that hold from their day until the next one's."""
    rates = sorted(rates)
    ends = [day - datetime.timedelta(days=1) for day, _ in rates[1:]] + [None]
    return [
        TaxRate(tax_code=tax_code, valid_from=day, valid_to=end, rate=rate)
        for (day, rate), end in zip(rates, ends, strict=True)
    ]


def set_exchange_rate(
    *, company_id: int, currency: str, date: datetime.date, rate: Decimal, source: str = ""
) -> ExchangeRate:
    """What one unit of `currency` is worth in the base currency from a day on; a later call replaces the day's."""
    row, _ = ExchangeRate.objects.update_or_create(
        company_id=company_id, currency_id=currency, date=date, defaults={"rate": rate, "source": source}
    )
    return row


def ensure_party(
    *,
    company_id: int,
    code: str,
    name: str,
    currency: str,
    is_customer: bool = False,
    is_supplier: bool = False,
    is_channel: bool = False,
    payment_terms_days: int = 0,
) -> Party:
    """The party of a code, made if it is not there."""
    party, _ = Party.objects.get_or_create(
        company_id=company_id,
        code=code,
        defaults={
            "name": name,
            "currency_id": currency,
            "is_customer": is_customer,
            "is_supplier": is_supplier,
            "is_channel": is_channel,
            "payment_terms_days": payment_terms_days,
        },
    )
    return party
