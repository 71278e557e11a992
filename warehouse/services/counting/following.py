"""After a count: what waited is booked when it is free; what was booked late makes a place be counted once more."""

import datetime

from django.db import connection, transaction

from backoffice.core.actor import Actor
from warehouse.models import CountResult
from warehouse.services.counting.common import hold_stocktake
from warehouse.services.counting.posting import post_results
from warehouse.services.counting_requests import BinCount, open_bin_count

LOOK_BACK = datetime.timedelta(days=14)

# Booked after the count was posted, effective before its scan: the books say again what the count put right.
_LATE = """
SELECT DISTINCT r.location_id, r.sku_id, r.id
FROM warehouse_stocktake s
JOIN warehouse_countresult r ON r.stocktake_id = s.id AND NOT r.superseded
WHERE s.company_id = %s AND s.status = 'posted' AND s.posted_at >= %s AND EXISTS (
    SELECT FROM inventory_stockmove k
    WHERE k.sku_id = r.sku_id AND k.effective_at > r.counted_at - interval '30 days' AND k.effective_at <= r.counted_at
        AND k.recorded_at > s.posted_at AND r.location_id IN (k.from_location_id, k.to_location_id)
        AND k.lot_id IS NOT DISTINCT FROM coalesce(r.lot_id, k.lot_id) AND k.reason <> 'count')
    AND NOT EXISTS (SELECT FROM warehouse_countrequest q
        WHERE q.source_type = 'warehouse.countresult' AND q.source_id = r.id)
ORDER BY r.id LIMIT 500
"""


def post_waiting(*, company_id: int, now: datetime.datetime, actor: Actor) -> int:
    """Book what waited because it was promised; how many stocktakes are posted with that. A transaction for each."""
    waiting = CountResult.objects.filter(stocktake__company_id=company_id, stocktake__status="approved", waits__gt=0)
    ids = sorted(set(waiting.order_by().values_list("stocktake_id", flat=True)))[:200]
    return sum(_post_one(pk, company_id, now, actor) for pk in ids)


@transaction.atomic(savepoint=False)
def _post_one(stocktake_id: int, company_id: int, now: datetime.datetime, actor: Actor) -> bool:
    stocktake = hold_stocktake(stocktake_id, company_id=company_id)
    if stocktake.status != "approved" or not CountResult.objects.filter(stocktake=stocktake, waits__gt=0).exists():
        return False
    post_results(stocktake, at=now, actor=actor)
    return stocktake.status == "posted"


@transaction.atomic(savepoint=False)
def ask_where_booked_late(*, company_id: int, now: datetime.datetime, actor: Actor) -> int:
    """Ask for a count of places for which something was booked late, once for each count. Statements: 2."""
    with connection.cursor() as cursor:
        cursor.execute(_LATE, [company_id, now - LOOK_BACK])
        late = cursor.fetchall()
    open_bin_count(
        [BinCount(location, sku, "late_booking", "warehouse.countresult", pk) for location, sku, pk in late],
        company_id=company_id,
        actor=actor,
    )
    return len(late)
