from inventory.models.catalogue import (
    Barcode,
    Category,
    CostMethod,
    Lot,
    Product,
    Sku,
    SkuStatus,
)
from inventory.models.claims import (
    Allocation,
    AllocationEntry,
    AllocationEntryKind,
    BinClaim,
    BinRelease,
    Demand,
    DemandKind,
)
from inventory.models.costs import CostLayer, LayerUse, SkuCost, ValueChange
from inventory.models.kits import Kit, KitComponent, KitPolicy
from inventory.models.moves import StockLevel, StockMove, StockQuant
from inventory.models.places import (
    COUNTERPART_KINDS,
    INTERNAL_KINDS,
    SELLABLE_KINDS,
    Location,
    LocationKind,
    Warehouse,
)
from inventory.models.purchasing import (
    InboundRule,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderStatus,
)
from inventory.models.suppliers import SupplierPrice, SupplierSku, SupplierTerms

__all__ = [
    "COUNTERPART_KINDS",
    "INTERNAL_KINDS",
    "SELLABLE_KINDS",
    "Allocation",
    "AllocationEntry",
    "AllocationEntryKind",
    "Barcode",
    "BinClaim",
    "BinRelease",
    "Category",
    "CostLayer",
    "CostMethod",
    "Demand",
    "DemandKind",
    "InboundRule",
    "Kit",
    "KitComponent",
    "KitPolicy",
    "LayerUse",
    "Location",
    "LocationKind",
    "Lot",
    "Product",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "PurchaseOrderStatus",
    "Sku",
    "SkuCost",
    "SkuStatus",
    "StockLevel",
    "StockMove",
    "StockQuant",
    "SupplierPrice",
    "SupplierSku",
    "SupplierTerms",
    "ValueChange",
    "Warehouse",
]
