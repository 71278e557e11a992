"""What a tax return is made of, line by line."""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from accounting.models import TaxReturn, TaxReturnKind
from accounting.taxes import EU, TEMPLATES, Box
from backoffice.core.money import ZERO, round_money


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """A document's line as a return counts it: amounts in the company's currency, credit notes below zero.

    happened: the day of the supply. A document that came when its month was filed is dated in the next open one.
    """

    side: str
    document_type: str
    document_id: int
    number: str
    date: datetime.date
    code: str
    treatment: str
    country: str
    rate: Decimal
    net: Decimal
    tax: Decimal
    happened: datetime.date | None = None


# What a marketplace collects is neither our revenue's tax nor our liability: the line has a rate and no tax
# (tax of less than a cent may have been rounded away).
TAX_LINES = """
SELECT 'sales', 'accounting.invoice', n.id, n.number, n.date, coalesce(t.code, ''),
    CASE WHEN l.tax = 0 AND abs(l.net * l.tax_rate) >= 0.01 THEN 'marketplace' ELSE coalesce(t.treatment, 'none') END,
    coalesce(t.country, ''), l.tax_rate, s.sign * l.net * s.rate, s.sign * l.tax * s.rate,
    (n.effective_at AT TIME ZONE k.time_zone)::date
FROM accounting_invoice n
JOIN accounting_company k ON k.id = n.company_id
JOIN accounting_openitem i ON i.id = n.open_item_id
JOIN accounting_invoiceline l ON l.invoice_id = n.id
LEFT JOIN accounting_taxcode t ON t.id = l.tax_code_id
CROSS JOIN LATERAL (SELECT CASE n.kind WHEN 'invoice' THEN 1 ELSE -1 END AS sign,
    CASE WHEN i.amount = 0 THEN 1 ELSE i.base_amount / i.amount END AS rate) s
WHERE n.company_id = %(company)s AND n.date BETWEEN %(start)s AND %(end)s
UNION ALL
SELECT 'purchases', 'accounting.bill', b.id, b.number, e.date, coalesce(t.code, ''), coalesce(t.treatment, 'none'),
    coalesce(t.country, ''), l.tax_rate, s.sign * l.net * s.rate, s.sign * l.tax * s.rate,
    b.bill_date
FROM accounting_bill b
JOIN accounting_openitem i ON i.id = b.open_item_id
JOIN accounting_journalentry e ON e.id IN (b.entry_id, b.reversal_entry_id)
JOIN accounting_billline l ON l.bill_id = b.id
LEFT JOIN accounting_taxcode t ON t.id = l.tax_code_id
CROSS JOIN LATERAL (
    SELECT CASE b.kind WHEN 'bill' THEN 1 ELSE -1 END * CASE WHEN e.id = b.entry_id THEN 1 ELSE -1 END AS sign,
    CASE WHEN i.amount = 0 THEN 1 ELSE i.base_amount / i.amount END AS rate) s
WHERE b.company_id = %(company)s AND b.status IN ('posted', 'reversed') AND e.date BETWEEN %(start)s AND %(end)s
ORDER BY 5, 4, 3
"""


def return_lines(found: TaxReturn) -> list[ReturnLine]:
    """Every line of the return's days. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(TAX_LINES, {"company": found.company_id, "start": found.start_date, "end": found.end_date})
        return [ReturnLine(*row) for row in cursor.fetchall()]


def late_lines(found: TaxReturn, lines: Sequence[ReturnLine]) -> list[ReturnLine]:
    """Those of earlier days, which fell into this return because theirs was over or filed when they came."""
    return [line for line in lines if line.happened is not None and line.happened < found.start_date]


_SUMS = f"""
SELECT side, 'sum', 0, '', max(date), '', treatment, country, rate, sum(net), sum(tax) FROM ({TAX_LINES}) AS l (side, type, id,
    number, date, code, treatment, country, rate, net, tax, happened) GROUP BY side, treatment, country, rate
