"""A table file of others: read safely into lines of text. What cannot be read for certain is refused, not guessed."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from backoffice.core.cards import cleaned
from backoffice.core.tabular.errors import TableRefused
from backoffice.core.tabular.limits import MAX_BYTES, MAX_CELL, MAX_CELLS, MAX_COLUMNS, MAX_ROWS
from backoffice.core.tabular.rows import Rows, open_rows

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_FORMULA = ("=", "@")  # a spreadsheet runs these; a text may begin with plus or minus
_QUOTED = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file. number: as a spreadsheet counts it, the headings are 1. formulas: columns that are one."""

    number: int
    cells: list[str]
    formulas: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """An opened file. lines() can be read again and again; empty rows are left out."""

    headings: list[str]
    encoding: str  # empty: a workbook
    delimiter: str
    sha256: str
    _rows: Rows = field(repr=False)

    def lines(self) -> Iterator[Line]:
        """Raises TableRefused naming the row of what cannot be read."""
        width, seen = len(self.headings), 0
        names = [heading.strip().lower().replace(" ", "_") for heading in self.headings]
        for number, cells in self._rows.read():
            if number == 1 or not any(cells):
                continue
            seen += 1
            if seen > MAX_ROWS or seen * width > MAX_CELLS:
                raise _too_many()
            clean = [cleaned(cell, name) for cell, name in zip(cells, names, strict=False)] + cells[width:]
            yield _line(number, clean, width, is_text=bool(self.delimiter))


def open_table(content: bytes, *, encoding: str = "") -> Table:
    """A CSV (comma, semicolon or tab; UTF-8, UTF-16, cp1251, cp1252) or an XLSX file, by what it is, never by name.

    encoding: of a text file, where the sender knows it. Raises TableRefused.
    """
    if not content:
        raise TableRefused(_("The file is empty."), code="empty")
    if len(content) > MAX_BYTES:
        raise TableRefused(
            _("The file is larger than %(limit)s MB. Split it.") % {"limit": MAX_BYTES >> 20}, code="too_many_bytes"
        )
    if content.startswith(_OLD_EXCEL):
        raise TableRefused(
            _("This is an old or an encrypted Excel file. Save it as .xlsx or CSV, without a password."),
            code="old_excel",
        )
    rows = open_rows(content, encoding)
    headings = _headings(next(rows.read(), (1, []))[1])
    return Table(headings, rows.encoding, rows.delimiter, hashlib.sha256(content).hexdigest(), rows)


def _headings(cells: Sequence[str]) -> list[str]:
    headings = list(cells)
    while headings and not headings[-1]:
        headings.pop()
    if not headings:
        raise TableRefused(_("The first row must hold the headings of the columns."), code="no_headings")
    if len(headings) > MAX_COLUMNS:
        raise TableRefused(
            _("The file has more than %(limit)s columns.") % {"limit": MAX_COLUMNS}, code="too_many_columns"
        )
    return headings


def _line(number: int, cells: list[str], width: int, *, is_text: bool) -> Line:
    if any(cells[width:]):
        raise TableRefused(
            _("Row %(row)s has more cells than there are headings. A separator in a text needs quotes around it.")
            % {"row": number},
            code="too_many_cells",
            row=number,
        )
    if any(len(cell) > MAX_CELL for cell in cells):
        raise TableRefused(
            _("Row %(row)s: a cell is longer than %(limit)s characters.") % {"row": number, "limit": f"{MAX_CELL:,}"},
            code="cell_too_long",
            row=number,
        )
    cells = [*cells[:width], *[""] * (width - len(cells))]
    if not is_text:  # a workbook says itself which cells are formulas
        return Line(number, cells)
    formulas = tuple(place for place, cell in enumerate(cells) if cell.startswith(_FORMULA))
    # Our own exports put an apostrophe before what a spreadsheet would run: here it goes again.
    return Line(
        number,
        [cell[1:] if cell[:1] == "'" and cell.lstrip("'").startswith(_QUOTED) else cell for cell in cells],
        formulas,
    )


def _too_many() -> TableRefused:
    return TableRefused(
        _("The file has more than %(rows)s rows or %(cells)s cells. Split it.")
        % {"rows": f"{MAX_ROWS:,}", "cells": f"{MAX_CELLS:,}"},
        code="too_many_rows",
    )
