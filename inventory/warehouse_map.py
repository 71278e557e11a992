"""A warehouse as pictures: each aisle seen from the front, levels above each other. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

CELL, GAP, RACK_GAP = 16, 2, 5
MOST_DRAWN = 80  # stops of an aisle with a line between them; of more, the numbers say it
WIDE = 26  # cells beside each other where bins have no aisle

# What a colour means; the shade is darker the fuller, or the more picked.
SHADES = ("#e2e8f0", "#bae6fd", "#38bdf8", "#0284c7", "#075985")
OVERFULL, UNKNOWN, BLOCKED = "#dc2626", "#94a3b8", "#fecaca"


@dataclass(frozen=True, slots=True)
class Cell:
    """A place on the map: where, how coloured, and what its tip says."""

    pk: int
    code: str
    x: int
    y: int
    colour: str
    tip: str
    blocked: bool = False
    face: bool = False
    label: str = ""  # what stands in the cell: its place in a walk


@dataclass(frozen=True, slots=True)
class Block:
    """An aisle, or places without one."""

    title: str
    width: int
    height: int
    cells: list[Cell]
    columns: list[tuple[int, str]]  # x and name of each rack
    rows: list[tuple[int, str]]  # y and name of each level
    path: str = ""  # points of the way through the cells, as SVG writes them


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key that sorts A2 before A10."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", text) if part]


def fill_colour(fill: Decimal | None, rows: int) -> str:
    """By the share of what fits; without limits only whether something lies there."""
    if fill is None:
        return UNKNOWN if rows else SHADES[0]
    if fill > 1:
        return OVERFULL
    return SHADES[0] if not rows else SHADES[1 + min(3, int(fill * 4))]


def picks_colour(picks: int, most: int) -> str:
    """In quarters of the busiest bin."""
    return SHADES[0] if not picks or not most else SHADES[1 + min(3, picks * 4 // (most + 1))]


def blocks_of(places: Sequence[Any], colours: Mapping[int, str], tips: Mapping[int, str]) -> list[Block]:
    """places: rows of Location with their zone. An aisle is one block; bins without one stand in rows."""
    aisles: dict[tuple[str, str], list[Any]] = {}
    for place in places:
        zone = place.zone.code if place.zone else ""
        aisles.setdefault((zone, place.aisle if place.kind == "bin" else ""), []).append(place)
    blocks = []
    for (zone, aisle), members in sorted(
        aisles.items(), key=lambda item: (not item[0][1], _order(item[1]), natural(item[0][0]), natural(item[0][1]))
    ):
        title = " · ".join(part for part in (zone, aisle) if part)
        blocks.append(_front(title, members, colours, tips) if aisle else _rows(title, members, colours, tips))
    return blocks


def draw_walk(blocks: Sequence[Block], stops: Mapping[int, int]) -> list[Block]:
    """The blocks with numbers in their cells and the way from one to the next, block by block. stops: number by place."""
    drawn = []
    for block in blocks:
        cells = [replace(cell, label=str(stops[cell.pk])) if cell.pk in stops else cell for cell in block.cells]
        way = sorted((cell for cell in cells if cell.label), key=lambda cell: stops[cell.pk])
        points = (
            " ".join(f"{cell.x + CELL // 2},{cell.y + CELL // 2}" for cell in way) if 1 < len(way) <= MOST_DRAWN else ""
        )
        drawn.append(replace(block, cells=cells, path=points))
    return drawn


def walk_colour(number: int | None, count: int) -> str:
    """In quarters of the walk: light where it begins, dark where it ends."""
    return SHADES[0] if number is None or not count else SHADES[1 + min(3, number * 4 // count)]


def _order(members: Sequence[Any]) -> int:
    return members[0].zone.position if members[0].zone else 0


def _front(title: str, members: Sequence[Any], colours: Mapping[int, str], tips: Mapping[int, str]) -> Block:
    stands = sorted({(place.rack, place.position) for place in members}, key=lambda s: (natural(s[0]), natural(s[1])))
    levels = sorted({place.level for place in members}, key=natural, reverse=True)
    xs: dict[tuple[str, str], int] = {}
    columns: list[tuple[int, str]] = []
    x, rack = 0, None
    for stand in stands:
        if stand[0] != rack:
            x += RACK_GAP if rack is not None else 0
            rack = stand[0]
            columns.append((x, rack))
        xs[stand] = x
        x += CELL + GAP
    ys = {level: number * (CELL + GAP) for number, level in enumerate(levels)}
    cells = [_cell(place, xs[place.rack, place.position], ys[place.level], colours, tips) for place in members]
    rows = [(y, level) for level, y in ys.items()]
    return Block(title, x, len(levels) * (CELL + GAP), cells, columns, rows)


def _rows(title: str, members: Sequence[Any], colours: Mapping[int, str], tips: Mapping[int, str]) -> Block:
    ordered = sorted(members, key=lambda place: (place.kind != "bin", place.pick_sequence, natural(place.code)))
    cells = [
        _cell(place, number % WIDE * (CELL + GAP), number // WIDE * (CELL + GAP), colours, tips)
        for number, place in enumerate(ordered)
    ]
    height = (len(ordered) + WIDE - 1) // WIDE
    return Block(title, min(len(ordered), WIDE) * (CELL + GAP), height * (CELL + GAP), cells, [], [])


def _cell(place: Any, x: int, y: int, colours: Mapping[int, str], tips: Mapping[int, str]) -> Cell:
    blocked = place.blocked_at is not None
    colour = BLOCKED if blocked else colours[place.pk]
    return Cell(place.pk, place.code, x, y, colour, tips[place.pk], blocked, place.is_pick_face)
