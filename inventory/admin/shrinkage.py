"""The report on shrinkage, and what in it looks like theft or error."""

import datetime
import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.admin.pages import asked_date, render_page, require
from backoffice.core.export import table_response
from backoffice.core.registry import links_of
from backoffice.core.scopes import offered
from inventory.models import Warehouse
from inventory.selectors.shrinkage import GROUPS, Loss, Period, Shrunk, losses, shrinkage_by, suspicious
from inventory.suspicion import RULES

PERMISSION = "inventory.audit_shrinkage"
SHOWN = 200
CHARTED = 20
COLUMNS = (_("Moves"), _("Lost"), _("Lost, value"), _("Found"), _("Found, value"), _("Net"), _("Net, value"))
MOVE_COLUMNS = (
    _("When"), _("SKU"), _("Name"), _("Warehouse"), _("Place"), _("Reason"), _("User"), _("Quantity"), _("Value"),
    _("Document"), _("Entry"),
)  # fmt: skip


def shrinkage_report(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """What was lost and found by one group, with the moves of one of its keys; ?as=csv or xlsx gives a file."""
    require(request, PERMISSION)
    period, company = asked_period(request)
    group = request.GET.get("group", "reason")
    group = group if group in GROUPS else "reason"
    key = request.GET.get("key", "")
    kind = request.GET.get("as", "")
    if kind in ("csv", "xlsx"):
        return _file(kind, group, key, period, moves=bool(key) or request.GET.get("what") == "moves")
    rows = shrinkage_by(group, period)
    shown = list(losses(period, group=group if key else "", key=key, limit=SHOWN))
    links = links_of([(row.source_type, row.source_id) for row in shown])
    return render_page(
        request,
        admin.site,
        "inventory/shrinkage.html",
        title=_("Shrinkage"),
        group=group,
        groups=GROUPS.items(),
        columns=COLUMNS,
        rows=[(row, _label(group, row)) for row in rows],
        total=sum((row.net_value for row in rows), Decimal(0)),
        chart=_chart(group, rows),
        key=key,
        key_label=next((_label(group, row) for row in rows if row.key == key), key),
        moves=[(row, links.get((row.source_type, row.source_id or 0))) for row in shown],
        currency=company.base_currency_id if company else "",
        **_filters(request, period),
    )


def suspicions_page(request: HttpRequest) -> HttpResponse:
    """Questions that the figures raise, each with its rule and its moves."""
    require(request, PERMISSION)
    period, company = asked_period(request)
    return render_page(
        request,
        admin.site,
        "inventory/suspicions.html",
        title=_("What looks like theft or error"),
        hits=suspicious(period) if company else [],
        rules=RULES.items(),
        currency=company.base_currency_id if company else "",
        **_filters(request, period),
    )


def asked_period(request: HttpRequest) -> tuple[Period, Company | None]:
    """The period of the address: the last 90 days if it names none. Dates that are none are passed over."""
    company = Company.objects.filter(code=request.GET["company"]).first() if request.GET.get("company") else None
    company = company or Company.objects.order_by("id").first()
    start, end = (asked_date(request, name) for name in ("start", "end"))
    if start is None and "start" not in request.GET:
        start = timezone.localdate() - datetime.timedelta(days=90)
    warehouse = offered(Warehouse.objects.filter(company=company, code=request.GET.get("warehouse", ""))).first()
    return (
        Period(
            company.pk if company else 0,
            start,
            end,
            warehouse.pk if warehouse else None,
            request.GET.get("everything") == "1",
        ),
        company,
    )


def _filters(request: HttpRequest, period: Period) -> dict[str, Any]:
    query = request.GET.copy()
    for name in ("key", "as", "what"):
        query.pop(name, None)
    return {
        "period": period,
        "warehouses": offered(Warehouse.objects.filter(company_id=period.company_id, is_transit=False)),
        "query": query.urlencode(),
    }


def _label(group: str, row: Shrunk) -> str:
    """A group's key in the reader's words."""
    if group == "weekday":
        return str(WEEKDAYS[int(row.key) - 1])
    if group == "week":
        return date_format(datetime.date.fromisoformat(row.key), "SHORT_DATE_FORMAT")
    return row.label or "–"


def _chart(group: str, rows: list[Shrunk]) -> str:
    """Bars of what was lost and found, in value; empty without figures."""
    shown = rows[-CHARTED:] if group == "week" else rows[: max(CHARTED, 24 if group == "hour" else 0)]
    if not shown:
        return ""
    series = ((gettext("Lost"), "lost_value", "#dc2626"), (gettext("Found"), "found_value", "#0e7490"))
    return json.dumps(
        {
            "labels": [_label(group, row)[:24] for row in shown],
            "datasets": [
                {
                    "label": label,
                    "data": [float(getattr(row, name)) for row in shown],  # for drawing only
                    "backgroundColor": colour,
                }
                for label, name, colour in series
            ],
        }
    )


def _file(kind: str, group: str, key: str, period: Period, *, moves: bool) -> StreamingHttpResponse:
    if moves:
        rows = (_cells(row) for row in losses(period, group=group if key else "", key=key))
        return table_response(kind, "shrinkage-moves", MOVE_COLUMNS, rows)
    grouped = ([_label(group, row), *row[2:]] for row in shrinkage_by(group, period))
    return table_response(kind, f"shrinkage-by-{group}", [GROUPS[group], *COLUMNS], grouped)


def _cells(row: Loss) -> Iterable[Any]:
    document = f"{row.source_type} {row.source_id or ''}".strip()
    return [
        row.effective_at, row.sku, row.name, row.warehouse, row.place, row.reason, row.user, row.quantity, row.value,
        document, row.entry_id,
    ]  # fmt: skip
