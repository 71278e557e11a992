from inventory.api.availability import AvailabilityViewSet
from inventory.api.kits import KitViewSet
from inventory.api.views import ProductViewSet, SkuViewSet, StockViewSet

ROUTES = (
    ("products", ProductViewSet, "product"),
    ("skus", SkuViewSet, "sku"),
    ("stock", StockViewSet, "stock"),
    ("availability", AvailabilityViewSet, "availability"),
    ("kits", KitViewSet, "kit"),
)
