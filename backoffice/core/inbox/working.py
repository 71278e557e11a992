"""Working on what came in: claimed, finished, failed, tried again."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.holding import holder
from backoffice.core.inbox.values import MAX_ATTEMPTS, MAX_DELAY_S, Claimed, Failure, Finish, LeaseLost


@transaction.atomic(durable=True)
def claim_due(
    *,
    limit: int,
    lease_s: int = 300,
    account: str | None = None,
    topic: str | None = None,
    max_attempts: int = MAX_ATTEMPTS,
    lost: bool | None = None,
    most_tries: int | None = None,
) -> list[Claimed]:
    """Claim due messages, oldest first, for lease_s seconds; its own transaction, so attempts are counted.

    lost: only those, or only others than those, whose worker did not come back. most_tries: only what was tried at most so
    often. Messages whose lease ended in their last attempt become dead. Other workers' claims are skipped. Statements: 2.
    """
    give_up_lost(account=account, topic=topic, max_attempts=max_attempts)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH due AS (SELECT w.message_id FROM core_inboxwork w JOIN core_inboxmessage m ON m.id = w.message_id"
            "   WHERE ((w.status IN ('received', 'failed') AND w.due_at <= clock_timestamp())"
            "       OR (w.status = 'processing' AND w.lease_until < clock_timestamp()))"
            "     AND (%s::bool IS NULL OR (w.status = 'processing') = %s) AND (%s::int IS NULL OR w.attempts <= %s)"
            "     AND (%s::text IS NULL OR m.account = %s) AND (%s::text IS NULL OR m.topic = %s)"
            "   ORDER BY w.due_at, w.message_id LIMIT %s FOR NO KEY UPDATE OF w SKIP LOCKED),"
            " taken AS (UPDATE core_inboxwork w SET status = 'processing', attempts = w.attempts + 1,"
            "     lease_until = clock_timestamp() + make_interval(secs => %s), held_by = %s, updated_at = clock_timestamp()"
            "   FROM due WHERE due.message_id = w.message_id RETURNING w.message_id, w.attempts, w.due_at)"
            " SELECT t.message_id, t.attempts, m.account, m.topic, m.external_id, m.version, b.content_type, b.body"
            " FROM taken t JOIN core_inboxmessage m ON m.id = t.message_id"
            " JOIN core_payloadbody b ON b.message_id = t.message_id ORDER BY t.due_at, t.message_id",
            [lost, lost, most_tries, most_tries, account, account, topic, topic, limit, lease_s, holder()],
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return [Claimed(*(*row[:-1], bytes(row[-1]))) for row in rows]


def give_up_lost(
    *, account: str | None = None, topic: str | None = None, max_attempts: int | None = None
) -> list[Claimed]:
    """Messages whose lease ended in their last attempt become dead; they are returned, without their payload.

    Statements: 1.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_inboxwork w SET status = 'dead', lease_until = NULL, updated_at = clock_timestamp(),"
            " error_code = 'worker_lost', error = 'The worker did not come back.'"
            " FROM core_inboxmessage m WHERE m.id = w.message_id AND w.message_id IN (SELECT w.message_id"
            "   FROM core_inboxwork w JOIN core_inboxmessage m ON m.id = w.message_id WHERE w.status = 'processing'"
            "   AND w.lease_until < clock_timestamp() AND w.attempts >= %s AND (%s::text IS NULL OR m.account = %s)"
            "   AND (%s::text IS NULL OR m.topic = %s) ORDER BY w.message_id FOR NO KEY UPDATE OF w SKIP LOCKED)"
            " RETURNING w.message_id, w.attempts, m.account, m.topic, m.external_id, m.version",
            [max_attempts or MAX_ATTEMPTS, account, account, topic, topic],
        )
        return [Claimed(*row, content_type="", body=b"") for row in cursor.fetchall()]


