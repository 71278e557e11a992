from inventory.api.adjustments import AdjustmentViewSet
from inventory.api.ageing import AgeingViewSet
from inventory.api.availability import AvailabilityViewSet
from inventory.api.bills import BillViewSet
from inventory.api.catalogue import (
    BarcodeViewSet,
    BrandViewSet,
    CategoryViewSet,
    PackViewSet,
    ScanViewSet,
    SkuViewSet,
)
from inventory.api.conditions import StockConditionViewSet
from inventory.api.costs import (
    AssemblyViewSet,
    BomViewSet,
    LandedCostViewSet,
    RevaluationViewSet,
    SkuCostViewSet,
    ValuationViewSet,
)
from inventory.api.explorer import StockExplorerViewSet
from inventory.api.grni import GrniViewSet
from inventory.api.inspections import InspectionViewSet
from inventory.api.kits import KitViewSet
from inventory.api.layout import (
    BinTypeViewSet,
    LocationViewSet,
    PickFaceViewSet,
    StorageClassViewSet,
    ZoneViewSet,
)
from inventory.api.lot_holds import LotHoldViewSet
from inventory.api.moves import StockMoveViewSet
from inventory.api.owners import StockOwnerViewSet
from inventory.api.planning import ProposalViewSet, ReorderRuleViewSet, StockAlertViewSet
from inventory.api.products import ProductViewSet
from inventory.api.purchasing import NoticeViewSet, ScorecardViewSet, SupplierReturnViewSet, SupplierSkuViewSet
from inventory.api.shrinkage import ShrinkageViewSet
from inventory.api.tracking import ExpiryViewSet, LotViewSet, SerialViewSet
from inventory.api.transfers import TransferViewSet
from inventory.api.views import StockViewSet

ROUTES = (
    ("bills", BillViewSet, "bill"),
    ("grni", GrniViewSet, "grni"),
    ("zones", ZoneViewSet, "zone"),
    ("bin-types", BinTypeViewSet, "bin-type"),
    ("storage-classes", StorageClassViewSet, "storage-class"),
    ("locations", LocationViewSet, "location"),
    ("pick-faces", PickFaceViewSet, "pick-face"),
    ("stock-owners", StockOwnerViewSet, "stock-owner"),
    ("transfers", TransferViewSet, "transfer"),
    ("adjustments", AdjustmentViewSet, "adjustment"),
    ("shrinkage", ShrinkageViewSet, "shrinkage"),
    ("products", ProductViewSet, "product"),
    ("skus", SkuViewSet, "sku"),
    ("packs", PackViewSet, "pack"),
    ("barcodes", BarcodeViewSet, "barcode"),
    ("categories", CategoryViewSet, "category"),
    ("brands", BrandViewSet, "brand"),
    ("scan", ScanViewSet, "scan"),
    ("lots", LotViewSet, "lot"),
    ("lot-holds", LotHoldViewSet, "lot-hold"),
    ("serials", SerialViewSet, "serial"),
    ("expiry", ExpiryViewSet, "expiry"),
    ("stock", StockViewSet, "stock"),
    ("stock-conditions", StockConditionViewSet, "stock-condition"),
    ("stock-explorer", StockExplorerViewSet, "stock-explorer"),
    ("stock-moves", StockMoveViewSet, "stock-move"),
    ("availability", AvailabilityViewSet, "availability"),
    ("kits", KitViewSet, "kit"),
    ("reorder-rules", ReorderRuleViewSet, "reorder-rule"),
    ("proposals", ProposalViewSet, "proposal"),
    ("supplier-scorecards", ScorecardViewSet, "supplier-scorecard"),
    ("stock-alerts", StockAlertViewSet, "stock-alert"),
    ("landed-costs", LandedCostViewSet, "landed-cost"),
    ("revaluations", RevaluationViewSet, "revaluation"),
    ("bills-of-materials", BomViewSet, "bill-of-materials"),
    ("assembly-orders", AssemblyViewSet, "assembly-order"),
    ("sku-costs", SkuCostViewSet, "sku-cost"),
    ("stock-valuation", ValuationViewSet, "stock-valuation"),
    ("inspections", InspectionViewSet, "inspection"),
    ("stock-ageing", AgeingViewSet, "stock-ageing"),
    ("supplier-skus", SupplierSkuViewSet, "suppliersku"),
    ("advance-notices", NoticeViewSet, "advancenotice"),
    ("supplier-returns", SupplierReturnViewSet, "supplierreturn"),
)  # purchase orders: warehouse, which receives them
