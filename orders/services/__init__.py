"""Every write of orders."""

from orders.services.billing import bill_charges, bill_shipments
from orders.services.cancelling import cancel_order, complete_orders
from orders.services.fulfilling import ReleaseResult, allocate_back_orders, fulfil_allocated, release_orders
from orders.services.holding import HoldReleased, map_lines, place_hold, release_hold
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
from orders.services.placing import place_orders
from orders.services.setup import create_channel
from orders.services.shipping import Dispatched, ShipmentPlan, ShipmentPlanLine, begin_shipments, record_shipments

__all__ = [
    "Dispatched",
    "HoldReleased",
    "PackRecord",
    "Packed",
    "PackedLine",
    "PickPlan",
    "PickPlanLine",
    "PickRecord",
    "ReleaseResult",
    "ShipmentPlan",
    "ShipmentPlanLine",
    "allocate_back_orders",
    "begin_picking",
    "begin_recording",
    "begin_shipments",
    "bill_charges",
    "bill_shipments",
    "cancel_order",
    "complete_orders",
    "create_channel",
    "fulfil_allocated",
    "map_lines",
    "place_hold",
    "place_orders",
    "record_packs",
    "record_picks",
    "record_shipments",
    "release_hold",
    "release_orders",
    "return_to_ready",
]
