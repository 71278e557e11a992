"""What customers owe and have ordered, against what they may owe."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounting.selectors.config import exchange_rates
from backoffice.core.db import prepared_cursor

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Credit:
    """A customer's credit in the currency of their account. limit: None is no limit.

    owed: open invoices less open credits and payments. ordered: what open orders will still bill, less what was
    paid for them already; orders held for credit are not counted.
    """

    party_id: int
    currency: str
    limit: Decimal | None
    owed: Decimal
    ordered: Decimal

    @property
    def used(self) -> Decimal:
        return self.owed + self.ordered

    @property
    def left(self) -> Decimal | None:
        return None if self.limit is None else self.limit - self.used


# An order still bills its open goods at their share of price, discount and tax, and the charges not billed yet.
_SQL = """
WITH party AS (
    SELECT p.id, p.company_id, p.currency_id, p.credit_limit, c.base_currency_id
    FROM accounting_party p JOIN accounting_company c ON c.id = p.company_id WHERE p.id = ANY(%(parties)s)
), owed AS (
    SELECT party.id AS party_id, i.currency, sum(CASE i.side WHEN 'debit' THEN i.open_amount ELSE -i.open_amount END) AS amount
    FROM party JOIN accounting_openitem i ON i.party_id = party.id AND i.used < i.amount GROUP BY 1, 2
), open_order AS (
    SELECT party.id AS party_id, o.id, o.currency, o.prices_include_tax
    FROM party JOIN orders_contact b ON b.party_id = party.id JOIN orders_order o ON o.contact_id = b.id
    WHERE o.status IN ('placed', 'released', 'partly_shipped') AND o.id <> ALL(%(without)s)
        AND NOT EXISTS (SELECT FROM orders_hold h
            WHERE h.order_id = o.id AND h.kind = 'credit' AND h.released_at IS NULL)
), value AS (
    SELECT o.party_id, o.currency,
        (SELECT coalesce(sum((l.quantity * l.unit_price - l.discount
                + CASE WHEN o.prices_include_tax OR l.tax_collector = 'marketplace' THEN 0 ELSE l.tax END)
                * (l.quantity - l.cancelled - l.shipped) / l.quantity), 0)
            FROM orders_orderline l WHERE l.order_id = o.id)
        + (SELECT coalesce(sum(x.amount + CASE WHEN o.prices_include_tax THEN 0 ELSE x.tax END), 0)
            FROM orders_ordercharge x WHERE x.order_id = o.id AND NOT x.billed) AS still,
        (SELECT coalesce(sum(d.amount - d.used), 0) FROM orders_orderpayment y
            JOIN orders_orderpaymentevent e ON e.payment_id = y.id
            JOIN accounting_storedvalue d ON d.id = e.deposit_id
            WHERE y.order_id = o.id) AS paid
    FROM open_order o
), ordered AS (
    SELECT party_id, currency, sum(greatest(still - paid, 0)) AS amount FROM value GROUP BY 1, 2
)
SELECT party.id, party.company_id, party.currency_id, party.credit_limit, party.base_currency_id, a.kind, a.currency, a.amount
FROM party LEFT JOIN (
    SELECT party_id, 'owed' AS kind, currency, amount FROM owed
    UNION ALL SELECT party_id, 'ordered', currency, amount FROM ordered) a ON a.party_id = party.id
ORDER BY party.id
"""


def credit_of(party_ids: Collection[int], *, on: date, without: Collection[int] = ()) -> dict[int, Credit]:
    """The credit of customers, by party. without: orders that are not counted. on: the day of the exchange rates.

    Statements: 1, 1 more for each company where amounts in other currencies have to be converted.
    Raises ExchangeRateMissing.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_SQL, {"parties": sorted(party_ids), "without": sorted(without)})
        rows = cursor.fetchall()
    rates = _rates(rows, on)
    found: dict[int, Credit] = {}
    for party_id, company_id, currency, limit, base, kind, of, amount in rows:
        credit = found.setdefault(party_id, Credit(party_id, currency, limit, ZERO, ZERO))
        if kind is None or not amount:
            continue
        if of != currency:
            amount = amount * _rate(rates, company_id, of, base) / _rate(rates, company_id, currency, base)
        owed, ordered = (amount, ZERO) if kind == "owed" else (ZERO, amount)
        found[party_id] = Credit(party_id, currency, limit, credit.owed + owed, credit.ordered + ordered)
    return found


def _rates(rows: Collection[tuple[object, ...]], on: date) -> dict[tuple[int, str], Decimal]:
    wanted: dict[int, set[tuple[str, date]]] = {}
    for _party, company_id, currency, _limit, base, _kind, of, amount in rows:
        if amount and of != currency:
            for code in (of, currency):
                if code != base:
                    wanted.setdefault(company_id, set()).add((code, on))  # type: ignore[arg-type]
    return {
        (company_id, code): rate
        for company_id, pairs in wanted.items()
        for (code, _day), rate in exchange_rates(company_id, pairs).items()
    }


def _rate(rates: dict[tuple[int, str], Decimal], company_id: int, currency: str, base: str) -> Decimal:
    return Decimal(1) if currency == base else rates[company_id, currency]


def in_currency(amount: Decimal, of: str, to: str, *, party_id: int, on: date) -> Decimal:
    """An amount in the currency of a customer's account, unrounded. Statements: 0, 2 in another currency."""
    if of == to or not amount:
        return amount
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT c.id, c.base_currency_id FROM accounting_party p JOIN accounting_company c ON c.id = p.company_id"
            " WHERE p.id = %s",
            [party_id],
        )
        company_id, base = cursor.fetchone()
    rates = {
        (company_id, code): rate
        for (code, _day), rate in exchange_rates(company_id, {(code, on) for code in (of, to) if code != base}).items()
    }
    return amount * _rate(rates, company_id, of, base) / _rate(rates, company_id, to, base)
