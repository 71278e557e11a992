"""The report on quality: returns and refused deliveries by SKU, supplier and lot."""

import datetime
import json
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.admin.pages import asked_date, render_page, require
from backoffice.core.export import table_response
from orders.selectors.quality import GROUPS, Quality, quality

PERMISSION = "orders.view_returnorder"
SHOWN, CHARTED = 300, 20
COLUMNS = (
    _("Code"), _("Name"), _("Sent"), _("Sent back"), _("Return rate, %"), _("Came in"), _("Refused"),
    _("Defect rate, %"), _("Reasons"),
)  # fmt: skip


def quality_report(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """?start=, ?end= (empty: the last 180 days), ?by= a group, ?least= pieces sent or received; ?as=csv|xlsx."""
    require(request, PERMISSION)
    company = Company.objects.order_by("id").first()
    end = asked_date(request, "end") or timezone.localdate()
    start = asked_date(request, "start") or end - datetime.timedelta(days=180)
    by = request.GET.get("by", "")
    by = by if by in GROUPS else "sku"
    least = _least(request.GET.get("least", ""))
    found = quality(company.pk, min(start, end), end, by=by, at_least=least) if company else []
    if request.GET.get("as") in ("csv", "xlsx"):
        name = f"quality-by-{by}-{end:%Y-%m-%d}"
        return table_response(request.GET["as"], name, COLUMNS, (_cells(row) for row in found))
    query = request.GET.copy()
    query.pop("as", None)
    return render_page(
        request,
        admin.site,
        "orders/quality.html",
        title=_("Quality"),
        start=min(start, end),
        end=end,
        by=by,
        groups=GROUPS.items(),
        least=least,
        columns=[GROUPS[by], *COLUMNS[1:]],
        rows=[(row, _address(by, row)) for row in found[:SHOWN]],
        more=max(0, len(found) - SHOWN),
        chart=_chart(found),
        query=query.urlencode(),
    )


def _least(text: str) -> Decimal:
    try:
        return max(Decimal(0), Decimal(text))
    except InvalidOperation:
        return Decimal(1)


def _address(by: str, row: Quality) -> str:
    """The page of the SKU; what came back of it is in its list of returns."""
    return reverse("admin:inventory_sku_change", args=[row.key]) if by == "sku" else ""


def _cells(row: Quality) -> list[object]:
    return [
        row.code, row.name, row.sent, row.back, row.return_rate, row.received, row.refused, row.defect_rate,
        ", ".join(row.why),
    ]  # fmt: skip


def _chart(found: list[Quality]) -> str:
    shown = [row for row in found if row.back or row.refused][:CHARTED]
    if not shown:
        return ""
    series = (
        (gettext("Return rate, %"), "return_rate", "#dc2626"),
        (gettext("Defect rate, %"), "defect_rate", "#f59e0b"),
    )
    data: dict[str, Any] = {
        "labels": [row.code for row in shown],
        "datasets": [
            {
                "label": label,
                "data": [float(getattr(row, name) or 0) for row in shown],  # for drawing only
                "backgroundColor": colour,
                "stack": name,
            }
            for label, name, colour in series
        ],
    }
    return json.dumps(data)
