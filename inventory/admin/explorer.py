"""The stock explorer: SKUs by warehouse, and one SKU in one warehouse down to its bins, lots, claims and moves."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.admin.pages import render_page, require
from backoffice.core.export import table_response
from backoffice.core.registry import links_of
from backoffice.core.scopes import offered
from inventory.admin.conditions import condition_context
from inventory.models import Category, Sku, StockOwner, Warehouse
from inventory.selectors.explorer import HOLDINGS, OWN, SORTS, Explored, explore, stock_place

PERMISSION = "inventory.view_stocklevel"
EXPORTED = 1_000  # SKUs read at once
KINDS = {
    "on_hand": _("On hand"),
    "claimed": _("Claimed"),
    "available": _("Available"),
    "quarantine": _("Quarantine"),
    "refurbish": _("Being refurbished"),
    "damaged": _("Damaged"),
    "missing": _("Missing"),
    "incoming": _("Incoming"),
    "in_transit": _("In transit"),
}


def stock_explorer(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """?q=, ?category=, ?warehouse=, ?holding=, ?owner=, ?sort=, ?page=; ?as=csv|xlsx gives all rows by warehouse."""
    require(request, PERMISSION)
    company = Company.objects.order_by("id").first()
    places = list(
        offered(Warehouse.objects.filter(company=company, is_active=True, is_transit=False)).order_by(
            "priority", "code"
        )
    )
    owners = list(StockOwner.objects.filter(company=company).select_related("party__person").order_by("party__code"))
    asked = _asked(request, places, owners)
    if company and request.GET.get("as") in ("csv", "xlsx"):
        columns = (_("SKU"), _("Name"), _("Category"), _("Warehouse"), *KINDS.values())
        return table_response(request.GET["as"], "stock", columns, _exported(company.pk, asked))
    page = _page(request.GET.get("page", ""))
    found, more = explore(company.pk, page=page, **asked) if company else ([], False)
    shown = [place for place in places if asked["warehouse_id"] in (None, place.pk)]
    query = request.GET.copy()
    for name in ("as", "page"):
        query.pop(name, None)
    return render_page(
        request,
        admin.site,
        "inventory/explorer.html",
        title=_("Stock explorer"),
        asked=asked,
        holdings=HOLDINGS.items(),
        sorts=[(name, label) for name, (_sql, label) in SORTS.items()],
        warehouses=places,
        owners=[(OWN, _("Our own")), *((owner.party.code, owner) for owner in owners)] if owners else [],
        shown=shown,
        categories=Category.objects.filter(company=company).order_by("name").values_list("name", flat=True),
        rows=[(row, [(place, row.places.get(place.pk)) for place in shown]) for row in found],
        page=page,
        more=more,
        query=query.urlencode(),
    )


def _asked(request: HttpRequest, places: list[Warehouse], owners: list[StockOwner]) -> dict[str, Any]:
    """What the address asks for; what makes no sense in it is passed over."""
    wanted = request.GET.get
    known = {OWN, *(owner.party.code for owner in owners)}
    by_code = {place.code: place.pk for place in places}
    return {
        "search": wanted("q", "").strip()[:60],
        "category": wanted("category", "")[:120],
        "warehouse_id": by_code.get(wanted("warehouse", "")),
        "holding": wanted("holding", "") if wanted("holding", "") in HOLDINGS else "",
        "owner": wanted("owner", "") if wanted("owner", "") in known else "",
        "sort": wanted("sort", "") if wanted("sort", "") in SORTS else "code",
    }


def _page(text: str) -> int:
    return int(text) if text.isdecimal() and 0 < int(text) <= 100_000 else 1


def _exported(company_id: int, asked: dict[str, Any]) -> Iterator[list[object]]:
    page, more = 1, True
    while more:
        rows, more = explore(company_id, page=page, limit=EXPORTED, **asked)
        yield from (cells for row in rows for cells in _cells(row))
        page += 1


def _cells(row: Explored) -> Iterator[list[object]]:
    for place in row.places.values():
        yield [row.sku, row.name, row.category, place.warehouse, *(getattr(place, name) for name in KINDS)]


def stock_place_page(request: HttpRequest, sku_id: int, warehouse_id: int) -> HttpResponse:
    """One SKU in one warehouse: bins and lots, claims, what comes, moves with their documents."""
    require(request, PERMISSION)
    sku = get_object_or_404(Sku.objects.select_related("company"), pk=sku_id)
    warehouse = get_object_or_404(Warehouse, pk=warehouse_id, company=sku.company_id, is_transit=False)
    place = stock_place(sku.company_id, sku.pk, warehouse.pk)
    claimed_for = [(claim.demand.source_type, claim.demand.source_id) for claim in place.claims]
    links = links_of([*((move.source_type, move.source_id) for move in place.moves), *claimed_for])
    return render_page(
        request,
        admin.site,
        "inventory/stock_place.html",
        title=gettext("%(sku)s in %(warehouse)s") % {"sku": sku.code, "warehouse": warehouse.code},
        sku=sku,
        warehouse=warehouse,
        place=place,
        kinds=place.kinds,
        claims=[(row, links.get((row.demand.source_type, row.demand.source_id))) for row in place.claims],
        moves=[(row, links.get((row.source_type, row.source_id or 0))) for row in place.moves],
        currency=sku.company.base_currency_id,
        **condition_context(request),
    )
