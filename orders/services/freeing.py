"""Claims of what is cancelled, given back: none that a warehouse works on."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from inventory.services import Release, release_to_waiting
from orders.errors import BeingPicked

ZERO = Decimal(0)

# What each demand lacks, and of each of its claims how much no warehouse has begun to work on.
_FREE = """
SELECT d.id, d.unmet, a.id, a.open - coalesce(begun.quantity, 0), begun.fulfilment_id
FROM inventory_demand d
LEFT JOIN inventory_allocation a ON a.demand_id = d.id AND a.open > 0
LEFT JOIN LATERAL (
    SELECT sum(fl.quantity - fl.shipped) AS quantity, min(f.id) AS fulfilment_id
    FROM orders_fulfilmentline fl JOIN orders_fulfilment f ON f.id = fl.fulfilment_id
    WHERE fl.allocation_id = a.id AND f.status IN ('in_wave', 'picking', 'picked', 'packing', 'packed')
) begun ON true
WHERE d.id = ANY(%s) ORDER BY d.id, a.warehouse_id DESC, a.id DESC
"""


def free_claims(demands: Mapping[int, Decimal], *, company_id: int, actor: Actor) -> None:
    """Give back the claims that the cancelled quantities hold, but none that a warehouse works on.

    Warehouse by warehouse, so that all components of a kit are given back in the same one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FREE, [list(demands)])
        rows = cursor.fetchall()
    missing = {demand_id: max(demands[demand_id] - unmet, ZERO) for demand_id, unmet, *_rest in rows}
    releases = []
    for demand_id, _unmet, allocation_id, free, _begun in rows:
        part = min(missing[demand_id], free or ZERO)
        if part > 0:
            releases.append(Release(allocation_id, part))
            missing[demand_id] -= part
    for demand_id, quantity in missing.items():
        if quantity > 0:
            fulfilment_id = next(row[4] for row in rows if row[0] == demand_id and row[4])
            raise BeingPicked(
                _("Fulfilment FO-%(id)06d is being worked on: give it back from picking first.")
                % {"id": fulfilment_id},
                fulfilment_id=fulfilment_id,
            )
    release_to_waiting(releases, company_id=company_id, actor=actor)
