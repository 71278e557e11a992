"""Stock valuation at any instant, by either clock: a page with a chart, and its rows as CSV and XLSX."""

import datetime
import json
from collections import defaultdict
from decimal import Decimal
from itertools import islice
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.admin.pages import render_page
from backoffice.core.export import table_response
from inventory.models import Category, Warehouse
from inventory.selectors.valuation import COLUMNS, Valued, valuation, value_by_month

SHOWN = 500
GROUPS = {"warehouse": _("Warehouse"), "category": _("Category")}


@staff_member_required
@permission_required("accounting.view_journalentry", raise_exception=True)
def valuation_report(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """?at= an instant (empty: now), ?clock=effective|recorded, ?warehouse=, ?category=; ?as=csv|xlsx gives all rows."""
    company = Company.objects.order_by("id").first()
    at = _instant(request.GET.get("at", ""))
    clock = "recorded" if request.GET.get("clock") == "recorded" else "effective"
    chosen = {name: request.GET.get(name, "")[:120] for name in GROUPS}
    rows = valuation(company.pk, at, by=clock, **chosen) if company else iter(())  # type: ignore[arg-type]
    if request.GET.get("as") in ("csv", "xlsx"):
        name = f"stock-valuation-{at.astimezone(timezone.get_current_timezone()):%Y-%m-%d}"
        return table_response(request.GET["as"], name, list(COLUMNS.values()), (row.as_row() for row in rows))
    found = list(rows)
    return render_page(
        request,
        admin.site,
        "backoffice/valuation.html",
        title=_("Stock valuation"),
        currency=company.base_currency_id if company else "",
        at=timezone.localtime(at).strftime("%Y-%m-%dT%H:%M"),
        clock=clock,
        chosen=chosen,
        query=_query(request),
        warehouses=Warehouse.objects.filter(is_active=True).order_by("code").values_list("code", flat=True),
        categories=Category.objects.order_by("name").values_list("name", flat=True),
        columns=list(COLUMNS.values()),
        rows=list(islice(found, SHOWN)),
        more=max(0, len(found) - SHOWN),
        total=sum((row.value for row in found), Decimal(0)),
        groups=[(title, _sums(found, name)) for name, title in GROUPS.items()],
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


def _sums(rows: list[Valued], name: str) -> list[tuple[str, Decimal, Decimal]]:
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in rows:
        sums[getattr(row, name)][0] += row.quantity
        sums[getattr(row, name)][1] += row.value
    return [(group or "–", quantity, value) for group, (quantity, value) in sorted(sums.items())]


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
    return json.dumps({"labels": [f"{month:%m.%Y}" for month, _value in months], "datasets": [data]})
