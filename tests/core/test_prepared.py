"""The kernels' cursor: values arrive as they were sent, prepared or with a long list; pipelined refusals are told."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.core.db import LONG_LIST, ask, insert_rows, pipelined, prepared_cursor
from backoffice.core.models import JobRun
from orders.models import OrderStatus

AWKWARD = ["plain", "", "NULL", 'quote " and \\ back', "comma, {brace}", "line\nbreak", "100 %s", "ქართული", None]


def through(kind, values):
    """The values as the server gives them back."""
    with prepared_cursor() as cursor:
        cursor.execute(f"SELECT v FROM unnest(%s::{kind}[]) WITH ORDINALITY AS g (v, n) ORDER BY n", [values])
        return [value for (value,) in cursor.fetchall()]


@pytest.mark.parametrize("times", [1, LONG_LIST], ids=["prepared", "long list"])
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", AWKWARD),
        ("bigint", [1, -(2**62), None]),
        ("numeric", [Decimal("0.001"), Decimal("1E+3"), 7, None]),
        ("boolean", [True, False, None]),
        ("date", [date(2026, 1, 2), None]),
        ("timestamptz", [datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC), None]),
        ("bytea", [b"\x00\xff\\", None]),
    ],
)
def test_lists_arrive_as_they_were_sent(db, kind, values, times):
    assert through(kind, values * times) == values * times


def test_a_choice_is_sent_as_its_value(db):
    assert through("text", [OrderStatus.PLACED, OrderStatus.SHIPPED]) == ["placed", "shipped"]


def test_an_unknown_kind_of_value_is_refused(db):
    with pytest.raises(TypeError, match="object"):
        through("text", [object()])


def test_a_statement_is_prepared_once_and_a_long_list_never(db):
    def prepared():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%cardinality%%marker%%'")
            return cursor.fetchone()[0]

    def ask(values):
        with prepared_cursor() as cursor:
            cursor.execute("SELECT cardinality(%s::bigint[]) AS marker", [values])
            return cursor.fetchone()[0]

    assert (ask([1]), ask([1, 2]), ask([])) == (1, 2, 0)
    assert prepared() == 1
    assert ask([1] * LONG_LIST) == LONG_LIST
    assert prepared() == 1


ROW = {"job": "text", "due_at": "timestamptz", "status": "text", "detail": "jsonb"}


def test_a_refusal_in_a_pipeline_is_told_at_the_end_of_the_block_at_the_latest(db):
    row = ("bench", datetime(2026, 1, 2, tzinfo=UTC), "odd", "{}")

    with pytest.raises(IntegrityError, match="jobrun_status_known"), transaction.atomic(), pipelined():
        insert_rows("core_jobrun", ROW, [row])

    assert JobRun.objects.count() == 0


def test_answers_in_a_pipeline_are_each_statements_own(db):
    row = ("bench", datetime(2026, 1, 2, tzinfo=UTC), "ok", "{}")

    with transaction.atomic(), pipelined():
        insert_rows("core_jobrun", ROW, [row])
        first = through("bigint", [1])
        insert_rows("core_jobrun", ROW, [("other", *row[1:])])
        second = through("bigint", [2])

    assert (first, second, JobRun.objects.count()) == ([1], [2], 2)


def test_what_is_asked_together_is_answered_each_for_itself_in_any_order(db):
    with transaction.atomic(), pipelined():
        first, second = (ask("SELECT v * %s::bigint FROM unnest(%s::bigint[]) v", [n, [1, 2]]) for n in (10, 100))
        with prepared_cursor() as cursor:
            cursor.execute("SELECT %s::bigint", [7])
            assert cursor.fetchone() == (7,)

        assert (second(), first()) == ([(100,), (200,)], [(10,), (20,)])


def test_what_is_asked_after_a_write_sees_it(db):
    row = ("asked", datetime(2026, 1, 2, tzinfo=UTC), "ok", "{}")

    with transaction.atomic(), pipelined():
        insert_rows("core_jobrun", ROW, [row])
        rows = ask("SELECT job FROM core_jobrun WHERE job = %s::text", ["asked"])

        assert rows() == [("asked",)]


def test_a_refusal_is_told_by_the_answer_that_is_called_for(db):
    insert = "INSERT INTO core_jobrun (job, due_at, status, detail) VALUES (%s::text, %s, 'odd', '{}') RETURNING id"

    with transaction.atomic(), pipelined():
        rows = ask(insert, ["nobody", datetime(2026, 1, 2, tzinfo=UTC)])
        with pytest.raises(IntegrityError, match="jobrun_status_known"):
            rows()
        transaction.set_rollback(True)
