"""Telling again: one message, many, or all since a time, also to an endpoint that did not exist then."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection as database
from django.db import transaction

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.models import OutboxEvent
from integrations.models import WebhookEndpoint
from integrations.services.webhooks.endpoints import TYPE
from integrations.services.webhooks.enqueuing import enqueue
from integrations.webhooks.events import CHOOSABLE, EVENTS

CHUNK = 2_000
AT_MOST = 200_000


@transaction.atomic
def replay_deliveries(*, delivery_ids: Sequence[int], actor: Actor, reason: str = "") -> int:
    """Make messages due again, whatever became of them; how many there were. The receiver sees the same webhook-id.

    Statements: 2.
    """
    with database.cursor() as cursor:
        cursor.execute(
            "WITH chosen AS (SELECT id FROM integrations_webhookdelivery WHERE id = ANY(%s) AND status <> 'due'"
            "   ORDER BY id FOR NO KEY UPDATE)"
            " UPDATE integrations_webhookdelivery d SET status = 'due', attempts = 0, due_at = clock_timestamp(),"
            "   lease_until = NULL FROM chosen WHERE chosen.id = d.id RETURNING d.id, d.endpoint_id",
            [list(delivery_ids)],
        )
        made_due = cursor.fetchall()
    audit.record(
        [Change("integrations.webhookdelivery", pk, "replay", reason=reason) for pk, _endpoint in made_due],
        actor=actor,
    )
    return len(made_due)


@transaction.atomic
def replay_since(
    *, endpoint_id: int, since: datetime, actor: Actor, until: datetime | None = None, only_failed: bool = False
) -> int:
    """Make every event recorded since then due for an endpoint, also those it was never told of; how many.

    only_failed: those that were given up, and those it was never told of. Goes on from the oldest, at most AT_MOST.
    Statements: 2, and a few for each CHUNK events.
    """
    endpoint = WebhookEndpoint.objects.get(pk=endpoint_id)
    with database.cursor() as cursor:
        cursor.execute(
            "WITH chosen AS (SELECT d.id FROM integrations_webhookdelivery d JOIN core_outboxevent e ON e.id = d.event_id"
            "   WHERE d.endpoint_id = %s AND d.status = ANY(%s) AND e.recorded_at >= %s"
            "   AND e.recorded_at <= coalesce(%s::timestamptz, 'infinity') ORDER BY d.id FOR NO KEY UPDATE OF d)"
            " UPDATE integrations_webhookdelivery d SET status = 'due', attempts = 0, due_at = clock_timestamp(),"
            "   lease_until = NULL FROM chosen WHERE chosen.id = d.id",
            [endpoint_id, ["dead"] if only_failed else ["dead", "sent"], since, until],
        )
        again = cursor.rowcount
    again += _enqueue_missed(endpoint, since, until)
    audit.record(
        [
            Change(
                TYPE, endpoint.pk, "replay", "since", "", since.isoformat(), f"{again}", company_id=endpoint.company_id
            )
        ],
        actor=actor,
    )
    return again


def _enqueue_missed(endpoint: WebhookEndpoint, since: datetime, until: datetime | None) -> int:
    """Events that the endpoint wants and has no row of. Ids rise with time closely enough to walk along them."""
    topics = [topic for topic, public in EVENTS.items() if public.type in (endpoint.events or CHOOSABLE)]
    events = OutboxEvent.objects.filter(company_id=endpoint.company_id, topic__in=topics, recorded_at__gte=since)
    if until is not None:
        events = events.filter(recorded_at__lte=until)
    made = last = 0
    for _number in range(AT_MOST // CHUNK):
        chunk = list(events.filter(pk__gt=last).order_by("pk")[:CHUNK])
        made += enqueue(chunk, [endpoint]) if chunk else 0
        if len(chunk) < CHUNK:
            break
        last = chunk[-1].pk
    return made
