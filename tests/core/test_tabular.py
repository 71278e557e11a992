"""Table files of others: read for certain or refused, checked whole, done once, told row by row."""

import io
import zipfile
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.core import bulk, tabular
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidInput
from backoffice.core.export import csv_chunks, xlsx_chunks
from backoffice.core.models import BulkJob, BulkJobRow, ImportFile, ImportRow, User
from backoffice.core.registry import BulkAction, TableImport, registry
from backoffice.core.tabular import Column, Outcome, Plan, RowError, TableRefused, limits, open_table
from backoffice.core.tabular.reading import Line

COLUMNS = (
    Column("name", "Name", required=True, max_length=30),
    Column("first", "First name", aliases=("given name",)),
    Column("weight", "Weight", "decimal", minimum=Decimal(0)),
    Column("born", "Born", "date"),
    Column("tags", "Tags", "list"),
)


class People:
    """A checker: users by name; a name twice in the file is wrong at its second row."""

    def __init__(self, company_id):
        self.rows_of: dict[str, int] = {}

    def look(self, rows):
        for row in rows:
            if row.values.get("name"):
                self.rows_of.setdefault(row.values["name"], row.number)

    def check(self, rows):
        present = {u.username: u.first_name for u in User.objects.filter(username__in=self.rows_of)}
        return [self.plan(row, present) for row in rows]

    def plan(self, row, present):
        name, first = row.values.get("name"), row.values.get("first") or ""
        if name and self.rows_of[name] != row.number:
            return Plan(errors=(RowError("name", f"Stands in row {self.rows_of[name]} already.", "twice"),))
        if name not in present:
            return Plan("new")
        if present[name] == first:
            return Plan()
        return Plan("changed", (("first", present[name], first),))


def make_people(rows, company_id, actor):
    results = []
    for row in rows:
        if row.values.get("first") == "Nobody":
            results.append(Outcome("refused", "nobody", "Nobody has this name."))
            continue
        User.objects.update_or_create(
            username=row.values["name"], defaults={"first_name": row.values.get("first") or ""}
        )
        results.append(Outcome())
    return results


@pytest.fixture
def noun(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = TableImport(
        "core.test", "People", "core.add_user", COLUMNS, People, make_people, lambda: [(1, "ACME")], batch_size=4
    )
    entries = tabular.import_entries(made)
    with registry.replaced(TableImport, entries[0]), registry.replaced(BulkAction, entries[1]):
        yield made


@pytest.fixture
def boss(db):
    return Actor.of(User.objects.create_user("boss"))


def take(content, boss, name="people.csv", **values):
    content = content.encode() if isinstance(content, str) else content
    return tabular.take_file(SimpleUploadedFile(name, content), noun="core.test", company_id=1, actor=boss, **values)


def lines(content, **values):
    content = content.encode() if isinstance(content, str) else content
    return [line.cells for line in open_table(content, **values).lines()]


def refused(content, **values):
    with pytest.raises(TableRefused) as refusal:
        list(open_table(content.encode() if isinstance(content, str) else content, **values).lines())
    return refusal.value.context["code"]


GERMAN, RUSSIAN, GEORGIAN = "Größe über Bär", "Кружка синяя большая", "ფინჯანი ლურჯი"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"), (GERMAN, "utf-8-sig"), (GERMAN, "utf-16"), (GERMAN, "utf-16-le"), (GERMAN, "cp1252"),
        (RUSSIAN, "utf-8"), (RUSSIAN, "utf-16"), (RUSSIAN, "cp1251"), (GEORGIAN, "utf-8"), (GEORGIAN, "utf-16"),
    ],
)  # fmt: skip
def test_letters_are_read_in_the_encodings_that_shops_have(text, encoding):
    assert lines(f"name;first\n{text};x\n".encode(encoding)) == [[text, "x"]]


