from orders.api.pricing import BlanketViewSet, CreditViewSet, PriceViewSet
from orders.api.promises import PromiseViewSet
from orders.api.views import OrderViewSet

ROUTES = (
    ("orders", OrderViewSet, "order"),
    ("promises", PromiseViewSet, "promise"),
    ("prices", PriceViewSet, "price"),
    ("credit", CreditViewSet, "credit"),
    ("blanket-orders", BlanketViewSet, "blanketorder"),
)  # shipments: warehouse, which hands them over
