from warehouse.models.packing import Parcel, ParcelLine
from warehouse.models.picking import PickList, PickListStatus, PickTask, PickTaskStatus
from warehouse.models.receiving import OverDelivery, OverDeliveryStatus, Receipt, ReceiptLine, ReceiptStatus
from warehouse.models.till import (
    CashMove,
    CashMoveKind,
    ParkedSale,
    Pickup,
    PickupStatus,
    ShiftStatus,
    Till,
    TillReceipt,
    TillReceiptKind,
    TillShift,
    TillTender,
)

__all__ = [
    "CashMove",
    "CashMoveKind",
    "OverDelivery",
    "OverDeliveryStatus",
    "Parcel",
    "ParcelLine",
    "ParkedSale",
    "PickList",
    "PickListStatus",
    "PickTask",
    "PickTaskStatus",
    "Pickup",
    "PickupStatus",
    "Receipt",
    "ReceiptLine",
    "ReceiptStatus",
    "ShiftStatus",
    "Till",
    "TillReceipt",
    "TillReceiptKind",
    "TillShift",
    "TillTender",
]
