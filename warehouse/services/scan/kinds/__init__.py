"""The kinds of commands that handhelds send. A new screen is one more module and one more line here."""

from warehouse.services.scan.kinds import (
    counting,
    cross_docking,
    floor,
    moving,
    packing,
    picking,
    receiving,
    returns,
    rounds,
    units,
    unpicking,
)
from warehouse.services.scan.kinds.base import Kind, Scan

KINDS: dict[str, Kind] = {
    kind.name: kind
    for module in (
        picking,
        rounds,
        packing,
        receiving,
        returns,
        cross_docking,
        moving,
        units,
        counting,
        floor,
        unpicking,
    )
    for kind in module.KINDS
}

__all__ = ["KINDS", "Kind", "Scan"]
