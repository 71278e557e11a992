"""What posting needs to know of a company: its accounts in roles, series, rates."""

import datetime
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounting.dimensions import Dimensions, set_key
from accounting.errors import AccountRoleMissing, ExchangeRateMissing, NotFound, TaxRateMissing
from accounting.models import AccountMapping, TaxRate
from backoffice.core.db import ask, prepared_cursor


@dataclass(frozen=True, slots=True)
class Series:
    """A number series: how its numbers are written."""

    id: int
    prefix: str
    digits: int

    def number(self, sequence: int) -> str:
        return f"{self.prefix}{sequence:0{self.digits}d}"


@dataclass(frozen=True, slots=True)
class Books:
    """A company's settings, read in one query.

    roles: account id by role. terms: payment days of the parties asked for. tax_accounts: account id by tax
    code (None: the role output_tax). exponents: decimals by currency, the base currency's included.
    tax_reasons: why the tax codes charge nothing, of those that say it. dimension_sets: ids read in this transaction so far (services fill it).
    """

    company_id: int
    base_currency: str
    zone: ZoneInfo
    roles: Mapping[str, int]
    series: Mapping[str, Series]
    terms: Mapping[int, int]
    tax_accounts: Mapping[int, int | None]
    exponents: Mapping[str, int]
    tax_reasons: Mapping[int, str] = field(default_factory=dict)
    dimension_sets: dict[Dimensions, int] = field(default_factory=dict, compare=False)

    def account(self, role: str) -> int:
        """The account that plays a role; raises AccountRoleMissing."""
        try:
            return self.roles[role]
        except KeyError:
            raise AccountRoleMissing(
                _("No account plays the role %(role)s; set one under Accounts in roles.") % {"role": role},
                role=str(role),
            ) from None

    def local_date(self, instant: datetime.datetime) -> datetime.date:
        return instant.astimezone(self.zone).date()


_BOOKS_SQL = """
SELECT c.base_currency_id, c.time_zone,
    (SELECT json_object_agg(m.role, m.account_id) FROM accounting_accountmapping m WHERE m.company_id = c.id)::text,
    (SELECT json_object_agg(s.code, json_build_array(s.id, s.prefix, s.digits))
        FROM accounting_numberseries s WHERE s.company_id = c.id)::text,
    (SELECT json_object_agg(p.id, p.payment_terms_days)
        FROM accounting_party p WHERE p.company_id = c.id AND p.id = ANY(%s))::text,
    (SELECT json_object_agg(t.id, t.account_id)
        FROM accounting_taxcode t WHERE t.company_id = c.id AND t.id = ANY(%s))::text,
    (SELECT json_object_agg(t.id, t.exemption_reason)
        FROM accounting_taxcode t WHERE t.company_id = c.id AND t.id = ANY(%s) AND t.exemption_reason <> '')::text,
    (SELECT json_object_agg(k.code, k.exponent)
        FROM accounting_currency k WHERE k.code = ANY(%s) OR k.code = c.base_currency_id)::text,
    (SELECT json_object_agg(d.key, d.id)
        FROM accounting_dimensionset d WHERE d.company_id = c.id AND d.key = ANY(%s))::text
FROM accounting_company c WHERE c.id = %s
"""


def books_of(
    company_id: int,
    *,
    parties: Collection[int] = (),
    tax_codes: Collection[int] = (),
    currencies: Collection[str] = (),
    dimensions: Collection[Dimensions] = (),
) -> Books:
    """The company's settings and those of the parties, tax codes and currencies named. Statements: 1.

    dimensions: those whose sets are wanted; sets that are not there yet are left out.
    Raises NotFound for a company, party, tax code or currency that is not there.
    """
    return ask_books(company_id, parties=parties, tax_codes=tax_codes, currencies=currencies, dimensions=dimensions)()


def ask_books(
    company_id: int,
    *,
    parties: Collection[int] = (),
    tax_codes: Collection[int] = (),
    currencies: Collection[str] = (),
    dimensions: Collection[Dimensions] = (),
) -> Callable[[], Books]:
    """The same, answered when it is called for."""
    keys = {set_key(wanted): wanted for wanted in dimensions}
    rows = ask(_BOOKS_SQL, [list(parties), list(tax_codes), list(tax_codes), list(currencies), list(keys), company_id])

    def answer() -> Books:
        books = _books(company_id, rows(), keys)
        _all_found("party", parties, books.terms)
        _all_found("tax code", tax_codes, books.tax_accounts)
        _all_found("currency", currencies, books.exponents)
        return books

    return answer


