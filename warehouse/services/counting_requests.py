"""Asking for a bin to be counted, from any work on the floor."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows

_REQUEST = {
    "company_id": "bigint",
    "location_id": "bigint",
    "sku_id": "bigint",
    "reason": "text",
    "source_type": "text",
    "source_id": "bigint",
    "requested_by": "text",
}


@dataclass(frozen=True, slots=True)
class BinCount:
    """A SKU in a bin that holds other than the books say. reason: e.g. short_pick."""

    location_id: int
    sku_id: int
    reason: str
    source_type: str = ""
    source_id: int | None = None


@transaction.atomic(savepoint=False)
def open_bin_count(counts: Sequence[BinCount], *, company_id: int, actor: Actor) -> None:
    """Ask for these bins to be counted; where a request is open already nothing is added. Statements: 1, or 0."""
    wanted = {(each.location_id, each.sku_id): each for each in reversed(counts)}
    insert_rows(
        "warehouse_countrequest",
        _REQUEST,
        [
            (company_id, *key, each.reason, each.source_type, each.source_id, actor.label)
            for key, each in sorted(wanted.items())
        ],
        suffix="ON CONFLICT DO NOTHING",
    )
