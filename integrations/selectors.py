"""What pages and the API ask of the channels."""

from dataclasses import dataclass
from datetime import datetime

from integrations.limits import OPENS_AFTER
from integrations.models import RateBucket


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
