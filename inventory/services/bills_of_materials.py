"""What goods are made of; no SKU is made of itself, however far down."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO
from inventory.errors import BomRefused, NotFound
from inventory.models import BillOfMaterials, BomComponent, Sku

# The chain of codes by which a component needs the SKU itself; newest bills only.
_CHAIN = """
WITH RECURSIVE newest AS (
    SELECT DISTINCT ON (sku_id) id, sku_id FROM inventory_billofmaterials WHERE company_id = %(company)s
    ORDER BY sku_id, number DESC
), down AS (
    SELECT s.id AS sku_id, ARRAY[s.id] AS path FROM unnest(%(parts)s::bigint[]) s (id)
    UNION ALL
    SELECT c.sku_id, d.path || c.sku_id FROM down d JOIN newest n ON n.sku_id = d.sku_id
        JOIN inventory_bomcomponent c ON c.bom_id = n.id WHERE c.sku_id <> ALL (d.path) AND d.sku_id <> %(sku)s
)
SELECT ARRAY(SELECT k.code FROM unnest(d.path) WITH ORDINALITY p (id, n) JOIN inventory_sku k ON k.id = p.id ORDER BY p.n)
FROM down d WHERE d.sku_id = %(sku)s LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class BomPart:
    """How much of a SKU one unit takes. weight: its part of the cost when a unit is taken apart."""

    sku_id: int
    quantity: Decimal
    weight: Decimal | None = None


@transaction.atomic(savepoint=False)
def set_bill_of_materials(
    sku_id: int,
    *,
    parts: Sequence[BomPart],
    company_id: int,
    actor: Actor,
    labour_cost: Decimal = ZERO,
    overhead_cost: Decimal = ZERO,
    note: str = "",
) -> BillOfMaterials:
    """A new bill of materials, which counts from now on; orders keep the one they were made with.

    Raises NotFound, BomRefused (no_components, bad_quantity, bad_cost, twice, itself, unknown_sku, kit, cycle: naming
    the chain); nothing is written. Statements: 8.
    """
    locked = Sku.objects.select_for_update(of=("self",), no_key=True).filter(company_id=company_id)
    skus = {row.pk: row for row in locked.filter(pk__in=[sku_id, *(part.sku_id for part in parts)]).order_by("pk")}
    if sku_id not in skus:
        raise NotFound(_("There is no such SKU."), sku_id=sku_id)
    _check(sku_id, parts, skus)
    if not (0 <= labour_cost < 10**12 and 0 <= overhead_cost < 10**12):
        raise BomRefused(_("Costs are 0 or more."), code="bad_cost")
    with connection.cursor() as cursor:
        cursor.execute(_CHAIN, {"company": company_id, "sku": sku_id, "parts": [part.sku_id for part in parts]})
        chain = cursor.fetchone()
    if chain:
        code = skus[sku_id].code
        raise BomRefused(
            _("%(sku)s would be made of itself: %(chain)s.") % {"sku": code, "chain": " → ".join([code, *chain[0]])},
            code="cycle",
            chain=[code, *chain[0]],
        )
    last = BillOfMaterials.objects.filter(sku_id=sku_id).order_by("-number").values_list("number", flat=True).first()
    bom = BillOfMaterials.objects.create(
        company_id=company_id,
        sku_id=sku_id,
        number=(last or 0) + 1,
        labour_cost=labour_cost,
        overhead_cost=overhead_cost,
        note=note,
        actor_label=actor.label,
    )
    BomComponent.objects.bulk_create(
        BomComponent(bom=bom, position=position, sku_id=part.sku_id, quantity=part.quantity, weight=part.weight)
        for position, part in enumerate(parts, start=1)
    )
    words = ", ".join(f"{part.quantity.normalize():f} × {skus[part.sku_id].code}" for part in parts)[:300]
    change = audit.Change(
        "inventory.sku", sku_id, "bom_set", field="bom", new=words, reason=note, company_id=company_id
    )
    audit.record([change], actor=actor)
    return bom


def _check(sku_id: int, parts: Sequence[BomPart], skus: dict[int, Sku]) -> None:
    if not parts:
        raise BomRefused(_("A bill of materials needs a component."), code="no_components")
    if skus[sku_id].kit_id is not None:
        raise BomRefused(_("%(sku)s is sold as a kit and never stocked.") % {"sku": skus[sku_id].code}, code="kit")
    seen: set[int] = set()
    for row, part in enumerate(parts, start=1):
        found = skus.get(part.sku_id)
        if found is None:
            code, detail = "unknown_sku", _("Component %(row)s: unknown SKU.")
        elif part.sku_id == sku_id:
            code, detail = "itself", _("Component %(row)s is what is to be made.")
        elif part.sku_id in seen:
            code, detail = "twice", _("Component %(row)s stands above already: give its whole quantity once.")
        elif found.kit_id is not None:
            code, detail = "kit", _("Component %(row)s is a kit: list its components instead.")
        elif not (part.quantity.is_finite() and 0 < part.quantity < 10**12):
            code, detail = "bad_quantity", _("Component %(row)s: give a quantity above zero.")
        elif part.weight is not None and not (part.weight.is_finite() and part.weight >= 0):
            code, detail = "bad_quantity", _("Component %(row)s: a part of the cost is 0 or more.")
        else:
            seen.add(part.sku_id)
            continue
        raise BomRefused(detail % {"row": row}, code=code, row=row)
