"""Telling channels of shipments: one row for each, the same key on every try, given up after N tries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection as database
from django.db import transaction

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.db import database_now
from backoffice.core.errors import DomainError
from backoffice.core.holding import holder, holding
from integrations.connectors.base import Connector, FulfilledLine, FulfilmentPush
from integrations.errors import ChannelThrottled, ChannelUnauthorised, ChannelUnavailable
from integrations.models import Connection, ConnectionStatus, TrackingPush
from integrations.services.connections import opened_or_parked, park
from integrations.services.leases import delay_s, lease_s
from integrations.services.pushing import PushResult
from integrations.services.runs import DONE, FAILED, STOPPED, WAITING, start_run
from orders.models import Shipment

MAX_ATTEMPTS = 10
MAX_PUSHES = 500
DUE, SENT, DEAD = "due", "sent", "dead"


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: int
    shipment_id: int
    key: str
    attempts: int
    lease: datetime


def connections_to_push_tracking() -> list[int]:
    """Active connections with shipments to tell of."""
    return list(
        TrackingPush.objects.filter(status=DUE, connection__status=ConnectionStatus.ACTIVE)
        .extra(
            where=[
                "due_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())",
            ]
        )
        .order_by().values_list("connection_id", flat=True).distinct()
    )  # fmt: skip


@holding()
def push_tracking(*, connection_id: int) -> PushResult:
    """Tell the channel of every due shipment, one call each.

    Not inside a transaction. Two workers at once tell of different shipments.
    """
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    if connection.status != ConnectionStatus.ACTIVE:
        return PushResult()
    with opened_or_parked(connection) as connector:
        if connector is None:
            return PushResult(FAILED)
        claimed = _claim(connection_id)
        if claimed is None:
            return PushResult()
        run = start_run(connection=connection, job="push_tracking")
        status, message = DONE, ""
        for _number in range(MAX_PUSHES):
            error = _push(connector, claimed)
            if isinstance(error, ChannelUnauthorised):
                park(connection, reason=error.detail)
            if isinstance(error, ChannelUnavailable | ChannelUnauthorised):
                throttled = isinstance(error, ChannelThrottled)
                run.failed += not throttled
                status, message = (WAITING if throttled else FAILED), error.detail
                break
            if not run.report(done=int(error is None), failed=int(error is not None)):
                status = STOPPED
                break
            following = _claim(connection_id)
            if following is None:
                break
            claimed = following
    run.end(status, message)
    return PushResult(status, run.done, run.failed)


def _claim(connection_id: int) -> _Claimed | None:
    """The next due shipment; the try is counted and committed. Statements: 2."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_trackingpush SET status = 'dead', lease_until = NULL,"
            " error = 'The worker did not come back.' WHERE id IN (SELECT id FROM integrations_trackingpush"
            "   WHERE connection_id = %s AND status = 'due' AND lease_until < clock_timestamp() AND attempts >= %s"
            "   ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)",
            [connection_id, MAX_ATTEMPTS],
        )
        cursor.execute(
            "WITH next AS (SELECT id FROM integrations_trackingpush WHERE connection_id = %s AND status = 'due'"
            "   AND due_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())"
            "   ORDER BY due_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)"
            " UPDATE integrations_trackingpush p SET attempts = attempts + 1,"
            "   lease_until = clock_timestamp() + make_interval(secs => %s), held_by = %s"
            " FROM next WHERE next.id = p.id RETURNING p.id, p.shipment_id, p.key, p.attempts, p.lease_until",
            [connection_id, lease_s(), holder()],
        )
        row = cursor.fetchone()
    return _Claimed(*row) if row else None


def _push(connector: Connector, claimed: _Claimed) -> DomainError | None:
    """One call and its outcome in the row; the error, if there was one."""
    try:
        push = push_of(claimed.shipment_id, claimed.key, again=claimed.attempts > 1)
        external_id = connector.push_fulfilment(push)
    except ChannelThrottled as error:  # nothing was tried: the attempt does not count
        _write(claimed, DUE, error.detail, wait_s=delay_s(1, error.retry_after_s), uncount=True)
        return error
    except (ChannelUnavailable, ChannelUnauthorised) as error:
        asked = error.retry_after_s if isinstance(error, ChannelUnavailable) else None
        dead = claimed.attempts >= MAX_ATTEMPTS
        _write(claimed, DEAD if dead else DUE, error.detail, wait_s=delay_s(claimed.attempts, asked))
        return error
    except DomainError as error:
        _write(claimed, DEAD, error.detail)
        return error
    _write(claimed, SENT, "", external_id=external_id)
    return None


def push_of(shipment_id: int, key: str, *, again: bool = False) -> FulfilmentPush:
    """A shipment in the channel's terms. Statements: 2."""
    shipment = Shipment.objects.select_related("order").get(pk=shipment_id)
    lines = [
        FulfilledLine(line.order_line.external_id, line.order_line.channel_sku, line.quantity)
        for line in shipment.lines.select_related("order_line").order_by("pk")
    ]
    return FulfilmentPush(
        key=key,
        order_external_id=shipment.order.external_id,
        lines=lines,
        carrier=shipment.carrier,
        service=shipment.service,
        tracking_number=shipment.tracking_number,
        tracking_url=shipment.tracking_url,
        shipped_at=shipment.shipped_at or database_now(),
        again=again,
    )


def _write(
    claimed: _Claimed, status: str, error: str, *, external_id: str = "", wait_s: float = 0.0, uncount: bool = False
) -> None:
    """Only while the lease is ours: whoever took the row over tells its outcome."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_trackingpush SET status = %s, error = %s, external_id = %s, lease_until = NULL,"
            " due_at = clock_timestamp() + make_interval(secs => %s), attempts = attempts - %s::int,"
            " sent_at = CASE WHEN %s THEN clock_timestamp() END WHERE id = %s AND lease_until = %s",
            [status, error[:300], external_id[:120], wait_s, int(uncount), status == SENT, claimed.id, claimed.lease],
        )


@transaction.atomic
def retry_pushes(*, push_ids: Sequence[int], actor: Actor, reason: str) -> int:
    """Let pushes that were given up be tried again from the first attempt; how many there were."""
    rows = list(
        TrackingPush.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=push_ids, status=DEAD)
        .order_by("pk")
    )
    TrackingPush.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=DUE, attempts=0, error="", due_at=database_now()
    )
    audit.record(
        [
            Change("integrations.trackingpush", row.pk, "retry", "status", DEAD, DUE, reason, row.company_id)
            for row in rows
        ],
        actor=actor,
    )
    return len(rows)
