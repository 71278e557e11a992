from warehouse.api.views import FulfilmentViewSet, PickListViewSet, ShippingViewSet

ROUTES = (
    ("fulfilments", FulfilmentViewSet, "fulfilment"),
    ("pick-lists", PickListViewSet, "picklist"),
    ("shipments", ShippingViewSet, "shipment"),
)
