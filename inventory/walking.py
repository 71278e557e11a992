"""The way through a warehouse: zone by zone, aisle by aisle, every second aisle walked back. Pure."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from inventory.warehouse_map import natural


@dataclass(frozen=True, slots=True)
class Stand:
    """A place as one walks to it: in which aisle, how far in, how high; sequence: its number until now."""

    pk: int
    code: str
    zone: tuple[Any, ...]
    aisle: str
    rack: str
    level: str
    position: str
    sequence: int


def walking_order(stands: Sequence[Stand], *, serpentine: bool, from_far: bool = False) -> list[Stand]:
    """Zones one after the other, in each its aisles, in each its racks from the near end, in each rack low before high.

    serpentine: every second aisle of a zone is entered at its far end, where the one before it was left. from_far:
    the first aisle is walked from its far end. Places without an aisle keep their order among themselves, after the
    aisles of their zone.
    """
    order: list[Stand] = []
    for _zone, own in itertools.groupby(sorted(stands, key=lambda s: (s.zone, s.pk)), key=lambda s: s.zone):
        members = list(own)
        aisles = sorted({stand.aisle for stand in members if stand.aisle}, key=natural)
        for number, aisle in enumerate(aisles):
            back = from_far != (serpentine and number % 2 == 1)
            order += _along([stand for stand in members if stand.aisle == aisle], back=back)
        loose = [stand for stand in members if not stand.aisle]
        order += sorted(loose, key=lambda stand: (stand.sequence, natural(stand.code), stand.pk))
    return order


def _along(members: Sequence[Stand], *, back: bool) -> list[Stand]:
    racks = _ranks({stand.rack for stand in members}, back)
    positions = _ranks({stand.position for stand in members}, back)
    return sorted(
        members,
        key=lambda s: (racks[s.rack], natural(s.level), positions[s.position], natural(s.code), s.pk),
    )


def _ranks(names: Iterable[str], back: bool) -> dict[str, int]:
    return {name: number for number, name in enumerate(sorted(names, key=natural, reverse=back))}
