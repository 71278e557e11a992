"""Saying what a kit is made of. Every change is a new composition; orders keep the one they were sold by."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from inventory.errors import KitRefused, NotFound
from inventory.models import Kit, KitComponent, KitPolicy, Sku, Warehouse
from inventory.services.events import publish_stock_changed

MAX_COMPONENTS = 100


@dataclass(frozen=True, slots=True)
class KitPart:
    """How many of a SKU, in base units, one kit takes."""

    sku_id: int
    quantity: Decimal


@transaction.atomic(savepoint=False)
def set_kit(
    sku_id: int,
    *,
    parts: Sequence[KitPart],
    company_id: int,
    actor: Actor,
    policy: str = KitPolicy.WHOLE,
    reason: str = "",
) -> int:
    """Make a SKU a kit of these parts, or change its parts; the id of the composition that counts now.

    The same composition again changes nothing. Orders placed before keep theirs. Kits do not nest: a kit's
    components are plain SKUs, so that one look says what is taken from the shelf.

    Raises KitRefused (no_components, too_many_components, quantity_not_positive, twice, itself, unknown_sku,
    nested, is_component, has_stock, expected, wanted), NotFound; nothing is written.
    Topic published: StockChanged. Statements: at most 12.
    """
    policy = KitPolicy(policy).value
    _check_parts(sku_id, parts)
    skus = _lock_skus([sku_id, *(part.sku_id for part in parts)], company_id)
    if sku_id not in skus:
        raise NotFound(_("There is no such SKU."), sku_id=sku_id)
    sku = skus[sku_id]
    before = Kit.objects.filter(pk=sku.kit_id).first()
    if before and before.policy == policy and _same(before, parts):
        return before.pk
    _check_skus(sku, parts, skus)
    if before is None:
        _check_is_free(sku)
    kit = Kit.objects.create(
        company_id=company_id,
        sku=sku,
        number=Kit.objects.filter(sku=sku).count() + 1,
        policy=policy,
        reason=reason[:300],
        actor_id=actor.user_id,
        actor_label=actor.label,
    )
    insert_rows(
        "inventory_kitcomponent",
        {"kit_id": "bigint", "position": "int", "sku_id": "bigint", "quantity": "numeric"},
        [(kit.pk, position, part.sku_id, part.quantity) for position, part in enumerate(parts, 1)],
    )
    words = ", ".join(f"{part.quantity.normalize():f} × {skus[part.sku_id].code}" for part in parts)
    _switch(sku, kit, words, actor, reason)
    return kit.pk


@transaction.atomic(savepoint=False)
def unset_kit(sku_id: int, *, company_id: int, actor: Actor, reason: str = "") -> None:
    """From now on the SKU is a plain one, to be stocked itself. Orders placed before keep their components.

    Raises NotFound, KitRefused (no_kit); nothing is written. Statements: 6.
    """
    sku = _lock_skus([sku_id], company_id).get(sku_id)
    if sku is None:
        raise NotFound(_("There is no such SKU."), sku_id=sku_id)
    if sku.kit_id is None:
        raise KitRefused(_("%(sku)s is no kit.") % {"sku": sku.code}, code="no_kit", sku_id=sku_id)
    _switch(sku, None, "", actor, reason)


def _check_parts(sku_id: int, parts: Sequence[KitPart]) -> None:
    """What can be said without looking anything up."""
    if not parts:
        raise KitRefused(_("A kit needs at least one component."), code="no_components")
    if len(parts) > MAX_COMPONENTS:
        raise KitRefused(
            _("A kit has at most %(most)s components.") % {"most": MAX_COMPONENTS}, code="too_many_components"
        )
    seen: set[int] = set()
    for row, part in enumerate(parts, 1):
        if not part.quantity.is_finite() or part.quantity <= 0:
            code, detail = "quantity_not_positive", _("Component %(row)s: the quantity in one kit must be above zero.")
        elif part.sku_id == sku_id:
            code, detail = "itself", _("Component %(row)s is the kit itself.")
        elif part.sku_id in seen:
            code, detail = "twice", _("Component %(row)s stands above already: give its whole quantity once.")
        else:
            seen.add(part.sku_id)
            continue
        raise KitRefused(detail % {"row": row}, code=code, row=row)


def _lock_skus(sku_ids: Sequence[int], company_id: int) -> dict[int, Sku]:
    """The kit and its components, locked in key order: two kits cannot be put into each other at once."""
    locked = Sku.objects.select_for_update(of=("self",), no_key=True)
    return {sku.pk: sku for sku in locked.filter(company_id=company_id, pk__in=sku_ids).order_by("pk")}


def _same(kit: Kit, parts: Sequence[KitPart]) -> bool:
    present = dict(KitComponent.objects.filter(kit=kit).values_list("sku_id", "quantity"))
    return present == {part.sku_id: part.quantity for part in parts}


def _check_skus(sku: Sku, parts: Sequence[KitPart], skus: dict[int, Sku]) -> None:
    for row, part in enumerate(parts, 1):
        found = skus.get(part.sku_id)
        if found is None:
            raise KitRefused(_("Component %(row)s: unknown SKU.") % {"row": row}, code="unknown_sku", row=row)
        if found.kit_id is not None:
            raise KitRefused(
                _("%(sku)s is a kit itself: list its components instead.") % {"sku": found.code},
                code="nested",
                row=row,
                sku=found.code,
            )
    outer = Sku.objects.filter(kit__components__sku=sku).order_by("code").first()
    if outer is not None:
        raise KitRefused(
            _("%(sku)s is a component of the kit %(kit)s, so it cannot be a kit.")
            % {"sku": sku.code, "kit": outer.code},
            code="is_component",
            kit=outer.code,
        )


_IN_USE = """
SELECT
    EXISTS (SELECT FROM inventory_stocklevel l WHERE l.sku_id = %(sku)s AND l.on_hand <> 0),
    EXISTS (SELECT FROM inventory_purchaseorderline p JOIN inventory_purchaseorder o ON o.id = p.purchase_order_id
        WHERE p.sku_id = %(sku)s AND p.received + p.cancelled < p.quantity
            AND o.status NOT IN ('received', 'closed', 'cancelled')),
    EXISTS (SELECT FROM inventory_demand d WHERE d.sku_id = %(sku)s AND d.quantity > d.used
        AND (d.expires_at IS NULL OR d.expires_at > clock_timestamp()))
