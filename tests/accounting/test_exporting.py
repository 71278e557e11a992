"""Reports as PDF: long ones part by part, with page numbers that go on; too long ones are refused by name."""

from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from accounting.errors import TooLongForPdf
from accounting.exporting import PART_ROWS, PDF_ROWS, report_pdf
from accounting.statements.tables import Column, Report, Row
from backoffice.core import typesetting
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db


def ledger(count: int) -> Report:
    columns = [Column("memo", "Memo", "text"), Column("amount", "Amount")]
    rows = (Row(str(n), (f"Entry {n}", Decimal(n)), kind="row") for n in range(1, count + 1))
    return Report("ledger", "General ledger", "2026", "EUR", columns, rows, notes=("That is all.",))


def pages_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


def test_a_long_report_is_typeset_in_parts_as_one_file():
    pages = pages_of(report_pdf(ledger(2 * PART_ROWS + 300), "Acme"))

    assert "General ledger" in pages[0] and "Entry 1 1.00" in pages[0]
    assert f"Entry {2 * PART_ROWS + 300}" in pages[-1] and "That is all." in pages[-1]
    assert sum("That is all." in page for page in pages) == 1
    for number, page in enumerate(pages, start=1):
        assert f"Page {number}" in page
    shown = " ".join(pages)
    assert all(f"Entry {n} " in shown for n in (PART_ROWS, PART_ROWS + 1, 2 * PART_ROWS, 2 * PART_ROWS + 1))


def test_a_short_one_says_how_many_pages_it_has():
    assert "Page 1 of 1" in pages_of(report_pdf(ledger(10), "Acme"))[0]
    pages = pages_of(report_pdf(ledger(300), "Acme"))
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]


def test_what_is_too_long_is_refused_before_anything_is_typeset(monkeypatch):
    monkeypatch.setattr(typesetting.subprocess, "run", lambda *given, **more: pytest.fail("typeset"))
    with refused(TooLongForPdf) as caught:
        report_pdf(ledger(PDF_ROWS + 1), "Acme")
    assert caught.value.context == {"rows": PDF_ROWS}
