"""Reading a downloaded workbook, as far as the tests need it."""

import io
import re
import zipfile
from xml.etree import ElementTree

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def read_xlsx(content: bytes, sheet: int = 1) -> list[list[str]]:
    """The texts and numbers of a sheet by row; empty cells are "". A formula fails the test."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        tree = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml"))
        shared = _shared(book)
    assert tree.find(".//m:f", NS) is None, "a formula"
    table = []
    for row in tree.iterfind(".//m:row", NS):
        cells: dict[int, str] = {}
        for cell in row.iterfind("m:c", NS):
            text = "".join(node.text or "" for node in cell.iter() if node.tag.endswith(("}t", "}v")))
            cells[_column(cell.attrib["r"])] = shared[int(text)] if cell.get("t") == "s" else text
        table.append([cells.get(column, "") for column in range(max(cells, default=-1) + 1)])
    return table


def _shared(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    tree = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    return ["".join(node.text or "" for node in item.iter() if node.tag.endswith("}t")) for item in tree]


def _column(reference: str) -> int:
    letters = re.match("[A-Z]+", reference)
    assert letters
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1
