"""How far two places are from each other, and where a country is."""

from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from orders.sourcing.countries import CENTRES

EARTH_KM = 6371.0088
FARTHEST_KM = 20_038  # half of the way around: what an unknown distance counts as


class Position(NamedTuple):
    """Degrees: north and east are positive."""

    latitude: float
    longitude: float


@lru_cache(maxsize=100_000)
def kilometres(here: Position, there: Position) -> int:
    """The great-circle distance, in whole kilometres."""
    north, south = radians(here.latitude), radians(there.latitude)
    half = sin((south - north) / 2) ** 2
    half += cos(north) * cos(south) * sin(radians(there.longitude - here.longitude) / 2) ** 2
    return round(2 * EARTH_KM * asin(sqrt(min(half, 1.0))))


def country_centre(code: str) -> Position | None:
    """About the middle of a country (ISO 3166, two letters), if it is known."""
    found = CENTRES.get(code.upper())
    return Position(*found) if found else None
