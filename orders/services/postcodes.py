"""Where postcodes are."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import insert_rows

_COLUMNS = {"country": "text", "postcode": "text", "latitude": "numeric", "longitude": "numeric"}


@dataclass(frozen=True, slots=True)
class Centroid:
    """The middle of a postcode, or of all that begin with it; degrees, north and east positive."""

    country: str
    postcode: str
    latitude: Decimal
    longitude: Decimal


@transaction.atomic(savepoint=False)
def set_centroids(centroids: Sequence[Centroid], *, actor: Actor) -> int:
    """Keep where postcodes are, in place of what was known before; how many different ones.

    Postcodes are kept in capitals without spaces; of one that stands twice the middle of all its places is kept.
    Raises ValueError for a country, postcode or position that cannot be; nothing is written. Statements: 2.
    """
    found: dict[tuple[str, str], list[Centroid]] = {}
    for given in centroids:
        code = "".join(char for char in given.postcode.upper() if char.isascii() and char.isalnum())
        country = given.country.upper()
        sane = len(country) == 2 and country.isascii() and country.isalpha() and 0 < len(code) <= 12
        if not sane or abs(given.latitude) > 90 or abs(given.longitude) > 180:
            raise ValueError(f"{given.country} {given.postcode} ({given.latitude}, {given.longitude})")
        found.setdefault((country, code), []).append(given)
    rows = [
        (
            country,
            code,
            round(sum(place.latitude for place in places) / Decimal(len(places)), 6),
            round(sum(place.longitude for place in places) / Decimal(len(places)), 6),
        )
        for (country, code), places in sorted(found.items())
    ]
    insert_rows(
        "orders_postcodecentroid",
        _COLUMNS,
        rows,
        suffix="ON CONFLICT (country, postcode) DO UPDATE"
        " SET latitude = EXCLUDED.latitude, longitude = EXCLUDED.longitude",
    )
    countries = ", ".join(sorted({country for country, _code in found}))
    if rows:
        record([Change("orders.postcodecentroid", 0, "imported", new=f"{countries}: {len(rows)}")], actor=actor)
    return len(rows)
