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
from backoffice.core.registry import links_of
from backoffice.core.scopes import offered
from inventory.models import Warehouse
from orders.selectors.quality import GROUPS, Quality, QualityCase, quality, quality_cases

PERMISSION = "orders.view_returnorder"
SHOWN, CHARTED = 300, 20
COLUMNS = (
    _("Code"), _("Name"), _("Sent"), _("Sent back"), _("Return rate, %"), _("Came in"), _("Refused"),
    _("Defect rate, %"), _("Reasons"),
)  # fmt: skip

CASE_COLUMNS = (_("When"), _("SKU"), _("Lot"), _("Kind"), _("Quantity"), _("Document"), _("Reason"))


def quality_report(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """?start=, ?end= (empty: the last 180 days), ?by= a group, ?warehouse=, ?least= pieces sent or received, ?of= a row's key: what is
    behind it; ?as=csv|xlsx."""
    require(request, PERMISSION)
    company = Company.objects.order_by("id").first()
    end = asked_date(request, "end") or timezone.localdate()
    start = asked_date(request, "start") or end - datetime.timedelta(days=180)
    by = request.GET.get("by", "")
    by = by if by in GROUPS else "sku"
    least = _least(request.GET.get("least", ""))
    start = min(start, end)
    place = offered(Warehouse.objects.filter(company=company, code=request.GET.get("warehouse", ""))).first()
    where = place.pk if place else None
    found = quality(company.pk, start, end, by=by, at_least=least, warehouse_id=where) if company else []
    chosen = next((row for row in found if str(row.key) == request.GET.get("of")), None)
    cases = (
        quality_cases(company.pk, start, end, by=by, of=chosen.key, warehouse_id=where) if company and chosen else []
    )
    if chosen and request.GET.get("as") in ("csv", "xlsx"):
        name = f"quality-{chosen.code}-{end:%Y-%m-%d}"
        return table_response(request.GET["as"], name, CASE_COLUMNS, (_case_cells(case) for case in cases))
    if request.GET.get("as") in ("csv", "xlsx"):
        name = f"quality-by-{by}-{end:%Y-%m-%d}"
        return table_response(request.GET["as"], name, COLUMNS, (_cells(row) for row in found))
    query = request.GET.copy()
    for name in ("as", "of"):
        query.pop(name, None)
    links = links_of([(case.source_type, case.source_id) for case in cases if case.source_id])
    return render_page(
        request,
        admin.site,
        "orders/quality.html",
        title=_("Quality"),
        start=start,
        chosen=chosen,
        cases=[(case, links.get((case.source_type, case.source_id or 0))) for case in cases[:SHOWN]],
        end=end,
        by=by,
        groups=GROUPS.items(),
        warehouses=offered(Warehouse.objects.filter(is_active=True, is_transit=False)).order_by("code"),
        where=where,
        least=least,
        columns=[GROUPS[by], *COLUMNS[1:]],
        rows=[(row, _address(by, row)) for row in found[:SHOWN]],
        more=max(0, len(found) - SHOWN),
        chart=_chart(found),
        query=query.urlencode(),
    )


def _case_cells(case: QualityCase) -> list[object]:
    document = f"{case.source_type} {case.source_id or ''}".strip()
    return [case.at, case.sku, case.lot, case.label, case.quantity, document, case.reason]


def _least(text: str) -> Decimal:
    try:
        return max(Decimal(0), Decimal(text))
    except InvalidOperation:
        return Decimal(1)


def _address(by: str, row: Quality) -> str:
    """The page of the SKU or lot."""
    return "" if by == "supplier" else reverse(f"admin:inventory_{by}_change", args=[row.key])


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