def test_letters_that_could_be_either_are_refused_until_somebody_says_which():
    both = b"name,first\n" + "Größe Bär Käse ".encode("cp1252") + "дом".encode("cp1251") + b",x\n"

    assert refused(both) == "encoding_unclear"
    assert lines(both, encoding="cp1252") == [["Größe Bär Käse äîì", "x"]]
    assert refused(b"name\n\xff\xfe\x81", encoding="utf-8") == "not_this_encoding"


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_the_separator_is_found_and_quotes_keep_one_in_a_text(sign):
    assert lines(f'name{sign}"a;b,c"\r\n"x{sign}y"{sign}"two\nlines"\r\n\r\n') == [[f"x{sign}y", "two\nlines"]]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "empty"), ("\n", "no_headings"), ('name\n"open', "broken_row"), ("name\na,b", "too_many_cells"),
        ("name\n" + "x" * 5_001, "cell_too_long"), ("name\nx\x00y", "not_a_table"), (",".join(["n"] * 101), "too_many_columns"),
        (b"\xd0\xcf\x11\xe0old", "old_excel"), (b"PK\x03\x04no zip", "broken"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_its_reason(content, code):
    assert refused(content) == code


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr("backoffice.core.tabular.reading.MAX_ROWS", 2)
    monkeypatch.setattr("backoffice.core.tabular.reading.MAX_BYTES", 40)

    assert refused("name\n1\n2\n3\n") == "too_many_rows"
    assert refused("name\n" + "x" * 40) == "too_many_bytes"


def workbook(rows, **parts):
    return repacked(b"".join(xlsx_chunks(rows[0], rows[1:])), **parts)


def repacked(content, **changes):
    """The workbook with parts changed: {"sheet": function of its text}."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for part in book.infolist():
            text = book.read(part)
            for name, change in changes.items():
                if name in part.filename:
                    text = change(text)
            made.writestr(part.filename, text)
    return out.getvalue()


def test_a_workbook_gives_numbers_dates_and_texts_as_a_csv_would():
    from datetime import date

    content = workbook(
        [
            ["name", "code", "day", "price"],
            ["Mug", 4006381333931, date(2026, 11, 3), Decimal("12.5")],
            ["-x", 7, None, None],
        ]
    )

    assert lines(content) == [["Mug", "4006381333931", "2026-11-03", "12.5"], ["-x", "7", "", ""]]


def test_a_workbooks_formula_is_refused_with_its_cell():
    bad = workbook(
        [["name"], ["x"]],
        sheet1=lambda text: text.replace(b"</row></sheetData>", b'<c r="C2"><f>1+1</f><v>2</v></c></row></sheetData>'),
    )

    with pytest.raises(TableRefused) as refusal:
        list(open_table(bad).lines())

    assert (refusal.value.context["code"], refusal.value.context["cell"]) == ("formula", "C2")


def test_bombs_are_refused_before_they_are_unpacked():
    zeros = workbook([["name"], ["x"]], sheet1=lambda text: text + b" " * (64 << 20))
    far = workbook(
        [["name"], ["x"]],
        sheet1=lambda text: text.replace(b'<row r="2"', b'<row r="1048576"').replace(b'"A2"', b'"XFD1048576"'),
    )
    entities = workbook(
        [["name"], ["x"]],
        sheet1=lambda text: text.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aa">]><worksheet', 1),
    )

    assert [refused(zeros), refused(far), refused(entities)] == ["too_large", "too_large", "broken"]
    assert limits.MAX_RATIO < 1_000


NASTY = (
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
    .map(str.strip)
    .filter(lambda text: text and text.splitlines() == [text])
)


@given(st.lists(st.tuples(NASTY, NASTY), min_size=1, max_size=5))
@settings(max_examples=60)
def test_what_an_export_writes_is_read_as_it_was(rows):
    wanted = [list(row) for row in rows]

    # One process instead of sixty: that a process apart reads the same is asked in test_apart.py.
    with patch("backoffice.core.tabular.rows.read_apart", lambda read, _refusal, *given: read(*given)):
        for chunks in (csv_chunks(["name", "first"], rows), xlsx_chunks(["name", "first"], rows)):
            table = open_table(b"".join(chunks))
            read = [tabular.read_row(line, [COLUMNS[0], COLUMNS[1]]).values for line in table.lines()]
            assert [[row["name"], row["first"]] for row in read] == wanted


def test_all_that_is_wrong_is_told_at_once_by_row_and_field(noun, boss):
    """frappe/erpnext imports stop at the first error; here every row and field is named (U3, U10)."""
    file = take(
        "name,first,weight,born\n,a,-1,yesterday\n"
        + "n" * 31
        + ',b,"1,234",3.11.2026\nok,c,"1,5",\nok,d,,\n=1+1,e,,\n',
        boss,
    )

    told = {row.number: [(e["field"], e["code"]) for e in row.errors] for row in ImportRow.objects.filter(file=file)}
    assert told == {
        2: [("name", "required"), ("weight", "min_value"), ("born", "not_a_date")],
        3: [("name", "max_length"), ("weight", "ambiguous_number")],
        4: [],
        5: [("name", "twice")],
        6: [("name", "formula")],
    }
    assert (file.status, file.new, file.wrong) == ("checked", 1, 4)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 250,50", "1250.50"), ("1\u00a0250,5", "1250.5"), ("1\u202f250\u202f000", "1250000"), ("-1 250.50", "-1250.50"),
        ("1.250,50", "1250.50"), ("1,250.50", "1250.50"), ("1 250,500", "1250.500"), ("12,5", "12.5"), ("1.234", "1.234"),
        ("1,234", None), ("1 25,5", None), ("12 50", None), ("1,250,50", None), ("1.250.500", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them_where_there_is_one_way_to(text, number):
    """1 250,50 is how Georgian and Russian spreadsheets write it."""
    row = tabular.read_row(Line(2, [text]), [Column("amount", "Amount", "decimal")])

    assert (str(row.values.get("amount")), not row.errors) == (str(number and Decimal(number)), number is not None)


def test_headings_that_do_not_fit_are_told_together_and_nothing_is_kept(noun, boss):
    with pytest.raises(InvalidInput) as refusal:
        take("first,Given name,colour\n", boss)

    assert [(e["field"], e["code"]) for e in refusal.value.context["errors"]] == [
        ("first", "twice"), ("colour", "unknown_column"), ("name", "missing_column")
    ]  # fmt: skip
    assert not ImportFile.objects.exists()


def test_a_mapping_names_columns_that_are_called_otherwise(noun, boss):
    file = take("user,colour\nana,red\n", boss, mapping={"user": "name", "colour": ""})

    assert (file.new, file.wrong) == (1, 0)


def test_a_file_is_done_by_a_job_and_a_second_time_there_is_nothing_to_do(noun, boss):
    content = "name,first\n" + "".join(f"user{n},First {n}\n" for n in range(10))
    file = take(content, boss)
    job = tabular.start_import(file.pk, actor=boss)

    assert bulk.run_job(job.pk) == "done"

    job.refresh_from_db()
    again = take(content, boss)
    assert (job.total, job.done, User.objects.filter(first_name__startswith="First").count()) == (10, 10, 10)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 10)
    with pytest.raises(TableRefused):
        tabular.start_import(again.pk, actor=boss)
    assert BulkJob.objects.count() == 1


def test_wrong_rows_stop_the_import_unless_they_are_left_out_and_come_back_in_a_file(noun, boss):
    file = take("name,first,note\nana,A,-\nana,B,-\nnils,Nobody,-\n", boss, mapping={"note": ""})
    with pytest.raises(TableRefused) as refusal:
        tabular.start_import(file.pk, actor=boss)
    assert refusal.value.context["code"] == "wrong_rows"
    assert not BulkJob.objects.exists()

    job = tabular.start_import(file.pk, actor=boss, skip_wrong=True)
    bulk.run_job(job.pk)

    file.refresh_from_db()
    assert [(r.state, r.code) for r in BulkJobRow.objects.filter(job=job).order_by("id")] == [
        ("done", ""),
        ("refused", "nobody"),
    ]
    headings, wrong = tabular.error_headings(file), list(tabular.error_lines(file))
    assert headings == ["name", "first", "note", "errors"]
    assert wrong == [
        ["ana", "B", "-", "name: Stands in row 2 already."], ["nils", "Nobody", "-", "Nobody has this name."]
    ]  # fmt: skip
    mended = [headings, ["ana2", "B", "-", wrong[0][3]]]
    assert take(b"".join(csv_chunks(mended[0], mended[1:])), boss, mapping={"note": ""}).new == 1


def test_a_job_that_was_stopped_goes_on_where_it_was(noun, boss):
    file = take("name\n" + "".join(f"user{n}\n" for n in range(9)), boss)
    job = tabular.start_import(file.pk, actor=boss)
    assert bulk.run_job(job.pk, turn_s=0) == "queued"
    bulk.stop_job(job.pk, actor=boss)

    bulk.resume_job(job.pk, actor=boss)

    assert (bulk.run_job(job.pk), User.objects.filter(username__startswith="user").count()) == ("done", 9)


def test_a_large_file_is_checked_by_a_worker_and_a_lost_one_is_swept(noun, boss, monkeypatch):
    monkeypatch.setattr("backoffice.core.tabular.files.AT_ONCE_BYTES", 10)
    file = take("name\nana\nnils\n", boss)
    assert (file.status, tabular.due_files()) == ("waiting", [file.pk])

    assert tabular.check_file(file.pk) == "checked"

    file.refresh_from_db()
    assert (file.new, tabular.due_files(), tabular.check_file(file.pk)) == (2, [], "busy")
