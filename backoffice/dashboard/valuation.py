"""Stock valuation at any instant, by either clock: a page with a chart, and its rows as CSV and XLSX."""

import datetime
import json
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.admin.pages import render_page
from backoffice.core.export import table_response
from backoffice.core.scopes import offered
from inventory.models import Category, Warehouse
from inventory.selectors.valuation import COLUMNS, Sums, Valuation, value_by_month

SHOWN = 500


@staff_member_required
@permission_required("accounting.view_journalentry", raise_exception=True)
def valuation_report(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """?at= an instant (empty: now), ?clock=effective|recorded, ?per=sku|warehouse, ?warehouse=, ?category=;
    ?as=csv|xlsx gives all rows."""
    company = Company.objects.order_by("id").first()
    chosen = {name: request.GET.get(name, "")[:120] for name in ("warehouse", "category")}
    asked = Valuation(
        company.pk if company else 0,
        _instant(request.GET.get("at", "")),
        "recorded" if request.GET.get("clock") == "recorded" else "effective",
        "warehouse" if chosen["warehouse"] or request.GET.get("per") == "warehouse" else "sku",
        **chosen,
    )
    if request.GET.get("as") in ("csv", "xlsx"):
        name = f"stock-valuation-{asked.at.astimezone(timezone.get_current_timezone()):%Y-%m-%d}"
        rows = asked.rows() if company else iter(())
        return table_response(request.GET["as"], name, list(COLUMNS.values()), (row.as_row() for row in rows))
    sums = asked.sums() if company else Sums()
    return render_page(
        request,
        admin.site,
        "backoffice/valuation.html",
        title=_("Stock valuation"),
        currency=company.base_currency_id if company else "",
        at=timezone.localtime(asked.at).strftime("%Y-%m-%dT%H:%M"),
        asked=asked,
        query=_query(request),
        warehouses=offered(Warehouse.objects.filter(is_active=True)).order_by("code").values_list("code", flat=True),
        categories=Category.objects.order_by("name").values_list("name", flat=True),
        columns=list(COLUMNS.values()),
        rows=list(asked.rows(limit=SHOWN)) if company else [],
        more=max(0, sums.rows - SHOWN),
        total=sums.value,
        groups=[
            (_("Warehouse"), sums.by_warehouse if asked.per == "warehouse" else []),
            (_("Category"), sums.by_category),
        ],
        chart=_chart(company.pk) if company else "",
    )


def _instant(text: str) -> datetime.datetime:
    try:
        given = parse_datetime(text)
    except ValueError:
        given = None
    if given is None:
        return timezone.now()
    return timezone.make_aware(given) if timezone.is_naive(given) else given


def _query(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("as", None)
    return query.urlencode()


def _chart(company_id: int) -> str:
    months = value_by_month(company_id)
    if not months:
        return ""
    data: dict[str, Any] = {
        "label": gettext("Value"),
        "data": [float(value) for _month, value in months],  # for drawing only
        "borderColor": "var(--color-primary-500)",
        "backgroundColor": "rgba(14, 116, 144, 0.12)",
        "fill": True,
    }
    return json.dumps({"labels": [date_format(month, "M Y") for month, _value in months], "datasets": [data]})
