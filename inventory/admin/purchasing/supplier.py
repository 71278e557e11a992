"""One supplier: how well they deliver, what they offer, what is open, and their list as a file."""

import datetime
import json
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Party
from backoffice.core.actor import Actor
from backoffice.core.admin.pages import filled_panels, render_page, require
from backoffice.core.errors import DomainError
from backoffice.core.tabular import Column
from inventory.admin.purchasing.changes import read_table
from inventory.models import PurchaseOrder, SupplierReturn, SupplierSku, SupplierTerms
from inventory.selectors import lead_times
from inventory.selectors.scorecards import Scorecard, scorecard_months, scorecards
from inventory.services import SupplierRow, write_supplier_rows

SHOWN = 200
OPEN = ("draft", "submitted", "approved", "sent", "confirmed", "partly_received")
ZERO = Decimal(0)
COLUMNS = (
    Column("sku", _("SKU"), required=True, max_length=60, help=_("Ours, or the supplier's code where it is known.")),
    Column("code", _("Supplier's code"), max_length=60),
    Column("price", _("Price"), "decimal"),
    Column("from_quantity", _("From quantity"), "decimal"),
    Column("valid_from", _("Valid from"), "date"),
    Column("valid_to", _("Valid to"), "date"),
    Column("currency", _("Currency"), max_length=10),
    Column("min_quantity", _("Minimum"), "decimal", aliases=("moq",)),
    Column("pack_multiple", _("Pack multiple"), "decimal"),
    Column("lead_time_days", _("Lead time, days"), "integer", minimum=ZERO, maximum=Decimal(1000)),
    Column("priority", _("Priority"), "integer", minimum=ZERO, maximum=Decimal(32767)),
    Column("stock", _("Their stock"), "decimal"),
    Column("is_discontinued", _("Discontinued"), "boolean"),
)


def supplier_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Scorecard with its months, SKUs with prices, open orders and returns."""
    require(request, "inventory.view_purchaseorder")
    party = get_object_or_404(Party.objects.select_related("person"), pk=pk, is_supplier=True)
    since = timezone.localdate() - datetime.timedelta(days=365)
    offered = list(
        SupplierSku.objects.filter(supplier=party)
        .select_related("sku")
        .prefetch_related("prices")
        .order_by("sku__code")[: SHOWN + 1]
    )
    times = lead_times([row.pk for row in offered[:SHOWN]])
    months = scorecard_months(party.company_id, pk, since=since)
    return render_page(
        request,
        admin.site,
        "inventory/supplier.html",
        title=str(party),
        opts=PurchaseOrder._meta,
        supplier=party,
        terms=SupplierTerms.objects.filter(company=party.company_id, supplier=party).first(),
        card=next(iter(scorecards(party.company_id, since=since, supplier_ids=[pk])), None),
        chart=_chart(months),
        offered=[(row, times[row.pk], _prices(row)) for row in offered[:SHOWN]],
        more=len(offered) > SHOWN,
        orders=PurchaseOrder.objects.filter(supplier=party, status__in=OPEN)
        .select_related("warehouse")
        .order_by("-pk")[:50],
        returns=SupplierReturn.objects.filter(supplier=party).order_by("-pk")[:20],
        panels=filled_panels("inventory.supplier", pk),
    )


def _prices(row: SupplierSku) -> list[Any]:
    today = timezone.localdate()
    valid = [price for price in row.prices.all() if price.valid_to is None or price.valid_to >= today]
    return sorted(valid, key=lambda price: (price.valid_from or datetime.date.min, price.min_quantity))


def _chart(months: list[Scorecard]) -> str:
    if not months:
        return ""
    series = (
        (gettext("On time, %"), "on_time_percent", "#0e7490"),
        (gettext("In full, %"), "in_full_percent", "#16a34a"),
        (gettext("At list price, %"), "price_percent", "#f59e0b"),
    )
    return json.dumps(
        {
            "labels": [date_format(card.month, "M Y") for card in months],
            "datasets": [
                {
                    "label": label,
                    "data": [_drawn(getattr(card, name)) for card in months],
                    "borderColor": colour,
                    "backgroundColor": colour,
                    "stack": name,
                    "pointRadius": 3,
                }
                for label, name, colour in series
            ],
        }
    )


def _drawn(value: Decimal | None) -> float | None:
    return None if value is None else float(value)  # for drawing only


def upload_view(request: HttpRequest, pk: int) -> HttpResponse:
    """A supplier's list as CSV or XLSX: codes, prices, conditions, stock; all of it or nothing."""
    require(request, "inventory.change_suppliersku")
    party = get_object_or_404(Party, pk=pk, is_supplier=True)
    errors: list[str] = []
    if request.method == "POST":
        try:
            rows = read_table(request.FILES.get("file"), COLUMNS)
            with transaction.atomic():
                written = write_supplier_rows(
                    [_row(row) for row in rows],
                    supplier_id=pk,
                    company_id=party.company_id,
                    actor=Actor.of_request(request),
                    as_of=timezone.now(),
                    reason=request.POST.get("reason", "").strip()[:300],
                )
            said = gettext("Rows read: %(rows)s. New SKUs: %(made)s, changed: %(changed)s, prices: %(prices)s.")
            counts = {"made": written.made, "changed": written.changed, "prices": written.prices}
            messages.success(request, said % {"rows": len(rows), **counts})
            return HttpResponseRedirect(reverse("admin:inventory_supplier", args=[pk]))
        except DomainError as refusal:
            errors = [_said(error) for error in refusal.context.get("errors", []) if error.get("message")]
            errors = errors[:SHOWN] or [refusal.detail]
    return render_page(
        request,
        admin.site,
        "inventory/supplier_list.html",
        title=gettext("List of %(supplier)s") % {"supplier": party},
        opts=PurchaseOrder._meta,
        supplier=party,
        columns=COLUMNS,
        errors=errors,
    )


def _row(values: dict[str, Any]) -> SupplierRow:
    return SupplierRow(**{column.name: values.get(column.name) for column in COLUMNS})


def _said(error: dict[str, Any]) -> str:
    field = str(error.get("field", ""))
    return f"{field}: {error['message']}" if field.startswith("rows.") else str(error["message"])
