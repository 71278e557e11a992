from django.urls import path
from rest_framework.renderers import JSONRenderer

from orders.api.automation import RuleViewSet
from orders.api.blanket import BlanketViewSet
from orders.api.channel_settings import ChannelViewSet
from orders.api.credit import CreditViewSet
from orders.api.documents import PdfRenderer
from orders.api.drafts import DraftViewSet
from orders.api.margin import MarginViewSet
from orders.api.movers import MoverViewSet
from orders.api.pricing import PriceViewSet
from orders.api.promises import PromiseViewSet
from orders.api.quality import QualityViewSet
from orders.api.recalls import RecallViewSet
from orders.api.reservations import ReservationViewSet
from orders.api.views import OrderViewSet

ROUTES = (
    ("orders", OrderViewSet, "order"),
    ("channels", ChannelViewSet, "channel"),
    ("drafts", DraftViewSet, "draft"),
    ("promises", PromiseViewSet, "promise"),
    ("prices", PriceViewSet, "price"),
    ("credit", CreditViewSet, "credit"),
    ("blanket-orders", BlanketViewSet, "blanketorder"),
    ("reservations", ReservationViewSet, "reservation"),
    ("margin", MarginViewSet, "margin"),
    ("movers", MoverViewSet, "mover"),
    ("quality", QualityViewSet, "quality"),
    ("recalls", RecallViewSet, "recall"),
    ("rules", RuleViewSet, "rule"),
)  # shipments, returns, cancel requests: warehouse, which answers for them

# A file has the name of a file, so no slash at its end.
document = OrderViewSet.as_view({"get": "document"}, renderer_classes=[JSONRenderer, PdfRenderer])
FILES = [path("orders/<int:pk>/documents/<slug:kind>.pdf", document, name="document")]
