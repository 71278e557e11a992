"""How the goods book's rows lead to a warehouse (backoffice/core/scopes)."""

from backoffice.core.registry import PageObject, Scope

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

PAGES = (
    PageObject("admin/inventory/advancenotice/of/", "inventory.PurchaseOrder"),
    PageObject("admin/inventory/supplierreturn/of/", "inventory.PurchaseOrder"),
    PageObject("admin/inventory/purchaseorder/suppliers/", ""),  # suppliers are the company's
)
