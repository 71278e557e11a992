from orders.api.views import OrderViewSet

ROUTES = (("orders", OrderViewSet, "order"),)  # shipments: warehouse, which hands them over
