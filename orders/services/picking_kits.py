"""Kits that leave whole and of which a component came up short: what is left over of the others."""

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from orders.models import FulfilmentStatus
from orders.services.changing import change_status


class LeftOver(NamedTuple):
    """Picked, but its kit cannot be complete: to be put back, its claim to be given back."""

    fulfilment_line_id: int
    allocation_id: int
    quantity: Decimal


# Every component of a kit that leaves whole has a line in the fulfilment, though nothing of it may have been found.
_CUT = """
WITH parts AS (
    SELECT fl.id, fl.picked - c.per_kit * floor(
        min(fl.picked / c.per_kit) OVER (PARTITION BY fl.fulfilment_id, fl.order_line_id)) AS over
    FROM orders_fulfilmentline fl
    JOIN inventory_allocation a ON a.id = fl.allocation_id
    JOIN orders_orderlinecomponent c ON c.demand_id = a.demand_id
    JOIN inventory_demand d ON d.id = a.demand_id AND d.kit_group IS NOT NULL
    WHERE fl.fulfilment_id = ANY(%s)
)
UPDATE orders_fulfilmentline fl SET quantity = fl.quantity - parts.over, picked = fl.picked - parts.over
FROM parts WHERE fl.id = parts.id AND parts.over > 0 RETURNING fl.id, fl.allocation_id, parts.over
"""
_EMPTY = """
SELECT f.id, f.status FROM orders_fulfilment f WHERE f.id = ANY(%s) AND f.status = 'picked'
    AND NOT EXISTS (SELECT FROM orders_fulfilmentline fl WHERE fl.fulfilment_id = f.id AND fl.quantity > 0) ORDER BY f.id
"""


@transaction.atomic(savepoint=False)
def cut_to_whole_kits(fulfilment_ids: Collection[int], *, company_id: int, actor: Actor) -> list[LeftOver]:
    """Lower picked fulfilments, which the caller has locked, to whole kits; what is left over of their components.

    A fulfilment of which nothing is left is cancelled. Statements: 2, 4 if one is cancelled.
    """
    ids = sorted(set(fulfilment_ids))
    with prepared_cursor() as cursor:
        cursor.execute(_CUT, [ids])
        left_over = [LeftOver(*row) for row in cursor.fetchall()]
        if not left_over:
            return []
        cursor.execute(_EMPTY, [ids])
        empty = [(pk, status, FulfilmentStatus.CANCELLED.value) for pk, status in cursor.fetchall()]
    reason = _("Without its missing component no kit can leave.")
    change_status("orders.fulfilment", empty, company_id=company_id, actor=actor, reason=reason)
    return left_over
