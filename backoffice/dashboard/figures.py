"""The figures on the first page; each is one indexed query."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, F, Max, Sum, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import BankLine, Company, Invoice, OpenItem
from accounting.selectors import items_to_pay, overdue_items
from backoffice.core.admin.base import show_number
from backoffice.core.scopes import visible
from backoffice.core.staff_tasks import tasks_of
from integrations.models import Connection, QuarantinedRow, SyncRun
from inventory.models import Demand, Proposal, ProposalStatus, PurchaseOrder
from inventory.selectors import late_purchase_orders, low_levels
from orders.models import Fulfilment, Hold, Order

CAP = 10_000  # more than this is shown as "10,000+": no figure counts a whole table
CHART_DAYS = 30
OPEN_STATUSES = ["placed", "released", "partly_shipped"]


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure; `tone` is "", "bo-warn" or "bo-bad"."""

    label: Any
    figure: str
    hint: Any
    url: str
    tone: str = ""


def _capped(queryset: Any) -> tuple[int, str]:
    count = queryset.order_by()[: CAP + 1].count()
    return count, f"{show_number(CAP)}+" if count > CAP else show_number(count)


def tiles(user: Any) -> list[Tile]:
    """What waits for somebody: orders, goods, imports, purchases, money; as far as the user may see."""
    return [
        Tile(label, figure, hint, url, tone if count else "")
        for permission, label, rows, hint, url, tone in _questions()
        if user.has_perm(permission)
        for count, figure in [_capped(visible(rows, user))]
    ]


Question = tuple[str, Any, Any, Any, str, str]


def _questions() -> list[Question]:
    """(permission, label, rows to count, what they are, where they are listed, tone if there are any)."""
    return [*_of_orders(), *_of_purchases(), *_of_money()]


def _of_purchases() -> list[Question]:
    orders = reverse("admin:inventory_purchaseorder_changelist")
    late = late_purchase_orders(PurchaseOrder.objects.all(), today=timezone.localdate())
    return [
        (
            "inventory.view_proposal",
            _("To reorder"),
            Proposal.objects.filter(status=ProposalStatus.OPEN),
            _("proposals to decide on"),
            reverse("admin:inventory_proposal_changelist"),
            "",
        ),
        (
            "inventory.view_purchaseorder",
            _("Late deliveries"),
            late,
            _("purchase orders past their day"),
            f"{orders}?view=late",
            "bo-warn",
        ),
    ]


def _of_money() -> list[Question]:
    items, today = reverse("admin:accounting_openitem_changelist"), timezone.localdate()
    return [
        (
            "accounting.view_openitem",
            _("Overdue receivables"),
            overdue_items(OpenItem.objects.all(), today=today),
            _("not paid to us by their day"),
            f"{items}?view=overdue",
            "bo-warn",
        ),
        (
            "accounting.view_openitem",
            _("Bills to pay"),
            items_to_pay(OpenItem.objects.all(), today=today),
            _("due within a week"),
            f"{items}?view=to_pay",
            "",
        ),
        (
            "accounting.view_bankline",
            _("Bank lines"),
            BankLine.objects.exclude(matched=F("amount")),
            _("not matched yet"),
            reverse("admin:accounting_bank_desks"),
            "",
        ),
    ]


