"""Which warehouses serve an order, and why. Pure: what is there, what it costs and how far it is are handed in.

`source` gives the best plan: exact for usual orders, by local search for very large ones (docs/adr/0014).
"""

from orders.sourcing.distance import Position, kilometres
from orders.sourcing.model import (
    OBJECTIVES,
    Candidate,
    Choice,
    Kit,
    Plan,
    Rules,
    Score,
    Site,
    Want,
    everything_from,
    take,
)
from orders.sourcing.planning import source

__all__ = [
    "OBJECTIVES",
    "Candidate",
    "Choice",
    "Kit",
    "Plan",
    "Position",
    "Rules",
    "Score",
    "Site",
    "Want",
    "everything_from",
    "kilometres",
    "source",
    "take",
]
