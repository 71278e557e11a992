"""Tables as files: CSV and XLSX, sent while they are made, at any size; no cell is ever a formula."""

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone

CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET_ROWS = 1_000_000  # below Excel's limit of 1,048,576
EXACT = Decimal(10) ** 15  # a spreadsheet keeps fifteen digits of a number
_CHUNK_ROWS = 500
_CHUNK_BYTES = 1 << 16
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def neutral(text: str) -> str:
    """A text that a spreadsheet shows as it is: one that it would read as a formula gets an apostrophe in front."""
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text  # an import takes one apostrophe away again


class _Line:
    """What csv.writer writes to: keeps nothing."""

    def write(self, line: str) -> str:
        return line


def csv_chunks(headings: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """UTF-8 with a mark for Excel, comma separated; times in the reader's zone, numbers with a point."""
    writer = csv.writer(_Line())
    lines = ["\ufeff" + writer.writerow([neutral(str(heading)) for heading in headings])]  # type: ignore[operator]
    for row in rows:
        lines.append(writer.writerow([_csv_cell(value) for value in row]))  # type: ignore[arg-type]
        if len(lines) >= _CHUNK_ROWS:
            yield "".join(lines).encode()
            lines = []
    yield "".join(lines).encode()


def _csv_cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    return value if isinstance(value, int | date) else neutral(str(value))


def xlsx_chunks(headings: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A workbook written row by row to a temporary file, which is then sent; a new sheet every million rows."""
    from xlsxwriter import Workbook

    with tempfile.TemporaryFile() as file:
        book = Workbook(
            file,
            {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True},
        )
        formats = {
            "head": book.add_format({"bold": True}),
            "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        sheet: Any = None
        for number, row in enumerate(rows):
            if number % SHEET_ROWS == 0:
                sheet = _new_sheet(book, headings, formats)
            for column, value in enumerate(row):
                _write_cell(sheet, number % SHEET_ROWS + 1, column, value, formats)
        if sheet is None:
            _new_sheet(book, headings, formats)
        book.close()
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _new_sheet(book: Any, headings: Sequence[Any], formats: dict[str, Any]) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(0, len(headings) - 1), 18)
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, str(heading), formats["head"])
    return sheet


def _write_cell(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, (int, Decimal)) and abs(Decimal(value)) < EXACT:
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, timezone.localtime(value).replace(tzinfo=None), formats["time"])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, formats["date"])
    else:
        sheet.write_string(row, column, str(value)[:32_767])


def table_response(
    kind: str, name: str, headings: Sequence[Any], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """A download of rows as they are read. kind: csv or xlsx; name without its ending."""
    chunks = xlsx_chunks(headings, rows) if kind == "xlsx" else csv_chunks(headings, rows)
    kind = "xlsx" if kind == "xlsx" else "csv"
    return file_response(f"{name}.{kind}", XLSX if kind == "xlsx" else CSV, chunks)


def file_response(name: str, content_type: str, chunks: Iterable[bytes]) -> StreamingHttpResponse:
    """A file sent in parts, kept by no cache. name: ASCII letters, digits, dot, dash."""
    response = StreamingHttpResponse(chunks, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
