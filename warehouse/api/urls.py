from django.urls import path
from rest_framework.renderers import JSONRenderer

from orders.api.documents import PdfRenderer
from warehouse.api.cancels import CancelAnswerViewSet
from warehouse.api.count_plans import CountPlanViewSet, CountRequestViewSet
from warehouse.api.counting import StocktakeViewSet
from warehouse.api.floor import FloorTaskViewSet, PutAwayRuleViewSet
from warehouse.api.floor_boards import FloorViewSet
from warehouse.api.labelling import LabellingViewSet, ManifestViewSet
from warehouse.api.labour import WageRateViewSet
from warehouse.api.pickups import PickupViewSet
from warehouse.api.purchasing import PurchaseReceivingViewSet
from warehouse.api.receipts import GoodsReceiptViewSet, ReceiptProblemViewSet
from warehouse.api.returns import ReturnReceivingViewSet
from warehouse.api.rounds import PickRoundViewSet
from warehouse.api.scan import ScanCommandViewSet
from warehouse.api.setup import (
    BoxViewSet,
    CarrierRateViewSet,
    CarrierServiceViewSet,
    CarrierViewSet,
    WaveTemplateViewSet,
)
from warehouse.api.stock_figures import StockFiguresViewSet
from warehouse.api.till import ReceiptViewSet, TillViewSet
from warehouse.api.tracking import TrackingWatchViewSet
from warehouse.api.units import HandlingUnitViewSet
from warehouse.api.views import FulfilmentViewSet, PickListViewSet
from warehouse.api.waves import WaveViewSet

ROUTES = (
    ("handling-units", HandlingUnitViewSet, "handlingunit"),
    ("boxes", BoxViewSet, "box"),
    ("wage-rates", WageRateViewSet, "wagerate"),
    ("carriers", CarrierViewSet, "carrier"),
    ("carrier-services", CarrierServiceViewSet, "carrierservice"),
    ("carrier-rates", CarrierRateViewSet, "carrierrate"),
    ("manifests", ManifestViewSet, "manifest"),
    ("cancel-requests", CancelAnswerViewSet, "cancelrequest"),
    ("fulfilments", FulfilmentViewSet, "fulfilment"),
    ("purchase-orders", PurchaseReceivingViewSet, "purchaseorder"),
    ("pick-lists", PickListViewSet, "picklist"),
    ("pick-rounds", PickRoundViewSet, "pickround"),
    ("waves", WaveViewSet, "wave"),
    ("wave-templates", WaveTemplateViewSet, "wavetemplate"),
    ("stock-figures", StockFiguresViewSet, "stock-figures"),
    ("floor-tasks", FloorTaskViewSet, "floor-task"),
    ("put-away-rules", PutAwayRuleViewSet, "put-away-rule"),
    ("receipts", GoodsReceiptViewSet, "receipt"),
    ("receipt-problems", ReceiptProblemViewSet, "receipt-problem"),
    ("returns", ReturnReceivingViewSet, "return"),
    ("shipments", LabellingViewSet, "shipment"),
    ("tracking-watches", TrackingWatchViewSet, "trackingwatch"),
    ("scan/commands", ScanCommandViewSet, "scancommand"),
    ("count-plans", CountPlanViewSet, "countplan"),
    ("count-requests", CountRequestViewSet, "countrequest"),
    ("floor", FloorViewSet, "floor"),
    ("stocktakes", StocktakeViewSet, "stocktake"),
    ("tills", TillViewSet, "till"),
    ("till-receipts", ReceiptViewSet, "tillreceipt"),
    ("pickups", PickupViewSet, "pickup"),
)

document = PurchaseReceivingViewSet.as_view({"get": "document"}, renderer_classes=[JSONRenderer, PdfRenderer])
FILES = [path("purchase-orders/<int:pk>/document.pdf", document, name="purchase-document")]
