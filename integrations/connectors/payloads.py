"""Received orders as they are kept: their own content, under an id and a version."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.base import RawOrder
from integrations.connectors.fields import Fields
from integrations.errors import ChannelRejected, PayloadUnreadable

MAX_STEPS = 10_000


def raw_order(order: Any, *, id_of: Callable[[Fields], str], time_of: Callable[[Fields], datetime]) -> RawOrder:
    """The order, sorted, so that the same content is the same payload. version: its time, and a hash of the content.

    One without id or time is kept under its hash, so that it ends in quarantine and the others go on.
    """
    body = json.dumps(order, sort_keys=True, ensure_ascii=False).encode()
    digest = hashlib.sha256(body).hexdigest()[:16]
    try:
        fields = Fields(order)
        external_id, modified_at = id_of(fields), time_of(fields)
    except PayloadUnreadable:
        return RawOrder(f"unidentified:{digest}", digest, None, body)
    stamp = modified_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return RawOrder(external_id, f"{stamp} {digest}", modified_at, body)


def walk_by_time(
    page: Callable[[datetime | None, int], list[Any]],
    since: datetime | None,
    resume: str,
    *,
    size: int,
    time_of: Callable[[Any], datetime],
) -> Iterator[tuple[list[Any], str]]:
    """Pages of a list that only knows page numbers, walked by the time of the last change seen: (rows, where to go on).

    Each step asks anew for what changed since then (that second included), so that a change between two pages moves
    nothing out of sight. Page numbers count only within one second. Repeats within the walk are left out.
    """
    after = datetime.fromisoformat(resume) if resume else since
    seen: set[str] = set()
    number = 1
    for _step in range(MAX_STEPS):
        rows = page(after, number)
        keys = [json.dumps(row, sort_keys=True) for row in rows]
        fresh = [row for row, key in zip(rows, keys, strict=True) if key not in seen]
        seen.update(keys)
        if len(rows) < size:
            yield fresh, ""
            return
        last = time_of(rows[-1])
        if after is None or last > after:
            after, number = last, 1
        else:
            number += 1
        yield fresh, after.isoformat()
    raise ChannelRejected(_("The channel's pages do not end."))
