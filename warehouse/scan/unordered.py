"""Receiving without an order on the handheld: who brought it, then each article that came."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from accounting.models import Party
from inventory.models import Sku
from inventory.states import RECEIVABLE_SKUS
from warehouse.scan.guard import signed_in
from warehouse.scan.pages import page
from warehouse.scan.reads import articles, places_to_receive

RECEIVE = "warehouse.add_receipt"
MOST, MOST_ARTICLES = 300, 1000


def _suppliers(request: Any, text: str = "") -> QuerySet[Party]:
    rows = Party.objects.filter(company_id=request.scan_device.company_id, is_supplier=True).select_related("person")
    if text:
        rows = rows.filter(Q(code__icontains=text) | Q(name__icontains=text) | Q(person__name__icontains=text))
    return rows.order_by("name", "code")


@require_GET
@signed_in(RECEIVE)
def suppliers(request: Any) -> HttpResponse:
    """Whoever brings goods: a scanned or typed code opens, typing parts the list by name, here and on the server."""
    text = request.GET.get("q", "").strip()[:100]
    rows = list(_suppliers(request, text)[: MOST + 1])
    config = {
        "numbers": {each.code.upper(): reverse("scan:receive_unordered_one", args=[each.pk]) for each in rows[:MOST]},
        "search": reverse("scan:receive_unordered"),
        "more": len(rows) > MOST or bool(text),
    }
    shown = {"suppliers": rows[:MOST], "more": len(rows) > MOST, "text": text}
    return page(request, "scan/receive_unordered.html", gettext("Without an order"), config, **shown)


@require_GET
@signed_in(RECEIVE)
def unordered(request: Any, pk: int) -> HttpResponse:
    """The articles that this supplier is known to sell are on the page; others are asked of the server."""
    supplier = get_object_or_404(_suppliers(request), pk=pk)
    house = request.scan_device.warehouse
    sold = Q(supplier_skus__supplier=supplier) | Q(purchaseorderline__purchase_order__supplier=supplier)
    skus = Sku.objects.filter(sold, company_id=house.company_id, status__in=RECEIVABLE_SKUS).distinct().order_by("code")
    config = {
        "supplier": supplier.pk,
        **places_to_receive(house.pk),
        "lines": articles(skus[:MOST_ARTICLES]),
        "find": reverse("scan:find"),
        "blind": True,
        "cross_docks": house.cross_docks,
        "put_away": reverse("scan:put_away"),
        "back": reverse("scan:receive"),
    }
    return page(request, "scan/receive_one.html", gettext("Without an order"), config, supplier=supplier, blind=True)
