"""Which shipments a carrier is asked about: found when they have left, claimed when they are due, ended at arrival."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.errors import InvalidInput
from backoffice.core.holding import holder
from warehouse.carriers import CARRIERS
from warehouse.models import TrackingWatch

LEASE_S = 900  # who asks has this long, then somebody else does


@dataclass(frozen=True, slots=True)
class Watched:
    """A shipment to be asked about. numbers: of its parcels."""

    id: int
    shipment_id: int
    company_id: int
    connector: str
    numbers: tuple[str, ...]
    tries: int
    shipped_at: datetime


# Of a carrier that answers: the one whose label the parcels have, else the one whose name was typed.
_FIND = """
INSERT INTO warehouse_trackingwatch (company_id, shipment_id, carrier_id, due_at, tries, error)
SELECT s.company_id, s.id, c.id, clock_timestamp(), 0, ''
FROM orders_shipment s
JOIN LATERAL (
    SELECT a.id, a.connector FROM warehouse_parcel p
    JOIN warehouse_parcellabel l ON l.parcel_id = p.id AND l.voided_at IS NULL
    JOIN warehouse_carrierservice v ON v.id = l.service_id JOIN warehouse_carrieraccount a ON a.id = v.carrier_id
    WHERE p.shipment_id = s.id
    UNION ALL
    SELECT a.id, a.connector FROM warehouse_carrieraccount a
    WHERE a.company_id = s.company_id AND a.name = s.carrier AND a.is_active LIMIT 1
) c ON c.connector = ANY(%s)
WHERE s.shipped_at >= %s AND s.status IN ('manifested', 'in_transit', 'exception') AND s.tracking_number <> ''
ON CONFLICT DO NOTHING
"""


def watch_shipments(since: datetime) -> int:
    """Watch what has left since then with a carrier that can be asked; how many are new. Statements: 1, or 0."""
    connectors = [key for key, carrier in CARRIERS.items() if carrier.tracks]
    if not connectors:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [connectors, since])
        return cursor.rowcount


_CLAIM = """
WITH due AS (
    SELECT w.id FROM warehouse_trackingwatch w
    WHERE w.due_at <= clock_timestamp() AND w.ended_at IS NULL AND w.given_up_at IS NULL
    ORDER BY w.due_at, w.id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
), taken AS (
    UPDATE warehouse_trackingwatch w SET due_at = clock_timestamp() + make_interval(secs => %s), held_by = %s,
        tries = least(w.tries + 1, 1000)
    FROM due WHERE w.id = due.id RETURNING w.*
)
SELECT t.id, t.shipment_id, t.company_id, c.connector, coalesce(array_agg(p.tracking_number ORDER BY p.position)
    FILTER (WHERE p.tracking_number <> ''), ARRAY[s.tracking_number]), t.tries, s.shipped_at
FROM taken t JOIN warehouse_carrieraccount c ON c.id = t.carrier_id JOIN orders_shipment s ON s.id = t.shipment_id
LEFT JOIN warehouse_parcel p ON p.shipment_id = s.id
GROUP BY t.id, t.shipment_id, t.company_id, c.connector, t.tries, s.tracking_number, s.shipped_at
ORDER BY t.company_id, c.connector, t.id
"""


@transaction.atomic
def claim_due(limit: int) -> list[Watched]:
    """What is to be asked now, for whoever claims it first; counted as tried before it is asked. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [limit, LEASE_S, holder()])
        return [
            Watched(pk, shipment_id, company_id, connector, tuple(numbers), tries, shipped_at)
            for pk, shipment_id, company_id, connector, numbers, tries, shipped_at in cursor.fetchall()
        ]


_ANSWERED = """
UPDATE warehouse_trackingwatch w SET due_at = clock_timestamp() + g.wait, held_by = NULL, error = left(g.error, 300),
    tries = CASE WHEN g.error = '' THEN 0 ELSE w.tries END, checked_at = clock_timestamp(),
    given_up_at = CASE WHEN g.gives_up THEN clock_timestamp() END
FROM unnest(%s::bigint[], %s::interval[], %s::text[], %s::boolean[]) AS g(id, wait, error, gives_up) WHERE w.id = g.id
"""


def set_answered(rows: Sequence[tuple[int, timedelta, str, bool]]) -> None:
    """(watch, until it is asked again, what went wrong, whether it is given up). Statements: 1, or 0."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, [list(column) for column in zip(*rows, strict=True)])


_ARRIVED = """
UPDATE warehouse_trackingwatch w SET ended_at = clock_timestamp(), given_up_at = NULL, error = ''
FROM orders_shipment s WHERE w.shipment_id = ANY(%s) AND s.id = w.shipment_id AND w.ended_at IS NULL
    AND s.status IN ('delivered', 'returned_to_sender')
"""


def end_arrived(shipment_ids: Sequence[int]) -> None:
    """Ask no more about what has arrived or come back. Statements: 1, or 0."""
    if shipment_ids:
        with connection.cursor() as cursor:
            cursor.execute(_ARRIVED, [list(shipment_ids)])


@transaction.atomic
def ask_again(watch_ids: Sequence[int], *, company_id: int, actor: Actor) -> int:
    """Ask about these at the next turn, also where it was given up; how many. Statements: 3.

    Raises InvalidInput (one has arrived, or is unknown); nothing is written then.
    """
    rows = TrackingWatch.objects.filter(pk__in=watch_ids, company_id=company_id).order_by("pk")
    found = list(rows.select_for_update(of=("self",), no_key=True))
    if len(found) < len(set(watch_ids)) or any(watch.ended_at for watch in found):
        raise InvalidInput(_("It has arrived, or nobody asks about it."), errors=[{"field": "watches"}])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE warehouse_trackingwatch SET due_at = clock_timestamp(), tries = 0, given_up_at = NULL"
            " WHERE id = ANY(%s)",
            [[watch.pk for watch in found]],
        )
    record(
        [
            Change("orders.shipment", watch.shipment_id, "tracking_asked", reason=watch.error, company_id=company_id)
            for watch in found
        ],
        actor=actor,
    )
    return len(found)
