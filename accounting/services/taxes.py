"""Tax templates laid, returns drafted and filed."""

import calendar
import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounting.errors import NotFound, TaxRefused
from accounting.models import (
    Company,
    Period,
    PeriodState,
    Subledger,
    TaxCode,
    TaxRate,
    TaxReturn,
    TaxReturnBox,
    TaxReturnKind,
    TaxReturnStatus,
    TaxRule,
)
from accounting.selectors.config import exchange_rate
from accounting.selectors.tax_returns import figures, payable, return_lines, unboxed
from accounting.services.periods import ensure_periods, set_period_books
from accounting.services.setup import tax_rates_of
from accounting.taxes import EU, STANDARD_RATES, TEMPLATES, CodePlan, Template
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import database_now

BOOKS = {Subledger.RECEIVABLE.value, Subledger.PAYABLE.value}
SINCE = datetime.date(2000, 1, 1)


@transaction.atomic(savepoint=False)
def lay_tax_template(*, company_id: int, template: str, actor: Actor) -> tuple[int, int]:
    """Make the template's tax codes and rules where they are missing; (codes, rules) made. What is there stays.

    In the European Union also a code and rule for every other member state (One-Stop Shop); businesses with a tax number
    there have their own.
    Raises TaxRefused (unknown_template, not_in_the_eu). Statements: 7.
    """
    plan = _template(template)
    company = Company.objects.get(pk=company_id)
    if plan.is_eu and company.country not in EU:
        raise TaxRefused(
            _("This template is of a member state of the European Union."), code="not_in_the_eu", field="template"
        )
    abroad = {country: rates for country, rates in plan.oss_rates.items() if country != company.country}
    wanted = [
        *plan.codes,
        *(CodePlan(f"OSS{country}", f"OSS {country}", "oss", rates, country) for country, rates in abroad.items()),
    ]
    have = {code.code: code for code in TaxCode.objects.filter(company=company)}
    missing = [row for row in wanted if row.code not in have]
    have |= {code.code: code for code in _make_codes(company, missing)}
    # A business without a tax number is taxed like a consumer.
    rules = _rules(plan, company) + [(country, "", "", f"OSS{country}") for country in abroad]
    known = set(TaxRule.objects.filter(company=company).values_list("country", "product_class", "customer_kind"))
    fresh = [
        TaxRule(
            company=company, country=country, product_class=cls, customer_kind=kind, tax_code=have[code],
            valid_from=SINCE,
        )
        for country, cls, kind, code in rules
        if (country, cls, kind) not in known
    ]  # fmt: skip
    TaxRule.objects.bulk_create(fresh)
    change = audit.Change("accounting.company", company_id, "tax_template", "", "", template, "", company_id)
    audit.record([change], actor=actor)
    return len(missing), len(fresh)


def _template(name: str) -> Template:
    if name not in TEMPLATES:
        raise TaxRefused(_("There is no such tax template."), code="unknown_template", field="template")
    return TEMPLATES[name]


def _make_codes(company: Company, plans: Sequence[CodePlan]) -> list[TaxCode]:
    """Statements: 2."""
    made = TaxCode.objects.bulk_create(
        TaxCode(
            company=company, code=plan.code, name=plan.name, treatment=plan.treatment,
            country=plan.country or company.country, exemption_reason=plan.reason,
            is_reverse_charge=plan.treatment in ("reverse_charge", "acquisition"),
        )
        for plan in plans
    )  # fmt: skip
    rates = [
        tax_rates_of(code, plan.rates or STANDARD_RATES[company.country])
        for code, plan in zip(made, plans, strict=True)
    ]
    TaxRate.objects.bulk_create(rate for rows in rates for rate in rows)
    return made


def _rules(plan: Template, company: Company) -> list[tuple[str, str, str, str]]:
    rows = []
    for rule in plan.rules:
        countries = [rule.country]
        if rule.country == "home":
            countries = [company.country]
        elif rule.country == "eu":
            countries = sorted(EU - {company.country})
        rows += [(country, rule.product_class, rule.customer_kind, rule.code) for country in countries]
    return rows


@transaction.atomic
def create_tax_rule(*, company_id: int, tax_code: TaxCode, actor: Actor, **values: Any) -> TaxRule:
    """A rule. values: fields of TaxRule. Raises TaxRefused (overlaps, bad_dates); nothing is written then. Statements: 3."""
    rule = TaxRule(company_id=company_id, tax_code=tax_code, **values)
    if rule.valid_to is not None and rule.valid_to < rule.valid_from:
        raise TaxRefused(_("It ends before it begins."), code="bad_dates", field="valid_to")
    if rule.region and not rule.country:
        raise TaxRefused(_("A region needs its country."), code="no_country", field="country")
    try:
        with transaction.atomic():  # a savepoint: the constraint tells what overlaps
            rule.save()
    except IntegrityError:
        raise TaxRefused(
            _("Another rule says the same for some of these days."), code="overlaps", field="valid_from"
        ) from None
    change = audit.Change("accounting.taxrule", rule.pk, "created", "", "", str(rule), "", company_id)
    audit.record([change], actor=actor)
    return rule


