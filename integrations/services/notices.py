"""What a channel tells apart from its orders: refunds that were posted, messages in a queue of the merchant's, and the
returns that buyers ask for (return_requests.py).

Like webhooks the first two only say which order to look at; looking at it is the truth. So a message that comes twice, late or in no
order does no harm, and one that is lost is found by the next read of the refunds or of the orders.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from backoffice.core import inbox
from backoffice.core.errors import DomainError
from backoffice.core.holding import holding
from backoffice.core.inbox import Message
from integrations.connectors.base import Connector, WebhookEvent, Window
from integrations.connectors.registry import CONNECTORS
from integrations.errors import ChannelThrottled, ChannelUnauthorised
from integrations.models import Connection, ConnectionStatus, Cursor
from integrations.services.connections import opened_or_parked, park
from integrations.services.hooks import TOPIC
from integrations.services.pulling import account_of, make_due
from integrations.services.return_requests import EVERY_S, STREAM, read_returns
from integrations.services.runs import DONE, FAILED, WAITING, Progress, start_run
from integrations.services.streams import claim_stream, release_stream
from orders.models import Order

REFUNDS, QUEUE, RETURNS = "refunds", "queue", STREAM
REFUNDS_EVERY_S, QUEUE_EVERY_S, RETURNS_EVERY_S, LEASE_S = 900, 20, EVERY_S, 600
LATE = timedelta(hours=50)  # Amazon posts what happened up to two days before
BATCHES = 50


def _able(kind: type[Connector], settings: Mapping[str, Any]) -> dict[str, int]:
    """What such a connection tells apart, and how often it is read."""
    tells = kind.capabilities
    return {
        stream: every_s
        for stream, able, every_s in (
            (QUEUE, tells.queue and settings.get("queue_url"), QUEUE_EVERY_S),
            (REFUNDS, tells.refund_list, REFUNDS_EVERY_S),
            (RETURNS, tells.return_list, RETURNS_EVERY_S),
        )
        if able
    }


def connections_to_notice() -> list[int]:
    """Active connections of channels that tell things apart, and where one of it is due. Statements: at most 2."""
    telling = [code for code, kind in CONNECTORS.items() if _able(kind, {"queue_url": "any"})]
    rows = Connection.objects.filter(status=ConnectionStatus.ACTIVE, connector__in=telling).order_by("pk")
    able = {pk: _able(CONNECTORS[code], given) for pk, code, given in rows.values_list("pk", "connector", "settings")}
    if not able:
        return []
    waiting = Cursor.objects.filter(connection_id__in=able, stream__in=(QUEUE, REFUNDS, RETURNS)).extra(
        where=["(due_at > clock_timestamp() OR lease_until > clock_timestamp())"]
    )
    busy = set(waiting.values_list("connection_id", "stream"))
    return [pk for pk, streams in able.items() if any((pk, stream) not in busy for stream in streams)]


@holding()
def read_notices(*, connection_id: int, force: bool = False) -> int | None:
    """Note the orders that refunds and queued messages name; how many, None where nothing was due. Take returns.

    Not inside a transaction.
    """
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    kind = CONNECTORS[connection.connector]
    if connection.status != ConnectionStatus.ACTIVE:
        return None
    claims = {
        stream: claim_stream(connection_id, stream, every_s=every_s, lease_s=LEASE_S, force=force)
        for stream, every_s in _able(kind, connection.settings).items()
    }
    ours = {stream: lease for stream, lease in claims.items() if lease}
    noted = 0
    for stream, lease in ours.items():
        noted += _read(connection, stream, lease)
    return noted if ours else None


def _read(connection: Connection, stream: str, lease: datetime) -> int:
    status, message, wait = DONE, "", None
    noted = 0
    with opened_or_parked(connection) as connector:
        if connector is None:
            return 0
        run: Progress | None = None
        try:
            if stream == QUEUE:
                noted = _read_queue(connection, connector)
            elif stream == RETURNS:
                run = start_run(connection=connection, job="read_returns")
                message, wait = read_returns(connection, connector, run)
            else:
                run = start_run(connection=connection, job="read_refunds")
                noted = _read_refunds(connection, connector, run)
        except DomainError as error:
            if isinstance(error, ChannelUnauthorised):
                park(connection, reason=error.detail)
            throttled = isinstance(error, ChannelThrottled)
            status, message = (WAITING if throttled else FAILED), error.detail
            wait = error.retry_after_s if isinstance(error, ChannelThrottled) else None
            run = run or start_run(connection=connection, job=f"read_{stream}")  # an empty queue leaves no run
        if run is not None:
            run.end(status, message)
    release_stream(connection.pk, stream, lease, wait_s=wait)
    return noted


def _read_refunds(connection: Connection, connector: Connector, run: Progress) -> int:
    """Each read begins two days before the end of the last: what is late has its own time. The cursor moves at its end."""
    cursor = Cursor.objects.get(connection=connection, stream=REFUNDS)
    until = connector.server_time() - connector.capabilities.lag
    since = datetime.fromisoformat(cursor.value) - LATE if cursor.value else connection.starts_at
    noted = 0
    for events in connector.refund_events(Window(since, until)):
        noted += _note(connection, events)
        run.report(done=len(events))
    Cursor.objects.filter(pk=cursor.pk).update(value=until.isoformat())
    return noted


def _read_queue(connection: Connection, connector: Connector) -> int:
    noted = 0
    for _batch in range(BATCHES):
        messages = connector.queued_events()
        if not messages:
            break
        events = [event for _receipt, told in messages for event in told]
        noted += _note(connection, events)
        connector.drop_queued([receipt for receipt, _told in messages])
    if noted:
        make_due(connection_id=connection.pk)
    return noted


def _note(connection: Connection, events: Sequence[WebhookEvent]) -> int:
    """Keep which orders are to be looked at: a message once by its key. Refunds only of orders that we have.

    Statements: 1, and the inbox's.
    """
    named = [event for event in events if event.external_id]
    ids = {event.external_id for event in named}
    rows = Order.objects.filter(channel_id=connection.channel_id, external_id__in=ids)
    ours = set(rows.values_list("external_id", flat=True)) if ids else set()
    wanted = [event for event in named if event.topic != "refund" or event.external_id in ours]
    if wanted:
        inbox.receive(
            [
                Message(
                    account_of(connection.pk), TOPIC, event.external_id[:200],
                    json.dumps({"topic": event.topic, "key": event.key}).encode(), version=f"{event.topic} {event.key}"[:120],
                )
                for event in wanted
            ]
        )  # fmt: skip
    return len(wanted)
