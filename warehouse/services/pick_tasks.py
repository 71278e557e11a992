"""Pick tasks that stand in for others: what was directed elsewhere, or in another number, is claimed and picked anew."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from backoffice.core.db import insert_rows
from inventory.services import BinClaimResult

_COLUMNS = {
    "pick_list_id": "bigint",
    "fulfilment_line_id": "bigint",
    "bin_claim_id": "bigint",
    "sku_id": "bigint",
    "lot_id": "bigint",
    "from_location_id": "bigint",
    "to_location_id": "bigint",
    "quantity": "numeric",
    "picked": "numeric",
    "status": "text",
    "device": "text",
    "round_id": "bigint",
}


class Directed(Protocol):
    """The task that another one stands in for."""

    @property
    def pick_list_id(self) -> int: ...
    @property
    def fulfilment_line_id(self) -> int: ...
    @property
    def to_location_id(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def round_id(self) -> int | None: ...


def insert_in_place(pairs: Iterable[tuple[Directed, BinClaimResult]]) -> None:
    """A task for each claim, on the list, the round and the way of the task before it. Statements: 1, or 0."""
    insert_rows(
        "warehouse_picktask",
        _COLUMNS,
        [
            (
                task.pick_list_id,
                task.fulfilment_line_id,
                claim.bin_claim_id,
                claim.sku_id,
                claim.lot_id,
                claim.location_id,
                task.to_location_id,
                claim.quantity,
                Decimal(0),
                "open" if task.status == "open" else "assigned",
                "",
                task.round_id,
            )
            for task, claim in pairs
        ],
    )
