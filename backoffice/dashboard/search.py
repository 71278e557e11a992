"""One box finds order, SKU, barcode, tracking number, buyer, external id, invoice, purchase order."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounting.models import Invoice, JournalEntry
from inventory.models import PurchaseOrder, Sku
from orders.models import Order
from orders.selectors.search import find_orders

LIMIT = 25
NUMBERED = re.compile(r"^(PO|JE)-?0*(\d{1,12})$", re.IGNORECASE)
REASONS = {
    "number": _("Order"),
    "external_id": _("Order, by external id"),
    "tracking": _("Order, by tracking number"),
    "sku": _("Order with this SKU"),
    "buyer": _("Order of this buyer"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found, why, and its page."""

    title: str
    kind: Any
    detail: str
    url: str
    icon: str


def find(term: str, user: Any) -> list[Hit]:
    """What the term names and the user may see; a fixed number of indexed queries, each with a limit."""
    term = term.strip()
    if not term:
        return []
    hits: list[Hit] = []
    if user.has_perm("inventory.view_sku"):
        hits += _skus(term)
        hits += _numbered(term, "PO", PurchaseOrder, "admin:inventory_purchaseorder_change", _("Purchase order"))
    if user.has_perm("accounting.view_invoice"):
        hits += [
            Hit(invoice.number, _("Invoice"), str(invoice.date), _url("accounting_invoice", invoice.pk), "receipt_long")
            for invoice in Invoice.objects.filter(number__iexact=term)[:5]
        ]
        hits += _numbered(term, "JE", JournalEntry, "admin:accounting_journalentry_change", _("Journal entry"))
    if user.has_perm("orders.view_order"):
        hits += _orders(term)
    return hits[: LIMIT * 2]


def _url(model: str, pk: int) -> str:
    return reverse(f"admin:{model}_change", args=[pk])


def _orders(term: str) -> list[Hit]:
    found = find_orders(term, limit=LIMIT)
    orders = {
        order.pk: order
        for order in Order.objects.filter(pk__in=[hit.order_id for hit in found]).select_related(
            "channel", "contact__person"
        )
    }
    return [
        Hit(
            orders[hit.order_id].number,
            REASONS[hit.reason],
            f"{orders[hit.order_id].channel} · {orders[hit.order_id].external_id}",
            _url("orders_order", hit.order_id),
            "shopping_bag",
        )
        for hit in found
    ]


def _skus(term: str) -> list[Hit]:
    condition = Q(code__iexact=term) | Q(barcodes__code=term)
    if len(term) >= 3:
        condition |= Q(name__icontains=term)
    skus = Sku.objects.filter(condition).distinct().order_by("code")[:LIMIT]
    return [Hit(sku.code, _("SKU"), sku.name, _url("inventory_sku", sku.pk), "inventory_2") for sku in skus]


def _numbered(term: str, prefix: str, model: Any, url_name: str, kind: Any) -> list[Hit]:
    match = NUMBERED.match(term)
    if match is None or match[1].upper() != prefix:
        return []
    found = model.objects.filter(pk=int(match[2]))
    return [Hit(str(item), kind, "", reverse(url_name, args=[item.pk]), "description") for item in found]