"""


def differing_return(cursor: Any) -> dict[str, Any] | None:
    """The first filed return whose boxes are not what its documents come to now; a sentence of the standing proof."""
    cursor.execute(
        "SELECT r.id, r.company_id, r.kind, r.template, r.start_date, r.end_date, r.exchange_rate, r.payable,"
        " (SELECT json_object_agg(b.code, b.amount) FROM accounting_taxreturnbox b WHERE b.tax_return_id = r.id)::text"
        " FROM accounting_taxreturn r WHERE r.status = 'filed' ORDER BY r.id"
    )
    for pk, company, kind, template, start, end, rate, owed, boxes in cursor.fetchall():
        found = TaxReturn(
            pk=pk, company_id=company, kind=kind, template=template, start_date=start, end_date=end, exchange_rate=rate
        )
        cursor.execute(_SUMS, {"company": company, "start": start, "end": end})
        rows = figures(found, [ReturnLine(*row) for row in cursor.fetchall()])
        filed = json.loads(boxes or "{}", parse_float=Decimal, parse_int=Decimal)
        now = {row.code: row.amount for row in rows}
        for code in sorted(filed.keys() | {code for code, amount in now.items() if amount}):
            if filed.get(code, ZERO) != now.get(code, ZERO):
                return {"tax_return": pk, "box": code, "filed": filed.get(code), "documents": now.get(code)}
        if payable(rows) != owed:
            return {"tax_return": pk, "box": "payable", "filed": owed, "documents": payable(rows)}
    return None


@dataclass(frozen=True, slots=True)
class BoxFigure:
    """A box with what it comes to. sign: how it counts for what is payable."""

    code: str
    title: str
    amount: Decimal
    sign: int = 0


def figures(found: TaxReturn, lines: Sequence[ReturnLine], exponent: int = 2) -> list[BoxFigure]:
    """The boxes of a draft, each rounded once, to the cent."""
    if found.kind == TaxReturnKind.OSS:
        return _oss_figures(found, lines, exponent)
    return [
        BoxFigure(box.code, str(box.title), round_money(_sum(box, lines), exponent), box.sign)
        for box in TEMPLATES[found.template].boxes
    ]


def _sum(box: Box, lines: Sequence[ReturnLine]) -> Decimal:
    return sum((line.net if box.measure == "net" else line.tax for line in lines if _in_box(box, line)), ZERO)


def _in_box(box: Box, line: ReturnLine) -> bool:
    return box.takes(line.side, line.treatment, line.rate)


def _oss_figures(found: TaxReturn, lines: Sequence[ReturnLine], exponent: int) -> list[BoxFigure]:
    """By country and rate, in the return's currency at the rate of its last day."""
    sums: dict[tuple[str, Decimal], list[Decimal]] = {}
    for line in lines:
        if is_oss(line):
            pair = sums.setdefault((line.country, line.rate), [ZERO, ZERO])
            pair[0] += line.net
            pair[1] += line.tax
    rows = []
    for (country, rate), (net, tax) in sorted(sums.items()):
        percent = f"{(rate * 100).normalize():f} %"
        where = f"{country} {(rate * 100).normalize():f}"
        rows.append(
            BoxFigure(
                f"{where} net", f"{country} {percent}: " + _("net"), round_money(net / found.exchange_rate, exponent)
            )
        )
        rows.append(
            BoxFigure(
                f"{where} tax", f"{country} {percent}: " + _("tax"), round_money(tax / found.exchange_rate, exponent), 1
            )
        )
    return rows


def is_oss(line: ReturnLine) -> bool:
    return line.side == "sales" and line.treatment == "oss" and line.country in EU


def box_lines(found: TaxReturn, code: str, lines: Sequence[ReturnLine]) -> list[ReturnLine]:
    """The lines behind a box."""
    if found.kind == TaxReturnKind.OSS:
        country, percent, _measure = (code.split(" ") + ["", "", ""])[:3]
        return [
            line for line in lines
            if is_oss(line) and line.country == country and f"{(line.rate * 100).normalize():f}" == percent
        ]  # fmt: skip
    boxes = {box.code: box for box in TEMPLATES[found.template].boxes}
    return [line for line in lines if code in boxes and _in_box(boxes[code], line)]


def unboxed(found: TaxReturn, lines: Sequence[ReturnLine]) -> list[ReturnLine]:
    """Lines with tax that no box of the return takes: something to look at before it is filed."""
    if found.kind == TaxReturnKind.OSS:
        return []
    boxes = TEMPLATES[found.template].boxes
    return [
        line for line in lines if line.tax and line.treatment != "oss" and not any(_in_box(box, line) for box in boxes)
    ]


def payable(rows: Sequence[BoxFigure]) -> Decimal:
    return sum((row.sign * row.amount for row in rows), ZERO)


def filed_months(company_id: int, start: datetime.date, end: datetime.date) -> bool:
    """Whether a filed return covers any of these days. Statements: 1."""
    days = Q(start_date__lte=end, end_date__gte=start)
    return TaxReturn.objects.filter(days, company_id=company_id, status="filed").exists()


_COUNTED = """
SELECT EXISTS (SELECT FROM accounting_taxcode c
    JOIN accounting_taxreturn r ON r.company_id = c.company_id AND r.status = 'filed'
    WHERE c.id = %(code)s AND (EXISTS (SELECT FROM accounting_invoice n
            JOIN accounting_invoiceline l ON l.invoice_id = n.id AND l.tax_code_id = c.id
            WHERE n.company_id = c.company_id AND n.date BETWEEN r.start_date AND r.end_date)
        OR EXISTS (SELECT FROM accounting_bill b JOIN accounting_billline l ON l.bill_id = b.id AND l.tax_code_id = c.id
            JOIN accounting_journalentry e ON e.id IN (b.entry_id, b.reversal_entry_id)
            WHERE b.company_id = c.company_id AND e.date BETWEEN r.start_date AND r.end_date)))
"""


def counted_by_return(tax_code_id: int) -> bool:
    """Whether a filed return counts documents by this code. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, {"code": tax_code_id})
        return bool(cursor.fetchone()[0])
