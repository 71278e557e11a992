"""A pick task as whoever works on its list finds it."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a list that is being confirmed, locked with its list."""

    id: int
    pick_list_id: int
    list_status: str
    fulfilment_id: int
    fulfilment_line_id: int
    allocation_id: int
    bin_claim_id: int
    sku_id: int
    lot_id: int | None
    owner_id: int | None
    from_location_id: int
    to_location_id: int
    missing_location_id: int | None
    quantity: Decimal
    picked: Decimal
    status: str
    round_id: int | None = None
    wave_id: int | None = None
    wave_status: str | None = None
    lot_refusal: str = ""  # held_lot, expired_lot; lots that are chosen now are neither
