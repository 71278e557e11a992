"""Reports as pages, with their figures as CSV and JSON."""

import csv
import json
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.admin.pages import render_page
from backoffice.core.scopes import offered
from orders.models import Channel
from orders.selectors.sales import COLUMNS, SalesMonth, sales_by_month, sums_of

SERIES = (("goods", "#0e7490"), ("charges", "#f59e0b"), ("credits", "#dc2626"), ("fees", "#7c3aed"))


@staff_member_required
@permission_required("accounting.view_invoice", raise_exception=True)
def sales_report(request: HttpRequest) -> HttpResponse:
    """Sales by month: table and chart; ?channel= its code; ?as=csv or ?as=json gives the exact figures."""
    company = Company.objects.order_by("id").first()
    channels = offered(Channel.objects.order_by("name"))
    chosen = channels.filter(code=request.GET.get("channel", "")[:60]).first()
    months = sales_by_month(company_id=company.pk, channel_id=chosen.pk if chosen else None) if company else []
    form = request.GET.get("as", "")
    if form == "csv":
        return _csv(months)
    if form == "json":
        return JsonResponse([_exact(month) for month in months], safe=False)
    return render_page(
        request,
        admin.site,
        "backoffice/sales_report.html",
        title=_("Sales by month"),
        channels=channels,
        chosen=chosen,
        columns=[title for name, title in COLUMNS.items() if name != "currency"],
        rows=[_cells(month) for month in months],
        sums=[_cells(total) for total in sums_of(months)],
        chart=_chart(months),
    )


def _cells(month: SalesMonth) -> dict[str, Any]:
    row = month.as_row()
    return {
        "month": date_format(row.pop("month"), "YEAR_MONTH_FORMAT"),
        "currency": row.pop("currency"),
        "orders": row.pop("orders"),
        "amounts": [(COLUMNS[name], value) for name, value in row.items()],
    }


def _chart(months: list[SalesMonth]) -> str:
    """Stacked bars of the last 24 months; empty without figures."""
    shown = months[-24:]
    if not shown:
        return ""
    return json.dumps(
        {
            "labels": [date_format(month.month, "M Y") for month in shown],
            "datasets": [
                {
                    "label": str(COLUMNS[name]),
                    "data": [float(getattr(month, name)) for month in shown],  # for drawing only
                    "backgroundColor": colour,
                    "stack": "sales",
                }
                for name, colour in SERIES
            ],
        }
    )


def _exact(month: SalesMonth) -> dict[str, Any]:
    values = {name: str(value) if isinstance(value, Decimal) else value for name, value in month.as_row().items()}
    return values | {"month": f"{month.month:%Y-%m}"}


def _csv(months: list[SalesMonth]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="sales-by-month.csv"'
    writer = csv.DictWriter(response, list(COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(_exact(month) for month in months)
    return response
