"""CSV files as streams of rows: .csv, .csv.gz and .csv.xz alike, in constant memory.

Whatever is wrong with a file is told with the line where it was seen; the rows before it have been
handed out already.
"""

import csv
import gzip
import lzma
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from backoffice.core.errors import DomainError

MAX_LINE_BYTES = 1024 * 1024
MAX_FILE_BYTES = 8 * 1024**3  # unpacked: a small archive may hold a very large file


class FileUnreadable(DomainError):
    """A file cannot be read on from `context["line"]` (1 is the first line; 0: the file as a whole)."""

    code = "file_unreadable"
    status = 400


@dataclass(frozen=True, slots=True)
class Row:
    """One record. number: the physical line on which it begins, the heading being line 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A file's heading and its rows, read once from front to back."""

    columns: list[str]
    rows: Iterator[Row]

    def positions(self, wanted: Sequence[str]) -> list[int]:
        """Where the wanted columns stand. Raises FileUnreadable naming those that are missing."""
        missing = [name for name in wanted if name not in self.columns]
        if missing:
            raise FileUnreadable(
                _("Line 1: column %(missing)s is missing; the file has %(columns)s.")
                % {"missing": ", ".join(missing), "columns": ", ".join(self.columns)},
                line=1,
                columns=missing,
            )
        return [self.columns.index(name) for name in wanted]


def open_table(
    path: Path,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    max_bytes: int = MAX_FILE_BYTES,
) -> Table:
    """Open a file by the end of its name and read its heading; rows follow as they are asked for.

    A byte order mark is dropped, blank lines are skipped.

    Raises FileUnreadable, here for the heading and from `rows` for what follows: a line that is not in the
    encoding, an unclosed quotation mark, another number of cells than the heading has, a compressed file
    cut in the middle, a line or a file over the limit.
    """
    stream = _open(path)
    records = _records(_lines(stream, encoding, max_bytes), delimiter)
    heading = next(records, None)
    if heading is None:
        raise FileUnreadable(_("%(file)s is empty.") % {"file": path.name}, line=0)
    columns = [name.strip().removeprefix("\ufeff") for name in heading.cells]
    return Table(columns, _of_width(records, len(columns)))


def _open(path: Path) -> BinaryIO:
    try:
        if path.name.endswith(".gz"):
            return gzip.open(path, "rb")  # type: ignore[return-value]
        if path.name.endswith(".xz"):
            return lzma.open(path, "rb")  # type: ignore[return-value]
        return path.open("rb")
    except OSError as error:
        raise FileUnreadable(
            _("%(file)s cannot be opened: %(why)s") % {"file": path.name, "why": error.strerror or error}, line=0
        ) from error


def _lines(stream: BinaryIO, encoding: str, max_bytes: int) -> Iterator[str]:
    """Decoded line by line, so that a bad byte is told with its own line number."""
    number = read = 0
    with stream:
        while True:
            number += 1
            try:
                raw = stream.readline(MAX_LINE_BYTES + 1)
            except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
                raise FileUnreadable(
                    _("Line %(line)s: the compressed file is damaged or cut off here.") % {"line": number},
                    line=number,
                ) from error
            if not raw:
                return
            read += len(raw)
            if len(raw) > MAX_LINE_BYTES or read > max_bytes:
                raise FileUnreadable(_("Line %(line)s: the file is too large.") % {"line": number}, line=number)
            try:
                yield raw.decode(encoding)
            except UnicodeDecodeError as error:
                raise FileUnreadable(
                    _("Line %(line)s: byte %(byte)s at position %(position)s is not %(encoding)s.")
                    % {
                        "line": number,
                        "byte": f"0x{raw[error.start]:02x}",
                        "position": error.start + 1,
                        "encoding": encoding.upper(),
                    },
                    line=number,
                ) from error


def _records(lines: Iterator[str], delimiter: str) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileUnreadable(
                _("Line %(line)s: %(why)s (a quotation mark that is not closed?)") % {"line": number, "why": error},
                line=number,
            ) from error
        if cells:
            yield Row(number, cells)


def _of_width(rows: Iterator[Row], width: int) -> Iterator[Row]:
    for row in rows:
        if len(row.cells) != width:
            raise FileUnreadable(
                _("Line %(line)s: %(found)s cells where the heading has %(wanted)s; is the file cut off here?")
                % {"line": row.number, "found": len(row.cells), "wanted": width},
                line=row.number,
            )
        yield row
