"""How the floor's rows lead to a warehouse, and some to a channel (backoffice/core/scopes)."""

from backoffice.core.registry import BodyRow, LimitedPage, PageObject, Scope

_OF_A_WAREHOUSE = (
    "CountPlan", "CountTask", "FloorTask", "HandlingUnit", "Manifest", "PickRound", "PutAwayRule", "ScanDevice", "Stocktake",
    "Wave",
)  # fmt: skip
_PARTS = {
    "CashMove": "shift", "CountClass": "plan", "CountEntry": "task", "CountRequest": "location", "CountResult": "task",
    "ManifestLine": "manifest", "OverDelivery": "location", "Parcel": "shipment", "ParcelLabel": "parcel",
    "ParcelLine": "parcel", "ParkedSale": "till", "PickTask": "pick_list", "ReceiptLine": "receipt",
    "ReceiptPhoto": "receipt", "RoundTote": "round", "ScanCommand": "device", "ScanSession": "device",
    "TillReceipt": "shift", "TillShift": "till", "TillTender": "receipt", "TrackingWatch": "shipment", "WaveItem": "wave",
}  # fmt: skip

SCOPES = (
    *(Scope(f"warehouse.{name}", warehouse=("warehouse",)) for name in _OF_A_WAREHOUSE),
    *(Scope(f"warehouse.{name}", via=(parent,)) for name, parent in _PARTS.items()),
    Scope("warehouse.PickList", warehouse=("warehouse",), channel=("fulfilment__order__channel",)),
    Scope("warehouse.Pickup", warehouse=("warehouse",), channel=("order__channel",)),
    Scope("warehouse.Receipt", warehouse=("warehouse",), channel=("return_order__channel",)),
    Scope("warehouse.ReceiptProblem", warehouse=("receipt__warehouse", "purchase_order__warehouse")),
    Scope("warehouse.Till", warehouse=("warehouse",), channel=("channel",)),
    Scope("warehouse.WaveTemplate", warehouse=("warehouse",), channel=("channel",)),
)

_FLOOR = ("queue/", "assign/", "board/", "board/data/", "board/rows/", "report/")
_WORK = ("bench/", "bench/find/", "bench/pack/")

PAGES: tuple[BodyRow | LimitedPage | PageObject, ...] = (
    BodyRow("pick_list", "warehouse.picklist"),
    BodyRow("pickup", "warehouse.pickup"),
    BodyRow("template", "warehouse.wavetemplate"),
    *(
        LimitedPage(f"api/v1/floor/{route}/", asks=("warehouse",), free_of=("channel",))
        for route in ("board-rows", "board", "facts", "figures", "order-labour", "work")
    ),
    *(LimitedPage(f"admin/floor/{route}", asks=("warehouse",), free_of=("channel",)) for route in _FLOOR),
    *(LimitedPage(f"admin/warehouse/picklist/{route}", why="finds one's own work alone") for route in _WORK),
    *(LimitedPage(f"admin/warehouse/picklist/{route}", why="one's own work alone") for route in ("work/",)),
    LimitedPage("admin/warehouse/floortask/plan/", why="plans for the warehouses offered"),
    LimitedPage("admin/warehouse/receiptproblem/blind/", why="a form, whose places are those offered"),
    LimitedPage("admin/warehouse/handlingunit/labels.pdf", why="the units offered"),
    LimitedPage("admin/warehouse/handlingunit/labels.zpl", why="the units offered"),
    LimitedPage("till/", why="the tills offered"),
    PageObject("till/<", "warehouse.Till"),
    PageObject("till/shifts/", "warehouse.TillShift"),
    PageObject("till/receipts/", "warehouse.TillReceipt"),
    PageObject("admin/warehouse/picklist/work/", "orders.Fulfilment"),
    PageObject("admin/warehouse/picklist/work/transfers/", "inventory.Transfer"),
    PageObject("admin/warehouse/picklist/work/cancels/", "orders.CancelRequest"),
    PageObject("admin/warehouse/picklist/rounds/", "warehouse.PickRound"),
    PageObject("admin/warehouse/picklist/shipments/", "orders.Shipment"),
    PageObject("admin/warehouse/manifest/shipments/", "orders.Shipment"),
    PageObject("admin/warehouse/wave/rounds/", "warehouse.PickRound"),
    PageObject("admin/warehouse/receipt/purchase/", "inventory.PurchaseOrder"),
    PageObject("admin/warehouse/receipt/return/", "orders.ReturnOrder"),
    PageObject("admin/warehouse/receiptproblem/report/", "warehouse.Receipt"),
    PageObject("admin/warehouse/receiptproblem/receipt/", "warehouse.Receipt"),
    PageObject("admin/warehouse/receiptproblem/photos/", "warehouse.ReceiptPhoto"),
)
