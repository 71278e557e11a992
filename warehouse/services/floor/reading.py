"""What planners and doers look at: articles, bins with their loads, rules, faces. Each is one statement."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from inventory.models import Location, PickFace, Warehouse, Zone, ZoneUse
from warehouse.models import PutAwayRule
from warehouse.placing import Article, Bin, Load, Rule

_ARTICLES = """
SELECT s.id, s.code, coalesce(s.length_mm::numeric * s.width_mm * s.height_mm / 1000000, 0), coalesce(s.weight_g, 0),
    s.length_mm, s.width_mm, s.height_mm, s.storage_class_id, p.category_id,
    (SELECT max(k.quantity) FROM inventory_pack k WHERE k.sku_id = s.id AND k.kind = 'pallet')
FROM inventory_sku s JOIN inventory_product p ON p.id = s.product_id WHERE s.id = ANY(%s)
"""
_BINS = """
SELECT l.id, l.code, l.zone_id, l.bin_type_id, l.pick_sequence, l.is_pick_face, coalesce(z.use = 'reserve', false),
    coalesce(l.storage_class_id, z.storage_class_id),
    coalesce((SELECT c.takes_others FROM inventory_storageclass c
        WHERE c.id = coalesce(l.storage_class_id, z.storage_class_id)), true),
    coalesce(t.mixing, 'any'), t.length_mm, t.width_mm, t.height_mm,
    coalesce(l.max_volume_l, t.max_volume_l, t.length_mm::numeric * t.width_mm * t.height_mm / 1000000),
    coalesce(l.max_weight_g, t.max_weight_g), coalesce(l.max_pallets, t.max_pallets)
FROM inventory_location l
LEFT JOIN inventory_zone z ON z.id = l.zone_id LEFT JOIN inventory_bintype t ON t.id = l.bin_type_id
"""
_CONTENTS = """
SELECT place, sku, lot, sum(quantity) FROM (
    SELECT q.location_id AS place, q.sku_id AS sku, q.lot_id AS lot, q.quantity FROM inventory_stockquant q
        WHERE q.location_id = ANY(%s) AND q.quantity > 0
    UNION ALL
    SELECT f.to_location_id, f.sku_id, f.lot_id, f.quantity - f.done FROM warehouse_floortask f
        WHERE f.to_location_id = ANY(%s) AND f.status IN ('open', 'assigned', 'in_progress') AND f.id <> ALL(%s)
) c GROUP BY 1, 2, 3
"""
# Handling units that stand there, with what lies in them and in those that stand in them.
_UNITS = """
WITH RECURSIVE stack AS (
    SELECT h.id, h.location_id, h.stands_in_id AS place, h.id AS root, h.kind FROM warehouse_handlingunit h
    WHERE h.stands_in_id = ANY(%s) AND h.shipped_at IS NULL AND h.id <> ALL(%s)
    UNION ALL
    SELECT c.id, c.location_id, s.place, s.root, s.kind FROM warehouse_handlingunit c JOIN stack s ON c.parent_id = s.id
)
SELECT s.place, s.root, s.kind, q.sku_id, q.lot_id, sum(q.quantity) FROM stack s
LEFT JOIN inventory_stockquant q ON q.location_id = s.location_id AND q.quantity > 0
GROUP BY 1, 2, 3, 4, 5 ORDER BY 2
"""


def lock_warehouse(warehouse_id: int) -> None:
    """One planner at a time: what one plans the next sees. Statements: 1."""
    list(Warehouse.objects.filter(pk=warehouse_id).select_for_update(of=("self",), no_key=True))


def docks_of(location_ids: Collection[int], company_id: int) -> list[int]:
    """The warehouses of those places that are docks. Statements: 1."""
    rows = Location.objects.filter(pk__in=location_ids, company_id=company_id, kind="dock")
    return sorted(set(rows.values_list("warehouse_id", flat=True)) - {None})  # type: ignore[type-var]


def articles_of(sku_ids: Collection[int]) -> dict[int, Article]:
    """Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_ARTICLES, [sorted(set(sku_ids))])
        return {
            row[0]: Article(
                row[0], row[1], row[2], Decimal(row[3]), tuple(sorted(row[4:7])) if all(row[4:7]) else (), *row[7:]
            )
            for row in cursor.fetchall()
        }


