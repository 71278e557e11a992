"""Price lists: their conditions, their prices, and whole lists up and down as CSV."""

import csv
import io
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import HouseAdmin, show_money, show_quantity
from backoffice.core.admin.pages import render_page, require
from backoffice.core.errors import InvalidInput
from backoffice.core.export import table_response
from orders.models import CustomerGroup, PriceList, PriceListItem
from orders.services import PriceRow, set_prices

COLUMNS = ("sku", "min_quantity", "unit_price")
MAX_BYTES, MAX_ROWS, SHOWN_ERRORS = 8 * 1024 * 1024, 100_000, 200


@admin.register(CustomerGroup)
class CustomerGroupAdmin(HouseAdmin):
    list_display = ["name", "code"]
    search_fields = ["code", "name"]


@admin.register(PriceList)
class PriceListAdmin(HouseAdmin):
    list_display = ["name", "code", "currency", "show_for", "show_valid", "priority", "is_active"]
    list_select_related = ["channel", "group", "contact__person"]
    list_filter = [("channel", RelatedDropdownFilter), ("group", RelatedDropdownFilter), "is_active"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["channel", "group", "contact"]
    actions_detail = ["prices"]

    @display(description=_("For"))
    def show_for(self, prices: PriceList) -> str:
        named = [str(part) for part in (prices.contact, prices.group, prices.channel) if part]
        return ", ".join(named) or gettext("Everybody")

    @display(description=_("Valid"))
    def show_valid(self, prices: PriceList) -> str:
        days = [f"{day:%Y-%m-%d}" if day else "…" for day in (prices.valid_from, prices.valid_to)]
        return gettext("Always") if days == ["…", "…"] else " – ".join(days)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/prices/", view(self.upload_view), name="orders_pricelist_upload"),
            path("<int:pk>/prices.csv", view(self.download_view), name="orders_pricelist_csv"),
            *super().get_urls(),
        ]

    @action(description=_("Prices"), url_path="to-prices", icon="sell")
    def prices(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:orders_pricelist_upload", args=[object_id]))

    def upload_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The prices, and a file that changes them: every wrong row is told, and then nothing is written."""
        require(request, "orders.view_pricelist")
        prices = get_object_or_404(PriceList, pk=pk)
        errors: list[dict[str, str]] = []
        if request.method == "POST":
            require(request, "orders.change_pricelist")
            try:
                rows = _read(request.FILES.get("file"))
                with transaction.atomic():
                    changed = set_prices(
                        rows,
                        price_list_id=pk,
                        actor=Actor.of_request(request),
                        replace_all=request.POST.get("replace") == "1",
                    )
                said = gettext("Rows read: %(rows)s. Prices changed: %(changed)s.")
                messages.success(request, said % {"rows": len(rows), "changed": changed})
                return HttpResponseRedirect(reverse("admin:orders_pricelist_upload", args=[pk]))
            except InvalidInput as refusal:
                errors = refusal.context.get("errors") or [{"field": "file", "message": refusal.detail}]
        items = (
            PriceListItem.objects.filter(price_list=prices).select_related("sku").order_by("sku__code", "min_quantity")
        )
        return render_page(
            request,
            self.admin_site,
            "orders/prices.html",
            title=str(prices),
            opts=self.opts,
            prices=prices,
            items=items[:200],
            errors=errors[:SHOWN_ERRORS],
            more_errors=max(0, len(errors) - SHOWN_ERRORS),
            columns=", ".join(COLUMNS),
        )

    def download_view(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        require(request, "orders.view_pricelist")
        prices = get_object_or_404(PriceList, pk=pk)
        rows = PriceListItem.objects.filter(price_list=prices).order_by("sku__code", "min_quantity")
        cells = rows.values_list("sku__code", "min_quantity", "unit_price").iterator(2000)
        return table_response("csv", prices.code, COLUMNS, cells)


def _read(upload: Any) -> list[PriceRow]:
    """The rows of a CSV file with a head line. Raises InvalidInput naming rows and fields."""
    if upload is None:
        raise InvalidInput(gettext("Choose a file."))
    if upload.size > MAX_BYTES:
        raise InvalidInput(gettext("The file is larger than %(size)s MB.") % {"size": MAX_BYTES // 1024 // 1024})
    try:
        text = upload.read().decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        said = gettext("The file is not UTF-8: byte %(place)s cannot be read.") % {"place": bad.start}
        raise InvalidInput(said) from None
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
    if missing:
        raise InvalidInput(gettext("The column %(name)s is missing in the first line.") % {"name": ", ".join(missing)})
    rows, errors = [], []
    for number, given in enumerate(reader, 1):
        if number > MAX_ROWS:
            raise InvalidInput(gettext("The file has more than %(rows)s rows.") % {"rows": MAX_ROWS})
        values: dict[str, Decimal] = {}
        for name in COLUMNS[1:]:
            try:
                values[name] = _number((given[name] or "").strip())
            except (InvalidOperation, ValueError):
                errors.append(
                    {
                        "field": f"rows.{number}.{name}",
                        "message": gettext("“%(value)s” is not a number.") % {"value": (given[name] or "")[:40]},
                    }
                )
        if len(values) == 2:
            rows.append(PriceRow((given["sku"] or "").strip().removeprefix("'"), **values))
    if errors:
        raise InvalidInput(gettext("Some rows are wrong; nothing was saved."), errors=errors)
    return rows


def _number(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite() or abs(value) >= 10**12 or value != round(value, 6):
        raise ValueError(text)
    return value


@admin.register(PriceListItem)
class PriceListItemAdmin(HouseAdmin):
    list_display = ["sku", "price_list", "show_from", "show_price"]
    list_select_related = ["sku", "price_list"]
    list_filter = [("price_list", RelatedDropdownFilter)]
    search_fields = ["sku__code__istartswith"]
    autocomplete_fields = ["sku", "price_list"]
    ordering = ["sku__code", "min_quantity"]

    @display(description=_("From"), ordering="min_quantity")
    def show_from(self, item: PriceListItem) -> str:
        return show_quantity(item.min_quantity)

    @display(description=_("Unit price"), ordering="unit_price")
    def show_price(self, item: PriceListItem) -> str:
        return show_money(item.unit_price, item.price_list.currency)
