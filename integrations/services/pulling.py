"""Pulling a channel's orders into the inbox: a frozen window, page by page, then the cursor moves.

The raw payload is stored before anything is made of it (importing is another step). The cursor moves to the
newest change seen, never to now, and only after the last page is committed; each read begins an overlap
earlier, because channels' indexes lag and their times have whole seconds. Re-reading is free: the inbox keeps
a version once. A walk that is interrupted goes on after its last stored page, where the channel can do that; a limit
that is used up is no failure: the walk waits and goes on.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import inbox
from backoffice.core.errors import DomainError
from backoffice.core.holding import holder, holding
from backoffice.core.inbox import Message
from integrations.connectors.base import Connector, Page, RawOrder, Window
from integrations.connectors.registry import CONNECTORS, opened
from integrations.errors import (
    ChannelRejected,
    ChannelThrottled,
    ChannelUnauthorised,
    ChannelUnavailable,
    PageTokenExpired,
)
from integrations.models import Connection, ConnectionStatus, Cursor
from integrations.services.connections import park
from integrations.services.leases import delay_s, lease_s
from integrations.services.quarantine import keep_bad_rows
from integrations.services.runs import DONE, FAILED, STOPPED, WAITING, Progress, start_run

STREAM, TOPIC = "orders", "order"
EVERY_S = 60
STALE = timedelta(hours=20)  # channels forget where pages went on; Amazon after a day
SAME_PLACE = 100  # pages in a row that brought nothing new and led nowhere new: the channel goes round in circles
WALKS = 3  # of one window, when the channel forgets where its pages went on


@dataclass(frozen=True, slots=True)
class PullResult:
    """status: done, failed, stopped, waiting (for the channel's limit). received: payloads seen; new: those not seen before."""

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
    walk: dict[str, Any] | None

    def extend(self, walk: Mapping[str, Any] | None = None) -> None:
        """Keep the stream; walk: where to go on, if this is the last page that arrives."""
        row = _one(
            "UPDATE integrations_cursor SET lease_until = clock_timestamp() + make_interval(secs => %s), walk = %s"
            " WHERE id = %s AND lease_until = %s RETURNING lease_until",
            [lease_s(), json.dumps(walk) if walk else None, self.cursor_id, self.lease],
        )
        if row is None:
            raise LeaseLost("another worker reads this stream now")
        (self.lease,) = row

    def end(self, *, value: str, failures: int, wait_s: float, done: bool = False) -> None:
        _one(
            "UPDATE integrations_cursor SET value = %s, failures = %s, lease_until = NULL,"
            " walk = CASE WHEN %s THEN NULL ELSE walk END,"
            " updated_at = clock_timestamp(), due_at = clock_timestamp() + make_interval(secs => %s)"
            " WHERE id = %s AND lease_until = %s RETURNING id",
            [value, failures, done, wait_s, self.cursor_id, self.lease],
        )


def account_of(connection_id: int) -> str:
    """The inbox's name for a connection."""
    return f"connection:{connection_id}"


def connections_to_pull() -> list[int]:
    """Active connections whose orders are due to be read; channels without orders are never asked."""
    having = [code for code, kind in CONNECTORS.items() if kind.capabilities.orders]
    return list(
        Cursor.objects.filter(
            stream=STREAM, connection__status=ConnectionStatus.ACTIVE, connection__connector__in=having
        )
        .extra(where=["due_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())"])
        .order_by("due_at")
        .values_list("connection_id", flat=True)
    )


def make_due(*, connection_id: int) -> bool:
    """Let the orders be read by the next worker that asks, unless one reads them now or the channel asked to wait."""
    row = _one(
        "UPDATE integrations_cursor SET due_at = clock_timestamp() WHERE connection_id = %s AND stream = %s"
        " AND failures = 0 AND (lease_until IS NULL OR lease_until < clock_timestamp()) RETURNING id",
        [connection_id, STREAM],
    )
    return row is not None


@holding()
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
    except ChannelThrottled as error:
        wait = delay_s(1, error.retry_after_s)
        reading.end(value=reading.value, failures=reading.attempt - 1, wait_s=wait)
        run.end(WAITING, error.detail)
        return PullResult(WAITING, message=error.detail)
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
    reading.end(value=value, failures=0, wait_s=EVERY_S, done=result.status == DONE)
    run.end(result.status)
    return result


def _claim(connection_id: int, force: bool) -> _Reading | None:
    """Take the stream for lease_s() seconds; the next due time is set before the work starts."""
    Cursor.objects.bulk_create([Cursor(connection_id=connection_id, stream=STREAM)], ignore_conflicts=True)
    row = _one(
        "WITH due AS (SELECT id FROM integrations_cursor WHERE connection_id = %s AND stream = %s"
        "   AND (%s OR due_at <= clock_timestamp()) AND (lease_until IS NULL OR lease_until < clock_timestamp())"
        "   FOR NO KEY UPDATE SKIP LOCKED)"
        " UPDATE integrations_cursor c SET due_at = clock_timestamp() + make_interval(secs => %s),"
        "   lease_until = clock_timestamp() + make_interval(secs => %s), held_by = %s"
        " FROM due WHERE due.id = c.id RETURNING c.id, c.value, c.failures + 1, c.lease_until, c.walk",
        [connection_id, STREAM, force, EVERY_S, lease_s(), holder()],
    )
    if row is None:
        return None
    return _Reading(*row[:4], walk=json.loads(row[4]) if isinstance(row[4], str) else row[4])


def _read(connection: Connection, reading: _Reading, run: Progress, reread: timedelta | None) -> tuple[PullResult, str]:
    """(result, the cursor's new value)."""
    with opened(connection) as connector:
        high = datetime.fromisoformat(reading.value) if reading.value else None
        walk = _walk_of(connector, reading, high, reread, connection.starts_at)
        for round in range(1, WALKS + 1):
            try:
                finished = walk.go(connector, connection, reading, run)
                break
            except PageTokenExpired:
                walk.resume = ""
                if round == WALKS:
                    raise
    if not finished:
        return PullResult(STOPPED, walk.received, walk.new), reading.value
    newest = max(filter(None, (high, walk.seen)), default=None)
    return PullResult(DONE, walk.received, walk.new), newest.isoformat() if newest else ""


def _walk_of(
    connector: Connector, reading: _Reading, high: datetime | None, reread: timedelta | None, starts_at: datetime | None
) -> "_Walk":
    """The walk that was interrupted, if its place may still be known there, else a new one up to the channel's now.

    starts_at: the first walk goes no further back.
    """
    now = connector.server_time()
    if reading.walk and reread is None:
        until = datetime.fromisoformat(reading.walk["until"])
        if now - until < STALE:
            since, seen = (
                datetime.fromisoformat(value) if (value := reading.walk[name]) else None for name in ("since", "seen")
            )
            return _Walk(Window(since, until), reading.walk["resume"], seen)
    until = now - connector.capabilities.lag
    since = high - connector.capabilities.overlap if high else starts_at
    if reread is not None and since is not None:
        since = min(since, until - reread)
    return _Walk(Window(since, until), keeps_place=reread is None)


@dataclass(slots=True)
class _Walk:
    """Over all pages of a frozen window. resume: after which page it goes on; seen: the newest change so far."""

    window: Window
    resume: str = ""
    seen: datetime | None = None
    received: int = 0
    new: int = 0
    keeps_place: bool = True

    def go(self, connector: Connector, connection: Connection, reading: _Reading, run: Progress) -> bool:
        """Whether to the end; each page is committed."""
        places, idle = {self.resume}, 0
        for page in connector.list_orders(self.window, self.resume):
            fresh = _store(connection, page)
            idle = idle + 1 if page.resume in places and not fresh else 0
            places.add(page.resume)
            if idle >= SAME_PLACE:
                raise ChannelRejected(_("The channel's pages do not end."))
            connector.acknowledge(page)
            self.received, self.new = self.received + len(page.orders), self.new + fresh
            self.seen = max(filter(None, [self.seen, *(order.modified_at for order in page.orders)]), default=None)
            self.resume = page.resume
            reading.extend(self._place() if page.resume and self.keeps_place else None)
            if not run.report(done=len(page.orders), failed=len(page.bad_rows)):
                return False
        return True

    def _place(self) -> dict[str, Any]:
        since, seen = (value.isoformat() if value else None for value in (self.window.since, self.seen))
        return {"since": since, "until": self.window.until.isoformat(), "seen": seen, "resume": self.resume}


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
