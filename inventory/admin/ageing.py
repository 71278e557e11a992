"""The report on how long stock has been lying, and what does not sell any more."""

import datetime
import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.admin.pages import asked_date, render_page, require
from backoffice.core.export import table_response
from backoffice.core.scopes import offered
from inventory.models import Category, StockOwner, Warehouse
from inventory.selectors.ageing import Aged, ageing, band_names

PERMISSION = "inventory.view_skucost"
SHOWN = 300
UNSOLD = (30, 90, 180, 365)  # days


def ageing_report(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """?day= (empty: now), ?warehouse=, ?owner= (empty: our own goods), ?category=, ?unsold= only what did not sell for
    so many days, ?order=old; ?as=csv|xlsx gives all rows."""
    require(request, PERMISSION)
    company = Company.objects.order_by("id").first()
    category, unsold = request.GET.get("category", "")[:120], request.GET.get("unsold", "")
    today = timezone.localdate()
    day = min(asked_date(request, "day") or today, today)
    warehouse = offered(Warehouse.objects.filter(company=company, code=request.GET.get("warehouse", ""))).first()
    owner = StockOwner.objects.filter(company=company, party__code=request.GET.get("owner", "")).first()
    found = []
    if company:
        found = ageing(
            company.pk,
            category=category,
            warehouse=warehouse,
            owner_id=owner.party_id if owner else None,
            day=day if day < today else None,
        )
    if unsold.isdecimal() and int(unsold) in UNSOLD:
        since = day - datetime.timedelta(days=int(unsold))
        found = [row for row in found if row.last_sold is None or row.last_sold < since]
    if request.GET.get("order") == "old":
        found.sort(key=lambda row: (-row.old_value, row.sku))
    parts = "quantities" if owner else "values"  # others' goods have no value in our books
    if request.GET.get("as") in ("csv", "xlsx"):
        name = f"stock-ageing-{day:%Y-%m-%d}"
        return table_response(request.GET["as"], name, _headings(), (_cells(row, parts) for row in found))
    query = request.GET.copy()
    query.pop("as", None)
    sums = [sum(getattr(row, parts)[band] for row in found) for band in range(len(band_names()))]
    return render_page(
        request,
        admin.site,
        "inventory/ageing.html",
        title=_("Stock by age"),
        day=day,
        today=today,
        warehouse=warehouse,
        warehouses=offered(Warehouse.objects.filter(is_active=True)).order_by("code").values_list("code", flat=True),
        owner=owner,
        owners=StockOwner.objects.filter(company=company).select_related("party__person").order_by("party__code"),
        category=category,
        categories=Category.objects.order_by("name").values_list("name", flat=True),
        unsold=unsold,
        unsold_days=[str(days) for days in UNSOLD],
        order=request.GET.get("order", ""),
        bands=band_names(),
        sums=sums,
        total=sum(sums),
        rows=[(row, getattr(row, parts)) for row in found[:SHOWN]],
        more=max(0, len(found) - SHOWN),
        chart=_chart(sums, gettext("Quantity") if owner else gettext("Value")) if found else "",
        currency=company.base_currency_id if company else "",
        query=query.urlencode(),
    )


def _headings() -> list[Any]:
    days = [gettext("%(days)s days") % {"days": name} for name in band_names()]
    return [
        _("SKU"), _("Name"), _("Category"), _("On hand"), _("Value"), *days, _("Last sold"),
    ]  # fmt: skip


def _cells(row: Aged, parts: str) -> list[object]:
    return [row.sku, row.name, row.category, row.quantity, row.value, *getattr(row, parts), row.last_sold]


def _chart(sums: list[Any], label: str) -> str:
    data = {
        "label": label,
        "data": [float(value) for value in sums],  # for drawing only
        "backgroundColor": ["#0e7490", "#0891b2", "#65a30d", "#f59e0b", "#ea580c", "#dc2626"],
    }
    return json.dumps(
        {"labels": [gettext("%(days)s days") % {"days": name} for name in band_names()], "datasets": [data]}
    )
