"""The rows of a table file as lists of texts; what can cost much is read in a process of its own (core/apart.py)."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from backoffice.core.apart import read_apart
from backoffice.core.tabular import workbooks
from backoffice.core.tabular.decoding import decode, delimiter_of, reader
from backoffice.core.tabular.errors import TableRefused
from backoffice.core.tabular.limits import MAX_ROWS

SMALL = 256 * 1024  # bytes of a text file: what one of this size can cost is nothing. A workbook's size says nothing


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows with their numbers, read again and again. encoding, delimiter: of a text file."""

    encoding: str
    delimiter: str
    read: Callable[[], Iterator[tuple[int, list[str]]]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Told:
    """What comes back: each row as a line of JSON, and what was wrong after the last of them."""

    encoding: str
    delimiter: str
    lines: bytes
    broken: TableRefused | None


def open_rows(content: bytes, encoding: str) -> Rows:
    """Raises TableRefused, here or where the rows are read."""
    if len(content) > SMALL or content.startswith(workbooks.MAGIC):
        told = read_apart(tell, _too_costly, content, encoding)
        return Rows(told.encoding, told.delimiter, lambda: _retold(told))
    text, name, delimiter = _text_of(content, encoding)
    return Rows(name, delimiter, lambda: _of_text(text, delimiter))


def _too_costly(detail: str) -> TableRefused:
    return TableRefused(detail, code="too_costly")


def _retold(told: _Told) -> Iterator[tuple[int, list[str]]]:
    for line in io.BytesIO(told.lines):
        number, *cells = json.loads(line)
        yield number, cells
    if told.broken:
        raise told.broken


def tell(content: bytes, encoding: str) -> _Told:
    """All rows but empty ones, and one more than a table may have."""
    name = delimiter = ""
    rows: Iterator[tuple[int, list[str]]]
    if content.startswith(workbooks.MAGIC):
        rows = enumerate(([cell.strip() for cell in row] for row in workbooks.cells(content)), 1)
    else:
        text, name, delimiter = _text_of(content, encoding)
        rows = _of_text(text, delimiter)
    out, seen, broken = io.BytesIO(), 0, None
    try:
        for number, cells in rows:
            if number == 1 or any(cells):
                seen += 1
                out.write(json.dumps([number, *cells], ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
            if seen > MAX_ROWS + 1:
                break
    except TableRefused as refusal:
        broken = refusal
    return _Told(name, delimiter, out.getvalue(), broken)


def _text_of(content: bytes, encoding: str) -> tuple[str, str, str]:
    text, name = decode(content, encoding)
    if "\x00" in text:
        raise TableRefused(_("This is no table: it holds zero bytes."), code="not_a_table")
    return text, name, delimiter_of(text)


def _of_text(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    rows, number = reader(text, delimiter), 0
    try:
        for number, row in enumerate(rows, 1):
            yield number, [cell.strip() for cell in row]
    except csv.Error as error:
        raise TableRefused(
            _("Row %(row)s: the quotes of this row do not close. (%(error)s)") % {"row": number + 1, "error": error},
            code="broken_row",
            row=number + 1,
        ) from error
