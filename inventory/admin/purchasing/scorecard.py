"""All suppliers side by side: on time, in full, at their price, and how long they take."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Party
from backoffice.core.admin.pages import render_page, require
from backoffice.core.export import table_response
from inventory.models import PurchaseOrder
from inventory.selectors.scorecards import Scorecard, scorecards

DAYS = (90, 180, 365, 730)


def report_view(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The report as a page, or with ?as=csv or ?as=xlsx as a file."""
    require(request, "inventory.view_purchaseorder")
    given = request.GET.get("days", "")
    days = int(given) if given.isdecimal() and int(given[:6]) in DAYS else 365
    since = timezone.localdate() - datetime.timedelta(days=days)
    cards = [
        card
        for company_id in Company.objects.order_by("pk").values_list("pk", flat=True)
        for card in scorecards(company_id, since=since)
    ]
    names = {
        party.pk: party
        for party in Party.objects.filter(pk__in=[card.supplier_id for card in cards]).select_related("person")
    }
    rows = sorted(((names[card.supplier_id], card) for card in cards), key=lambda row: str(row[0]).casefold())
    if request.GET.get("as") in ("csv", "xlsx"):
        return table_response(request.GET["as"], "suppliers", _headings(), _cells(rows))
    return render_page(
        request,
        admin.site,
        "inventory/supplier_report.html",
        title=_("Suppliers"),
        opts=PurchaseOrder._meta,
        rows=rows,
        days=days,
        choices=DAYS,
    )


def _headings() -> list[str]:
    return [
        gettext("Supplier"), gettext("Lines"), gettext("On time, %"), gettext("In full, %"),
        gettext("At list price, %"), gettext("Lead time, days"), gettext("Standard deviation, days"),
        gettext("Received"), gettext("Sent back"), gettext("Sent back, %"),
    ]  # fmt: skip


def _cells(rows: list[tuple[Party, Scorecard]]) -> Iterator[list[Any]]:
    for party, card in rows:
        yield [
            party.code,
            card.lines,
            card.on_time_percent,
            card.in_full_percent,
            card.price_percent,
            None if card.lead_days is None else round(card.lead_days, 1),
            round(card.spread_days, 1),
            card.received,
            card.returned,
            card.returned_percent,
        ]