@transaction.atomic
def create_return(
    *, company_id: int, kind: str, template: str, start: datetime.date, months: int = 0, actor: Actor
) -> TaxReturn:
    """A draft whose figures follow the books until it is filed.

    months 0: the template's; an OSS return has a quarter. Raises TaxRefused (unknown_template, bad_period, overlaps,
    not_in_the_eu), ExchangeRateMissing; nothing is written then. Statements: about 8.
    """
    plan = _template(template)
    if kind == TaxReturnKind.OSS:
        months = 3
        if not plan.is_eu:
            raise TaxRefused(_("Only a company in the European Union files an OSS return."), code="not_in_the_eu")
    months = months or plan.months
    if start.day != 1 or not 1 <= months <= 12 or (kind == TaxReturnKind.OSS and start.month % 3 != 1):
        raise TaxRefused(
            _("A return begins on the first of a month, an OSS return of a quarter."), code="bad_period", field="start"
        )
    year, month = divmod(start.year * 12 + start.month - 1 + months - 1, 12)
    end = datetime.date(year, month + 1, calendar.monthrange(year, month + 1)[1])
    company = Company.objects.select_for_update(of=("self",), no_key=True).get(pk=company_id)
    if TaxReturn.objects.filter(company=company, kind=kind, start_date__lte=end, end_date__gte=start).exists():
        raise TaxRefused(_("Another return has some of these days."), code="overlaps", field="start")
    currency, rate = company.base_currency_id, Decimal(1)
    if kind == TaxReturnKind.OSS and currency != "EUR":
        currency, rate = "EUR", exchange_rate(company_id, "EUR", end)
    made = TaxReturn.objects.create(
        company=company, kind=kind, template=template, start_date=start, end_date=end, currency=currency,
        exchange_rate=rate, made_label=actor.label,
    )  # fmt: skip
    _record(made, "created", actor)
    return made


@transaction.atomic
def file_return(return_id: int, *, company_id: int, actor: Actor, reference: str = "") -> TaxReturn:
    """Keep the figures for good and close the receivable and payable books of its months.

    A correction is dated in a later, open month and stands in that return. Raises NotFound, TaxRefused (filed_before,
    not_over, unboxed: lines with tax that no box takes); nothing is written then. Statements: about 10, 3 for each month.
    """
    found = (
        TaxReturn.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=return_id, company_id=company_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such tax return."), return_id=return_id)
    if found.status != TaxReturnStatus.DRAFT:
        raise TaxRefused(_("It was filed before."), code="filed_before")
    now = database_now()
    if now.date() <= found.end_date:
        raise TaxRefused(_("Its last day is not over."), code="not_over")
    _close(found, actor)
    lines = return_lines(found)  # nobody posts into its months any more
    if left := unboxed(found, lines):
        raise TaxRefused(
            _("%(number)s has tax of code %(code)s that no box takes; set the code's treatment.")
            % {"number": left[0].number, "code": left[0].code or "–"},
            code="unboxed",
            document=left[0].number,
        )
    rows = figures(found, lines)
    TaxReturnBox.objects.bulk_create(
        TaxReturnBox(tax_return=found, position=place, code=row.code, title=row.title, amount=row.amount)
        for place, row in enumerate(rows, start=1)
    )
    found.status, found.payable = TaxReturnStatus.FILED, payable(rows)
    found.filed_at, found.filed_label, found.reference = now, actor.label, reference.strip()[:80]
    found.save(update_fields=["status", "payable", "filed_at", "filed_label", "reference"])
    _record(found, "filed", actor, new=f"{found.payable.normalize():f}")
    return found


def _close(found: TaxReturn, actor: Actor) -> None:
    ensure_periods(company_id=found.company_id, dates=[found.start_date, found.end_date])
    months = Period.objects.filter(
        company_id=found.company_id, start_date__gte=found.start_date, end_date__lte=found.end_date
    )
    for period in months.order_by("start_date"):
        if period.state == PeriodState.OPEN and not set(period.closed_books) >= BOOKS:
            set_period_books(
                period_id=period.pk,
                company_id=found.company_id,
                closed=set(period.closed_books) | BOOKS,
                actor=actor,
                reason=str(found),
            )


def _record(found: TaxReturn, action: str, actor: Actor, new: str = "") -> None:
    change = audit.Change("accounting.taxreturn", found.pk, action, "", "", new, "", found.company_id)
    audit.record([change], actor=actor)
