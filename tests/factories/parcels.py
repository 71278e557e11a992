"""A carrier that can be asked, and says what the test tells it to."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from warehouse.carriers import CARRIERS, CarrierRejected, CarrierUnavailable, TrackEvent, Tracking
from warehouse.carriers.house import HouseCarrier


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
