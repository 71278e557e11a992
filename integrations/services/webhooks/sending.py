"""Sending messages: claimed and counted before anything is sent, tried for days, in order for each thing.

Of one key a later message waits until an earlier one was taken, or was refused HELD_TRIES times: then the earlier is
tried on by itself, and stops only itself. An endpoint that fails gets one message at a time until it takes one.
"""

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from django.db import connection as database
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import egress
from backoffice.core.actor import Actor
from backoffice.core.db import database_now
from backoffice.core.errors import DomainError
from backoffice.core.holding import holder, holding
from backoffice.core.models import OutboxEvent
from integrations.connectors.http import retry_after
from integrations.models import EndpointStatus, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from integrations.services.alarms import raise_alarm
from integrations.services.webhooks.endpoints import DISABLED, TYPE, secrets_of, set_endpoint_status
from integrations.services.webhooks.enqueuing import facts_of
from integrations.webhooks.events import body_of, message_id
from integrations.webhooks.signing import headers

# After each failed try but the last: together a little over three days.
DELAYS_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
MAX_ATTEMPTS = len(DELAYS_S) + 1
HELD_TRIES = 5
DISABLE_AFTER = timedelta(days=5)
KEEP_DAYS = 30
BATCH, AT_ONCE, MAX_ROUNDS = 32, 8, 100
READ_TIMEOUT_S, DEADLINE_S, MAX_ANSWER_BYTES, EXCERPT = 15.0, 20.0, 64 * 1024, 500
LEASE_S = 180  # above BATCH / AT_ONCE deadlines
GONE = 410
_LATER = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: int
    event_id: int
    attempts: int
    lease: datetime


@dataclass(frozen=True, slots=True)
class _Outcome:
    """http_status: None where no answer came. error: "" if it was taken. wait_s: what the receiver asked for."""

    http_status: int | None
    error: str
    answer: str
    duration_ms: int
    wait_s: float | None = None


