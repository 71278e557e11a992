"""The built-in carrier: rates from our own tables by weight and zone, numbers and labels made here.

For own vans, couriers without an interface, and carriers that take any barcode; nothing leaves the building.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from django.utils.translation import gettext as _

from warehouse.carriers.base import BoughtLabel, CarrierRejected, ParcelFacts, Quote, Service, Tracking

_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def check_digit(serial: int) -> int:
    """Of eight digits, as UPU standard S10 has it."""
    total = sum(int(digit) * weight for digit, weight in zip(f"{serial:08d}", _WEIGHTS, strict=True))
    rest = 11 - total % 11
    return 0 if rest == 10 else 5 if rest == 11 else rest


def tracking_number(reference: str) -> str:
    """HC, eight digits of our parcel and try, their check digit: the same reference is the same number."""
    serial = int(reference) % 10**8
    return f"HC{serial:08d}{check_digit(serial)}"


def price_of(parcel: ParcelFacts, service: Service) -> Decimal | None:
    """The first step of the parcel's zone that carries it; zones that name a postcode come before their country's."""
    if service.max_weight_g is not None and parcel.weight_g > service.max_weight_g:
        return None
    receiver = parcel.receiver
    postcode = receiver.postcode.replace(" ", "").upper()
    best: tuple[int, int, int, Decimal] | None = None
    for countries, beginnings, up_to_g, price in service.rates:
        if countries and receiver.country.upper() not in countries:
            continue
        fitting = [len(each) for each in beginnings if postcode.startswith(each)]
        if (beginnings and not fitting) or parcel.weight_g > up_to_g:
            continue
        rank = (-max(fitting, default=0), 0 if countries else 1, up_to_g, price)
        best = rank if best is None else min(best, rank)
    return None if best is None else best[3]


class HouseCarrier:
    """See the module."""

    tracks: ClassVar[bool] = False  # nobody to ask: what becomes of a parcel is told by hand and over the API
    track_at_once: ClassVar[int] = 100
    track_every: ClassVar[timedelta] = timedelta(hours=2)

    def rates(self, pairs: Sequence[tuple[ParcelFacts, Service]]) -> list[Quote]:
        return [self._quote(parcel, service) for parcel, service in pairs]

    def _quote(self, parcel: ParcelFacts, service: Service) -> Quote:
        price = price_of(parcel, service)
        refused = "" if price is not None else _("No rate for this weight and destination.")
        return Quote(service.id, price, service.currency, service.transit_days, refused)

    def buy(self, pairs: Sequence[tuple[ParcelFacts, Service]]) -> list[BoughtLabel]:
        found = []
        for parcel, service in pairs:
            price = price_of(parcel, service)
            if price is None:
                raise CarrierRejected(
                    _(
                        "%(service)s has no rate for %(grams)s g to %(country)s: choose another service, or add the rate."
                    )
                    % {"service": service.name, "grams": parcel.weight_g, "country": parcel.receiver.country or "?"}
                )
            found.append(BoughtLabel(tracking_number(parcel.reference), price, service.currency))
        return found

    def void(self, tracking_numbers: Sequence[str]) -> None:
        """Nobody else knows these numbers."""

    def track(self, tracking_numbers: Sequence[str]) -> list[Tracking]:
        """Nothing: see tracks."""
        return [Tracking(number) for number in tracking_numbers]
