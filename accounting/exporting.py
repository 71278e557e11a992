"""A report as a file: CSV and XLSX sent while its rows are read, PDF up to a number of rows."""

import datetime
from collections.abc import Iterator, Sequence
from decimal import Decimal
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounting.errors import TooLongForPdf
from accounting.statements.tables import Column, Report, Row
from backoffice.core.export import table_response
from backoffice.core.show import show_number
from backoffice.core.typesetting import compile_apart, compile_pdf

PART_ROWS = 1_000  # some 25 pages and 170 MB, in a process of its own: typst holds all of it in memory
PDF_ROWS = 10_000  # some 250 pages, 15 s
APART_ROWS = 200  # from here on in a process of its own
TEMPLATE = Path(__file__).parent / "statements" / "report.typ"
MINUS = "\N{MINUS SIGN}"
FIGURES = ("money", "quantity", "percent", "number")


def report_response(report: Report, kind: str, company: str) -> HttpResponse | StreamingHttpResponse:
    """kind: csv, xlsx or pdf. company: whose it is, as printed. Raises TooLongForPdf."""
    if kind == "pdf":
        response = HttpResponse(report_pdf(report, company), content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{report.name}.pdf"'
        response["Cache-Control"] = "no-store"
        return response
    return table_response(kind, report.name, report.headings(), plain_rows(report))


def plain_rows(report: Report) -> Iterator[list[Any]]:
    """The rows as a file holds them: figures as numbers, all else as text."""
    for row in report.rows:
        yield [_plain(value) for value in row.values]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, Decimal | int | datetime.date) else str(value)


def report_pdf(report: Report, company: str, *, ppi: int = 0) -> bytes:
    """The report on pages of A4, across where it has many columns; long ones part by part, so that memory stays below
    300 MB. Raises TooLongForPdf; nothing is typeset then.
    """
    rows = list(islice(report.rows, PDF_ROWS + 1))
    if len(rows) > PDF_ROWS:
        raise TooLongForPdf(
            _("More than %(rows)s rows: too long for a PDF. Take XLSX or CSV, or ask for less.")
            % {"rows": show_number(PDF_ROWS)},
            rows=PDF_ROWS,
        )
    template, data = TEMPLATE.read_bytes(), _head(report, company)
    if ppi or len(rows) <= APART_ROWS:
        return compile_pdf(template, data | {"rows": _printed_rows(rows, report)}, ppi=ppi)
    if len(rows) <= PART_ROWS:
        return compile_apart(template, data | {"rows": _printed_rows(rows, report)})
    return _in_parts(template, data | {"page": _("Page %(page)s") % {"page": "{n}"}}, rows, report)


def _in_parts(template: bytes, data: dict[str, Any], rows: list[Row], report: Report) -> bytes:
    """Parts typeset one after the other, their page numbers going on, as one file."""
    from pypdf import PdfWriter

    whole, notes = PdfWriter(), data["notes"]
    for start in range(0, len(rows), PART_ROWS):
        part = rows[start : start + PART_ROWS]
        last = start + PART_ROWS >= len(rows)
        given = {
            "rows": _printed_rows(part, report),
            "first_page": len(whole.pages) + 1,
            "notes": notes if last else [],
        }
        whole.append(BytesIO(compile_apart(template, data | given)), import_outline=False)
    whole.add_metadata({"/Title": f"{report.title} {report.subtitle}".strip(), "/Author": data["company"]})
    file = BytesIO()
    whole.write(file)
    return file.getvalue()


def _head(report: Report, company: str) -> dict[str, Any]:
    first_text = next((n for n, column in enumerate(report.columns) if column.kind == "text"), 0)
    name = next((n for n, column in enumerate(report.columns) if column.key in ("name", "memo")), first_text)
    return {
        "company": company,
        "title": str(report.title),
        "subtitle": report.subtitle,
        "currency": report.currency,
        "wide": len(report.columns) > 6,
        "columns": [
            {
                "title": _broken(str(column.title)),
                "side": "right" if column.kind in FIGURES else "left",
                "wide": place == name,
            }
            for place, column in enumerate(report.columns)
        ],
        "notes": [str(note) for note in report.notes],
        "page": _("Page %(page)s of %(pages)s") % {"page": "{n}", "pages": "{m}"},
        "printed": _("All amounts in %(currency)s") % {"currency": report.currency},
    }


def _printed_rows(rows: Sequence[Row], report: Report) -> list[dict[str, Any]]:
    return [_printed(row, report.columns) for row in rows]


def _broken(title: str) -> str:
    """A period's title on several lines, so that its column is as narrow as its figures."""
    return title.replace(" – ", " –\n").replace(" (", "\n(")


def _printed(row: Row, columns: Any) -> dict[str, Any]:
    cells = [shown(value, column) for value, column in zip(row.values, columns, strict=True)]
    return {"kind": row.kind, "level": row.level, "cells": cells}


def shown(value: Any, column: Column) -> str:
    """A cell as people read it; nothing for None and for a heading's empty cells."""
    if value is None or value == "":
        return ""
    if isinstance(value, datetime.date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, Decimal):
        return _figure(value, column.kind)
    return str(value)


def _figure(value: Decimal, kind: str) -> str:
    if kind == "money":
        exponent = value.normalize().as_tuple().exponent
        text = show_number(abs(value), max(2, -exponent if isinstance(exponent, int) else 2))
    elif kind == "percent":
        text = show_number(abs(value), 1)
    else:
        text = show_number(abs(value))
    return MINUS + text if value < 0 else text
