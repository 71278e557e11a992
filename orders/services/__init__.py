"""Every write of orders."""

from orders.services.answering import Asked, accept_asked, begin_answers, refuse_cancels
from orders.services.approving import approve_returns, cancel_returns, close_returns, reject_returns, send_return
from orders.services.billing import bill_charges, bill_shipments, draft_bills
from orders.services.blanket import BlanketLineInput, CallRefused, call_off, create_blanket_order, set_blanket_status
from orders.services.calling_off import cancel_dropped
from orders.services.cancelling import cancel_order, complete_orders
from orders.services.changing.charges import ChargeAddition, ChargeEdit
from orders.services.changing.edits import LineAddition, LineEdit, OrderEdit
from orders.services.changing.naming import name_lines
from orders.services.changing.orders import Changed, OrderChange, change_order, change_orders
from orders.services.credits import import_credits
from orders.services.drafting import cancel_draft, create_draft, place_draft, quote_draft, update_draft
from orders.services.drop_shipments import DropShipment, record_dropship
from orders.services.drop_shipping import DropShipInput, drop_ship_lines
from orders.services.exchange_prices import ExchangeLine
from orders.services.exchanging import Exchange, request_exchange
from orders.services.fulfilling import ReleaseResult, allocate_back_orders, fulfil_allocated, release_orders
from orders.services.holding import HoldReleased, map_lines, place_hold, release_hold
from orders.services.mailing import ask_for_mails, retry_mails
from orders.services.merging import merge_fulfilments, unmerge_fulfilments
from orders.services.ordering import place_reserved
from orders.services.paying import (
    PaymentResult,
    Step,
    capture_payments,
    take_payments,
    void_payments,
)
from orders.services.payment_import import ReportedPayment, record_reported
from orders.services.payment_rows import PaymentInput
from orders.services.picking import (
    Packed,
    PackedLine,
    PackRecord,
    PickPlan,
    PickPlanLine,
    PickRecord,
    begin_picking,
    begin_recording,
    record_packs,
    record_picks,
    return_to_ready,
)
from orders.services.pinning import PinResult, pin_orders, source_again, unpin_orders
from orders.services.placing import place_orders
from orders.services.pricing import PriceRow, price_order, set_prices
from orders.services.promising import PromiseMoved, count_promises
from orders.services.purchase_mailing import mail_purchase_orders
from orders.services.quote_mailing import mail_quote
from orders.services.refund_posting import RefundStep
from orders.services.refunding import RefundResult, refund_order, refund_payments
from orders.services.requesting import request_return
from orders.services.reservations import expire_reservations, extend_reservation, release_reservation
from orders.services.reserving import CartInput, ReservationMade, Reserved, reserve
from orders.services.resolving_returns import resolve_returns
from orders.services.return_decisions import begin_decisions, record_decisions
from orders.services.return_photos import AddedPhoto, add_photo, erase_photos
from orders.services.return_plans import ChargeRefund, ReturnInput
from orders.services.return_records import ReturnRecord
from orders.services.returns import ReturnPlan, ReturnPlanLine, begin_returns, inspect_returns, record_returns
from orders.services.sending import send_mails
from orders.services.settling import settle_orders
from orders.services.setup import create_channel
from orders.services.shipped import Dispatched, record_shipments
from orders.services.shipping import ShipmentPlan, ShipmentPlanLine, begin_shipments
from orders.services.splitting import split_fulfilment
from orders.services.store_credit import give_store_credit
from orders.services.versions import expect_version

__all__ = [
    "mail_purchase_orders",
    "mail_quote",
    "AddedPhoto",
    "add_photo",
    "erase_photos",
    "BlanketLineInput",
    "CallRefused",
    "PriceRow",
    "call_off",
    "create_blanket_order",
    "price_order",
    "set_blanket_status",
    "set_prices",
    "Asked",
    "Changed",
    "ask_for_mails",
    "retry_mails",
    "send_mails",
    "DropShipInput",
    "DropShipment",
    "cancel_dropped",
    "drop_ship_lines",
    "record_dropship",
    "CartInput",
    "ReservationMade",
    "Reserved",
    "expire_reservations",
    "extend_reservation",
    "place_reserved",
    "release_reservation",
    "reserve",
    "ChargeRefund",
    "Dispatched",
    "Exchange",
    "ExchangeLine",
    "HoldReleased",
    "ChargeAddition",
    "ChargeEdit",
    "LineAddition",
    "LineEdit",
    "OrderChange",
    "OrderEdit",
    "PackRecord",
    "Packed",
    "PackedLine",
    "PaymentInput",
    "PaymentResult",
    "ReportedPayment",
    "PinResult",
    "PickPlan",
    "PickPlanLine",
    "PickRecord",
    "RefundResult",
    "RefundStep",
    "PromiseMoved",
    "ReleaseResult",
    "ReturnInput",
    "ReturnPlan",
    "ReturnPlanLine",
    "ReturnRecord",
    "ShipmentPlan",
    "ShipmentPlanLine",
    "Step",
    "accept_asked",
    "allocate_back_orders",
    "approve_returns",
    "begin_answers",
    "begin_decisions",
    "begin_picking",
    "begin_recording",
    "begin_returns",
    "begin_shipments",
    "bill_charges",
    "bill_shipments",
    "draft_bills",
    "cancel_draft",
    "cancel_order",
    "cancel_returns",
    "capture_payments",
    "change_order",
    "change_orders",
    "close_returns",
    "complete_orders",
    "count_promises",
    "create_channel",
    "create_draft",
    "expect_version",
    "fulfil_allocated",
    "give_store_credit",
    "import_credits",
    "inspect_returns",
    "map_lines",
    "merge_fulfilments",
    "name_lines",
    "pin_orders",
    "place_draft",
    "place_hold",
    "place_orders",
    "quote_draft",
    "record_decisions",
    "record_packs",
    "record_reported",
    "record_picks",
    "record_returns",
    "record_shipments",
    "refund_order",
    "refund_payments",
    "refuse_cancels",
    "reject_returns",
    "release_hold",
    "release_orders",
    "request_exchange",
    "request_return",
    "resolve_returns",
    "return_to_ready",
    "refund_order",
    "refund_payments",
    "send_return",
    "settle_orders",
    "split_fulfilment",
    "take_payments",
    "unmerge_fulfilments",
    "update_draft",
    "void_payments",
    "source_again",
    "unpin_orders",
]
