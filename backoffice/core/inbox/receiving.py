"""Storing what came in: raw, once."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.cards import cleaned_body
from backoffice.core.db import insert_rows
from backoffice.core.inbox.values import (
    MAX_BODY_BYTES,
    Message,
    PayloadTooLarge,
    Received,
)

Key = tuple[str, str, str, str]
_KEY = {"account": "text", "topic": "text", "external_id": "text", "version": "text"}


@transaction.atomic
def receive(messages: Sequence[Message], *, max_bytes: int = MAX_BODY_BYTES) -> list[Received]:
    """Store raw payloads, without card numbers, each once by (account, topic, external id, version); one result per message, in order.

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
    messages = [replace(one, body=cleaned_body(one.body, place=one.account)) for one in messages]
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
