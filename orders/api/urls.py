from orders.api.drafts import DraftViewSet
from orders.api.pricing import BlanketViewSet, CreditViewSet, PriceViewSet
from orders.api.promises import PromiseViewSet
from orders.api.views import OrderViewSet

ROUTES = (
    ("orders", OrderViewSet, "order"),
    ("drafts", DraftViewSet, "draft"),
    ("promises", PromiseViewSet, "promise"),
    ("prices", PriceViewSet, "price"),
    ("credit", CreditViewSet, "credit"),
    ("blanket-orders", BlanketViewSet, "blanketorder"),
)  # shipments, cancel requests: warehouse, which answers for them
