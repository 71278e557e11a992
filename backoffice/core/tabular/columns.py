"""What a column takes: from the text of a cell to a value, or to the reason why not. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.registry import Text
from backoffice.core.tabular.reading import Line

_WHOLE = re.compile(r"[+-]?\d{1,15}")
_NUMBER = re.compile(r"[+-]?\d{1,18}(?:[.,]\d{1,12})?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")  # 1,234: a thousand to some, one and a bit to others
# Thousands parted in a way that can be read in one way only: 1 250 and 1 250,50 (any space), 1.250,50, 1,250.50.
_GROUPED = re.compile(
    r"[+-]?\d{1,3}(?:(?:[ \u00a0\u2009\u202f']\d{3})+(?:[.,]\d{1,12})?|(?:\.\d{3})+,\d{1,12}|(?:,\d{3})+\.\d{1,12})"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
YES, NO = frozenset({"1", "true", "yes", "y", "x"}), frozenset({"0", "false", "no", "n"})
ERRORS = "errors"  # the column that an error file adds; read again it means nothing


@dataclass(frozen=True, slots=True)
class RowError:
    """Something wrong in one cell. field: the column's name; empty: the row as a whole."""

    field: str
    message: str
    code: str = "invalid"

    def as_dict(self) -> dict[str, str]:
        return {"field": self.field, "message": self.message, "code": self.code}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an import and of the export that matches it.

    kind: text, integer, decimal, date, boolean, choice, list (texts parted by |). choices: of a choice, the
    values as they are written. minimum, maximum: of a number, inclusive. aliases: other headings that mean it. example:
    of the template's row.
    """

    name: str
    label: Text
    kind: str = "text"
    required: bool = False
    max_length: int = 300
    choices: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    places: int = 6
    aliases: tuple[str, ...] = ()
    help: Text = ""
    example: str = ""

    @property
    def sample(self) -> str:
        """What the template's example row shows; nothing where a file may leave it out and no example is given."""
        if self.example or not self.required:
            return self.example
        kinds = {"date": "2026-11-30", "integer": "1", "decimal": "12.50", "boolean": "no"}
        return self.choices[0] if self.choices else kinds.get(self.kind, "")


@dataclass(slots=True)
class Row:
    """A line with its values by column name: of the columns that the file has and whose cell makes sense.

    An empty cell is None, or () of a list; a column that the file does not have is not in `values`.
    """

    number: int
    values: dict[str, Any]
    errors: list[RowError] = field(default_factory=list)

    def wrong(self, name: str, message: str, code: str = "invalid") -> None:
        self.errors.append(RowError(name, message, code))


class _Wrong(Exception):
    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message, self.code = message, code


def match_headings(
    headings: Sequence[str], columns: Sequence[Column], mapping: Mapping[str, str] | None = None
) -> tuple[list[Column | None], list[RowError]]:
    """The column of each heading (None: left out), and what is wrong with the headings.

    mapping: heading -> column name, or "" to leave it out; the others go by name, label or alias.
    """
    known = {_plain(name): column for column in columns for name in (column.name, str(column.label), *column.aliases)}
    by_name = {column.name: column for column in columns}
    found: list[Column | None] = []
    errors: list[RowError] = []
    for heading in headings:
        if mapping and heading in mapping:
            column = by_name.get(mapping[heading])
        else:
            column = known.get(_plain(heading))
            if column is None and _plain(heading) != ERRORS:
                names = ", ".join(by_name)
                message = _("There is no column “%(heading)s”. Known are: %(names)s.")
                errors.append(
                    RowError(heading[:60], message % {"heading": heading[:60], "names": names}, "unknown_column")
                )
        if column is not None and column in found:
            message = _("The column %(name)s stands there twice.") % {"name": column.name}
            errors.append(RowError(column.name, message, "twice"))
        found.append(column)
    for column in columns:
        if column.required and column not in found:
            message = _("The column %(name)s is missing.") % {"name": column.name}
            errors.append(RowError(column.name, message, "missing_column"))
    return found, errors


def _plain(heading: str) -> str:
    return re.sub(r"[\s_-]+", "_", heading.strip().casefold())


