"""Reports of accounting as pages: what is asked stands in the address, every figure leads to what it is made of."""

import datetime
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.dimensions import AXES as HOUSE_AXES
from accounting.exporting import FIGURES, report_response, shown
from accounting.models import Company
from accounting.selectors import dimension_codes
from accounting.statements.asking import FILES, Asked, quick_spans
from accounting.statements.spans import year_start
from accounting.statements.tables import Column, Report, Row
from backoffice.core.admin.pages import render_page, require
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.scope_gate import own_codes

AXES = dict(zip(HOUSE_AXES, (_("Channel"), _("Warehouse"), _("Category")), strict=True))
QUICK = {
    "month": _("This month"), "last_month": _("Last month"), "quarter": _("This quarter"), "year": _("This year"),
    "last_year": _("Last year"),
}  # fmt: skip
COMPARES = (
    ("", _("Nothing")), ("previous", _("Previous period")), ("last_year", _("Last year")), ("both", _("Both")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReportPage:
    """What a report's page looks like. build: reads what is asked and makes the report. fields: of its form.

    options: choices of further selects, by field name as (label, choices). asks_first: a field of the form without
    which there is nothing to show yet, and what to say then.
    """

    title: Any
    build: Callable[[Asked, Company, bool], Report]
    fields: tuple[str, ...] = ("start", "end", "compare", "dimensions")
    chart_title: Any = _("The last twelve months")
    permission: str = "accounting.view_journalentry"
    options: Mapping[str, tuple[Any, tuple[tuple[str, Any], ...]]] = field(default_factory=dict)
    texts: Mapping[str, Any] = field(default_factory=dict)
    buttons: Callable[[HttpRequest, Company], list[tuple[Any, str]]] | None = None
    asks_first: tuple[str, Any] = ("", "")

    def __call__(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """?as=csv|xlsx|pdf gives the file. Wrong input: 400, named, and nothing shown."""
        require(request, self.permission)
        company, errors = chosen_company(request)
        asked = Asked({key: value[:200] for key, value in request.GET.items()}, timezone.localdate())
        report: Report | None = None
        refusal = ""
        kind = request.GET.get("as", "")
        waits = self.asks_first[0] if kind not in FILES else ""
        if company is not None and not errors and (not waits or request.GET.get(waits)):
            try:
                report = self.build(asked, company, kind not in FILES)
                asked.check()
                if kind in FILES:
                    return report_response(report, kind, company.name)
            except InvalidInput as wrong:
                errors, report = list(wrong.context["errors"]), None
            except DomainError as refused:
                refusal, report = refused.detail, None
        context = self._context(request, asked, company, report)
        response = render_page(
            request, admin.site, "accounting/report.html", title=self.title, errors=errors, refusal=refusal, **context
        )
        response.status_code = 400 if errors else 409 if refusal else 200
        return response

    def _context(
        self, request: HttpRequest, asked: Asked, company: Company | None, report: Report | None
    ) -> dict[str, Any]:
        query = request.GET.copy()
        for name in ("as", "after"):
            query.pop(name, None)
        today = timezone.localdate()
        choices = dimension_codes(company.pk) if company and "dimensions" in self.fields else {}
        context: dict[str, Any] = {
            "query": query.urlencode(),
            "company": company,
            "companies": list(Company.objects.order_by("id")),
            "form": self.fields,
            "given": {"start": year_start(today).isoformat(), "end": today.isoformat()} | _given(request),
            "compares": COMPARES,
            "axes": [(axis, label, own_codes(axis, choices[axis]), request.GET.get(axis, ""))
                     for axis, label in AXES.items() if choices.get(axis)],
            "options": [(name, label, known, request.GET.get(name, "")) for name, (label, known) in self.options.items()],
            "texts": [(name, label, request.GET.get(name, "")) for name, label in self.texts.items()],
            "quick": [
                (QUICK[key], _with(request, start=span.start, end=span.end)) for key, span in quick_spans(today)
            ] if "start" in self.fields else [],
            "buttons": self.buttons(request, company) if self.buttons and company else [],
            "report": report,
            "asks_first": self.asks_first[1],
            "chart_title": self.chart_title,
        }  # fmt: skip
        if report is not None and company is not None:
            context |= {
                "columns": [(column.title, column.kind in FIGURES) for column in report.columns],
                "rows": [_cells(request, row, report.columns) for row in report.rows],
                "chart": json.dumps(report.chart) if report.chart else "",
                "legend": [(data["label"], data["backgroundColor"]) for data in report.chart["datasets"]]
                if report.chart else [],
            }  # fmt: skip
        return context


def chosen_company(request: HttpRequest) -> tuple[Company | None, list[dict[str, str]]]:
    """?company= its code; the first one without. Statements: 1."""
    code = request.GET.get("company", "").replace("\x00", "")[:60]
    companies = Company.objects.order_by("id")
    found = companies.filter(code=code).first() if code else companies.first()
    if code and found is None:
        return None, [{"field": "company", "message": gettext("There is no such company."), "code": "unknown_company"}]
    return found, []


def _given(request: HttpRequest) -> dict[str, str]:
    return {key: value for key, value in request.GET.items() if value}


def _with(request: HttpRequest, **values: Any) -> str:
    query = request.GET.copy()
    for name in ("as", "after"):
        query.pop(name, None)
    for name, value in values.items():
        query[name] = str(value)
    return query.urlencode()


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    url: str
    right: bool


def _cells(request: HttpRequest, row: Row, columns: Any) -> dict[str, Any]:
    cells = []
    for value, column in zip(row.values, columns, strict=True):
        right = column.kind in FIGURES
        url = row.links.get(column.key) or (
            _drill(request, row, column) if right and isinstance(value, Decimal) else ""
        )
        cells.append(Cell(shown(value, column), url, right))
    heading = " ".join(cell.text for cell in cells if cell.text) if row.kind == "heading" else ""
    more = _with(request, after=row.key) if row.kind == "next" else ""
    return {"kind": row.kind, "level": row.level, "cells": cells, "more": more, "heading": heading}


def _drill(request: HttpRequest, row: Row, column: Column) -> str:
    """The ledger of what a figure is made of; one without a first day is shown from its year on, with its opening."""
    if not row.refs or not column.drill or column.end is None:
        return ""
    return ledger_url(request, row.refs, column.start or year_start(column.end), column.end)


def ledger_url(request: HttpRequest, refs: Mapping[str, str], start: datetime.date, end: datetime.date) -> str:
    kept = {name: request.GET[name] for name in ("company", *AXES) if request.GET.get(name)}
    return f"{reverse('general_ledger')}?{urlencode({**refs, 'start': start, 'end': end, **kept})}"
