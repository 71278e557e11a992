"""The outbox: what leaves the building is a row in the same commit, read at least once by each consumer.

Readers take events by (xid, id) below the oldest running transaction (pg_snapshot_xmin). `id > last` loses
rows: a transaction that drew a lower id may commit after a higher one has been read.
A long writing transaction holds the window back; nothing is lost, it comes later.
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.db import at_end_of_pipeline, insert_rows
from backoffice.core.errors import DomainError
from backoffice.core.registry import EventConsumer, registry

log = logging.getLogger(__name__)
_COLUMNS = {"topic": "text", "key": "text", "payload": "jsonb", "company_id": "bigint"}
_FIELDS = "id, topic, key, payload, company_id, recorded_at, xid::text AS xid_text"  # ORDER BY xid means the column


class OutboxPaused(DomainError):
    """The cursor belongs to another cluster: the database was restored from a dump."""

    code = "outbox_paused"
    status = 503


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in the past tense (topic "ShipmentDispatched"); ids only, no personal data.

    key: what it is about, e.g. "sku:7"; events of one key may be coalesced by their reader.
    """

    topic: str
    key: str
    payload: dict[str, Any] = field(default_factory=dict)
    company_id: int | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """An event as a consumer gets it. id is the same on every delivery."""

    id: int
    topic: str
    key: str
    payload: dict[str, Any]
    company_id: int | None
    recorded_at: datetime
    xid: int


Handler = Callable[[Sequence[Delivered]], None]


def publish(events: Sequence[Event]) -> None:
    """Put events into the outbox of the running transaction: its last statement but the commit.

    Statements: 1, or 0 without events; inside a pipelined block one for all its events, at its end.
    """
    if events and not at_end_of_pipeline(_insert, events):
        _insert(events)


def _insert(events: Sequence[Event]) -> None:
    insert_rows(
        "core_outboxevent",
        _COLUMNS,
        [(e.topic, e.key, json.dumps(e.payload, cls=DjangoJSONEncoder), e.company_id) for e in events],
    )


@transaction.atomic
def deliver(*, consumer: str, handle: Handler, topics: frozenset[str] | None = None, limit: int = 500) -> int:
    """Give a consumer its next events and move its cursor, in one transaction; the number of events passed.

    handle: writes database work rows only, and may see an event again if this transaction is lost. It is
    not called when none of the events has one of its topics. 0 is also the answer while another process
    delivers to the same consumer.

    Raises OutboxPaused, nothing moved, if the cursor belongs to another cluster (`manage.py resume_outbox`).
    Statements: 3 and the handler's.
    """
    cursor_row = _lock_cursor(consumer)
    if cursor_row is None:
        return 0
    cluster, own_cluster, xid, event_id = cursor_row
    if cluster != own_cluster:
        raise OutboxPaused(
            _(
                "The outbox was read in another database cluster (was it restored from a dump?). Run manage.py resume_outbox."
            ),
            consumer=consumer,
        )
    events = _events(
        "system_identifier = %s AND (xid, id) > (%s::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())",
        [own_cluster, xid, event_id],
        limit,
    )
    return _hand_over(consumer, handle, topics, events, own_cluster)


def deliver_due(*, limit: int = 500, rounds: int = 20) -> dict[str, int]:
    """Deliver to every registered consumer until it is up to date, at most `rounds` transactions each.

    A consumer that fails holds up nobody else; the first failure is raised after all had their turn.
    """
    passed: dict[str, int] = {}
    failures: list[Exception] = []
    for consumer in registry.event_consumers().values():
        try:
            passed[consumer.name] = _deliver_all(consumer, limit, rounds)
        except Exception as failure:
            log.exception("outbox consumer %s failed", consumer.name)
            failures.append(failure)
    if failures:
        raise failures[0]
    return passed


def _deliver_all(consumer: EventConsumer, limit: int, rounds: int) -> int:
    passed = 0
    for _round in range(rounds):
        count = deliver(consumer=consumer.name, handle=consumer.handle, topics=consumer.topics, limit=limit)
        passed += count
        if count < limit:
            break
    return passed


@transaction.atomic
def resume(*, consumer: str, handle: Handler, topics: frozenset[str] | None = None) -> int:
    """After a restore from a dump: deliver what the former cluster left unread and stamp the cursor anew.

    Transaction ids of the former cluster mean nothing here, but all its rows are committed, so no window is
    needed. Returns the number of events passed; 0 if the cursor belongs to this cluster.
    """
    cursor_row = _lock_cursor(consumer)
    if cursor_row is None or cursor_row[0] == cursor_row[1]:
        return 0
    former, own_cluster, xid, event_id = cursor_row
    passed = 0
    left = (
        "(system_identifier = %s AND (xid, id) > (%s::xid8, %s)) OR (system_identifier NOT IN (%s, %s)"
        " AND id > (SELECT coalesce(max(id), 0) FROM core_outboxevent WHERE system_identifier = %s))"
    )
    events = _events(left, [former, xid, event_id, former, own_cluster, former], None)
    passed = _hand_over(consumer, handle, topics, events, own_cluster)
    _move_cursor(consumer, own_cluster, 0, 0)
    return passed


def _lock_cursor(consumer: str) -> tuple[int, int, str, int] | None:
    """(the cursor's cluster, this cluster, xid, event id), locked; None while another process holds it."""
    query = (
        "SELECT system_identifier, (pg_control_system()).system_identifier, xid::text, event_id"
        " FROM core_outboxcursor WHERE consumer = %s FOR NO KEY UPDATE SKIP LOCKED"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [consumer])
        row = cursor.fetchone()
        if row is None:
            cursor.execute(
                "INSERT INTO core_outboxcursor (consumer, system_identifier, xid, event_id)"
                " VALUES (%s, (pg_control_system()).system_identifier, '0', 0) ON CONFLICT DO NOTHING",
                [consumer],
            )
            cursor.execute(query, [consumer])
            row = cursor.fetchone()
        return row


def _events(condition: str, params: list[Any], limit: int | None) -> list[Delivered]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_FIELDS} FROM core_outboxevent WHERE {condition} ORDER BY xid, id LIMIT %s", [*params, limit]
        )
        return [
            Delivered(
                id, topic, key, json.loads(payload) if isinstance(payload, str) else payload, company, at, int(xid)
            )
            for id, topic, key, payload, company, at, xid in cursor.fetchall()
        ]


def _hand_over(
    consumer: str, handle: Handler, topics: frozenset[str] | None, events: list[Delivered], cluster: int
) -> int:
    if not events:
        return 0
    wanted = [event for event in events if topics is None or event.topic in topics]
    if wanted:
        handle(wanted)
    _move_cursor(consumer, cluster, events[-1].xid, events[-1].id)
    return len(events)


def _move_cursor(consumer: str, cluster: int, xid: int, event_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_outboxcursor SET system_identifier = %s, xid = %s::text::xid8, event_id = %s,"
            " updated_at = clock_timestamp() WHERE consumer = %s",
            [cluster, str(xid), event_id, consumer],
        )
