from warehouse.models.packing import Parcel, ParcelLine
from warehouse.models.picking import PickList, PickListStatus, PickTask, PickTaskStatus
from warehouse.models.receiving import Receipt, ReceiptLine, ReceiptStatus

__all__ = [
    "Parcel",
    "ParcelLine",
    "PickList",
    "PickListStatus",
    "PickTask",
    "PickTaskStatus",
    "Receipt",
    "ReceiptLine",
    "ReceiptStatus",
]
