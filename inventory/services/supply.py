"""What several warehouses have for demands: locked before one is chosen, and barred where it may not serve."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

from backoffice.core.db import prepared_cursor
from inventory.services.locking import ClaimFacts, lock_claims


def lock_supply(
    demands: Mapping[int, int], *, warehouses: Mapping[int, Sequence[int]], company_id: int, owner_id: int | None = None
) -> dict[tuple[int, int], Decimal]:
    """Lock demands and every level they might be met from; what is available by (SKU, warehouse).

    owner_id: whose goods all the demands want. demands: their SKU by id. warehouses: the candidates by SKU; a SKU without any is passed over. Whoever chooses
    among warehouses calls it first, with all of them: levels locked one warehouse after another would deadlock.
    The caller's transaction then claims or releases what it likes of them. Statements: 1, or 0 with no candidates.
    """
    pairs: list[tuple[int, int]] = []
    seen: set[int] = set()
    for demand_id, sku_id in demands.items():
        places = warehouses.get(sku_id, ())
        # Each demand once, and each level once: not every demand with every warehouse.
        pairs += [(demand_id, place) for place in (places[:1] if sku_id in seen else places)]
        seen.add(sku_id)
    if not pairs:
        return {}
    facts = lock_claims(
        company_id, [demand for demand, _place in pairs], [place for _demand, place in pairs], [None] * len(pairs)
    )
    return {
        (fact.sku_id, place): _free(fact)
        for (_demand, place), fact in zip(pairs, facts, strict=True)
        if fact.sku_id is not None and fact.available is not None and fact.owner_id == owner_id
    }


def _free(fact: ClaimFacts) -> Decimal:
    """Own goods that have not expired, and what consignors add."""
    own = fact.available or Decimal(0)
    if fact.shelf_free:
        own = max(min(own, fact.shelf_free[0]), Decimal(0))
    return own + sum(fact.consigned or (), Decimal(0))


def bar_demands(barred: Mapping[int, Sequence[int]], *, company_id: int) -> None:
    """Say which warehouses may not meet demands, by demand id (none: all may); a pin is stronger.

    Goods that come into such a warehouse later pass them over. Statements: 1, or 0 without demands.
    """
    if not barred:
        return
    with prepared_cursor() as cursor:
        cursor.execute(
            "WITH given AS (SELECT * FROM unnest(%s::bigint[], %s::text[]) g (id, barred)),"
            " locked AS (SELECT d.id, g.barred FROM inventory_demand d JOIN given g ON g.id = d.id"
            " WHERE d.company_id = %s ORDER BY d.id FOR NO KEY UPDATE OF d)"
            " UPDATE inventory_demand d SET barred = l.barred::jsonb FROM locked l"
            " WHERE d.id = l.id AND d.barred IS DISTINCT FROM l.barred::jsonb",
            [list(barred), [json.dumps(sorted(places)) if places else None for places in barred.values()], company_id],
        )
