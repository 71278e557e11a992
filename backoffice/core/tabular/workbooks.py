"""Reading a workbook (XLSX): its zip and its sheet are measured before the library that reads them sees them."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from django.utils.translation import gettext as _

from backoffice.core.tabular.errors import TableRefused
from backoffice.core.tabular.limits import MAX_CELLS, MAX_COLUMNS, MAX_PARTS, MAX_RATIO, MAX_ROWS, MAX_UNPACKED

MAGIC = b"PK\x03\x04"
_PART = 1 << 18
_EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def cells(content: bytes) -> Iterator[list[str]]:
    """The texts of the first sheet, row by row. Raises TableRefused for what is too large, broken, or a formula."""
    from python_calamine import CalamineError, CalamineWorkbook

    _measure(content)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        above = [[""]] * (sheet.start[0] if sheet.start else 0)
        left = [""] * (sheet.start[1] if sheet.start else 0)
        yield from above
        for row in sheet.iter_rows():
            yield left + [_text(value) for value in row]
    except CalamineError as error:
        raise _broken() from error


def _broken() -> TableRefused:
    return TableRefused(
        _("The file cannot be read as a workbook. Save it as .xlsx or CSV, without a password."), code="broken"
    )


def _too_large() -> TableRefused:
    return TableRefused(
        _("The workbook is too large: at most %(rows)s rows, %(columns)s columns and %(cells)s cells. Split it.")
        % {"rows": f"{MAX_ROWS:,}", "columns": MAX_COLUMNS, "cells": f"{MAX_CELLS:,}"},
        code="too_large",
    )


def _measure(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            _measure_parts(book)
            sheet = _first_sheet(book)
            for part in book.infolist():  # unpacked here for the first time: their real length, as the CRC knows it
                with book.open(part) as stream:
                    watch = _Sheet() if part.filename == sheet else _Plain()
                    while chunk := stream.read(_PART):
                        watch.feed(chunk)
                    watch.close()
    except (zipfile.BadZipFile, expat.ExpatError, ElementTree.ParseError, KeyError, RuntimeError, EOFError) as error:
        raise _broken() from error
    except (NotImplementedError, ValueError, StopIteration, zlib.error) as error:
        raise _broken() from error


def _measure_parts(book: zipfile.ZipFile) -> None:
    """By what the zip says of itself; zlib gives no more than that."""
    parts = book.infolist()
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED or unpacked > 2**20 + MAX_RATIO * packed:
        raise _too_large()
    if len({part.filename for part in parts}) < len(parts):
        raise _broken()


def _first_sheet(book: zipfile.ZipFile) -> str:
    """The part that holds the first sheet."""
    names = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
    texts = [book.read(name) for name in names]
    if any(b"<!" in text.replace(b"<!--", b"") for text in texts):
        raise _broken()
    workbook, links = map(ElementTree.fromstring, texts)
    first = next(node for node in workbook.iter() if node.tag.endswith("}sheet"))
    target = next(node for node in links if node.get("Id") == first.get(_REL)).get("Target", "")
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


class _Plain:
    """Any other part: only unpacked."""

    def feed(self, chunk: bytes) -> None:
        pass

    def close(self) -> None:
        pass


class _Sheet:
    """Looks at a sheet's cells before they are read: one far out would have the reader make all between."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.buffer_text = True
        self.cell, self.rows, self.columns, self.number, self.column = "", 0, 0, 0, 0

    def feed(self, chunk: bytes) -> None:
        self.parser.Parse(chunk, False)

    def close(self) -> None:
        self.parser.Parse(b"", True)

    def doctype(self, *_what: Any) -> None:
        raise _broken()

    def start(self, name: str, given: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "c":
            self.cell = given.get("r", "")
            self.at(self.cell)
        elif name == "row":
            self.number, self.column = int(given.get("r", self.number + 1)), 0
        elif name == "f":
            raise TableRefused(
                _("Cell %(cell)s is a formula. Paste the values instead (Paste special: values).")
                % {"cell": self.cell[:12]},
                code="formula",
                cell=self.cell[:12],
            )

    def at(self, cell: str) -> None:
        letters = cell.rstrip("0123456789")
        number = int(cell[len(letters) :]) if letters else self.number
        column = _column(letters) if letters else self.column + 1
        self.column = column
        self.rows, self.columns = max(self.rows, number), max(self.columns, column)
        if self.rows > MAX_ROWS + 1 or self.columns > MAX_COLUMNS or self.rows * self.columns > MAX_CELLS:
            raise _too_large()


def _column(letters: str) -> int:
    if not re.fullmatch("[A-Z]{1,3}", letters):
        raise _broken()
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _text(value: Any) -> str:
    """A cell as a person would type it into a CSV file."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        plain = value.time() == time()
        return value.date().isoformat() if plain else value.isoformat(" ", "seconds")
    return (
        value.isoformat() if isinstance(value, date | time) else str(value) if not isinstance(value, timedelta) else ""
    )


def _number(value: float) -> str:
    """A number without the noise of its binary form; one of more than fifteen digits stays recognisable as such."""
    if abs(value) >= _EXACT:
        return f"{value:.15e}"  # no column takes it: the sheet has lost digits already
    return str(int(value)) if value == int(value) else f"{Decimal(repr(value)):f}"
