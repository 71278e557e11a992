"""Sales month by month: what was sold, charged and credited, and what of it stands in the books."""

import datetime
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounting.models import AccountRole
from accounting.selectors import books_of

ZERO = Decimal(0)
FEES = (AccountRole.CHANNEL_FEES, AccountRole.BANK_CHARGES, AccountRole.CHARITY)
ADJUSTMENTS = (AccountRole.BAD_DEBT, AccountRole.SAMPLES, AccountRole.INVENTORY_LOSS, AccountRole.INVENTORY_GAIN)
CHANNEL = "orders.channel"  # source of postings against a channel's account: fees, bad debt


@dataclass(slots=True)
class SalesMonth:
    """One month in one currency, as sent and unrounded; what lowers the sum is negative.

    total = goods + charges + discounts + tax + credits + fees + adjustments.
    books = total + rounding - unbilled: what the month's invoices, credit notes and postings add up to.
    unbilled: sold here and billed in another month or not yet (or the other way round).
    tax: where it comes on top of the prices.
    """

    month: datetime.date
    currency: str
    orders: int = 0
    goods: Decimal = ZERO
    charges: Decimal = ZERO
    discounts: Decimal = ZERO
    tax: Decimal = ZERO
    credits: Decimal = ZERO
    fees: Decimal = ZERO
    adjustments: Decimal = ZERO
    rounding: Decimal = ZERO
    books: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.goods + self.charges + self.discounts + self.tax + self.credits + self.fees + self.adjustments

    @property
    def unbilled(self) -> Decimal:
        return self.total + self.rounding - self.books

    def as_row(self) -> dict[str, Any]:
        """All columns in their order, total before rounding."""
        values = asdict(self)
        rounding, books = values.pop("rounding"), values.pop("books")
        return {**values, "total": self.total, "rounding": rounding, "unbilled": self.unbilled, "books": books}


COLUMNS = {
    "month": _("Month"),
    "currency": _("Currency"),
    "orders": _("Orders"),
    "goods": _("Goods"),
    "charges": _("Charges"),
    "discounts": _("Discounts"),
    "tax": _("Tax"),
    "credits": _("Credits"),
    "fees": _("Fees"),
    "adjustments": _("Adjustments"),
    "total": _("Total"),
    "rounding": _("Rounding"),
    "unbilled": _("Not billed"),
    "books": _("Books"),
}

# Each statement answers (month, currency, column, amount[, orders]).
_SOLD = """
SELECT date_trunc('month', o.placed_at AT TIME ZONE %(zone)s)::date, o.currency, count(*), sum(o.goods_total),
    -sum(o.discount_total), sum(CASE WHEN o.prices_include_tax THEN 0 ELSE o.tax_total END)
FROM orders_order o WHERE o.company_id = %(company)s AND o.status NOT IN ('draft', 'cancelled')
    AND (%(one)s::bigint IS NULL OR o.channel_id = %(one)s) GROUP BY 1, 2
"""
_CANCELLED = """
SELECT date_trunc('month', o.placed_at AT TIME ZONE %(zone)s)::date, o.currency,
    -sum(l.cancelled * l.unit_price), sum(l.discount * l.cancelled / l.quantity),
    -sum(CASE WHEN o.prices_include_tax THEN 0 ELSE l.tax * l.cancelled / l.quantity END)
FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
WHERE o.company_id = %(company)s AND o.status NOT IN ('draft', 'cancelled') AND l.cancelled > 0
    AND (%(one)s::bigint IS NULL OR o.channel_id = %(one)s) GROUP BY 1, 2
"""
_CHARGED = """
SELECT date_trunc('month', o.placed_at AT TIME ZONE %(zone)s)::date, o.currency, c.account_role, sum(c.amount)
FROM orders_ordercharge c JOIN orders_order o ON o.id = c.order_id
WHERE o.company_id = %(company)s AND o.status NOT IN ('draft', 'cancelled')
    AND (%(one)s::bigint IS NULL OR o.channel_id = %(one)s) GROUP BY 1, 2, 3
"""
_CREDITED = """
SELECT date_trunc('month', i.date)::date, i.currency, l.account_role, -sum(n.net + n.tax)
FROM accounting_invoice i JOIN accounting_invoiceline n ON n.invoice_id = i.id
    JOIN orders_returnline l ON n.source_type = 'orders.returnline' AND l.id = n.source_id
    JOIN orders_returnorder r ON r.id = l.return_order_id
WHERE i.company_id = %(company)s AND i.kind = 'credit_note'
    AND (%(one)s::bigint IS NULL OR r.channel_id = %(one)s) GROUP BY 1, 2, 3
"""
_POSTED = """
SELECT date_trunc('month', l.date)::date, l.currency, l.account_id, sum(l.amount)
FROM accounting_journalentry e JOIN accounting_journalline l ON l.entry_id = e.id
WHERE e.company_id = %(company)s AND e.source_type = %(channel)s AND e.subledger = 'receivable'
    AND (%(one)s::bigint IS NULL OR e.source_id = %(one)s) GROUP BY 1, 2, 3
"""
_BILLED = """
SELECT date_trunc('month', i.date)::date, i.currency, sum(CASE i.kind WHEN 'invoice' THEN i.rounding ELSE -i.rounding END),
    sum(CASE i.kind WHEN 'invoice' THEN i.total ELSE -i.total END)
FROM accounting_invoice i WHERE i.company_id = %(company)s AND (%(one)s::bigint IS NULL OR %(one)s = CASE i.source_type
        WHEN 'orders.order' THEN (SELECT o.channel_id FROM orders_order o WHERE o.id = i.source_id)
        WHEN 'orders.returnorder' THEN (SELECT r.channel_id FROM orders_returnorder r WHERE r.id = i.source_id)
        WHEN 'orders.shipment' THEN (SELECT o.channel_id FROM orders_shipment s JOIN orders_order o ON o.id = s.order_id
            WHERE s.id = i.source_id) END) GROUP BY 1, 2
"""


