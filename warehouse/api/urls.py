from warehouse.api.cancels import CancelAnswerViewSet
from warehouse.api.pickups import PickupViewSet
from warehouse.api.till import ReceiptViewSet, TillViewSet
from warehouse.api.views import FulfilmentViewSet, PickListViewSet, ShippingViewSet

ROUTES = (
    ("cancel-requests", CancelAnswerViewSet, "cancelrequest"),
    ("fulfilments", FulfilmentViewSet, "fulfilment"),
    ("pick-lists", PickListViewSet, "picklist"),
    ("shipments", ShippingViewSet, "shipment"),
    ("tills", TillViewSet, "till"),
    ("till-receipts", ReceiptViewSet, "tillreceipt"),
    ("pickups", PickupViewSet, "pickup"),
)
