"""How the floor does: dock to stock, pick accuracy, labour and its cost, on time in full, count accuracy; each with its rows."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inventory.models import Warehouse
from warehouse.boards.facts_sql import FACTS, LABOUR_FACTS
from warehouse.boards.labour_sql import DONE

MAX_ROWS = 50_000
MAX_DAYS = 800
FIGURES = {
    "dock_to_stock": _("Dock to stock, hours"),
    "pick_accuracy": _("Pick accuracy"),
    "lines_per_hour": _("Lines per hour"),
    "seconds_per_task": _("Seconds per task"),
    "cost_per_order": _("Labour cost per order"),
    "otif": _("On time in full"),
    "count_accuracy": _("Count accuracy"),
}
SHARES = ("pick_accuracy", "otif", "count_accuracy")
PERIODS = {"day": _("Day"), "week": _("Week"), "month": _("Month")}
_MEDIAN = "percentile_cont(0.5) WITHIN GROUP (ORDER BY f.figure)::numeric"
_RATE = "count(*) * 3600 / CASE WHEN sum(f.figure) >= 60 THEN sum(f.figure) END"  # of seconds no rate is told
_VALUES = {
    "dock_to_stock": _MEDIAN, "seconds_per_task": _MEDIAN, "lines_per_hour": _RATE, "cost_per_order": "avg(f.figure)",
}  # fmt: skip  # others are shares
_PLACES = {"cost_per_order": 2}


@dataclass(frozen=True, slots=True)
class Span:
    """Days by the warehouse's clock, both included. place_zone: only what was done in this zone, empty for all."""

    warehouse_id: int
    zone: str
    start: datetime.date
    end: datetime.date
    company_id: int = 0
    place_zone: str = ""

    @property
    def params(self) -> dict[str, Any]:
        clock = ZoneInfo(self.zone)
        after = self.end + datetime.timedelta(days=1)
        return {
            "company": self.company_id, "warehouse": self.warehouse_id, "zone": self.zone, "place_zone": self.place_zone,
            "start": self.start, "end": self.end, "who": None,
            "a": datetime.datetime.combine(self.start, datetime.time(), tzinfo=clock),
            "b": datetime.datetime.combine(after, datetime.time(), tzinfo=clock),
        }  # fmt: skip


def span_of(
    warehouse: Warehouse | None, start: datetime.date | None, end: datetime.date | None, place_zone: str = ""
) -> Span:
    """These days by the warehouse's clock: the last 30 where none are named, or none that make sense."""
    zone = (warehouse.time_zone or warehouse.company.time_zone) if warehouse else "UTC"
    end = end or timezone.now().astimezone(ZoneInfo(zone)).date()
    start = start or end - datetime.timedelta(days=29)
    if start > end or (end - start).days > MAX_DAYS:
        start = end - datetime.timedelta(days=29)
    if warehouse is None:
        return Span(0, zone, start, end)
    return Span(warehouse.pk, zone, start, end, warehouse.company_id, place_zone[:20])


class Summary(NamedTuple):
    """facts: what it is of. value: a share in per cent, hours, seconds, lines an hour or money; None without facts."""

    figure: str
    facts: int
    value: Decimal | None


class Fact(NamedTuple):
    """What a figure is made of. figure: hours, seconds, money, or 1 for right and 0 for not; None: not known.

    page, page_id: where it is shown.
    """

    day: datetime.date
    person: str
    figure: Decimal | None
    number: str
    page: str
    page_id: int
    what: str


class Labour(NamedTuple):
    """What a person did of one kind. hours: between one piece of work and the next, breaks left out. per_hour: None
    where there is less than a minute of work.

    cost: at the rates of its days; None where one is missing.
    """

    person: str
    kind: str
    lines: int
    hours: Decimal
    per_hour: Decimal | None
    seconds: Decimal | None
    cost: Decimal | None


def _source(name: str) -> str:
    """A figure's facts as f."""
    before, rows = (DONE, LABOUR_FACTS[name]) if name in LABOUR_FACTS else ("", FACTS[name])
    return f"{before} SELECT {{select}} FROM ({rows}) f"


def _value(name: str) -> str:
    return f"round({_VALUES.get(name, '100 * avg(f.figure)')}, {_PLACES.get(name, 1)})"


def summaries(span: Span, names: Sequence[str] = tuple(FIGURES)) -> list[Summary]:
    """These figures of the span. Statements: 1 for each."""
    found = []
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(_source(name).replace("{select}", f"count(*), {_value(name)}"), span.params)
            found.append(Summary(name, *cursor.fetchone()))
    return found


def by_period(name: str, span: Span, every: str = "day") -> list[tuple[datetime.date, Decimal]]:
    """The figure of each day, week (by its Monday) or month that has facts. Statements: 1."""
    every = every if every in PERIODS else "day"
    select = f"date_trunc('{every}', f.day)::date, {_value(name)}"
    sql = _source(name).replace("{select}", select) + " GROUP BY 1 ORDER BY 1"
    with connection.cursor() as cursor:
        cursor.execute(sql, span.params)
        return [(day, value) for day, value in cursor.fetchall() if value is not None]


def labour(span: Span) -> list[Labour]:
    """Lines, hours and cost of each person and kind of work, the busiest first. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{DONE} SELECT person, kind, count(*), round(coalesce(sum(seconds), 0)::numeric / 3600, 3),
                round(count(*) / CASE WHEN sum(seconds) >= 60 THEN sum(seconds) END::numeric * 3600, 1),
                round((percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds))::numeric, 1),
                CASE WHEN bool_and(cost IS NOT NULL OR seconds IS NULL) THEN round(sum(cost), 2) END
            FROM priced GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2""",
            span.params,
        )
        return [Labour(*row) for row in cursor.fetchall()]


def facts(
    name: str, span: Span, *, person: str = "", wrong: bool = False, kind: str = "", limit: int = MAX_ROWS
) -> Iterator[Fact]:
    """What a figure is made of, newest first; of one person or kind of work, or only what was not right. Statements: 1."""
    sql = _source(name).replace("{select}", "f.*")
    sql += " WHERE (%(person)s::text = '' OR %(person)s::text = ANY(string_to_array(f.person, ', ')))"
    if wrong and name in SHARES:
        sql += " AND f.figure = 0"
    if kind and name in ("lines_per_hour", "seconds_per_task"):
        sql += " AND f.what = %(kind)s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{sql} ORDER BY f.day DESC, f.number DESC LIMIT %(limit)s",
            span.params | {"person": person, "limit": limit, "kind": kind},
        )
        while rows := cursor.fetchmany(1000):
            for row in rows:
                yield Fact(*row)


COLUMNS: Sequence[Any] = (_("Day"), pgettext_lazy("who works here", "Person"), _("Figure"), _("Number"), _("What"))
