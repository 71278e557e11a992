"""Pulling a channel's orders into the inbox: a frozen window, page by page, then the cursor moves.

The raw payload is stored before anything is made of it (importing is another step). The cursor moves to the
newest change seen, never to now, and only after the last page is committed; each read begins an overlap
earlier, because channels' indexes lag and their times have whole seconds. Re-reading is free: the inbox keeps
a version once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection as database
from django.db import transaction

from backoffice.core import inbox
from backoffice.core.errors import DomainError
from backoffice.core.inbox import Message
from integrations.connectors.base import Connector, Page, RawOrder, Window
from integrations.connectors.registry import opened
from integrations.errors import ChannelUnauthorised, ChannelUnavailable, PageTokenExpired
from integrations.models import Connection, ConnectionStatus, Cursor
from integrations.services.connections import park
from integrations.services.leases import delay_s
from integrations.services.quarantine import keep_bad_rows
from integrations.services.runs import DONE, FAILED, STOPPED, Progress, start_run

STREAM, TOPIC = "orders", "order"
EVERY_S = 60
LEASE_S = 600
WALKS = 3  # of one window, when the channel forgets where its pages went on


@dataclass(frozen=True, slots=True)
class PullResult:
    """status: done, failed, stopped. received: payloads seen; new: those not seen before."""

    status: str
    received: int = 0
    new: int = 0
    message: str = ""


class LeaseLost(DomainError):
    """Another worker reads this stream now."""

    code = "lease_lost"


@dataclass(slots=True)
class _Reading:
    """A claimed stream. attempt: failures before, and this try."""

    cursor_id: int
    value: str
    attempt: int
    lease: datetime

    def extend(self) -> None:
        row = _one(
            "UPDATE integrations_cursor SET lease_until = clock_timestamp() + make_interval(secs => %s)"
            " WHERE id = %s AND lease_until = %s RETURNING lease_until",
            [LEASE_S, self.cursor_id, self.lease],
        )
        if row is None:
            raise LeaseLost("another worker reads this stream now")
        (self.lease,) = row

    def end(self, *, value: str, failures: int, wait_s: float) -> None:
        _one(
            "UPDATE integrations_cursor SET value = %s, failures = %s, lease_until = NULL,"
            " updated_at = clock_timestamp(), due_at = clock_timestamp() + make_interval(secs => %s)"
            " WHERE id = %s AND lease_until = %s RETURNING id",
            [value, failures, wait_s, self.cursor_id, self.lease],
        )


def account_of(connection_id: int) -> str:
    """The inbox's name for a connection."""
    return f"connection:{connection_id}"


def connections_to_pull() -> list[int]:
    """Active connections whose orders are due to be read."""
    return list(
        Cursor.objects.filter(stream=STREAM, connection__status=ConnectionStatus.ACTIVE)
        .extra(where=["due_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())"])
        .order_by("due_at")
        .values_list("connection_id", flat=True)
    )


def pull_orders(*, connection_id: int, reread: timedelta | None = None, force: bool = False) -> PullResult | None:
    """Read what changed at the channel into the inbox; None where it is not due or another worker is at it.

    reread: also what changed so much earlier, without moving the cursor back (the nightly sweep).
    force: now, though not due. Not inside a transaction: pages are committed one by one.
    """
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    if connection.status != ConnectionStatus.ACTIVE:
        return None
    reading = _claim(connection_id, force or reread is not None)
    if reading is None:
        return None
    run = start_run(connection=connection, job="pull_orders")
    try:
        result, value = _read(connection, reading, run, reread)
    except ChannelUnavailable as error:
        reading.end(value=reading.value, failures=reading.attempt, wait_s=delay_s(reading.attempt, error.retry_after_s))
        run.end(FAILED, error.detail)
        return PullResult(FAILED, message=error.detail)
    except DomainError as error:
        if isinstance(error, ChannelUnauthorised):
            park(connection, reason=error.detail)
        reading.end(value=reading.value, failures=reading.attempt, wait_s=max(EVERY_S, delay_s(reading.attempt)))
        run.end(FAILED, error.detail)
        return PullResult(FAILED, message=error.detail)
    except BaseException as error:
        reading.end(value=reading.value, failures=reading.attempt, wait_s=max(EVERY_S, delay_s(reading.attempt)))
        run.end(FAILED, f"{type(error).__name__}: {error}")
        raise
    reading.end(value=value, failures=0, wait_s=EVERY_S)
    run.end(result.status)
    return result


