"""A whole lot set aside: all of it that nobody was promised, in every warehouse."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.show import show_number
from inventory.errors import ConditionRefused
from inventory.models import SELLABLE_KINDS
from inventory.services.conditions import Regrade, set_condition

# Free of a lot in a warehouse: what lies there less what was claimed of the lot, and no more than the level has to give.
# It is taken from the places in their order, and of each what no picker has claimed.
_FREE = """
WITH lying AS (
    SELECT q.sku_id, q.owner_id, l.warehouse_id, q.location_id, q.quantity, q.quantity - q.claimed AS loose, l.kind
    FROM inventory_stockquant q JOIN inventory_location l ON l.id = q.location_id
    WHERE q.company_id = %(company)s AND q.sku_id = %(sku)s AND q.lot_id = %(lot)s AND q.quantity > 0 AND l.kind = ANY(%(kinds)s)
), places AS (
    SELECT y.*, sum(y.loose) OVER (PARTITION BY y.warehouse_id, y.owner_id ORDER BY y.location_id) AS so_far,
        sum(y.quantity) OVER (PARTITION BY y.warehouse_id, y.owner_id) AS whole
    FROM lying y
)
SELECT p.location_id, p.owner_id, least(p.loose, greatest(f.free - (p.so_far - p.loose), 0)), p.quantity
FROM places p CROSS JOIN LATERAL (
    SELECT least(v.available, p.whole - coalesce((SELECT sum(a.open) FROM inventory_allocation a
        WHERE a.sku_id = p.sku_id AND a.warehouse_id = p.warehouse_id AND a.lot_id = %(lot)s AND a.open > 0
            AND a.owner_id IS NOT DISTINCT FROM p.owner_id), 0)) AS free
    FROM inventory_stocklevel v WHERE v.sku_id = p.sku_id AND v.warehouse_id = p.warehouse_id
        AND v.owner_id IS NOT DISTINCT FROM p.owner_id
) f ORDER BY p.location_id
"""


@dataclass(frozen=True, slots=True)
class LotSetAside:
    """moved: what was set aside; promised: what stays on sale because customers or pickers have claimed it."""

    moved: Decimal
    promised: Decimal


@transaction.atomic(savepoint=False)
def set_lot_aside(
    lot_id: int,
    *,
    sku_id: int,
    company_id: int,
    condition: str,
    effective_at: datetime.datetime,
    reason: str,
    actor: Actor,
) -> LotSetAside:
    """Set aside what is free of a lot, in all places that sell. condition: quarantine or damaged.

    Raises ConditionRefused (nothing_free, and what set_condition refuses); nothing is written then.
    Statements: about 13, whatever the number of places.
    """
    done = set_free_aside(
        lot_id, sku_id=sku_id, company_id=company_id, condition=condition, effective_at=effective_at, reason=reason,
        actor=actor,
    )  # fmt: skip
    if not done.moved:
        raise ConditionRefused(
            _(
                "Nothing of this lot is free to be set aside: %(quantity)s are claimed. Cancel or change the orders first."
            )
            % {"quantity": show_number(done.promised)}
            if done.promised
            else _("Nothing of this lot is on sale."),
            code="nothing_free",
            row=0,
        )
    return done


def set_free_aside(
    lot_id: int,
    *,
    sku_id: int,
    company_id: int,
    condition: str,
    effective_at: datetime.datetime,
    reason: str,
    actor: Actor,
) -> LotSetAside:
    """The same, also where nothing is free. Raises ConditionRefused, StockRefused."""
    with connection.cursor() as cursor:
        given: dict[str, Any] = {"company": company_id, "sku": sku_id, "lot": lot_id, "kinds": list(SELLABLE_KINDS)}
        cursor.execute(_FREE, given)
        found = cursor.fetchall()
    rows = [
        Regrade(sku_id, free, place, condition, lot_id=lot_id, owner_id=owner)
        for place, owner, free, _whole in found
        if free > 0
    ]
    moved = sum((row.quantity for row in rows), Decimal(0))
    whole = sum((quantity for *_place, quantity in found), Decimal(0))
    set_condition(rows, company_id=company_id, effective_at=effective_at, reason=reason, actor=actor)
    return LotSetAside(moved, whole - moved)
