from orders.models.blanket import BlanketCall, BlanketLine, BlanketOrder, BlanketStatus
from orders.models.changes import CancelRequest, CancelRequestStatus, OrderRevision
from orders.models.channels import Channel, Contact, CustomerGroup, Objective, PaymentPolicy
from orders.models.drafts import DraftCharge, DraftLine, DraftOrder, DraftStatus
from orders.models.drop_shipping import DropShipLine, DropShipRule
from orders.models.fulfilment import (
    Fulfilment,
    FulfilmentLine,
    FulfilmentStatus,
    MergeGroup,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
)
from orders.models.kits import OrderLineComponent, ShipmentKit
from orders.models.mailing import DocumentKind, DocumentMail, MailRule, MailStatus, MailText
from orders.models.orders import (
    ChargeKind,
    Hold,
    HoldKind,
    Order,
    OrderCharge,
    OrderDiscount,
    OrderLine,
    OrderStatus,
    OrderTax,
    TaxedBy,
)
from orders.models.payments import OrderPayment, OrderPaymentEvent, PaymentEventKind, PaymentMethod
from orders.models.pricing import PriceList, PriceListItem
from orders.models.promises import LinePromise, PromiseChange, PromiseReason
from orders.models.reservations import Reservation, ReservationLimit, ReservationLine, ReservationStatus
from orders.models.return_photos import ReturnPhoto
from orders.models.return_rules import (
    ExchangeShips,
    Grade,
    GradeWriteDown,
    RestockingFee,
    ReturnPolicy,
    ReturnReason,
    ShippingRefund,
)
from orders.models.returns import Disposition, ReturnedGoods, ReturnLine, ReturnOrder, ReturnStatus
from orders.models.sourcing import PostcodeCentroid, SourcingCause, SourcingDecision, SourcingRule
from orders.models.tracking import TrackingEvent, TrackingSource, TrackingStatus

__all__ = [
    "TrackingEvent",
    "TrackingSource",
    "TrackingStatus",
    "BlanketCall",
    "BlanketLine",
    "BlanketOrder",
    "BlanketStatus",
    "CancelRequest",
    "CancelRequestStatus",
    "Channel",
    "ChargeKind",
    "Contact",
    "CustomerGroup",
    "Disposition",
    "DocumentKind",
    "DocumentMail",
    "DraftCharge",
    "DraftLine",
    "DraftOrder",
    "DraftStatus",
    "DropShipLine",
    "DropShipRule",
    "ExchangeShips",
    "Fulfilment",
    "FulfilmentLine",
    "FulfilmentStatus",
    "Grade",
    "GradeWriteDown",
    "Hold",
    "HoldKind",
    "MailRule",
    "MailStatus",
    "MailText",
    "Objective",
    "LinePromise",
    "MergeGroup",
    "Order",
    "OrderCharge",
    "OrderDiscount",
    "OrderLine",
    "OrderPayment",
    "OrderPaymentEvent",
    "OrderLineComponent",
    "OrderRevision",
    "OrderStatus",
    "OrderTax",
    "TaxedBy",
    "PaymentEventKind",
    "PaymentMethod",
    "PaymentPolicy",
    "PostcodeCentroid",
    "PromiseChange",
    "PromiseReason",
    "PriceList",
    "PriceListItem",
    "Reservation",
    "ReservationLimit",
    "ReservationLine",
    "ReservationStatus",
    "RestockingFee",
    "ReturnLine",
    "ReturnOrder",
    "ReturnStatus",
    "ReturnPhoto",
    "ReturnPolicy",
    "ReturnReason",
    "ReturnedGoods",
    "Shipment",
    "ShipmentKit",
    "ShipmentLine",
    "ShipmentStatus",
    "ShippingRefund",
    "SourcingCause",
    "SourcingDecision",
    "SourcingRule",
]
