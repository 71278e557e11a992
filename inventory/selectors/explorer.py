"""The stock explorer: SKUs by warehouse, and what lies, is claimed, comes and moved in one of these pairs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.core.money import ZERO
from inventory.models import Allocation, PurchaseOrderLine, StockMove, StockQuant, TransferLine
from inventory.selectors.categories import IN_CATEGORY
from inventory.selectors.stock_kinds import StockKinds, stock_kinds

PAGE = 50
OWN = "own"  # our own goods only
HOLDINGS = {
    "": _("All"),
    "stocked": _("In stock"),
    "free": _("To sell"),
    "none": _("Nothing to sell"),
    "waiting": _("Waited for"),
    "blocked": _("Not sellable: quarantine, damaged, missing"),
}
SORTS = {
    "code": ("s.code", _("SKU")),
    "on_hand": ("h.on_hand DESC, s.code", _("Most on hand")),
    "available": ("h.available DESC, s.code", _("Most to sell")),
    "scarce": ("h.available, s.code", _("Least to sell")),
}
_HELD = {
    "": "true",
    "stocked": "h.on_hand > 0",
    "free": "h.available > 0",
    "none": "h.available <= 0",
    "waiting": "EXISTS (SELECT FROM inventory_demand d WHERE d.sku_id = s.id AND d.quantity > d.claimed + d.used)",
    "blocked": "h.on_hand > h.sellable",
}

_OWNERS = {
    "": "true",
    OWN: "owner_id IS NULL",
    "party": "owner_id = (SELECT id FROM accounting_party WHERE company_id = %(company)s AND code = %(owner)s)",
}

# The levels are summed for all SKUs only where the question is about them: by code alone, a page reads its own rows.
_SUMS = """
LEFT JOIN (
    SELECT sku_id, sum(on_hand) AS on_hand, sum(sellable) AS sellable, sum(available) AS available
    FROM inventory_stocklevel WHERE company_id = %(company)s
        AND (%(warehouse)s::bigint IS NULL OR warehouse_id = %(warehouse)s::bigint) AND {owner} GROUP BY sku_id
) l ON l.sku_id = s.id
CROSS JOIN LATERAL (SELECT coalesce(l.on_hand, 0) AS on_hand, coalesce(l.sellable, 0) AS sellable,
    coalesce(l.available, 0) AS available) h