def bins_of(
    *,
    warehouse_id: int | None = None,
    ids: Sequence[int] = (),
    without_tasks: Sequence[int] = (),
    without_units: Sequence[int] = (),
) -> list[Bin]:
    """The usable bins of a warehouse, or the named places, with what lies there, the handling units that stand there,
    and what open tasks bring.

    without_tasks, without_units: not counted, for they are what is being put. Statements: 4.
    """
    where, given = ("l.id = ANY(%s)", [list(ids)]) if warehouse_id is None else (
        "l.warehouse_id = %s AND l.kind = 'bin' AND l.is_active AND l.blocked_at IS NULL", [warehouse_id]
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"{_BINS} WHERE {where}", given)
        bins = {row[0]: _bin(row) for row in cursor.fetchall()}
        cursor.execute(_CONTENTS, [list(bins), list(bins), list(without_tasks)])
        contents = cursor.fetchall()
        cursor.execute(_UNITS, [list(bins), list(without_units)])
        units: dict[tuple[int, int, str], list[Any]] = {}
        for *unit, sku, lot, quantity in cursor.fetchall():
            units.setdefault((unit[0], unit[1], unit[2]), []).append((sku, lot, quantity))
    articles = articles_of(
        {sku for _place, sku, _lot, _quantity in contents}
        | {sku for own in units.values() for sku, _l, _q in own if sku}
    )
    for place, sku, lot, quantity in contents:
        bins[place].put(articles[sku], lot, quantity)
    for (place, _root, kind), own in units.items():
        bins[place].put_unit([(articles[sku], lot, quantity) for sku, lot, quantity in own if sku], pallets_of(kind))
    return list(bins.values())


_INSIDE = """
WITH RECURSIVE down AS (
    SELECT id, location_id FROM warehouse_handlingunit WHERE id = %s
    UNION SELECT h.id, h.location_id FROM warehouse_handlingunit h JOIN down ON h.parent_id = down.id
)
SELECT q.sku_id, q.lot_id, sum(q.quantity) FROM down d
JOIN inventory_stockquant q ON q.location_id = d.location_id AND q.quantity > 0 GROUP BY 1, 2
"""


def inside(unit_id: int) -> list[Load]:
    """What lies in a handling unit and in those in it. Statements: 2."""
    with connection.cursor() as cursor:
        cursor.execute(_INSIDE, [unit_id])
        rows = cursor.fetchall()
    articles = articles_of({sku for sku, _lot, _quantity in rows})
    return [(articles[sku], lot, quantity) for sku, lot, quantity in rows]


def pallets_of(kind: str) -> Decimal:
    """The pallet places that a handling unit takes: cartons stand on one another."""
    return Decimal(0) if kind == "carton" else Decimal(1)


def _bin(row: Sequence[Any]) -> Bin:
    sides = tuple(sorted(row[10:13])) if all(row[10:13]) else ()
    volume, weight, pallets = (None if value is None else Decimal(value) for value in row[13:16])
    return Bin(*row[:10], sides_mm=sides, max_volume_l=volume, max_weight_g=weight, max_pallets=pallets)


def warehouses_to_refill() -> list[tuple[int, int]]:
    """(company, warehouse) of those with pick faces or a reserve. Statements: 1."""
    faces = PickFace.objects.filter(location__warehouse=OuterRef("pk"))
    reserve = Zone.objects.filter(warehouse=OuterRef("pk"), use=ZoneUse.RESERVE)
    rows = Warehouse.objects.filter(Exists(faces) | Exists(reserve), is_active=True, is_transit=False)
    return list(rows.order_by("pk").values_list("company_id", "pk"))


def faces_of(warehouse_id: int) -> dict[int, list[tuple[int, Decimal]]]:
    """By SKU, its pick faces with the most each holds. Statements: 1."""
    found: dict[int, list[tuple[int, Decimal]]] = {}
    rows = PickFace.objects.filter(location__warehouse_id=warehouse_id).order_by("location__pick_sequence", "pk")
    for sku_id, location_id, most in rows.values_list("sku_id", "location_id", "maximum"):
        found.setdefault(sku_id, []).append((location_id, most))
    return found


def rules_of(warehouse_id: int) -> list[Rule]:
    """The warehouse's rules in their order, then what is done without any. Statements: 1."""
    own = [
        Rule(
            row.name, row.strategy, row.sku_id, row.category_id, row.storage_class_id, row.supplier_id, row.zone_id,
            row.bin_type_id, row.location_id,
        )
        for row in PutAwayRule.objects.filter(warehouse_id=warehouse_id, is_active=True).order_by("position", "pk")
    ]  # fmt: skip
    return [*own, *usual_rules()]


def usual_rules() -> list[Rule]:
    """What is done where no rule of one's own fits or has room."""
    return [
        Rule(_("Its pick face has room"), "pick_face"),
        Rule(_("It lies here already"), "same_sku"),
        Rule(_("Empty"), "empty"),
        Rule(_("First with room"), "nearest"),
    ]
