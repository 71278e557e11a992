from warehouse.api.till import PickupViewSet, ReceiptViewSet, TillViewSet
from warehouse.api.views import FulfilmentViewSet, PickListViewSet, ShippingViewSet

ROUTES = (
    ("fulfilments", FulfilmentViewSet, "fulfilment"),
    ("pick-lists", PickListViewSet, "picklist"),
    ("shipments", ShippingViewSet, "shipment"),
    ("tills", TillViewSet, "till"),
    ("till-receipts", ReceiptViewSet, "tillreceipt"),
    ("pickups", PickupViewSet, "pickup"),
)
