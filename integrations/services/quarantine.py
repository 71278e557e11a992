"""What made no sense as received: kept once, with its reason, until it is mapped, repaired or dropped."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection as database
from django.db import transaction

from backoffice.core import audit, inbox
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.db import insert_rows
from integrations.connectors.base import BadRow
from integrations.models import QuarantinedRow

TYPE = "integrations.quarantinedrow"
UNKNOWN_SKU = "unknown_sku"
_COLUMNS = {
    "company_id": "bigint",
    "channel_id": "bigint",
    "run_id": "bigint",
    "source": "text",
    "row_number": "int",
    "external_id": "text",
    "row_key": "text",
    "message_id": "bigint",
    "raw": "jsonb",
    "code": "text",
    "reason": "text",
    "value": "numeric",
    "order_id": "bigint",
    "status": "text",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing to keep. key: what identifies it within its channel; a repeat replaces code and reason."""

    key: str
    source: str
    external_id: str
    code: str
    reason: str
    message_id: int | None = None
    order_id: int | None = None
    row_number: int | None = None
    raw_json: str = "{}"
    value: Decimal = field(default=Decimal())


def row_key(*parts: str) -> str:
    """A key of the length of the column."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def keep(things: Sequence[Kept], *, channel_id: int, company_id: int) -> None:
    """Put them (back) into quarantine as open. Statements: 1, or 0 for nothing."""
    newest = {thing.key: thing for thing in things}
    insert_rows(
        "integrations_quarantinedrow",
        _COLUMNS,
        [
            (
                company_id, channel_id, None, thing.source[:200], thing.row_number, thing.external_id[:120], thing.key,
                thing.message_id, thing.raw_json, thing.code[:40], thing.reason[:300], thing.value, thing.order_id,
                "open",
            )
            for thing in sorted(newest.values(), key=lambda thing: thing.key)
        ],
        suffix="ON CONFLICT (channel_id, row_key) DO UPDATE SET code = excluded.code, reason = excluded.reason,"
        " message_id = excluded.message_id, order_id = excluded.order_id, value = excluded.value, status = 'open'",
    )  # fmt: skip


def keep_bad_rows(*, channel_id: int, company_id: int, rows: Sequence[BadRow]) -> None:
    """Rows of a file that are part of no order."""
    keep(
        [
            Kept(
                key=row_key("file", row.source, str(row.row_number), row.code),
                source=row.source,
                external_id=row.external_id,
                code=row.code,
                reason=row.reason,
                row_number=row.row_number,
                raw_json=_json(row.raw),
            )
            for row in rows
        ],
        channel_id=channel_id,
        company_id=company_id,
    )


def _json(raw: Mapping[str, Any]) -> str:
    return json.dumps(dict(raw), ensure_ascii=False).replace("\\u0000", "")


def resolve(orders_by_key: Mapping[str, int | None], *, channel_id: int) -> None:
    """What has become of open rows by now: an order, or nothing more to do. Statements: 1, or 0 for nothing."""
    if not orders_by_key:
        return
    keys = sorted(orders_by_key)
    with database.cursor() as cursor:
        cursor.execute(
            "WITH open AS (SELECT id, row_key FROM integrations_quarantinedrow"
            "   WHERE channel_id = %s AND row_key = ANY(%s) AND status = 'open' ORDER BY row_key FOR NO KEY UPDATE)"
            " UPDATE integrations_quarantinedrow q SET status = 'resolved', order_id = coalesce(n.order_id, q.order_id)"
            " FROM open JOIN unnest(%s::text[], %s::bigint[]) AS n(row_key, order_id) USING (row_key)"
            " WHERE q.id = open.id",
            [channel_id, keys, keys, [orders_by_key[key] for key in keys]],
        )


@transaction.atomic
def drop(*, row_ids: Sequence[int], actor: Actor, reason: str) -> int:
    """Give rows up for good, with the reason in the audit trail; how many were open."""
    rows = list(
        QuarantinedRow.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=row_ids, status="open")
        .order_by("pk")
    )
    QuarantinedRow.objects.filter(pk__in=[row.pk for row in rows]).update(status="dropped")
    audit.record(
        [Change(TYPE, row.pk, "drop", "status", "open", "dropped", reason, row.company_id) for row in rows],
        actor=actor,
    )
    return len(rows)


def replay_messages(rows: Sequence[QuarantinedRow], *, actor: Actor, reason: str) -> int:
    """Let the messages behind the rows be imported again."""
    ids = [row.message_id for row in rows if row.message_id is not None]
    return inbox.replay(message_ids=ids, actor=actor, reason=reason) if ids else 0
