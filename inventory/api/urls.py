from inventory.api.availability import AvailabilityViewSet
from inventory.api.bills import BillViewSet
from inventory.api.grni import GrniViewSet
from inventory.api.kits import KitViewSet
from inventory.api.planning import ProposalViewSet, ReorderRuleViewSet, StockAlertViewSet
from inventory.api.views import ProductViewSet, SkuViewSet, StockViewSet

ROUTES = (
    ("bills", BillViewSet, "bill"),
    ("grni", GrniViewSet, "grni"),
    ("products", ProductViewSet, "product"),
    ("skus", SkuViewSet, "sku"),
    ("stock", StockViewSet, "stock"),
    ("availability", AvailabilityViewSet, "availability"),
    ("kits", KitViewSet, "kit"),
    ("reorder-rules", ReorderRuleViewSet, "reorder-rule"),
    ("proposals", ProposalViewSet, "proposal"),
    ("stock-alerts", StockAlertViewSet, "stock-alert"),
)
