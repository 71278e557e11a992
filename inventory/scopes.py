"""How the goods book's rows lead to a warehouse (backoffice/core/scopes)."""

from backoffice.core.registry import BodyRow, LimitedPage, PageObject, Scope

_COST = "cost belongs to the company, whichever warehouse the goods are in"

SCOPES = (
    Scope("inventory.Warehouse", warehouse=("pk",)),
    Scope("inventory.Zone", warehouse=("warehouse",)),
    Scope("inventory.Location", warehouse=("warehouse",)),  # suppliers, customers and the like are nobody's
    Scope("inventory.PickFace", via=("location",)),
    Scope("inventory.StockLevel", warehouse=("warehouse",)),
    Scope("inventory.StockQuant", via=("location",)),
    Scope("inventory.StockMove", warehouse=("from_location__warehouse", "to_location__warehouse")),
    Scope("inventory.MoveSerial", via=("move",)),
    Scope("inventory.Serial", via=("location",)),
    Scope("inventory.StockAlert", warehouse=("warehouse",)),
    Scope("inventory.Demand", warehouse=("warehouse",)),
    Scope("inventory.Allocation", warehouse=("warehouse",)),
    Scope("inventory.AllocationEntry", via=("allocation",)),
    Scope("inventory.BinClaim", via=("allocation",)),
    Scope("inventory.BinRelease", via=("bin_claim",)),
    Scope("inventory.Adjustment", warehouse=("warehouse",)),
    Scope("inventory.AdjustmentLine", via=("adjustment",)),
    Scope("inventory.Transfer", warehouse=("source", "target")),
    Scope("inventory.TransferLine", via=("transfer",)),
    Scope("inventory.TransferSettlement", via=("line",)),
    Scope("inventory.PurchaseOrder", warehouse=("warehouse",)),
    Scope("inventory.PurchaseOrderLine", via=("purchase_order",)),
    Scope("inventory.PurchaseOrderRevision", via=("purchase_order",)),
    Scope("inventory.AdvanceNotice", via=("purchase_order",)),
    Scope("inventory.AdvanceNoticeLine", via=("notice",)),
    Scope("inventory.SupplierReturn", warehouse=("warehouse",)),
    Scope("inventory.SupplierReturnLine", via=("supplier_return",)),
    Scope("inventory.GrniItem", via=("po_line",)),
    Scope("inventory.Inspection", warehouse=("warehouse",)),
    Scope("inventory.InspectionResult", via=("inspection",)),
    Scope("inventory.AssemblyOrder", warehouse=("warehouse",)),
    Scope("inventory.AssemblyNeed", via=("order",)),
    Scope("inventory.AssemblyRun", via=("order",)),
    Scope("inventory.ReorderRule", warehouse=("warehouse",)),
    Scope("inventory.Proposal", warehouse=("warehouse", "source")),
    Scope("inventory.CostLayer", free=_COST),
    Scope("inventory.LayerUse", free=_COST),
    Scope("inventory.LandedCostShare", free=_COST),
)

_OF_A_WAREHOUSE = (
    "stock/", "stock/<int:sku_id>/<int:warehouse_id>/", "stock/<int:sku_id>/<int:warehouse_id>/condition/",
    "reports/expiry/", "reports/ageing/", "reports/shrinkage/", "reports/suspicions/",
    "inventory/location/map/", "inventory/location/walk/", "inventory/location/labels/",
)  # fmt: skip
_NAMED_THERE = "the address names its warehouse, which is looked at before"

PAGES: tuple[BodyRow | LimitedPage | PageObject, ...] = (
    BodyRow("dock", "inventory.location"),
    BodyRow("location", "inventory.location"),
    BodyRow("locations", "inventory.location"),
    BodyRow("moves", "inventory.stockmove"),
    BodyRow("place", "inventory.location"),
    BodyRow("purchase_order", "inventory.purchaseorder"),
    BodyRow("to_location", "inventory.location"),
    *(
        LimitedPage(f"api/v1/{route}/", asks=("warehouse",), free_of=("channel",))
        for route in (
            "expiry",
            "locations/labels",
            "shrinkage",
            "shrinkage/moves",
            "shrinkage/suspicions",
            "stock-ageing",
            "stock-explorer",
            "stock-explorer/place",
            "stock-valuation",
        )
    ),
    LimitedPage("api/v1/scan/", why="what a barcode means is the company's"),
    LimitedPage("api/v1/stock/kinds/", why="words, the same for everybody"),
    *(
        LimitedPage(f"admin/{route}", why=_NAMED_THERE, free_of=("channel",))
        if "warehouse_id" in route
        else LimitedPage(f"admin/{route}", asks=("warehouse",), free_of=("channel",))
        for route in _OF_A_WAREHOUSE
    ),
    LimitedPage("admin/inventory/grniitem/ageing/", asks=("warehouse",), free_of=("channel",)),
    LimitedPage("api/v1/grni/", asks=("warehouse",), free_of=("channel",)),
    LimitedPage("admin/inventory/location/make/", why="a form, whose warehouses are those offered"),
    LimitedPage("admin/inventory/purchaseorder/desk/", why="the orders of one's warehouses"),
    LimitedPage("admin/inventory/lothold/lot/<int:lot_id>/hold/", why="lots are the company's"),
    LimitedPage("admin/accounting/manualjournal/sums/", why="adds up what was typed"),
    LimitedPage("admin/accounting/bill/sums/", why="adds up what was typed"),
    LimitedPage("admin/accounting/taxrule/try/", why="taxes are the company's"),
    LimitedPage("admin/accounting/taxrule/template/", why="taxes are the company's"),
    PageObject("admin/inventory/advancenotice/of/", "inventory.PurchaseOrder"),
    PageObject("admin/inventory/supplierreturn/of/", "inventory.PurchaseOrder"),
    PageObject("admin/inventory/purchaseorder/suppliers/", ""),  # suppliers are the company's
)
