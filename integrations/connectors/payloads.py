"""Received orders as they are kept: their own content, under an id and a version."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from integrations.connectors.base import RawOrder
from integrations.connectors.fields import Fields
from integrations.errors import PayloadUnreadable


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
