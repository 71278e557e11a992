"""What a channel tells apart from its orders: refunds that were posted, and messages in a queue of the merchant's.

Like webhooks they only say which order to look at; looking at it is the truth. So a message that comes twice, late or in no
order does no harm, and one that is lost is found by the next read of the refunds or of the orders.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from backoffice.core import inbox
from backoffice.core.errors import DomainError
from backoffice.core.inbox import Message
from integrations.connectors.base import Connector, WebhookEvent, Window
from integrations.connectors.registry import CONNECTORS
from integrations.errors import ChannelThrottled, ChannelUnauthorised
from integrations.models import Connection, ConnectionStatus, Cursor
from integrations.services.connections import opened_or_parked, park
from integrations.services.hooks import TOPIC
from integrations.services.pulling import account_of, make_due
from integrations.services.runs import DONE, FAILED, WAITING, Progress, start_run
from integrations.services.streams import claim_stream, release_stream
from orders.models import Order

REFUNDS, QUEUE = "refunds", "queue"
REFUNDS_EVERY_S, QUEUE_EVERY_S, LEASE_S = 900, 20, 600
LATE = timedelta(hours=50)  # Amazon posts what happened up to two days before
BATCHES = 50


def connections_to_notice() -> list[int]:
    """Active connections of channels that tell things apart, and where one of it is due. Statements: 1."""
    telling = [code for code, kind in CONNECTORS.items() if kind.capabilities.refund_list or kind.capabilities.queue]
    rows = Connection.objects.filter(status=ConnectionStatus.ACTIVE, connector__in=telling)
    due = rows.extra(
        where=[
            "(SELECT count(*) FROM integrations_cursor k WHERE k.connection_id = integrations_connection.id"
            " AND k.stream IN ('refunds', 'queue') AND (k.due_at > clock_timestamp() OR k.lease_until > clock_timestamp())) < 2"
        ]
    )
    return list(due.order_by("pk").values_list("pk", flat=True))


def read_notices(*, connection_id: int, force: bool = False) -> int | None:
    """Note the orders that refunds and queued messages name; how many, None where nothing was due.

    Not inside a transaction.
    """
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    kind = CONNECTORS[connection.connector]
    if connection.status != ConnectionStatus.ACTIVE:
        return None
    streams = [
        stream
        for stream, able, every_s in (
            (QUEUE, kind.capabilities.queue and connection.settings.get("queue_url"), QUEUE_EVERY_S),
            (REFUNDS, kind.capabilities.refund_list, REFUNDS_EVERY_S),
        )
        if able and claim_stream(connection_id, stream, every_s=every_s, lease_s=LEASE_S, force=force)
    ]
    noted = 0
    for stream in streams:
        noted += _read(connection, stream)
    return noted if streams else None


def _read(connection: Connection, stream: str) -> int:
    status, message, wait = DONE, "", None
    noted = 0
    with opened_or_parked(connection) as connector:
        if connector is None:
            return 0
        run: Progress | None = None
        try:
            if stream == QUEUE:
                noted = _read_queue(connection, connector)
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
    release_stream(connection.pk, stream, wait_s=wait)
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