def _books(company_id: int, rows: Sequence[tuple[Any, ...]], keys: Mapping[str, Dimensions]) -> Books:
    if not rows:
        raise NotFound(_("There is no company %(id)s.") % {"id": company_id}, company_id=company_id)
    base_currency, zone, *texts = rows[0]
    roles, series, terms, tax_accounts, reasons, exponents, sets = (json.loads(text) if text else {} for text in texts)
    return Books(
        company_id=company_id,
        base_currency=base_currency,
        zone=ZoneInfo(zone),
        roles=roles,
        series={code: Series(*values) for code, values in series.items()},
        terms={int(party): days for party, days in terms.items()},
        tax_accounts={int(code): account for code, account in tax_accounts.items()},
        exponents=exponents,
        tax_reasons={int(code): reason for code, reason in reasons.items()},
        dimension_sets={keys[key]: set_id for key, set_id in sets.items()},
    )


def _all_found(noun: str, wanted: Collection[int | str], found: Mapping[int, object] | Mapping[str, object]) -> None:
    for key in wanted:
        if key not in found:
            raise NotFound(
                _("There is no %(noun)s %(id)s in this company.") % {"noun": _(noun), "id": key}, noun=noun, id=key
            )


def account_ids(company_id: int) -> dict[str, int]:
    """The account of each role. Statements: 1."""
    return dict(AccountMapping.objects.filter(company_id=company_id).values_list("role", "account_id"))


def exchange_rates(
    company_id: int, wanted: Collection[tuple[str, datetime.date]]
) -> dict[tuple[str, datetime.date], Decimal]:
    """The newest rate to the base currency on or before each (currency, day). Statements: 0 or 1.

    Raises ExchangeRateMissing.
    """
    if not wanted:
        return {}
    pairs = sorted(set(wanted))
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT w.currency, w.day, r.rate FROM unnest(%s::text[], %s::date[]) w (currency, day)"
            " LEFT JOIN LATERAL (SELECT rate FROM accounting_exchangerate x WHERE x.company_id = %s"
            " AND x.currency_id = w.currency AND x.date <= w.day ORDER BY x.date DESC LIMIT 1) r ON true",
            [[currency for currency, _ in pairs], [day for _, day in pairs], company_id],
        )
        found = {(currency, day): rate for currency, day, rate in cursor.fetchall()}
    for (currency, day), rate in found.items():
        if rate is None:
            raise ExchangeRateMissing(
                _("No exchange rate of %(currency)s is known on %(date)s; enter one.")
                % {"currency": currency, "date": day},
                field="currency",
                currency=currency,
                date=str(day),
            )
    return found


def exchange_rate(company_id: int, currency: str, date: datetime.date) -> Decimal:
    """What one unit of `currency` was worth in the base currency on a day; raises ExchangeRateMissing."""
    return exchange_rates(company_id, [(currency, date)])[currency, date]


def tax_rates(company_id: int, wanted: Sequence[tuple[str, datetime.date]]) -> list[tuple[int, Decimal]]:
    """(tax code id, rate) for each (code, day), in order; 0.2 is 20 %. Statements: 1. Raises TaxRateMissing."""
    codes = {code for code, _ in wanted}
    rows = list(
        TaxRate.objects.filter(tax_code__company_id=company_id, tax_code__code__in=codes).values_list(
            "tax_code__code", "tax_code_id", "valid_from", "valid_to", "rate"
        )
    )
    found = []
    for code, day in wanted:
        match = [
            (tax_code_id, rate)
            for other, tax_code_id, first, last, rate in rows
            if other == code and first <= day and (last is None or day <= last)
        ]
        if not match:
            raise TaxRateMissing(
                _("Tax code %(code)s has no rate on %(date)s; enter one.") % {"code": code, "date": day},
                code=code,
                date=str(day),
            )
        found.append(match[0])
    return found


def tax_rate(company_id: int, code: str, date: datetime.date) -> Decimal:
    """The rate of a tax code on a day; 0.2 is 20 %. Raises TaxRateMissing."""
    return tax_rates(company_id, [(code, date)])[0][1]