"""
_PAGE = """
SELECT s.id, s.code, s.name, coalesce(c.name, '') FROM inventory_sku s
JOIN inventory_product p ON p.id = s.product_id LEFT JOIN inventory_category c ON c.id = p.category_id
{sums}
WHERE s.company_id = %(company)s AND s.is_stocked AND s.kit_id IS NULL AND {category}
    AND (%(search)s = '' OR upper(s.code) LIKE upper(%(start)s) OR s.name ILIKE %(within)s
        OR EXISTS (SELECT FROM inventory_barcode b WHERE b.sku_id = s.id AND b.code = %(search)s))
    AND {held}
ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s
"""


@dataclass(slots=True)
class Explored:
    """One SKU. places: what there is in each warehouse, all owners asked for together; whole: in all of them."""

    sku_id: int
    sku: str
    name: str
    category: str
    places: dict[int, StockKinds] = field(default_factory=dict)
    whole: StockKinds | None = None


def explore(
    company_id: int, *, search: str = "", category: str = "", warehouse_id: int | None = None, holding: str = "",
    owner: str = "", sort: str = "code", page: int = 1, limit: int = PAGE,
) -> tuple[list[Explored], bool]:  # fmt: skip
    """One page of stocked SKUs and whether there is another. search: the start of a code, a part of the name, or a
    barcode; category: its name, with those below; holding: one of HOLDINGS; owner: OWN, or a party's code (only SKUs of which it has
    something), empty: all. Statements: 2.
    """
    order = SORTS[sort][0]
    theirs = owner not in ("", OWN)
    held = f"({_HELD[holding]}){' AND h.on_hand > 0' if theirs else ''}"
    sums = _SUMS.format(owner=_OWNERS["party" if theirs else owner]) if "h." in order + held else ""
    like = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    given: dict[str, Any] = {
        "company": company_id, "category": category, "warehouse": warehouse_id, "search": search, "start": like + "%",
        "within": f"%{like}%", "limit": limit + 1, "offset": (page - 1) * limit,
        "owner": owner,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_PAGE.format(sums=sums, category=IN_CATEGORY, held=held, order=order), given)
        found = [Explored(*row) for row in cursor.fetchall()]
    shown = found[:limit]
    _fill(company_id, shown, warehouse_id, owner)
    return shown, len(found) > limit


def _fill(company_id: int, rows: Sequence[Explored], warehouse_id: int | None, owner: str) -> None:
    by_id = {row.sku_id: row for row in rows}
    for kinds in stock_kinds(company_id, list(by_id), warehouse_id=warehouse_id) if by_id else ():
        if owner and kinds.owner != ("" if owner == OWN else owner):
            continue
        row = by_id[kinds.sku_id]
        known = row.places.get(kinds.warehouse_id)
        row.places[kinds.warehouse_id] = kinds if known is None else _together(known, kinds)
        row.whole = kinds if row.whole is None else _together(row.whole, kinds)


def _together(one: StockKinds, other: StockKinds) -> StockKinds:
    sums = {
        name: getattr(one, name) + getattr(other, name) for name in StockKinds.__slots__ if name not in _NAMED
    }  # fmt: skip
    return StockKinds(one.sku_id, one.warehouse_id, one.warehouse, "", **sums)


_NAMED = ("sku_id", "warehouse_id", "warehouse", "owner")


@dataclass(frozen=True, slots=True)
class Place:
    """One SKU in one warehouse: what lies where, who claimed it, what comes, and what moved, newest first."""

    kinds: list[StockKinds]
    quants: list[StockQuant]
    claims: list[Allocation]
    ordered: list[PurchaseOrderLine]  # each with to_come
    coming: list[TransferLine]
    moves: list[StockMove]

    @property
    def available(self) -> Decimal:
        return sum((row.available for row in self.kinds), ZERO)


def stock_place(company_id: int, sku_id: int, warehouse_id: int, *, limit: int = 100) -> Place:
    """At most `limit` rows of each list. Statements: 6."""
    return Place(
        kinds=stock_kinds(company_id, [sku_id], warehouse_id=warehouse_id),
        quants=list(
            StockQuant.objects.filter(sku=sku_id, location__warehouse=warehouse_id, quantity__gt=0)
            .select_related("location", "lot", "owner")
            .order_by("location__kind", "location__pick_sequence", "location__code", "id")[:limit]
        ),
        claims=list(
            Allocation.objects.filter(sku=sku_id, warehouse=warehouse_id, open__gt=0)
            .select_related("demand", "lot", "owner")
            .order_by("demand__promise_date", "id")[:limit]
        ),
        ordered=list(
            PurchaseOrderLine.objects.filter(
                sku=sku_id, purchase_order__warehouse=warehouse_id,
                purchase_order__status__in=("sent", "confirmed", "partly_received"),
                quantity__gt=F("received") + F("cancelled"),
            ).annotate(to_come=F("quantity") - F("received") - F("cancelled"))
            .select_related("purchase_order__supplier")
            .order_by("purchase_order_id", "id")[:limit]
        ),
        coming=list(
            TransferLine.objects.filter(
                sku=sku_id, transfer__target=warehouse_id, shipped__gt=F("received") + F("settled")
            ).select_related("transfer__source").order_by("transfer_id", "id")[:limit]
        ),
        moves=list(_moves(sku_id, warehouse_id)[:limit]),
    )  # fmt: skip


def _moves(sku_id: int, warehouse_id: int) -> QuerySet[StockMove]:
    """By the index of the SKU's moves: those of both ends, from or to the warehouse."""
    here = StockMove.objects.filter(sku=sku_id).select_related("from_location", "to_location", "lot", "owner")
    into = here.filter(to_location__warehouse=warehouse_id)
    return (into | here.filter(from_location__warehouse=warehouse_id)).order_by("-effective_at", "-id")
