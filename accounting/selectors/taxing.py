"""Which tax a sale bears, and why; what a return is made of, line by line."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from accounting.errors import TaxRuleMissing
from accounting.models import Company, TaxReturn, TaxReturnKind, TaxRule
from accounting.selectors.config import tax_rates
from accounting.tax import document_taxes
from accounting.taxes import EU, TEMPLATES, Box
from backoffice.core.money import ZERO, round_money


@dataclass(frozen=True, slots=True)
class TaxQuestion:
    """A sale: where it goes (country, region, postcode), of which class, to whom, when."""

    country: str
    date: datetime.date
    product_class: str = ""
    customer_kind: str = "consumer"
    region: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class TaxDecision:
    """The tax code that counts, its rate on the day, and the rule that says so. others: rules that would have fitted."""

    rule: TaxRule
    tax_code_id: int
    code: str
    rate: Decimal
    others: tuple[TaxRule, ...]


def decide_taxes(company_id: int, questions: Sequence[TaxQuestion]) -> list[TaxDecision]:
    """The tax of each sale, in order. Raises TaxRuleMissing, TaxRateMissing. Statements: 2, whatever the number."""
    if not questions:
        return []
    countries = {question.country.upper() for question in questions} | {""}
    rules = list(
        TaxRule.objects.filter(company_id=company_id, country__in=countries, tax_code__is_active=True)
        .select_related("tax_code")
        .order_by("pk")
    )
    chosen = [_choose(question, rules) for question in questions]
    wanted = [(fits[0].tax_code.code, question.date) for fits, question in zip(chosen, questions, strict=True)]
    rates = tax_rates(company_id, wanted)
    return [
        TaxDecision(fits[0], tax_code_id, fits[0].tax_code.code, rate, tuple(fits[1:]))
        for fits, (tax_code_id, rate) in zip(chosen, rates, strict=True)
    ]


def _choose(question: TaxQuestion, rules: Sequence[TaxRule]) -> list[TaxRule]:
    """The rules that fit, the most particular first."""
    fits = [rule for rule in rules if _fits(question, rule)]
    if not fits:
        raise TaxRuleMissing(
            _("No tax rule fits a sale to %(country)s on %(date)s; enter one.")
            % {"country": question.country or "?", "date": question.date},
            country=question.country,
            date=str(question.date),
            product_class=question.product_class,
        )
    return sorted(fits, key=_weight, reverse=True)


def _weight(rule: TaxRule) -> tuple[int, bool, bool, bool, int]:
    return (len(rule.region), bool(rule.country), bool(rule.product_class), bool(rule.customer_kind), rule.pk)


def _fits(question: TaxQuestion, rule: TaxRule) -> bool:
    kinds = {"", question.customer_kind} | ({"business"} if question.customer_kind == "registered" else set())
    region = rule.region.upper()
    return (
        rule.valid_from <= question.date
        and (rule.valid_to is None or question.date <= rule.valid_to)
        and rule.country in ("", question.country.upper())
        and (not region or question.region.upper() == region or question.postcode.upper().startswith(region))
        and rule.product_class in ("", question.product_class)
        and rule.customer_kind in kinds
    )


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """A line of a document with its tax, in its currency."""

    decision: TaxDecision
    net: Decimal
    tax: Decimal

    @property
    def percent(self) -> str:
        return f"{(self.decision.rate * 100).normalize():f}"


def tax_lines(
    company_id: int, lines: Sequence[tuple[TaxQuestion, Decimal]], *, inclusive: bool, exponent: int
) -> list[TaxedLine]:
    """The taxes of a document's lines, (sale, amount) each, rounded as the company says: by line, or by rate once on
    the document and spread over its lines, which add up to it to the cent. Statements: 3.
    """
    per_line = Company.objects.values_list("tax_rounding", flat=True).get(pk=company_id) == "line"
    decisions = decide_taxes(company_id, [question for question, _amount in lines])
    amounts = [(amount, decision.rate) for (_question, amount), decision in zip(lines, decisions, strict=True)]
    taxes = document_taxes(amounts, inclusive=inclusive, per_line=per_line, exponent=exponent)
    return [TaxedLine(decision, *parts) for decision, parts in zip(decisions, taxes, strict=True)]


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """A document's line as a return counts it: amounts in the company's currency, credit notes below zero."""

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


# What a marketplace collects is neither our revenue's tax nor our liability: the line has a rate and no tax.
_LINES = """
SELECT 'sales', 'accounting.invoice', n.id, n.number, n.date, coalesce(t.code, ''),
    CASE WHEN l.tax = 0 AND l.tax_rate > 0 AND l.net <> 0 THEN 'marketplace' ELSE coalesce(t.treatment, 'none') END,
    coalesce(t.country, ''), l.tax_rate, s.sign * l.net * s.rate, s.sign * l.tax * s.rate
FROM accounting_invoice n
JOIN accounting_openitem i ON i.id = n.open_item_id
JOIN accounting_invoiceline l ON l.invoice_id = n.id
LEFT JOIN accounting_taxcode t ON t.id = l.tax_code_id
CROSS JOIN LATERAL (SELECT CASE n.kind WHEN 'invoice' THEN 1 ELSE -1 END AS sign,
    CASE WHEN i.amount = 0 THEN 1 ELSE i.base_amount / i.amount END AS rate) s
WHERE n.company_id = %(company)s AND n.date BETWEEN %(start)s AND %(end)s
UNION ALL
SELECT 'purchases', 'accounting.bill', b.id, b.number, e.date, coalesce(t.code, ''), coalesce(t.treatment, 'none'),
    coalesce(t.country, ''), l.tax_rate, s.sign * l.net * s.rate, s.sign * l.tax * s.rate
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
        cursor.execute(_LINES, {"company": found.company_id, "start": found.start_date, "end": found.end_date})
        return [ReturnLine(*row) for row in cursor.fetchall()]


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
