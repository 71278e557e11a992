"""What a caller of the goods book hands over and gets back."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from backoffice.core.money import ZERO


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """Goods go from one place to another.

    From a supplier to a customer (drop-ship, reason "drop_ship") value is what the supplier asks for them.
    value: of goods that come in, their total in the base currency, whole minor units. Needed from a supplier,
    as opening stock and from production; goods found or returned without a known issue come in at today's
    cost if it is empty. Not used for moves inside or out: what leaves takes its cost.
    returns_move_id: the issue whose goods come back; they take its value, pro rata, the last unit the rest.
    offset_role: the account role of the other side; empty: by where the goods come from or go to (supplier:
    grni, customer: cogs, adjustment: inventory_gain or inventory_loss, opening: opening_equity).
    entry_key: moves with the same key share one journal entry under that source key ("shipment:123");
    empty: one entry for each call and day.
    po_line_id, supplier_id: of goods from or to a supplier, if the source is no purchase order line. owed: what stands
    in goods received, not invoiced, for them, if it is not their value: the caller posts the difference there.
    serials: the numbers of the units, one each, of a SKU that is tracked by serial number; empty where the place
    they leave holds just as many units: then all of them are meant.
    """

    sku_id: int
    quantity: Decimal
    from_location_id: int
    to_location_id: int
    effective_at: datetime.datetime
    source_type: str
    source_id: int | None
    lot_id: int | None = None
    owner_id: int | None = None
    allocation_id: int | None = None
    bin_claim_id: int | None = None
    reason: str = ""
    source_key: str | None = None
    value: Decimal | None = None
    returns_move_id: int | None = None
    offset_role: str | None = None
    entry_key: str = ""
    entry_source: tuple[str, int] | None = None
    dimensions: tuple[tuple[str, str], ...] = ()
    po_line_id: int | None = None
    supplier_id: int | None = None
    owed: Decimal | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MoveResult:
    """state: done, or already (the source key was there with the same content). value is signed: goods that
    leave have a negative one."""

    move_id: int
    state: str
    value: Decimal = ZERO
    entry_id: int | None = None
    code: str = ""
