"""What a number of the wall board is made of."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin.pages import render_page, require
from backoffice.core.export import table_response
from warehouse.admin.floor_pages import SEE, asked_warehouse
from warehouse.boards.drill import LIMIT, asked_rows

PAGES = {
    "work": "admin:warehouse_work", "shipment": "admin:orders_shipment_change",
    "floor_task": "admin:warehouse_floortask_change", "stocktake": "admin:warehouse_stocktake_change",
}  # fmt: skip
COLUMNS = [_("Number"), _("Order or bin"), _("What"), _("Status"), _("When")]


def board_rows(request: HttpRequest) -> HttpResponseBase:
    """See asked_rows; ?as=csv or xlsx."""
    require(request, SEE)
    warehouse = asked_warehouse(request)
    if warehouse is None:
        return HttpResponse(status=404)
    title, rows = asked_rows(warehouse, request.GET)
    if request.GET.get("as") in ("csv", "xlsx"):
        cells = ([row.number, row.where, row.what, row.status_words, row.at] for row in rows)
        return table_response(request.GET["as"], "board", COLUMNS, cells)
    query = request.GET.copy()
    query.pop("as", None)
    return render_page(
        request,
        admin.site,
        "warehouse/board_rows.html",
        title=title,
        warehouse=warehouse,
        rows=[(row, reverse(PAGES[row.page], args=[row.page_id])) for row in rows],
        more=len(rows) == LIMIT,
        query=query.urlencode(),
    )
