"""The kinds of commands that handhelds send. A new screen is one more module and one more line here."""

from warehouse.services.scan.kinds import counting, floor, moving, packing, picking, receiving
from warehouse.services.scan.kinds.base import Kind, Scan

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (*picking.KINDS, *packing.KINDS, *receiving.KINDS, *moving.KINDS, *counting.KINDS, *floor.KINDS)
}

__all__ = ["KINDS", "Kind", "Scan"]
