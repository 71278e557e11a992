"""What a carrier does for us. A new carrier is one more module here and one line in the registry.

Calls may reach out to the carrier's computers, so they are made outside of transactions; each is idempotent by the
reference that it is given. A carrier raises CarrierUnavailable (try again later) or CarrierRejected (the parcel or the
address is wrong: say so to whoever packs).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Protocol

from backoffice.core.errors import DomainError


class CarrierRejected(DomainError):
    """The carrier does not take this parcel; the sentence says why."""

    code = "carrier_rejected"


class CarrierUnavailable(DomainError):
    """The carrier does not answer now; try again."""

    code = "carrier_unavailable"


@dataclass(frozen=True, slots=True)
class Place:
    """A postal address, line by line as it is printed; country: ISO 3166, two letters."""

    lines: tuple[str, ...]
    postcode: str
    city: str
    country: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class ParcelFacts:
    """A parcel to be carried. reference: ours, the same for every try. weight_g: with its box."""

    reference: str
    weight_g: int
    sender: Place
    receiver: Place
    order_number: str = ""
    position: int = 1
    count: int = 1
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A service as it is set up here. rates: (zone's countries, its postcode beginnings, up to so many grams, price)."""

    id: int
    carrier: str
    code: str
    name: str
    currency: str
    max_weight_g: int | None = None
    transit_days: int | None = None
    rates: tuple[tuple[tuple[str, ...], tuple[str, ...], int, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """What a service would cost for a parcel; refused: why it does not take it."""

    service_id: int
    price: Decimal | None
    currency: str
    transit_days: int | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class BoughtLabel:
    """content: the carrier's own label file, empty where it is printed here from the tracking number."""

    tracking_number: str
    price: Decimal
    currency: str
    tracking_url: str = ""
    content: bytes = b""
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class TrackEvent:
    """status: in_transit, exception, delivered or returned_to_sender."""

    status: str
    at: datetime
    note: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Tracking:
    """What the carrier says of a parcel, oldest first. refused: why it says nothing, e.g. it does not know the number."""

    tracking_number: str
    events: tuple[TrackEvent, ...] = field(default_factory=tuple)
    refused: str = ""


class Carrier(Protocol):
    """rates: one quote for each pair, in order. void and track take tracking numbers.

    tracks: whether it can be asked what became of parcels, so many at once, so often.
    """

    tracks: ClassVar[bool]
    track_at_once: ClassVar[int]
    track_every: ClassVar[timedelta]

    def rates(self, pairs: Sequence[tuple[ParcelFacts, Service]]) -> list[Quote]: ...

    def buy(self, pairs: Sequence[tuple[ParcelFacts, Service]]) -> list[BoughtLabel]: ...

    def void(self, tracking_numbers: Sequence[str]) -> None: ...

    def track(self, tracking_numbers: Sequence[str]) -> list[Tracking]: ...
