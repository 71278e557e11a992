"""What is asked of a statement, read from an address: days, comparisons, filters. Every wrong one is named. Pure."""

import datetime
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounting.statements.spans import LAST_YEAR, PREVIOUS, Span, month_end, year_start
from backoffice.core.errors import InvalidInput

COMPARE = {"": (), PREVIOUS: (PREVIOUS,), LAST_YEAR: (LAST_YEAR,), "both": (PREVIOUS, LAST_YEAR)}
FILES = ("csv", "xlsx", "pdf")
EARLIEST, LATEST = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Asked:
    """The values of an address. Read what a report needs, then call `check`: InvalidInput names all that is wrong."""

    def __init__(self, values: Mapping[str, str], today: datetime.date) -> None:
        self.values, self.today = values, today
        self.errors: list[dict[str, Any]] = []

    def text(self, name: str, limit: int = 120) -> str:
        """A text without zero bytes, cut at its limit."""
        return str(self.values.get(name, "") or "").replace("\x00", "").strip()[:limit]

    def wrong(self, field: str, message: str, code: str) -> None:
        self.errors.append({"field": field, "message": message, "code": code})

    def day(self, name: str, default: datetime.date) -> datetime.date:
        """A day as YYYY-MM-DD; 30 February is none."""
        text = self.text(name)
        if not text:
            return default
        try:
            if not _DAY.fullmatch(text):
                raise ValueError
            day = datetime.date.fromisoformat(text)
        except ValueError:
            self.wrong(name, _("“%(value)s” is not a date.") % {"value": text[:40]}, "not_a_date")
            return default
        if not EARLIEST <= day <= LATEST:
            self.wrong(name, _("“%(value)s” is no day that books are kept for.") % {"value": text}, "not_a_date")
            return default
        return day

    def span(self) -> Span:
        """start and end; by default this year so far."""
        end = self.day("end", self.today)
        start = self.day("start", year_start(end))
        if start > end and not self.errors:
            self.wrong("end", _("The last day is before the first."), "ends_before_start")
        return Span(start, end)

    def choice(self, name: str, known: Mapping[str, Any] | tuple[str, ...], default: str = "") -> str:
        text = self.text(name) or default
        if text not in known:
            self.wrong(
                name, _("Choose one of: %(known)s.") % {"known": ", ".join(filter(None, known))}, "invalid_choice"
            )
            return default
        return text

    def whole(self, name: str, least: int, most: int, default: int) -> int:
        """A whole number between two others."""
        text = self.text(name)
        if not text:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
            message = _("Give a whole number from %(least)s to %(most)s.") % {"least": least, "most": most}
            self.wrong(name, message, "out_of_range")
            return default
        return int(text)

    def whole_list(self, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """Rising days such as 30,60,90, at most ten; 0 is put before them."""
        parts = [part.strip() for part in self.text(name).split(",") if part.strip()]
        if not parts:
            return default
        days = [int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) < 5]
        if len(days) < len(parts) or len(days) > 10 or any(a >= b for a, b in zip([0, *days], days, strict=False)):
            self.wrong(name, _("Give rising numbers of days, such as 30,60,90."), "not_days")
            return default
        return (0, *days)

    def compare(self) -> tuple[str, ...]:
        return COMPARE[self.choice("compare", COMPARE)]

    def dimensions(self, axes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """(axis, code) of each axis that is filtered by."""
        return tuple((axis, self.text(axis, 60)) for axis in axes if self.text(axis, 60))

    def check(self) -> None:
        """Raises InvalidInput if anything read so far was wrong."""
        if self.errors:
            raise InvalidInput(_("What was asked for cannot be shown; nothing was read."), errors=self.errors)


def quick_spans(today: datetime.date) -> list[tuple[str, Span]]:
    """(key, span) of what people ask for most."""
    month = today.replace(day=1)
    last = month - datetime.timedelta(days=1)
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    year = year_start(today)
    return [
        ("month", Span(month, month_end(month))),
        ("last_month", Span(last.replace(day=1), last)),
        ("quarter", Span(quarter, month_end(quarter.replace(month=quarter.month + 2)))),
        ("year", Span(year, year.replace(month=12, day=31))),
        ("last_year", Span(year.replace(year=year.year - 1), year - datetime.timedelta(days=1))),
    ]
