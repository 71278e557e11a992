"""Stretches of days, and those to compare them with. Pure."""

import calendar
import datetime
from dataclasses import dataclass

DAY = datetime.timedelta(days=1)
PREVIOUS, LAST_YEAR = "previous", "last_year"


@dataclass(frozen=True, slots=True)
class Span:
    """From start to end, both included; start None: from the first entry on."""

    start: datetime.date | None
    end: datetime.date


def month_start(day: datetime.date) -> datetime.date:
    return day.replace(day=1)


def month_end(day: datetime.date) -> datetime.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(day: datetime.date, months: int) -> datetime.date:
    """The same day of another month, or its last; the last day of a month stays the last."""
    count = day.year * 12 + day.month - 1 + months
    first = datetime.date(count // 12, count % 12 + 1, 1)
    last = month_end(first)
    return last if day == month_end(day) else first.replace(day=min(day.day, last.day))


def year_start(day: datetime.date) -> datetime.date:
    """The books' year is the calendar's."""
    return day.replace(month=1, day=1)


def previous(span: Span) -> Span:
    """Just before: as many whole months if it is whole months, else as many days. A point in time: a month before."""
    if span.start is None:
        return Span(None, add_months(span.end, -1))
    if span.start == month_start(span.start) and span.end == month_end(span.end):
        months = (span.end.year - span.start.year) * 12 + span.end.month - span.start.month + 1
        return Span(month_start(add_months(span.start, -months)), span.start - DAY)
    return Span(span.start - (span.end - span.start) - DAY, span.start - DAY)


def last_year(span: Span) -> Span:
    return Span(add_months(span.start, -12) if span.start else None, add_months(span.end, -12))


def compared(span: Span, compare: tuple[str, ...]) -> list[tuple[str, Span]]:
    """The span itself and those asked for beside it, as (key, span)."""
    found = [("amount", span)]
    if PREVIOUS in compare:
        found.append((PREVIOUS, previous(span)))
    if LAST_YEAR in compare:
        found.append((LAST_YEAR, last_year(span)))
    return found


def months_up_to(end: datetime.date, count: int = 12) -> list[Span]:
    """The last months, the oldest first; the last ends with the given day."""
    starts = [month_start(add_months(month_start(end), -back)) for back in range(count - 1, -1, -1)]
    return [Span(start, min(month_end(start), end)) for start in starts]
