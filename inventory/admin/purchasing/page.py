"""What the page of one purchase order shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.admin.pages import events_of, filled_panels
from backoffice.core.registry import Link, links_of
from inventory.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderRevision,
    Sku,
    StockMove,
    SupplierReturn,
)
from inventory.selectors import Offer, offers_of
from inventory.selectors.billing import billed_quantities
from inventory.selectors.receipts import receipts_of
from inventory.services.expecting import ENDED
from inventory.states import PURCHASE_ORDER, RECEIVABLE, REVISABLE

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line with its amount, the supplier's code, and what somebody should look at."""

    line: PurchaseOrderLine
    amount: Decimal
    their_code: str
    warnings: list[str]
    billed: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One line of a revision, before and after; empty before: it is new."""

    sku: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    differs: bool


def order_page(order: PurchaseOrder, steps: Mapping[str, Any]) -> dict[str, Any]:
    """The context of inventory/purchase_order.html. Statements: about 14."""
    rows = list(order.lines.select_related("sku").order_by("position"))
    offers = offers_of(order.supplier_id, [(r.sku_id, r.quantity) for r in rows], company_id=order.company_id)
    revisions = list(order.revisions.order_by("-number"))
    billed = billed_quantities([line.pk for line in rows])
    lines = [_shown(line, offers.get(line.sku_id), order, billed.get(line.pk, ZERO)) for line in rows]
    return {
        "order": order,
        "lines": lines,
        "expecting": [(line.line, line.amount) for line in lines],
        "total": sum((line.amount for line in lines), ZERO),
        "shows_confirmed": any(row.confirmed_quantity is not None for row in rows),
        "may_expect": order.status not in ENDED,
        "may_revise": order.status in REVISABLE and order.ship_to_id is None,
        "may_confirm": order.status in REVISABLE and order.status != "approved" and order.ship_to_id is None,
        "may_announce": order.status in RECEIVABLE and order.ship_to_id is None,
        "may_mail": order.status in REVISABLE,
        "unsent": order.sent_revision is not None and order.sent_revision < order.revision,
        "revisions": [(revision, _changes(revision)) for revision in revisions],
        "pending": next((revision for revision in revisions if revision.status == "pending"), None),
        "notices": list(order.notices.order_by("-pk")[:50]),
        "supplier_returns": _returns(rows),
        "receipts": list(receipts_of(order.pk)[:100]),
        "steps": [
            (name, label, asks)
            for name, (_service, label, asks, status) in steps.items()
            if status in PURCHASE_ORDER[order.status] and (name == "reopen") == (order.status == "closed")
        ],
        "panels": filled_panels("inventory.purchaseorder", order.pk),
        "entries": _entries(order),
        "events": events_of("inventory.purchaseorder", order.pk),
    }


def _shown(line: PurchaseOrderLine, offer: Offer | None, order: PurchaseOrder, billed: Decimal) -> ShownLine:
    warnings = []
    open_quantity = line.quantity - line.cancelled
    if offer is not None and order.status in ("draft", "submitted", "approved"):
        if open_quantity < offer.min_quantity:
            warnings.append(_("below the minimum of %(least)s") % {"least": f"{offer.min_quantity.normalize():f}"})
        if open_quantity % offer.pack_multiple:
            warnings.append(_("no multiple of %(pack)s") % {"pack": f"{offer.pack_multiple.normalize():f}"})
        if offer.is_discontinued:
            warnings.append(_("the supplier sells it no more"))
    limit = offer.price_percent if offer is not None else ZERO
    if line.list_cost is not None and line.unit_cost > line.list_cost * (1 + limit / 100):
        warnings.append(_("above the list price of %(price)s") % {"price": f"{line.list_cost.normalize():f}"})
    their_code = offer.code if offer is not None and offer.code != line.sku.code else ""
    return ShownLine(line, open_quantity * line.unit_cost, their_code, warnings, billed)


def _changes(revision: PurchaseOrderRevision) -> list[ShownChange]:
    before = {row["line"]: row for row in revision.before}
    codes = dict(Sku.objects.filter(pk__in={row["sku"] for row in revision.after}).values_list("pk", "code"))
    shown = []
    for row in revision.after:
        old = before.get(row["line"]) if row["line"] else None
        if old != row:
            shown.append(ShownChange(codes[row["sku"]], old or {}, row, old is not None))
    return shown


def _returns(rows: list[PurchaseOrderLine]) -> list[Any]:

    return list(SupplierReturn.objects.filter(lines__po_line__in=rows).distinct().order_by("-pk")[:20])


def _entries(order: PurchaseOrder) -> list[tuple[Any, Link | None]]:
    """The journal entries of what came in on it, newest first. Statements: 2 and the links'."""

    moves = (
        StockMove.objects.filter(
            source_type="inventory.purchaseorderline",
            source_id__in=list(order.lines.values_list("pk", flat=True)),
            entry__isnull=False,
        )
        .select_related("entry")
        .order_by("-pk")[:200]
    )
    found = {move.entry_id: move.entry for move in moves if move.entry is not None}
    links = links_of([(entry.source_type, entry.source_id) for entry in found.values()])
    return [(entry, links.get((entry.source_type, entry.source_id or 0))) for entry in found.values()]
