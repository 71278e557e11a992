"""One box finds order, SKU, barcode, lot, serial number, tracking number, buyer, external id, invoice, purchase order, transfer, adjustment."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounting.models import Invoice, JournalEntry, Party
from backoffice.core.models import ApiKey
from backoffice.core.scopes import visible
from inventory.barcodes import barcode_forms
from inventory.models import (
    Adjustment,
    AdvanceNotice,
    AssemblyOrder,
    Barcode,
    Inspection,
    LandedCost,
    Lot,
    PurchaseOrder,
    Revaluation,
    Serial,
    Sku,
    SupplierReturn,
    Transfer,
)
from orders.models import Order
from orders.selectors.search import find_orders

LIMIT = 25
NUMBERED = re.compile(r"^([A-Z]{2,3})-?0*(\d{1,12})$", re.IGNORECASE)
# Documents by the number that stands on them: (model, what it is called, who may see it).
DOCUMENTS: dict[str, tuple[Any, Any, str]] = {
    "PO": (PurchaseOrder, _("Purchase order"), "inventory.view_purchaseorder"),
    "ASN": (AdvanceNotice, _("Advance notice"), "inventory.view_purchaseorder"),
    "SR": (SupplierReturn, _("Return to supplier"), "inventory.view_purchaseorder"),
    "TR": (Transfer, _("Transfer"), "inventory.view_transfer"),
    "ADJ": (Adjustment, _("Stock adjustment"), "inventory.view_adjustment"),
    "QI": (Inspection, _("Inspection"), "inventory.view_inspection"),
    "LC": (LandedCost, _("Landed cost"), "inventory.view_landedcost"),
    "REV": (Revaluation, _("Revaluation"), "inventory.view_revaluation"),
    "ASM": (AssemblyOrder, _("Assembly order"), "inventory.view_assemblyorder"),
    "JE": (JournalEntry, _("Journal entry"), "accounting.view_journalentry"),
}
REASONS = {
    "number": _("Order"),
    "external_id": _("Order, by external id"),
    "tracking": _("Order, by tracking number"),
    "sku": _("Order with this SKU"),
    "buyer": _("Order of this buyer"),
}


SCOPES = {  # what a program needs to find what a person finds with the permission
    "orders.view_order": "orders:read",
    "inventory.view_sku": "catalogue:read",
    "inventory.view_lot": "stock:read",
    "inventory.view_serial": "stock:read",
    "inventory.view_purchaseorder": "stock:read",
    "inventory.view_transfer": "transfers:read",
    "inventory.view_adjustment": "adjustments:read",
    **dict.fromkeys(
        (f"inventory.view_{noun}" for noun in ("inspection", "landedcost", "revaluation", "assemblyorder")),
        "stock:read",
    ),
    "accounting.view_invoice": "accounting:read",
    "accounting.view_journalentry": "accounting:read",
}


@dataclass(frozen=True, slots=True)
class Sight:
    """What the searcher may see. company_id, channel_id: a program's key is bound to them."""

    may: Callable[[str], bool]
    user: Any
    company_id: int | None = None
    channel_id: int | None = None

    @classmethod
    def of(cls, user: Any) -> "Sight":
        return cls(user.has_perm, user)

    @classmethod
    def of_key(cls, key: ApiKey) -> "Sight":
        """A key bound to a channel finds that channel's orders only."""
        allowed = {name for name, scope in SCOPES.items() if scope in key.scopes and key.user.has_perm(name)}
        if key.channel_id is not None:
            allowed &= {"orders.view_order", "inventory.view_sku"}
        return cls(allowed.__contains__, key.user, key.company_id, key.channel_id)

    def own(self, rows: Any) -> Any:
        """Rows that the searcher may work with."""
        rows = visible(rows, self.user)
        return rows if self.company_id is None else rows.filter(company_id=self.company_id)


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found, why, and its page. type, id: the document, e.g. orders.order 7."""

    type: str
    id: int
    title: str
    kind: Any
    detail: str
    url: str
    icon: str


def find(term: str, sight: Sight) -> list[Hit]:
    """What the term names and the searcher may see; a fixed number of indexed queries, each with a limit."""
    term = term.strip()
    if not term:
        return []
    hits: list[Hit] = []
    if sight.may("inventory.view_sku"):
        hits += _skus(term, sight)
    if sight.may("inventory.view_lot"):
        hits += _tracked(term, Lot, _("Lot"), "egg", sight)
    if sight.may("inventory.view_serial"):
        hits += _tracked(term, Serial, _("Serial number"), "tag", sight)
    if sight.may("inventory.view_purchaseorder"):
        hits += _suppliers(term, sight)
    hits += _numbered(term, sight)
    if sight.may("accounting.view_invoice"):
        hits += _invoices(term, sight)
    if sight.may("orders.view_order"):
        hits += _orders(term, sight)
    return hits[: LIMIT * 2]


def _hit(row: Any, title: str, kind: Any, detail: str, icon: str) -> Hit:
    options = row._meta
    url = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[row.pk])
    return Hit(options.label_lower, row.pk, title, kind, detail, url, icon)


def _orders(term: str, sight: Sight) -> list[Hit]:
    found = find_orders(term, limit=LIMIT)
    rows = sight.own(Order.objects.filter(pk__in=[hit.order_id for hit in found]))
    if sight.channel_id is not None:
        rows = rows.filter(channel_id=sight.channel_id)
    orders = {order.pk: order for order in rows.select_related("channel", "contact__person")}
    return [
        _hit(order, order.number, REASONS[hit.reason], f"{order.channel} · {order.external_id}", "shopping_bag")
        for hit in found
        if (order := orders.get(hit.order_id))
    ]


def _skus(term: str, sight: Sight) -> list[Hit]:
    condition = Q(code__iexact=term) | Q(pk__in=Barcode.objects.filter(code__in=barcode_forms(term)).values("sku_id"))
    if len(term) >= 3:
        condition |= Q(name__icontains=term)
    skus = sight.own(Sku.objects.filter(condition)).order_by("code")[:LIMIT]
    return [_hit(sku, sku.code, _("SKU"), sku.name, "inventory_2") for sku in skus]


def _tracked(term: str, model: Any, kind: Any, icon: str, sight: Sight) -> list[Hit]:
    """Lots and units by their number, with their SKU."""
    rows = sight.own(model.objects.filter(code=term).select_related("sku")).order_by("-id")[:LIMIT]
    return [_hit(row, row.code, kind, f"{row.sku.code} · {row.sku.name}", icon) for row in rows]


def _suppliers(term: str, sight: Sight) -> list[Hit]:
    condition = Q(code__iexact=term)
    if len(term) >= 3:
        condition |= Q(name__icontains=term)
    rows = sight.own(Party.objects.filter(condition, is_supplier=True)).order_by("code")[:LIMIT]
    return [
        Hit(
            "accounting.party",
            row.pk,
            str(row),
            _("Supplier"),
            row.code,
            reverse("admin:inventory_supplier", args=[row.pk]),
            "factory",
        )
        for row in rows
    ]


def _invoices(term: str, sight: Sight) -> list[Hit]:
    invoices = sight.own(Invoice.objects.filter(number=term.upper()))[:5]
    return [_hit(row, row.number, row.get_kind_display(), str(row.date), "receipt_long") for row in invoices]


def _numbered(term: str, sight: Sight) -> list[Hit]:
    match = NUMBERED.match(term)
    model, kind, permission = DOCUMENTS.get(match[1].upper() if match else "", (None, "", ""))
    if match is None or model is None or not sight.may(permission):
        return []
    return [_hit(row, str(row), kind, "", "description") for row in sight.own(model.objects.filter(pk=int(match[2])))]
