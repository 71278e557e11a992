"""The audit trail: who changed what, from what to what, and why, in the transaction of the change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows

_COLUMNS = {
    "actor_id": "bigint",
    "actor_label": "text",
    "request_id": "text",
    "object_type": "text",
    "object_id": "bigint",
    "action": "text",
    "field": "text",
    "old_value": "text",
    "new_value": "text",
    "reason": "text",
    "company_id": "bigint",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change. object_type: the model's label in lower case, e.g. "orders.order"; no personal data."""

    object_type: str
    object_id: int
    action: str
    field: str = ""
    old: str = ""
    new: str = ""
    reason: str = ""
    company_id: int | None = None


def record(changes: Sequence[Change], *, actor: Actor, change: str = "", params: Sequence[Any] = ()) -> None:
    """Write the changes to the audit trail. Statements: 1, or 0 without changes.

    change: "WITH changed AS (UPDATE …)" with its params, made in the same statement as its record.
    """
    who = (actor.user_id, actor.label, actor.request_id)
    insert_rows(
        "core_auditevent",
        _COLUMNS,
        [
            (*who, c.object_type, c.object_id, c.action, c.field, str(c.old), str(c.new), c.reason, c.company_id)
            for c in changes
        ],
        prefix=change,
        params=params,
    )
