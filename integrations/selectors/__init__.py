"""What pages and the API ask of the channels."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from integrations.limits import OPENS_AFTER
from integrations.models import RateBucket


def connections_with_work(topic: str) -> list[int]:
    """Active connections whose inbox has messages of the topic that are due. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.id FROM core_inboxwork w JOIN core_inboxmessage m ON m.id = w.message_id"
            " JOIN integrations_connection c ON m.account = 'connection:' || c.id AND c.status = 'active'"
            " WHERE m.topic = %s AND ((w.status IN ('received', 'failed') AND w.due_at <= clock_timestamp())"
            "  OR (w.status = 'processing' AND w.lease_until < clock_timestamp()))",
            [topic],
        )
        return [pk for (pk,) in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Wait:
    """An operation of a channel that nobody calls before a moment. broken: its circuit is open."""

    operation: str
    until: datetime
    broken: bool


def waits_of(connection_id: int) -> list[Wait]:
    """Statements: 1."""
    rows = (
        RateBucket.objects.filter(connection_id=connection_id)
        .extra(where=["blocked_until > clock_timestamp()"])  # the database's clock
        .order_by("operation")
    )
    return [Wait(row.operation, row.blocked_until, row.failures >= OPENS_AFTER) for row in rows if row.blocked_until]
