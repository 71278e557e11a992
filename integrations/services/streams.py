"""Jobs of a connection that run now and then: one worker at a time, due again after a while."""

from datetime import datetime

from django.db import connection as database

from backoffice.core.holding import holder
from integrations.models import Cursor


def claim_stream(
    connection_id: int, stream: str, *, every_s: float, lease_s: float, force: bool = False
) -> datetime | None:
    """The end of our lease if it is due and nobody is at it; due again after every_s. Statements: 2."""
    Cursor.objects.bulk_create([Cursor(connection_id=connection_id, stream=stream)], ignore_conflicts=True)
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_cursor SET due_at = clock_timestamp() + make_interval(secs => %s),"
            " lease_until = clock_timestamp() + make_interval(secs => %s), held_by = %s"
            " WHERE connection_id = %s AND stream = %s"
            " AND (%s OR due_at <= clock_timestamp()) AND (lease_until IS NULL OR lease_until < clock_timestamp())"
            " RETURNING lease_until",
            [every_s, lease_s, holder(), connection_id, stream, force],
        )
        row = cursor.fetchone()
        return row[0] if row else None


def release_stream(connection_id: int, stream: str, lease: datetime, *, wait_s: float | None = None) -> None:
    """Give it back, unless another has taken it over; wait_s: due again then instead. Statements: 1."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_cursor SET lease_until = NULL, failures = 0,"
            " due_at = coalesce(clock_timestamp() + make_interval(secs => %s::float8), due_at)"
            " WHERE connection_id = %s AND stream = %s AND lease_until = %s",
            [wait_s, connection_id, stream, lease],
        )
