"""Reports over HTTP: the same tables as the pages show, as JSON or as a file."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.response import Response

from accounting.api.companies import company_of
from accounting.dimensions import AXES
from accounting.exporting import report_response
from accounting.models import Company
from accounting.statements.asking import FILES, Asked
from accounting.statements.tables import Report, Row
from backoffice.core.errors import NotPermitted

DAY = "YYYY-MM-DD"
START = OpenApiParameter("start", str, description=f"{DAY}; empty: this year's first day")
END = OpenApiParameter("end", str, description=f"{DAY}; empty: today")
COMPARE = OpenApiParameter("compare", str, enum=["previous", "last_year", "both"])
DETAIL = OpenApiParameter("detail", str, enum=["lines"], description="lines: without the accounts")
COMMON = [
    OpenApiParameter("company", str, description="Its code; where the caller has one, empty."),
    OpenApiParameter("as", str, enum=list(FILES), description="A file instead of JSON."),
]
OF_AXES = [OpenApiParameter(axis, str) for axis in AXES]


class ReportColumnOut(serializers.Serializer[Any]):
    """start, end: the days that its figures count, if they do."""

    key = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    start = serializers.DateField(allow_null=True)
    end = serializers.DateField(allow_null=True)


class ReportRowOut(serializers.Serializer[Any]):
    """kind: heading, line, account, row or total. values: by column key; figures as strings. refs: for the ledger."""

    key = serializers.CharField()
    kind = serializers.CharField()
    level = serializers.IntegerField()
    values = serializers.DictField(child=serializers.CharField(allow_null=True))
    refs = serializers.DictField(child=serializers.CharField())


class ReportOut(serializers.Serializer[Any]):
    """next: what to ask for as `after` to go on, where a report comes in pages."""

    title = serializers.CharField()
    subtitle = serializers.CharField()
    currency = serializers.CharField()
    columns = ReportColumnOut(many=True)
    rows = ReportRowOut(many=True)
    notes = serializers.ListField(child=serializers.CharField())
    next = serializers.CharField(allow_null=True)


def answer(
    request: Any, build: Callable[[Asked, Company, bool], Report]
) -> Response | HttpResponse | StreamingHttpResponse:
    """What is asked of a report. InvalidInput names every field that is wrong.

    NotPermitted for a key bound to a channel: the books are the company's.
    """
    if getattr(request.auth, "channel_id", None) is not None:
        raise NotPermitted(_("A key that is bound to a channel sees no books."))
    asked = Asked({key: value[:200] for key, value in request.query_params.items()}, timezone.localdate())
    company = Company.objects.get(pk=company_of(request, asked.text("company", 60)))
    kind = asked.choice("as", ("", *FILES))
    asked.check()
    report = build(asked, company, not kind)
    asked.check()
    if kind:
        return report_response(report, kind, company.name)
    return Response(_as_json(report))


def _as_json(report: Report) -> dict[str, Any]:
    rows = list(report.rows)
    following = rows.pop().key if rows and rows[-1].kind == "next" else None
    columns = [
        {"key": column.key, "title": str(column.title), "kind": column.kind, "start": column.start, "end": column.end}
        for column in report.columns
    ]
    return {
        "title": str(report.title),
        "subtitle": report.subtitle,
        "currency": report.currency,
        "columns": columns,
        "rows": [_row(row, [column.key for column in report.columns]) for row in rows],
        "notes": [str(note) for note in report.notes],
        "next": following,
    }


def _row(row: Row, keys: list[str]) -> dict[str, Any]:
    values = {key: _value(value) for key, value in zip(keys, row.values, strict=True)}
    return {"key": row.key, "kind": row.kind, "level": row.level, "values": values, "refs": dict(row.refs)}


def _value(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
