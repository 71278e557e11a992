"""Which tax a sale bears, and why."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from accounting.errors import TaxRateMissing, TaxRuleMissing
from accounting.models import Company, TaxRate, TaxRule
from accounting.tax import document_taxes
from backoffice.core.errors import DomainError
from backoffice.core.money import ZERO


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


def answer_taxes(company_id: int, questions: Sequence[TaxQuestion]) -> list[TaxDecision | DomainError]:
    """The tax of each sale, in order, or why there is none (TaxRuleMissing, TaxRateMissing).

    Under a code with reverse charge a sale bears no tax: its buyer owes it. Statements: 2, whatever the number.
    """
    if not questions:
        return []
    countries = {question.country.upper() for question in questions} | {""}
    rules = list(
        TaxRule.objects.filter(company_id=company_id, country__in=countries, tax_code__is_active=True)
        .select_related("tax_code")
        .order_by("pk")
    )
    fits = {question: _fitting(question, rules) for question in dict.fromkeys(questions)}
    codes = {found[0].tax_code_id for found in fits.values() if found}
    rates = list(TaxRate.objects.filter(tax_code_id__in=codes)) if codes else []
    answers = {question: _answer(question, found, rates) for question, found in fits.items()}
    return [answers[question] for question in questions]


def decide_taxes(company_id: int, questions: Sequence[TaxQuestion]) -> list[TaxDecision]:
    """The tax of each sale, in order. Raises TaxRuleMissing, TaxRateMissing. Statements: 2, whatever the number."""
    answers = answer_taxes(company_id, questions)
    for answer in answers:
        if isinstance(answer, DomainError):
            raise answer
    return [answer for answer in answers if isinstance(answer, TaxDecision)]


def _answer(question: TaxQuestion, fits: Sequence[TaxRule], rates: Sequence[TaxRate]) -> TaxDecision | DomainError:
    if not fits:
        return TaxRuleMissing(
            _("No tax rule fits a sale to %(country)s on %(date)s; enter one.")
            % {"country": question.country or "?", "date": question.date},
            country=question.country,
            date=str(question.date),
            product_class=question.product_class,
        )
    code = fits[0].tax_code
    for rate in rates:
        if rate.tax_code_id == code.pk and rate.valid_from <= question.date <= (rate.valid_to or question.date):
            share = ZERO if code.is_reverse_charge else rate.rate
            return TaxDecision(fits[0], code.pk, code.code, share, tuple(fits[1:]))
    return TaxRateMissing(
        _("Tax code %(code)s has no rate on %(date)s; enter one.") % {"code": code.code, "date": question.date},
        code=code.code,
        date=str(question.date),
    )


def _fitting(question: TaxQuestion, rules: Sequence[TaxRule]) -> list[TaxRule]:
    """The rules that fit, the most particular first."""
    return sorted((rule for rule in rules if _fits(question, rule)), key=_weight, reverse=True)


# A business with a tax number is a business; who has a certificate may be either.
KINDS = {
    "consumer": ("consumer",),
    "business": ("business",),
    "registered": ("business", "registered"),
    "exempt": ("business", "exempt"),
}


def _weight(rule: TaxRule) -> tuple[bool, int, bool, bool, int, int]:
    kind = rule.customer_kind
    rank = {"": 0, "registered": 2}.get(kind, 1)
    return (kind == "exempt", len(rule.region), bool(rule.country), bool(rule.product_class), rank, rule.pk)


def _fits(question: TaxQuestion, rule: TaxRule) -> bool:
    region = rule.region.upper()
    return (
        rule.valid_from <= question.date
        and (rule.valid_to is None or question.date <= rule.valid_to)
        and rule.country in ("", question.country.upper())
        and (not region or question.region.upper() == region or question.postcode.upper().startswith(region))
        and rule.product_class in ("", question.product_class)
        and rule.customer_kind in ("", *KINDS[question.customer_kind])
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
