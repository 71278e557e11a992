"""The carriers that this house can hand parcels to: key -> how it is spoken to."""

from warehouse.carriers.base import (
    BoughtLabel,
    Carrier,
    CarrierRejected,
    CarrierUnavailable,
    ParcelFacts,
    Place,
    Quote,
    Service,
    TrackEvent,
    Tracking,
)
from warehouse.carriers.house import HouseCarrier

CARRIERS: dict[str, Carrier] = {"house": HouseCarrier()}

__all__ = [
    "CARRIERS",
    "BoughtLabel",
    "Carrier",
    "CarrierRejected",
    "CarrierUnavailable",
    "ParcelFacts",
    "Place",
    "Quote",
    "Service",
    "TrackEvent",
    "Tracking",
]
