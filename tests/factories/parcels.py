"""A carrier that can be asked, and says what the test tells it to; shipments that left with it."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from orders.models import Shipment
from tests.factories.books import ACTOR
from tests.factories.carriers import address_for, make_carrier
from tests.factories.floor import make_channel, make_order, make_packed, make_picked
from tests.factories.goods import make_shop, make_sku, make_stock, rows
from warehouse.carriers import CARRIERS, CarrierRejected, CarrierUnavailable, TrackEvent, Tracking
from warehouse.carriers.house import HouseCarrier
from warehouse.models import CarrierAccount
from warehouse.services import Dispatch, Pack, ask_carriers, buy_labels, pack, ship, watch_shipments


class SaidCarrier(HouseCarrier):
    """said: events by tracking number. down: it does not answer; unknown: numbers that it refuses, one spoils a call."""

    tracks: ClassVar[bool] = True
    track_at_once: ClassVar[int] = 100
    track_every: ClassVar[timedelta] = timedelta(hours=2)

    def __init__(self) -> None:
        self.said: dict[str, list[TrackEvent]] = {}
        self.down, self.unknown = False, set[str]()
        self.calls: list[list[str]] = []

    def track(self, tracking_numbers: Sequence[str]) -> list[Tracking]:
        self.calls.append(list(tracking_numbers))
        if self.down:
            raise CarrierUnavailable("Said does not answer.")
        if bad := self.unknown & set(tracking_numbers):
            raise CarrierRejected(f"Said does not know {sorted(bad)[0]}.")
        return [Tracking(number, tuple(self.said.get(number, ()))) for number in tracking_numbers]


@pytest.fixture
def said(monkeypatch: Any) -> SaidCarrier:
    carrier = SaidCarrier()
    monkeypatch.setitem(CARRIERS, "said", carrier)
    return carrier


class Sent:
    """Shipments of 2 MUG that left with a carrier that can be asked."""

    def __init__(self) -> None:
        self.shop = make_shop()
        self.mug = make_sku(self.shop, "MUG")
        make_stock(self.shop, self.mug, "100")
        self.channel = make_channel(self.shop)
        self.service = make_carrier(self.shop, g1000="4.50", g5000="9.00")
        CarrierAccount.objects.filter(pk=self.service.carrier_id).update(connector="said")
        self.at = {"company_id": self.shop.id, "actor": ACTOR}
        self.made, self.left = 0, timezone.now() - timedelta(hours=5)

    def pack(self, *, parcels: int = 1) -> int:
        self.made += 1
        placed = make_order(self.channel, {self.mug: "2"}, f"T{self.made}")
        address_for(placed.order_id)
        if parcels == 1:
            return make_packed(self.shop, placed)
        make_picked(self.shop, placed)
        line = rows("SELECT id FROM orders_fulfilmentline WHERE fulfilment_id = %s", placed.fulfilment_id)[0][0]
        boxes = [(500, {line: Decimal(1)}) for _number in range(2)]
        [packed] = pack([Pack(placed.fulfilment_id, boxes)], effective_at=self.left, **self.at)
        return packed.shipment_id or 0

    def send(self, *, parcels: int = 1) -> tuple[int, list[str]]:
        shipment = self.pack(parcels=parcels)
        labels = buy_labels({shipment: self.service.pk}, **self.at)[shipment]
        row = Shipment.objects.get(pk=shipment)
        [gone] = ship([Dispatch(shipment, row.carrier, row.service, row.tracking_number, self.left)], **self.at)
        assert gone.state == "shipped"
        return shipment, [label.tracking_number for label in labels]

    def ask(self) -> Any:
        watch_shipments(self.left - timedelta(hours=1))
        return ask_carriers(actor=ACTOR)
