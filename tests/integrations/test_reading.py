"""Files of rows: whatever is wrong is told with its line."""

import gzip
import lzma
import random
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from backoffice.core.errors import DomainError
from integrations.importing.profiles import (
    ORDER_LINES,
    ORDER_LINES_SEMICOLON,
    BadCell,
    Columns,
    parse_number,
    profile_called,
)
from integrations.importing.reading import FileUnreadable, Row, open_table

GOOD = 'sku,note\nA,one\n\nB,"two\nlines"\nC,three\n'


def write(tmp_path, name, content: bytes):
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("name", "pack"), [("f.csv", bytes), ("f.csv.gz", gzip.compress), ("f.csv.xz", lzma.compress)])
def test_plain_and_compressed_files_are_read_alike(tmp_path, name, pack):
    table = open_table(write(tmp_path, name, pack(b"\xef\xbb\xbf" + GOOD.encode())))

    assert table.columns == ["sku", "note"]
    assert list(table.rows) == [Row(2, ["A", "one"]), Row(4, ["B", "two\nlines"]), Row(6, ["C", "three"])]


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"sku,note\nA,1\nB,\xff\n", 3, "byte 0xff at position 3 is not UTF-8"),
        (b"sku,note\nA,1\nB\n", 3, "1 cells where the heading has 2"),
        (b"sku,note\nA,1\nB,1,2\n", 3, "3 cells where the heading has 2"),
        (b'sku,note\nA,1\nB,"open\nand more', 3, "quotation mark"),
        (b"", 0, "is empty"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, content, line, says):
    with pytest.raises(FileUnreadable, match=says) as caught:
        list(open_table(write(tmp_path, "f.csv", content)).rows)

    assert caught.value.context["line"] == line


def test_rows_before_the_damage_have_been_handed_out(tmp_path):
    table = open_table(write(tmp_path, "f.csv", b"sku\nA\nB\n\xff\n"))

    assert [next(table.rows).cells, next(table.rows).cells] == [["A"], ["B"]]
    with pytest.raises(FileUnreadable):
        next(table.rows)


@pytest.mark.parametrize(("name", "pack"), [("f.csv.gz", gzip.compress), ("f.csv.xz", lzma.compress)])
def test_a_compressed_file_cut_in_the_middle(tmp_path, name, pack):
    dice = random.Random(1)
    whole = pack(b"sku\n" + b"\n".join(b"%d" % dice.randrange(10**12) for _row in range(20000)) + b"\n")
    table = open_table(write(tmp_path, name, whole[: len(whole) // 2]))
    seen = 0

    with pytest.raises(FileUnreadable, match="damaged or cut off") as caught:
        for _row in table.rows:
            seen += 1

    assert caught.value.context["line"] == seen + 2 > 1000


def test_a_file_over_the_limit_is_refused(tmp_path):
    bomb = write(tmp_path, "f.csv.gz", gzip.compress(b"sku\n" + b"A\n" * 100_000))

    with pytest.raises(FileUnreadable, match="too large"):
        list(open_table(bomb, max_bytes=1000).rows)
    with pytest.raises(FileUnreadable, match="too large"):
        open_table(write(tmp_path, "g.csv.gz", gzip.compress(b"x" * 2_000_000)))


def test_a_missing_column_is_named(tmp_path):
    table = open_table(write(tmp_path, "f.csv", b"order_id,sku\n1,A\n"))

    with pytest.raises(FileUnreadable, match="placed_at, quantity, unit_price is missing"):
        Columns(ORDER_LINES, table)


def test_cells_by_profile(tmp_path):
    content = b"sku;order_id;quantity;unit_price;placed_at\nA;1;2,5;1.234,50;24.12.2025 18:30\n"
    table = open_table(write(tmp_path, "f.csv", content), delimiter=";")
    columns = Columns(ORDER_LINES_SEMICOLON, table)
    row = next(table.rows)

    assert columns.number(row, "quantity") == Decimal("2.5")
    assert columns.number(row, "unit_price") == Decimal("1234.50")
    assert columns.number(row, "tax", Decimal(0)) == 0
    assert columns.time(row, "placed_at") == datetime(2025, 12, 24, 18, 30, tzinfo=UTC)
    assert columns.text(row, "email") == ""
    with pytest.raises(BadCell, match="Line 2, column sku: “A” is no number") as caught:
        columns.number(row, "sku")
    assert (caught.value.context["row"], caught.value.context["column"]) == (2, "sku")


@pytest.mark.parametrize("written", ["", "x", "NaN", "Infinity", "1e5", "1.2.3", "0.1234567", "٣x", "--1", "9" * 16])
def test_what_is_no_number(written):
    with pytest.raises(ValueError, match="."):
        parse_number(written)


def test_an_unknown_profile_names_the_known():
    with pytest.raises(DomainError, match="order-lines, order-lines-semicolon"):
        profile_called("nope")