def _claim(connection_id: int, force: bool) -> _Reading | None:
    """Take the stream for LEASE_S; the next due time is set before the work starts."""
    Cursor.objects.bulk_create([Cursor(connection_id=connection_id, stream=STREAM)], ignore_conflicts=True)
    row = _one(
        "WITH due AS (SELECT id FROM integrations_cursor WHERE connection_id = %s AND stream = %s"
        "   AND (%s OR due_at <= clock_timestamp()) AND (lease_until IS NULL OR lease_until < clock_timestamp())"
        "   FOR NO KEY UPDATE SKIP LOCKED)"
        " UPDATE integrations_cursor c SET due_at = clock_timestamp() + make_interval(secs => %s),"
        "   lease_until = clock_timestamp() + make_interval(secs => %s)"
        " FROM due WHERE due.id = c.id RETURNING c.id, c.value, c.failures + 1, c.lease_until",
        [connection_id, STREAM, force, EVERY_S, LEASE_S],
    )
    return _Reading(*row) if row else None


def _read(connection: Connection, reading: _Reading, run: Progress, reread: timedelta | None) -> tuple[PullResult, str]:
    """(result, the cursor's new value)."""
    with opened(connection) as connector:
        capabilities = connector.capabilities
        until = connector.server_time() - capabilities.lag
        high = datetime.fromisoformat(reading.value) if reading.value else None
        since = high - capabilities.overlap if high else None
        if reread is not None and since is not None:
            since = min(since, until - reread)
        for walk in range(1, WALKS + 1):
            try:
                received, new, seen, finished = _walk(connector, connection, reading, run, Window(since, until))
                break
            except PageTokenExpired:
                if walk == WALKS:
                    raise
    if not finished:
        return PullResult(STOPPED, received, new), reading.value
    newest = max(filter(None, (high, seen)), default=None)
    return PullResult(DONE, received, new), newest.isoformat() if newest else ""


def _walk(
    connector: Connector, connection: Connection, reading: _Reading, run: Progress, window: Window
) -> tuple[int, int, datetime | None, bool]:
    """(payloads received, of these new, the newest change seen, whether to the end)."""
    received = new = 0
    seen: datetime | None = None
    for page in connector.list_orders(window):
        fresh = _store(connection, page)
        connector.acknowledge(page)
        reading.extend()
        received, new = received + len(page.orders), new + fresh
        seen = max(filter(None, [seen, *(order.modified_at for order in page.orders)]), default=None)
        if not run.report(done=len(page.orders), failed=len(page.bad_rows)):
            return received, new, seen, False
    return received, new, seen, True


@transaction.atomic
def _store(connection: Connection, page: Page) -> int:
    """Commit a page to the inbox; how many payloads are new."""
    results = inbox.receive(messages_of(connection.pk, page.orders))
    keep_bad_rows(channel_id=connection.channel_id, company_id=connection.company_id, rows=page.bad_rows)
    return sum(result.state == "new" for result in results)


def messages_of(connection_id: int, orders: Sequence[RawOrder]) -> list[Message]:
    return [
        Message(account_of(connection_id), TOPIC, order.external_id[:200], order.body, version=order.version)
        for order in orders
    ]


def _one(sql: str, params: list[Any]) -> tuple[Any, ...] | None:
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()