def read_row(line: Line, columns: Sequence[Column | None]) -> Row:
    """The line's values; all that is wrong stands in its errors."""
    row = Row(line.number, {})
    for place, (column, text) in enumerate(zip(columns, line.cells, strict=True)):
        if column is None:
            continue
        if place in line.formulas:
            message = _("“%(text)s” would be run as a formula. Give the value, or put an apostrophe in front.")
            row.wrong(column.name, message % {"text": text[:40]}, "formula")
            continue
        try:
            row.values[column.name] = read_cell(column, text)
        except _Wrong as wrong:
            row.wrong(column.name, wrong.message, wrong.code)
    return row


def read_cell(column: Column, text: str) -> Any:
    if not text:
        if column.required:
            raise _Wrong(_("Fill this in."), "required")
        return () if column.kind == "list" else None
    return _KINDS[column.kind](column, text)


def _text(column: Column, text: str) -> str:
    if len(text) > column.max_length:
        raise _Wrong(_("At most %(limit)s characters.") % {"limit": column.max_length}, "max_length")
    if _CONTROL.search(text):
        raise _Wrong(_("It holds characters that cannot be shown."), "control_characters")
    return text


def _ungrouped(text: str) -> tuple[str, bool]:
    """The number without what parts its thousands, with a decimal point; whether any did."""
    if not _GROUPED.fullmatch(text):
        return text, False
    place = max(text.rfind("."), text.rfind(","))
    whole, rest = (text, "") if place < 0 else (text[:place], "." + text[place + 1 :])
    return re.sub(r"[^\d+-]", "", whole) + rest, True


def _integer(column: Column, text: str) -> int:
    text, _grouped = _ungrouped(text)
    if not _WHOLE.fullmatch(text):
        raise _Wrong(_("“%(text)s” is no whole number.") % {"text": text[:40]}, "not_a_whole_number")
    return int(_within(column, Decimal(text)))


def _decimal(column: Column, text: str) -> Decimal:
    text, is_grouped = _ungrouped(text)
    if not _NUMBER.fullmatch(text):
        raise _Wrong(_("“%(text)s” is no number. Write it like 1234.5.") % {"text": text[:40]}, "not_a_number")
    if not is_grouped and _THOUSANDS.fullmatch(text):
        raise _Wrong(
            _("“%(text)s” can be read in two ways. Write a decimal point and no thousands separator.")
            % {"text": text[:40]},
            "ambiguous_number",
        )
    number = Decimal(text.replace(",", "."))
    if number != round(number, column.places):
        raise _Wrong(_("At most %(places)s decimal places.") % {"places": column.places}, "decimal_places")
    return _within(column, number)


def _within(column: Column, number: Decimal) -> Decimal:
    if column.minimum is not None and number < column.minimum:
        raise _Wrong(_("At least %(limit)s.") % {"limit": f"{column.minimum:f}"}, "min_value")
    if column.maximum is not None and number > column.maximum:
        raise _Wrong(_("At most %(limit)s.") % {"limit": f"{column.maximum:f}"}, "max_value")
    return number


def _date(column: Column, text: str) -> date:
    day = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
    iso = f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}" if day else text
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", iso):
            raise ValueError(iso)
        return date.fromisoformat(iso)
    except ValueError as error:
        message = _("“%(text)s” is no date. Write it like 2026-11-30.") % {"text": text[:40]}
        raise _Wrong(message, "not_a_date") from error


def _boolean(column: Column, text: str) -> bool:
    if text.casefold() in YES:
        return True
    if text.casefold() in NO:
        return False
    raise _Wrong(_("“%(text)s” is neither yes nor no.") % {"text": text[:40]}, "not_a_boolean")


def _choice(column: Column, text: str) -> str:
    for value in column.choices:
        if value.casefold() == text.casefold():
            return value
    names = ", ".join(column.choices)
    raise _Wrong(_("“%(text)s” is none of: %(names)s.") % {"text": text[:40], "names": names}, "invalid_choice")


def _list(column: Column, text: str) -> tuple[str, ...]:
    parts = tuple(dict.fromkeys(part for part in (part.strip() for part in text.split("|")) if part))
    return tuple(_text(column, part) for part in parts)


_KINDS: dict[str, Callable[[Column, str], Any]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "boolean": _boolean,
    "choice": _choice,
    "list": _list,
}


def written(column: Column, value: Any) -> Any:
    """A value as the export writes it, so that reading it again gives the same."""
    if column.kind == "list":
        return "|".join(value or ())
    if column.kind == "boolean":
        return "" if value is None else "yes" if value else "no"
    return value
