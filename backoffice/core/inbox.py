"""The inbox: what comes in is stored raw first, once, then worked on until it is done or given up.

Attempts are counted and committed before the work starts, so a message that kills its worker ends as dead.
A claim carries its attempt's number; whoever lost his lease cannot finish (fencing).
Leases and due times use the database's clock.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.db import insert_rows
from backoffice.core.errors import DomainError

MAX_BODY_BYTES = 5 * 1024 * 1024
MAX_ATTEMPTS = 8
MAX_DELAY_S = 3600

Key = tuple[str, str, str, str]
_KEY = {"account": "text", "topic": "text", "external_id": "text", "version": "text"}


class PayloadTooLarge(DomainError):
    """A payload is over the cap; nothing of the batch was stored."""

    code = "payload_too_large"
    status = 413


class LeaseLost(DomainError):
    """Another worker has taken the message over; what this one did is rolled back."""

    code = "lease_lost"


@dataclass(frozen=True, slots=True)
class Message:
    """Something received. account: who sent it, "connection:5". version: the sender's version of the object
    (its updated_at, or a hash of the body), "" if it can come only once.
    """

    account: str
    topic: str
    external_id: str
    body: bytes
    version: str = ""
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Received:
    """state: "new"; "already" (same body); "differs": known under this version with another body, not stored."""

    message_id: int
    state: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message to be worked on until the lease ends; attempt is 1 the first time."""

    message_id: int
    attempt: int
    account: str
    topic: str
    external_id: str
    version: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Finish:
    """What a claimed message led to. status: "processed" or "ignored" (then with the reason in error)."""

    claimed: Claimed
    result_type: str = ""
    result_id: int | None = None
    status: str = "processed"
    error_code: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a claimed message could not be worked on. permanent: trying again is useless, give up now."""

    claimed: Claimed
    code: str
    error: str
    permanent: bool = False


@transaction.atomic
def receive(messages: Sequence[Message], *, max_bytes: int = MAX_BODY_BYTES) -> list[Received]:
    """Store raw payloads, each once by (account, topic, external id, version); one result per message, in order.

    A repeat within the batch is answered like a repeat later. Raises PayloadTooLarge, nothing stored.
    Statements: 2, and 1 more if some were known already.
    """
    for message in messages:
        if len(message.body) > max_bytes:
            raise PayloadTooLarge(
                _("%(external_id)s is larger than %(limit)s bytes.")
                % {"external_id": message.external_id, "limit": max_bytes},
                account=message.account,
                external_id=message.external_id,
            )
    first: dict[Key, Message] = {}
    for message in messages:
        first.setdefault(_key(message), message)
    new = _insert_headers(first)
    _insert_bodies([(new[key], message) for key, message in first.items() if key in new])
    known = _known([key for key in first if key not in new])
    results = []
    for message in messages:
        key = _key(message)
        if key in new and first[key] is message:
            results.append(Received(new[key], "new"))
            continue
        message_id, digest = known[key] if key in known else (new[key], _digest(first[key].body))
        results.append(Received(message_id, "already" if digest == _digest(message.body) else "differs"))
    return results


@transaction.atomic
def keep(message: Message, *, result_type: str, result_id: int) -> Received:
    """Store the payload of something that is worked on at once, in the transaction of its effect.

    Statements: 3, or those of receive where it is known already.
    """
    [received] = receive([message])
    if received.state == "new":
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE core_inboxwork SET status = 'processed', attempts = 1, result_type = %s, result_id = %s"
                " WHERE message_id = %s",
                [result_type, result_id, received.message_id],
            )
    return received


@transaction.atomic
def keep_many(kept: Sequence[tuple[Message, int]], *, result_type: str) -> None:
    """The same for many, each with the id of what it led to. Statements: 3, and 1 more if some were known already."""
    received = receive([message for message, _id in kept])
    new = [(one.message_id, pk) for one, (_message, pk) in zip(received, kept, strict=True) if one.state == "new"]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_inboxwork w SET status = 'processed', attempts = 1, result_type = %s, result_id = n.result_id"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS n(message_id, result_id) WHERE w.message_id = n.message_id",
            [result_type, [message_id for message_id, _pk in new], [pk for _message_id, pk in new]],
        )


def _key(message: Message) -> Key:
    return (message.account, message.topic, message.external_id, message.version)


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _insert_headers(first: dict[Key, Message]) -> dict[Key, int]:
    """Ids of the messages that are new, by key; inserted in key order, so that two batches never deadlock."""
    rows = [(*key, _digest(first[key].body)) for key in sorted(first)]
    returned = insert_rows(
        "core_inboxmessage",
        {**_KEY, "body_sha256": "bytea"},
        rows,
        suffix="ON CONFLICT DO NOTHING RETURNING account, topic, external_id, version, id",
    )
    return {(a, t, e, v): id for a, t, e, v, id in returned}


def _insert_bodies(stored: Sequence[tuple[int, Message]]) -> None:
    if not stored:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH body AS (INSERT INTO core_payloadbody (message_id, body, content_type)"
            " SELECT * FROM unnest(%s::bigint[], %s::bytea[], %s::text[]))"
            " INSERT INTO core_inboxwork (message_id, status, attempts, error_code, error, result_type)"
            " SELECT id, 'received', 0, '', '', '' FROM unnest(%s::bigint[]) AS id",
            [
                [id for id, _message in stored],
                [message.body for _id, message in stored],
                [message.content_type for _id, message in stored],
                [id for id, _message in stored],
            ],
        )


def _known(keys: list[Key]) -> dict[Key, tuple[int, bytes]]:
    if not keys:
        return {}
    arrays = ", ".join("%s::text[]" for _column in _KEY)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.account, m.topic, m.external_id, m.version, m.id, m.body_sha256 FROM core_inboxmessage m"
            f" JOIN unnest({arrays}) AS k(account, topic, external_id, version)"
            " USING (account, topic, external_id, version)",
            [list(column) for column in zip(*keys, strict=True)],
        )
        return {(a, t, e, v): (id, bytes(digest)) for a, t, e, v, id, digest in cursor.fetchall()}


@transaction.atomic(durable=True)
def claim_due(
    *,
    limit: int,
    lease_s: int = 300,
    account: str | None = None,
    topic: str | None = None,
    max_attempts: int = MAX_ATTEMPTS,
    lost: bool | None = None,
) -> list[Claimed]:
    """Claim due messages, oldest first, for lease_s seconds; its own transaction, so attempts are counted.

    lost: only those, or only others than those, whose worker did not come back. Messages whose lease ended in their
    last attempt become dead. Other workers' claims are skipped. Statements: 2.
    """
    give_up_lost(account=account, topic=topic, max_attempts=max_attempts)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH due AS (SELECT w.message_id FROM core_inboxwork w JOIN core_inboxmessage m ON m.id = w.message_id"
            "   WHERE ((w.status IN ('received', 'failed') AND w.due_at <= clock_timestamp())"
            "       OR (w.status = 'processing' AND w.lease_until < clock_timestamp()))"
            "     AND (%s::bool IS NULL OR (w.status = 'processing') = %s)"
            "     AND (%s::text IS NULL OR m.account = %s) AND (%s::text IS NULL OR m.topic = %s)"
            "   ORDER BY w.due_at, w.message_id LIMIT %s FOR NO KEY UPDATE OF w SKIP LOCKED),"
            " taken AS (UPDATE core_inboxwork w SET status = 'processing', attempts = w.attempts + 1,"
            "     lease_until = clock_timestamp() + make_interval(secs => %s), updated_at = clock_timestamp()"
            "   FROM due WHERE due.message_id = w.message_id RETURNING w.message_id, w.attempts, w.due_at)"
            " SELECT t.message_id, t.attempts, m.account, m.topic, m.external_id, m.version, b.content_type, b.body"
            " FROM taken t JOIN core_inboxmessage m ON m.id = t.message_id"
            " JOIN core_payloadbody b ON b.message_id = t.message_id ORDER BY t.due_at, t.message_id",
            [lost, lost, account, account, topic, topic, limit, lease_s],
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


def hold(claimed: Sequence[Claimed]) -> None:
    """Lock the messages and all other versions of what they are about, first of all locks, in the transaction that does
    their work: two workers with two versions of one thing take turns.

    Raises LeaseLost if another worker has taken one over. Statements: 1.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.message_id, w.attempts, w.status FROM core_inboxwork w WHERE w.message_id IN ("
            "   SELECT other.id FROM core_inboxmessage mine JOIN core_inboxmessage other"
            "   USING (account, topic, external_id) WHERE mine.id = ANY(%s))"
            " ORDER BY w.message_id FOR NO KEY UPDATE OF w",
            [[c.message_id for c in claimed]],
        )
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