def endpoints_due() -> list[int]:
    """Active endpoints with messages to send now."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT p.id FROM integrations_webhookendpoint p WHERE p.status = 'active' AND EXISTS ("
            "   SELECT FROM integrations_webhookdelivery d WHERE d.endpoint_id = p.id AND d.status = 'due'"
            "   AND d.due_at <= clock_timestamp() AND (d.lease_until IS NULL OR d.lease_until < clock_timestamp()))"
            " ORDER BY p.id"
        )
        return [pk for (pk,) in cursor.fetchall()]


@holding()
def deliver_webhooks(*, endpoint_id: int) -> int:
    """Send an endpoint's due messages; how many were taken.

    Not inside a transaction. Two workers at once send different messages.
    """
    taken = 0
    with egress.client(headers={"Accept-Encoding": "identity"}, read_timeout_s=READ_TIMEOUT_S) as client:
        for _round in range(MAX_ROUNDS):
            endpoint = WebhookEndpoint.objects.get(pk=endpoint_id)
            if endpoint.status != EndpointStatus.ACTIVE:
                break
            claimed = _claim(endpoint_id, 1 if endpoint.failing_since else BATCH)
            if not claimed:
                break
            outcomes = _send_all(client, endpoint, claimed)
            alive = _finish(endpoint, claimed, outcomes)
            taken += sum(not outcome.error for outcome in outcomes)
            if not alive:
                break
    return taken


def _claim(endpoint_id: int, limit: int) -> list[_Claimed]:
    """Its own transaction (autocommit): the try is counted whatever happens next. Statements: 1."""
    with database.cursor() as cursor:
        cursor.execute(
            "WITH due AS (SELECT d.id FROM integrations_webhookdelivery d WHERE d.endpoint_id = %s AND d.status = 'due'"
            "   AND d.due_at <= clock_timestamp() AND (d.lease_until IS NULL OR d.lease_until < clock_timestamp())"
            "   AND (d.key = '' OR NOT EXISTS (SELECT FROM integrations_webhookdelivery e"
            "     WHERE e.endpoint_id = d.endpoint_id AND e.key = d.key AND e.status = 'due' AND e.id < d.id"
            "     AND e.attempts < %s))"
            "   ORDER BY d.id LIMIT %s FOR NO KEY UPDATE OF d SKIP LOCKED)"
            " UPDATE integrations_webhookdelivery d SET attempts = attempts + 1,"
            "   lease_until = clock_timestamp() + make_interval(secs => %s), held_by = %s"
            " FROM due WHERE due.id = d.id RETURNING d.id, d.event_id, d.attempts, d.lease_until",
            [endpoint_id, HELD_TRIES, limit, LEASE_S, holder()],
        )
        return sorted((_Claimed(*row) for row in cursor.fetchall()), key=lambda claimed: claimed.id)


def _send_all(client: Any, endpoint: WebhookEndpoint, claimed: Sequence[_Claimed]) -> list[_Outcome]:
    """Several at a time; of one key there is only one among them."""
    try:
        secrets = secrets_of(endpoint)
    except DomainError as error:
        return [_Outcome(None, error.detail[:300], "", 0)] * len(claimed)
    bodies = _bodies([row.event_id for row in claimed])
    with ThreadPoolExecutor(min(AT_ONCE, len(claimed))) as pool:
        return list(
            pool.map(lambda row: _send(client, endpoint.url, secrets, row.event_id, bodies[row.event_id]), claimed)
        )


def _bodies(event_ids: Sequence[int]) -> dict[int, bytes]:
    """The messages of events, always the same. Statements: 1 to 3."""
    events = list(OutboxEvent.objects.filter(pk__in=event_ids))
    facts = facts_of(events)
    return {
        event.pk: body_of(
            event_id=event.pk,
            topic=event.topic,
            recorded_at=event.recorded_at,
            payload=event.payload,
            more=facts[event.pk],
        )
        for event in events
    }


def _send(client: Any, url: str, secrets: Sequence[str], event_id: int, body: bytes) -> _Outcome:
    """One try. No database: it runs in a thread of its own."""
    signed = headers(secrets, message_id=message_id(event_id), timestamp=int(time.time()), body=body)
    started = time.monotonic()

    def outcome(status: int | None, error: str, answer: bytes = b"", wait_s: float | None = None) -> _Outcome:
        text = answer[:EXCERPT].decode("utf-8", "replace").replace("\x00", "")
        return _Outcome(status, error[:300], text, int((time.monotonic() - started) * 1000), wait_s)

    try:
        answer = egress.exchange(
            client,
            "POST",
            url,
            content=body,
            headers={"Content-Type": "application/json", **signed},
            deadline_s=DEADLINE_S,
            max_bytes=MAX_ANSWER_BYTES,
        )
    except egress.AnswerTooLarge as large:  # whoever answers 2xx has taken it, whatever else is said
        status = int(large.context["http_status"])
        return outcome(status, "" if status < 300 else large.detail)
    except egress.EgressRefused as refused:
        return outcome(None, refused.detail)
    except httpx.HTTPError as error:
        return outcome(None, type(error).__name__)
    if 200 <= answer.status < 300:
        return outcome(answer.status, "", answer.body)
    said = _("answered %(status)s") % {"status": answer.status}
    return outcome(answer.status, said, answer.body, retry_after(answer.headers) if answer.status in _LATER else None)


@transaction.atomic
def _finish(endpoint: WebhookEndpoint, claimed: Sequence[_Claimed], outcomes: Sequence[_Outcome]) -> bool:
    """Keep what became of each, and of the endpoint; whether to go on. Statements: 3, more when it is disabled."""
    row = WebhookEndpoint.objects.select_for_update(of=("self",), no_key=True).get(pk=endpoint.pk)
    _write(claimed, outcomes)
    WebhookAttempt.objects.bulk_create(
        WebhookAttempt(
            delivery_id=one.id,
            number=one.attempts,
            duration_ms=outcome.duration_ms,
            http_status=outcome.http_status,
            error=outcome.error,
            answer=outcome.answer,
        )
        for one, outcome in zip(claimed, outcomes, strict=True)
    )
    now = database_now()
    alive = any(not outcome.error for outcome in outcomes)
    row.failing_since = None if alive else row.failing_since or now
    row.delivered_at = now if alive else row.delivered_at
    row.save(update_fields=["failing_since", "delivered_at"])
    gone = any(outcome.http_status == GONE for outcome in outcomes)
    if row.status == EndpointStatus.ACTIVE and (
        gone or (row.failing_since and row.failing_since < now - DISABLE_AFTER)
    ):
        _disable(row, outcomes[-1], gone=gone)
        return False
    return alive


def _write(claimed: Sequence[_Claimed], outcomes: Sequence[_Outcome]) -> None:
    """Only rows whose lease is still ours: whoever took one over tells its outcome. Statements: 1."""
    rows = []
    for one, outcome in zip(claimed, outcomes, strict=True):
        last = one.attempts >= MAX_ATTEMPTS
        status = "sent" if not outcome.error else "dead" if last else "due"
        rows.append(
            (one.id, one.lease, status, outcome.http_status, outcome.error, _wait_s(one.attempts, outcome.wait_s))
        )
    with database.cursor() as cursor:
        cursor.execute(
            "WITH mine AS (SELECT id FROM integrations_webhookdelivery WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)"
            " UPDATE integrations_webhookdelivery d SET lease_until = NULL, status = n.status, error = n.error,"
            "   http_status = n.http_status, due_at = clock_timestamp() + make_interval(secs => n.wait),"
            "   sent_at = CASE WHEN n.status = 'sent' THEN clock_timestamp() ELSE d.sent_at END"
            " FROM mine JOIN unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::smallint[], %s::text[], %s::float8[])"
            "   AS n(id, lease, status, http_status, error, wait) USING (id)"
            " WHERE d.id = mine.id AND d.lease_until = n.lease",
            [[row[0] for row in rows], *[list(column) for column in zip(*rows, strict=True)]],
        )


def _wait_s(attempts: int, asked_s: float | None) -> float:
    """Seconds until the next try, with jitter; at least what the receiver asked for."""
    planned = DELAYS_S[min(attempts, len(DELAYS_S)) - 1] * random.uniform(0.8, 1.2)
    return max(planned, asked_s or 0)


def _disable(row: WebhookEndpoint, last: _Outcome, *, gone: bool) -> None:
    """Switch it off and say so; what waits stays, and is sent once somebody switches it on again."""
    reason = (
        _("The address says that it is gone for good (410).")
        if gone
        else _("It failed for %(days)s days; last: %(error)s") % {"days": DISABLE_AFTER.days, "error": last.error}
    )
    set_endpoint_status(endpoint_id=row.pk, status=EndpointStatus.DISABLED, reason=reason, actor=Actor.job("webhooks"))
    text = _("Webhook endpoint “%(name)s” is disabled. %(reason)s") % {"name": row.name, "reason": reason}
    raise_alarm(kind=DISABLED, object_type=TYPE, object_id=row.pk, company_id=row.company_id, text=text)


def forget_old_deliveries() -> int:
    """Remove messages that were taken or given up KEEP_DAYS ago, with their log; how many."""
    old = WebhookDelivery.objects.exclude(status="due").filter(
        created_at__lt=database_now() - timedelta(days=KEEP_DAYS)
    )
    ids = list(old.order_by("pk").values_list("pk", flat=True)[:100_000])
    WebhookAttempt.objects.filter(delivery_id__in=ids).delete()
    WebhookDelivery.objects.filter(pk__in=ids).delete()
    return len(ids)