def _of_orders() -> list[Question]:
    orders = reverse("admin:orders_order_changelist")
    return [
        (
            "orders.view_fulfilment",
            _("To ship"),
            Fulfilment.objects.exclude(status__in=["shipped", "cancelled", "on_hold"]),
            _("given to the warehouse"),
            reverse("admin:warehouse_queue"),
            "",
        ),
        (
            "orders.view_order",
            _("Late"),
            Order.objects.filter(status__in=OPEN_STATUSES, promise_date__lt=timezone.localdate()),
            _("past the promised day"),
            f"{orders}?late=1",
            "bo-bad",
        ),
        (
            "orders.view_order",
            _("Held"),
            Hold.objects.filter(released_at__isnull=True).values("order_id").distinct(),
            _("wait for a person"),
            f"{orders}?held=1",
            "bo-warn",
        ),
        (
            "inventory.view_demand",
            _("Back-ordered"),
            Demand.objects.filter(kind="order_line", quantity__gt=F("claimed") + F("used")),
            _("lines that wait for goods"),
            f"{reverse('admin:inventory_demand_changelist')}?kind__exact=order_line&waiting=1",
            "bo-warn",
        ),
        (
            "inventory.view_stocklevel",
            _("Low stock"),
            low_levels(),
            _("wanted, nothing left to promise"),
            f"{reverse('admin:inventory_stocklevel_changelist')}?low=1",
            "bo-warn",
        ),
        (
            "integrations.view_quarantinedrow",
            _("Not imported"),
            QuarantinedRow.objects.filter(status="open"),
            _("rows to look at"),
            f"{reverse('admin:integrations_quarantinedrow_changelist')}?status__exact=open",
            "bo-bad",
        ),
    ]


def sales_chart(user: Any) -> dict[str, Any]:
    """Net sales a day over the last 30 days, or the last 30 that have any, as far as the user may see; chart.js data."""
    company = Company.objects.order_by("id").first()
    if company is None:
        return {"title": gettext("Sales"), "data": "", "total": Decimal(0), "currency": ""}
    invoices = visible(Invoice.objects.filter(company=company), user)
    last = invoices.aggregate(last=Max("date"))["last"]
    end = timezone.localdate()
    if last is not None and last < end - timedelta(days=CHART_DAYS):
        end = last
    start = end - timedelta(days=CHART_DAYS - 1)
    sums = _net_by_day(invoices.filter(currency=company.base_currency_id), start, end)
    days = [start + timedelta(days=n) for n in range(CHART_DAYS)]
    values = [sums.get(day, Decimal(0)) for day in days]
    data = {
        "labels": [date_format(day, "j M") for day in days],
        "datasets": [
            {
                "label": gettext("Net sales"),
                "data": [float(value) for value in values],  # for drawing only
                "backgroundColor": "var(--color-primary-500)",
            }
        ],
    }
    title = gettext("Net sales, %(start)s to %(end)s") % {
        "start": date_format(start, "SHORT_DATE_FORMAT"),
        "end": date_format(end, "SHORT_DATE_FORMAT"),
    }
    return {
        "title": title,
        "data": json.dumps(data) if any(values) else "",
        "total": sum(values, Decimal(0)),
        "currency": company.base_currency_id,
    }


def _net_by_day(invoices: Any, start: date, end: date) -> dict[date, Decimal]:
    signed = Case(When(kind="credit_note", then=-F("net")), default=F("net"), output_field=DecimalField())
    rows = invoices.filter(date__range=(start, end)).order_by().values("date").annotate(net=Sum(signed))
    return {row["date"]: row["net"] for row in rows}


def sync_health(user: Any) -> list[dict[str, Any]]:
    """Each connection that the user may see, with its last run of each job."""
    runs: dict[int, list[SyncRun]] = {}
    latest = SyncRun.objects.filter(connection__isnull=False).order_by("connection", "job", "-started_at")
    for run in latest.distinct("connection", "job"):
        runs.setdefault(run.connection_id or 0, []).append(run)
    return [
        {"connection": connection, "runs": runs.get(connection.pk, [])}
        for connection in visible(Connection.objects.select_related("channel").order_by("id"), user)
    ]


def newest_orders(user: Any) -> list[Order]:
    rows = visible(Order.objects.select_related("channel", "contact__person"), user)
    return list(rows.order_by("-placed_at", "-id")[:8])


def open_tasks(request: HttpRequest) -> str:
    """How many tasks this person has; nothing where there is none."""
    count = len(tasks_of(request.user).values_list("pk")[:100])
    return "" if not count else f"{count}" if count < 100 else "99+"