"""


def _check_is_free(sku: Sku) -> None:
    """A SKU that becomes a kit has no stock, expects none, and nobody waits for it as a plain SKU."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_USE, {"sku": sku.pk})
        stocked, expected, wanted = cursor.fetchone()
    if stocked:
        code, detail = "has_stock", _("%(sku)s has stock of its own: a kit is held as its components.")
    elif expected:
        code, detail = "expected", _("%(sku)s is on a purchase order: buy a kit's components instead.")
    elif wanted:
        code, detail = "wanted", _("Open orders want %(sku)s as it is: ship or cancel them first.")
    else:
        return
    raise KitRefused(detail % {"sku": sku.code}, code=code, sku=sku.code)


def _switch(sku: Sku, kit: Kit | None, words: str, actor: Actor, reason: str) -> None:
    """What counts from now on; channels are told that the SKU's availability changed."""
    old, sku.kit = sku.kit_id, kit
    sku.save(update_fields=["kit"])
    number = {None: ""} | dict(Kit.objects.filter(sku=sku).values_list("pk", "number"))
    change = audit.Change(
        "inventory.sku",
        sku.pk,
        "kit_set" if kit else "kit_unset",
        field="kit",
        old=str(number[old]),
        new=f"{kit.number}: {kit.get_policy_display()}: {words}"[:300] if kit else "",  # type: ignore[attr-defined]
        reason=reason,
        company_id=sku.company_id,
    )
    audit.record([change], actor=actor)
    warehouses = Warehouse.objects.filter(company_id=sku.company_id, is_active=True, is_transit=False)
    publish_stock_changed({(sku.pk, pk) for pk in warehouses.values_list("pk", flat=True)}, company_id=sku.company_id)


def refuse_kits(sku_ids: Sequence[int], *, company_id: int) -> None:
    """Raise KitRefused (held_as_components) if goods of a kit SKU itself are meant. Statements: 1, or 0."""
    kit = Sku.objects.filter(company_id=company_id, pk__in=set(sku_ids), kit__isnull=False).first() if sku_ids else None
    if kit is not None:
        raise KitRefused(
            _("%(sku)s is a kit: buy and store its components.") % {"sku": kit.code},
            code="held_as_components",
            sku=kit.code,
        )
