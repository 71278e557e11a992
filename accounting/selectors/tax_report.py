"""What was taxed how in any period: by tax code and rate, and document by document."""

import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Treatment
from accounting.selectors.statements import Question, bars, month_labels, shown_days, shown_title
from accounting.selectors.tax_returns import TAX_LINES
from accounting.statements.spans import Span, compared, months_up_to
from accounting.statements.tables import Column, Report, Row
from backoffice.core.money import ZERO

SIDES = (("sales", _("Sales")), ("purchases", _("Purchases")))
# (side, code, treatment, country, rate) -> (net, tax)
Key = tuple[str, str, str, str, Decimal]
Sums = dict[Key, tuple[Decimal, Decimal]]

_NAMED = f"({TAX_LINES}) AS l (side, type, id, number, date, code, treatment, country, rate, net, tax, happened)"
_ROUNDED = "round(sum(net), %(exponent)s::int), round(sum(tax), %(exponent)s::int)"
_BY_CODE = (
    f"SELECT side, code, treatment, country, rate, {_ROUNDED} FROM {_NAMED}"
    " GROUP BY side, code, treatment, country, rate"
)
_BY_MONTH = f"SELECT side, date_trunc('month', date)::date, sum(tax) FROM {_NAMED} GROUP BY 1, 2"
_DOCUMENTS = (
    f"SELECT side, type, id, number, date, code, treatment, country, rate, {_ROUNDED} FROM {_NAMED}"
    " WHERE (%(side)s = '' OR side = %(side)s) AND (%(code)s = '' OR code = %(code)s)"
    " AND (%(rate)s::numeric IS NULL OR rate = %(rate)s::numeric)"
    " GROUP BY side, type, id, number, date, code, treatment, country, rate ORDER BY date, number, id, code, rate LIMIT %(limit)s"
)


def tax_report(asked: Question, *, chart: bool = False) -> Report:
    """Net and tax by tax code and rate, sales apart from purchases, beside other periods.

    Statements: 1 for each period, 1 for the currency, 1 more for the chart.
    """
    sides = compared(asked.span, asked.compare)
    found = [_sums(asked.company, span) for _key, span in sides]
    keys = sorted({key for sums in found for key in sums})
    rows: list[Row] = []
    for side, title in SIDES:
        own = [key for key in keys if key[0] == side]
        if not own:
            continue
        rows.append(Row(side, (title, "", "", None, *[None] * (2 * len(sides))), "heading"))
        rows += [_row(key, [sums.get(key, (ZERO, ZERO)) for sums in found]) for key in own]
        whole = [sum((sums.get(key, (ZERO, ZERO))[at] for key in own), ZERO) for sums in found for at in (0, 1)]
        rows.append(Row(f"{side}_sum", (gettext("Sum"), "", "", None, *whole), "total"))
    columns = [
        Column("code", _("Tax code"), "text"),
        Column("name", _("Treatment"), "text"),
        Column("country", _("Country"), "text"),
        Column("rate", _("Rate, %"), "percent", drill=False),
    ]
    for key, span in sides:
        beside = "" if key == sides[0][0] else f", {shown_title(key, span)}"
        columns += [
            Column(f"net_{key}", f"{gettext('Net')}{beside}", drill=False),
            Column(f"tax_{key}", f"{gettext('Tax')}{beside}", drill=False),
        ]
    drawn = _chart(asked.company_id, asked.span.end) if chart else None
    return Report("taxes", _("Taxes by code"), shown_days(asked.span), asked.currency, columns, rows, drawn)


def _row(key: Key, parts: list[tuple[Decimal, Decimal]]) -> Row:
    side, code, treatment, country, rate = key
    label = gettext("Collected by a marketplace") if treatment == "marketplace" else str(Treatment(treatment).label)
    values = (code or "–", label, country, rate * 100, *(amount for pair in parts for amount in pair))
    refs = {"side": side, "tax_code": code, "rate": f"{rate.normalize():f}"}
    return Row(f"{side} {code} {rate.normalize():f}", values, "account", 1, refs)


def _sums(company: Company, span: Span) -> Sums:
    with connection.cursor() as cursor:
        cursor.execute(_BY_CODE, _days(company, span))
        return {tuple(row[:5]): (row[5], row[6]) for row in cursor.fetchall()}  # type: ignore[misc]


def _days(company: Company, span: Span) -> dict[str, Any]:
    return {
        "company": company.pk, "start": span.start or datetime.date(1900, 1, 1), "end": span.end,
        "exponent": company.base_currency.exponent,
    }  # fmt: skip


def _chart(company_id: int, end: datetime.date) -> dict[str, Any]:
    months = months_up_to(end)
    with connection.cursor() as cursor:
        cursor.execute(_BY_MONTH, {"company": company_id, "start": months[0].start, "end": months[-1].end})
        found = {(side, month): tax for side, month, tax in cursor.fetchall()}
    named = (("sales", _("Tax on sales")), ("purchases", _("Tax on purchases")))
    return bars(
        month_labels(months),
        [(str(title), [found.get((side, month.start), ZERO) for month in months]) for side, title in named],
    )


def tax_documents_report(
    asked: Question, *, side: str = "", code: str = "", rate: Decimal | None = None, limit: int | None = None
) -> Report:
    """Documents with what they have of each tax code and rate; credit notes and reversals below zero. Statements: 2."""
    values = _days(asked.company, asked.span) | {
        "side": side, "code": code, "rate": rate, "limit": None if limit is None else limit + 1,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_DOCUMENTS, values)
        found = cursor.fetchall()
    rows = [
        Row(
            f"{kind}:{pk}:{name}:{share}", (date, number, name, country, share * 100, net, tax), "row", 0,
            {"source_type": kind, "source_id": str(pk)},
        )
        for _side, kind, pk, number, date, name, _treatment, country, share, net, tax in found[:limit]
    ]  # fmt: skip
    notes = []
    if limit is not None and len(found) > limit:
        notes.append(gettext("The first %(count)s rows: take all as a file.") % {"count": limit})
    else:
        whole = [sum((row[at] for row in found), ZERO) for at in (9, 10)]
        rows.append(Row("sum", (None, gettext("Sum"), "", "", None, *whole), "total"))
    columns = [
        Column("date", _("Date"), "date"),
        Column("number", _("Document"), "text"),
        Column("code", _("Tax code"), "text"),
        Column("country", _("Country"), "text"),
        Column("rate", _("Rate, %"), "percent", drill=False),
        Column("net", _("Net"), drill=False),
        Column("tax", _("Tax"), drill=False),
    ]
    title = _("Taxed documents")
    return Report("taxed-documents", title, shown_days(asked.span), asked.currency, columns, rows, None, notes)