class _Months(dict[tuple[datetime.date, str], SalesMonth]):
    def __missing__(self, key: tuple[datetime.date, str]) -> SalesMonth:
        self[key] = SalesMonth(*key)
        return self[key]

    def add(self, month: datetime.date, currency: str, column: str, amount: Decimal) -> None:
        row = self[month, currency]
        setattr(row, column, getattr(row, column) + amount)


def sales_by_month(*, company_id: int, channel_id: int | None = None) -> list[SalesMonth]:
    """All months of a company's sales, or of one channel's, oldest first. Orders count by their day in the company's time zone.

    Statements: 7. An order's charges count by their account role: discounts, fees, adjustments, else charges.
    """
    books = books_of(company_id)
    values = {"company": company_id, "zone": str(books.zone), "channel": CHANNEL, "one": channel_id}
    months = _Months()
    for month, currency, orders, goods, discounts, tax in _rows(_SOLD, values):
        row = months[month, currency]
        row.orders, row.goods, row.discounts, row.tax = orders, goods, discounts, tax
    for month, currency, goods, discounts, tax in _rows(_CANCELLED, values):
        for column, amount in (("goods", goods), ("discounts", discounts), ("tax", tax)):
            months.add(month, currency, column, amount)
    for month, currency, role, amount in _rows(_CHARGED, values):
        months.add(month, currency, _column(role, "charges"), amount)
    for month, currency, role, amount in _rows(_CREDITED, values):
        months.add(month, currency, _column(role, "credits"), amount)
    roles = {account_id: role for role, account_id in reversed(list(books.roles.items()))}
    fees = {books.roles[role] for role in FEES if role in books.roles}
    for month, currency, account_id, amount in _rows(_POSTED, values):
        role = roles.get(account_id, "")
        if role == AccountRole.RECEIVABLE:
            months.add(month, currency, "books", amount)
        elif role == AccountRole.ROUNDING:
            months.add(month, currency, "rounding", -amount)
        else:
            months.add(month, currency, "fees" if account_id in fees else "adjustments", -amount)
    for month, currency, rounding, total in _rows(_BILLED, values):
        months.add(month, currency, "rounding", rounding)
        months.add(month, currency, "books", total)
    return [months[key] for key in sorted(months)]


def _column(role: str, usual: str) -> str:
    if role == AccountRole.DISCOUNT:
        return "discounts"
    if role in FEES:
        return "fees"
    return "adjustments" if role in ADJUSTMENTS else usual


def _rows(sql: str, values: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        yield from cursor.fetchall()


def sums_of(months: list[SalesMonth]) -> list[SalesMonth]:
    """One row for each currency: the sum of its months, dated by the first."""
    sums: dict[str, SalesMonth] = {}
    for month in months:
        total = sums.setdefault(month.currency, SalesMonth(month.month, month.currency))
        for column in fields(SalesMonth)[2:]:
            setattr(total, column.name, getattr(total, column.name) + getattr(month, column.name))
    return list(sums.values())