# By the keys alone, message by message: planned as a join before the first ANALYZE, it walked the table for each pair.
_HOLD = """
SELECT w.message_id, w.attempts, w.status FROM core_inboxwork w
WHERE w.message_id = ANY (ARRAY(
    SELECT version.id FROM core_inboxmessage mine
    CROSS JOIN LATERAL (
        SELECT o.id FROM core_inboxmessage o
        WHERE o.account = mine.account AND o.topic = mine.topic AND o.external_id = mine.external_id OFFSET 0
    ) version
    WHERE mine.id = ANY(%s)))
ORDER BY w.message_id FOR NO KEY UPDATE OF w
"""


def hold(claimed: Sequence[Claimed]) -> None:
    """Lock the messages and all other versions of what they are about, first of all locks, in the transaction that does
    their work: two workers with two versions of one thing take turns.

    Raises LeaseLost if another worker has taken one over. Statements: 1.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [[c.message_id for c in claimed]])
        _check_lease({id: (attempts, status) for id, attempts, status in cursor.fetchall()}, claimed)


def _check_lease(rows: dict[int, tuple[int, str]], claimed: Sequence[Claimed]) -> None:
    lost = [c.message_id for c in claimed if rows.get(c.message_id) != (c.attempt, "processing")]
    if lost:
        raise LeaseLost(_("Another worker has taken the message over."), messages=lost)


@transaction.atomic
def finish(outcomes: Sequence[Finish]) -> None:
    """Mark claimed messages as done, in the transaction of their effect.

    Raises LeaseLost, and the effect is rolled back, if another worker has taken one over. Statements: 2.
    """
    if any(outcome.status not in ("processed", "ignored") for outcome in outcomes):
        raise ValueError("a finished message is processed or ignored")
    _write(
        [o.claimed for o in outcomes],
        [(o.status, o.error_code, o.error, o.result_type, o.result_id, 0) for o in outcomes],
    )


@transaction.atomic
def fail(failures: Sequence[Failure], *, max_attempts: int = MAX_ATTEMPTS, delay_s: int = 30) -> None:
    """Mark claimed messages as failed: due again after delay_s × 2^(attempt−1), dead after max_attempts.

    Statements: 2. A lost lease raises LeaseLost: the other worker's outcome counts.
    """
    rows = []
    for failure in failures:
        attempt = failure.claimed.attempt
        dead = failure.permanent or attempt >= max_attempts
        wait = min(delay_s * 2 ** (attempt - 1), MAX_DELAY_S)
        rows.append(("dead" if dead else "failed", failure.code[:80], failure.error[:4000], "", None, wait))
    _write([f.claimed for f in failures], rows)


def _write(claimed: Sequence[Claimed], rows: list[tuple[Any, ...]]) -> None:
    if not claimed:
        return
    hold(claimed)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_inboxwork w SET status = n.status, error_code = n.error_code, error = n.error,"
            " result_type = n.result_type, result_id = n.result_id, lease_until = NULL,"
            " due_at = clock_timestamp() + make_interval(secs => n.wait), updated_at = clock_timestamp()"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::int[])"
            " AS n(message_id, status, error_code, error, result_type, result_id, wait)"
            " WHERE w.message_id = n.message_id",
            [[c.message_id for c in claimed], *[list(column) for column in zip(*rows, strict=True)]],
        )


@transaction.atomic
def replay(*, message_ids: Sequence[int], actor: Actor, reason: str) -> int:
    """Let failed, dead or ignored messages be worked on again from attempt 1; how many there were.

    Others are left as they are. Each is written to the audit trail. Statements: 2.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH chosen AS (SELECT message_id, status FROM core_inboxwork WHERE message_id = ANY(%s)"
            "   AND status IN ('failed', 'dead', 'ignored') ORDER BY message_id FOR NO KEY UPDATE)"
            " UPDATE core_inboxwork w SET status = 'received', attempts = 0, error_code = '', error = '',"
            " due_at = clock_timestamp(), updated_at = clock_timestamp()"
            " FROM chosen c WHERE c.message_id = w.message_id RETURNING w.message_id, c.status",
            [list(message_ids)],
        )
        changed = cursor.fetchall()
    audit.record(
        [Change("core.inboxmessage", id, "replay", "status", old, "received", reason) for id, old in changed],
        actor=actor,
    )
    return len(changed)
