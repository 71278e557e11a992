"""S5: what is read apart takes 512 MB and 30 s at most, reaches nothing, and hands back the same as here."""

import io
import pickle
import re
from pathlib import Path

import pytest
import xlsxwriter
from django.db import connection
from django.utils import translation

from accounting.banking import BankFileRefused, read_statements
from backoffice.core import apart, pictures
from backoffice.core.apart import read_apart
from backoffice.core.errors import DomainError
from backoffice.core.tabular import TableRefused, open_table
from tests.factories.bank_files import booked, camt053, mt940
from tests.factories.pictures import png
from tests.security import readers

LINES = [booked("119.00", text="INV-000001", name="Blue Door Ltd"), booked("-4.50", "2026-03-31", "Fees")]


class TooMuch(DomainError):
    pass


def refused(read, *given):
    with pytest.raises(TooMuch) as refusal:
        read_apart(read, TooMuch, *given)
    return refusal.value.detail


def most_memory_mb():
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024


def begin_counting():
    """The peak of this process from now on."""
    Path("/proc/self/clear_refs").write_text("5")
    return most_memory_mb()


def bomb():
    """A workbook of 300 KB within all limits of its zip; but each of 70,000 cells is the same text of 30,000 letters."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for row in range(1_401):
            sheet.write_row(row, 0, ["x" * 30_000] * 50 if row else [f"c{column}" for column in range(50)])
    return out.getvalue()


def test_a_file_that_would_take_gigabytes_is_refused_and_its_reader_does_not_grow():
    content = bomb()
    before = begin_counting()

    with pytest.raises(TableRefused) as refusal:
        open_table(content)

    assert refusal.value.context["code"] == "too_costly"
    assert "512 MB" in refusal.value.detail
    assert most_memory_mb() - before < 64


def test_a_bank_file_of_millions_of_elements_is_refused_and_its_reader_does_not_grow(monkeypatch):
    monkeypatch.setattr(apart, "MEMORY", 256 * 1024 * 1024)
    content = b"<a>" + b"<b/>" * 1_500_000 + b"</a>"
    before = begin_counting()

    with pytest.raises(BankFileRefused) as refusal:
        read_statements(content)

    assert refusal.value.code == "too_costly"
    assert most_memory_mb() - before < 64


def test_memory_time_and_a_sudden_end_are_refusals(monkeypatch):
    assert "512 MB of memory or 30 seconds" in refused(readers.eat, 600 * 1024 * 1024)
    assert read_apart(readers.eat, TooMuch, 200 * 1024 * 1024) == 200 * 1024 * 1024
    refused(readers.end)
    monkeypatch.setattr(apart, "CPU_S", 1)
    refused(readers.spin)
    monkeypatch.setattr(apart, "CPU_S", 30)
    monkeypatch.setattr(apart, "WALL_S", 1)
    refused(readers.spin)


@pytest.mark.parametrize(
    ("read", "given"),
    [(readers.connect, ()), (readers.run, ()), (readers.look, ("/etc/passwd",)), (readers.look, ("/proc/1/environ",))],
)
def test_a_reader_reaches_nothing(read, given):
    with pytest.raises(RuntimeError, match="PermissionError"):
        read_apart(read, TooMuch, *given)


def test_a_reader_writes_nothing(tmp_path):
    place = tmp_path / "written"

    with pytest.raises(RuntimeError, match="PermissionError"):
        read_apart(readers.write, TooMuch, str(place))
    assert not place.exists()
    with pytest.raises((RuntimeError, TooMuch)):
        read_apart(readers.write_beside, TooMuch, str(place))
    assert not place.exists() or place.stat().st_size == 0


@pytest.mark.django_db
def test_neither_keys_nor_connections_go_along(monkeypatch):
    monkeypatch.setenv("BACKOFFICE_SECRETS_KEY", "planted")
    connection.ensure_connection()

    names, opened = read_apart(readers.surroundings, TooMuch)

    assert set(names) <= {"PYTHONPATH", "MALLOC_ARENA_MAX", "LC_ALL", "LC_CTYPE"}
    assert opened == []


def test_only_data_come_back():
    with pytest.raises(pickle.UnpicklingError, match="no plain data"):
        read_apart(readers.hand_back_code, TooMuch)


def test_a_refusal_comes_back_as_it_is_and_in_the_readers_language():
    with translation.override("ka"), pytest.raises(TableRefused) as refusal:
        read_apart(readers.refuse, TooMuch)

    with translation.override("ka"):
        assert refusal.value.detail == translation.gettext("The file is empty.") != "The file is empty."
    assert refusal.value.context == {"code": "empty", "row": 7}


@pytest.mark.parametrize("content", [camt053(LINES), mt940(LINES)], ids=["camt", "mt940"])
def test_bank_files_are_read_apart_as_here(content, monkeypatch):
    here = read_statements(content)
    monkeypatch.setattr("accounting.banking.reading.SMALL", 0)

    assert read_statements(content) == here


def test_a_refused_bank_file_is_refused_apart_as_here(monkeypatch):
    told = []
    for small in (1_000_000, 0):
        monkeypatch.setattr("accounting.banking.reading.SMALL", small)
        with pytest.raises(BankFileRefused) as refusal:
            read_statements(mt940(LINES).replace(b"119,00", b"1x9,00"))
        told.append((refusal.value.code, refusal.value.detail, refusal.value.context))

    assert told[0] == told[1]


@pytest.mark.parametrize(
    "content",
    [
        'sku;name\nMUG;"Mug\nblue"\n\nCUP;Größe\n'.encode("utf-16"),
        "наименование,name\nКружка,Синяя кружка\n".encode("cp1251"),
        b'sku,name\nMUG,"Mug\nCUP,5"x\n',
    ],
    ids=["utf-16", "cp1251", "broken row"],
)
def test_tables_are_read_apart_as_here(content, monkeypatch):
    told = []
    for small in (1_000_000, 0):
        monkeypatch.setattr("backoffice.core.tabular.rows.SMALL", small)
        table, lines, end = open_table(content), [], ""
        try:
            lines.extend(table.lines())
            assert list(table.lines()) == lines  # read again
        except TableRefused as refusal:
            end = refusal.detail
        told.append((table.headings, table.encoding, table.delimiter, table.sha256, lines, end))

    assert told[0] == told[1]


def test_a_picture_is_unpacked_apart(monkeypatch):
    assert pictures.is_readable(png())
    assert not pictures.is_readable(png(rows=2))
    monkeypatch.setattr(apart, "MEMORY", 100 * 1024 * 1024)
    assert not pictures.is_readable(png(6000, 6000, rows=6000))
