"""How the tasks of a wave become walks: arithmetic without database or clock."""

from collections.abc import Sequence
from typing import NamedTuple


class Stop(NamedTuple):
    """A task in its place in the walk through the warehouse; rank rises as one walks."""

    task_id: int
    pick_list_id: int
    rank: int
    zone: str


class Walk(NamedTuple):
    """The tasks of one round, and its lists in the order of their totes."""

    zone: str
    task_ids: list[int]
    pick_list_ids: list[int]


def make_walks(stops: Sequence[Stop], *, method: str, orders: int) -> list[Walk]:
    """Rounds for tasks: at most so many orders on each, and orders that lie near each other on one.

    By zone: a round never leaves its zone, so an order can be on several.
    """
    by_zone: dict[str, list[Stop]] = {}
    for stop in stops:
        by_zone.setdefault(stop.zone if method == "zone" else "", []).append(stop)
    return [walk for zone, own in sorted(by_zone.items()) for walk in _walks(zone, own, orders)]


def _walks(zone: str, stops: Sequence[Stop], most: int) -> list[Walk]:
    lists: dict[int, list[Stop]] = {}
    for stop in sorted(stops, key=lambda stop: (stop.rank, stop.task_id)):
        lists.setdefault(stop.pick_list_id, []).append(stop)
    near = sorted(lists, key=lambda pk: ([stop.rank for stop in lists[pk]], pk))
    walks = []
    for start in range(0, len(near), most):
        own = near[start : start + most]
        tasks = sorted((stop for pk in own for stop in lists[pk]), key=lambda stop: (stop.rank, stop.task_id))
        walks.append(Walk(zone, [stop.task_id for stop in tasks], own))
    return walks
