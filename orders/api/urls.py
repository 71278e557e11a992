from orders.api.promises import PromiseViewSet
from orders.api.views import OrderViewSet

ROUTES = (
    ("orders", OrderViewSet, "order"),
    ("promises", PromiseViewSet, "promise"),
)  # shipments: warehouse, which hands them over
