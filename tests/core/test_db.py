"""Set-based inserts and retries."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import OperationalError, connection, transaction

from backoffice.core.db import insert_rows, is_transient, retry_serialization
from backoffice.core.jobs import run_once, tick
from backoffice.core.models import JobRun, OutboxEvent

DUE = datetime(2026, 1, 2, 3, tzinfo=UTC)


def raise_state(state):
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")


def test_rows_go_in_with_one_statement_in_their_order(db, django_assert_num_queries):
    columns = {"topic": "text", "key": "text", "payload": "jsonb", "company_id": "bigint"}
    rows = [("T", f"k{n}", f'{{"n": {n}}}', None if n % 2 else n) for n in range(20_000)]

    with django_assert_num_queries(1):
        ids = insert_rows("core_outboxevent", columns, rows, suffix="RETURNING id")
    with django_assert_num_queries(0):
        assert insert_rows("core_outboxevent", columns, []) == []

    assert ids == sorted(ids) and len(ids) == 20_000
    assert OutboxEvent.objects.get(pk=ids[7][0]).payload == {"n": 7}
    assert OutboxEvent.objects.get(pk=ids[8][0]).company_id == 8


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["40001", "40P01", "55P03"])
def test_work_that_gave_way_is_done_again(state):
    turns = []

    @transaction.atomic
    def work():
        turns.append(JobRun.objects.create(job=f"turn{len(turns)}", due_at=DUE))
        if len(turns) < 3:
            raise_state(state)
        return "done"

    assert retry_serialization(work) == "done"
    assert [run.job for run in JobRun.objects.all()] == ["turn2"]


@pytest.mark.django_db(transaction=True)
def test_it_gives_up_after_the_tries_and_at_once_on_other_errors():
    turns = []

    def work(state):
        turns.append(state)
        raise_state(state)

    with pytest.raises(OperationalError) as busy:
        retry_serialization(lambda: work("40P01"), tries=2)
    with pytest.raises(OperationalError) as other:
        retry_serialization(lambda: work("57014"))

    assert turns == ["40P01", "40P01", "57014"]
    assert is_transient(busy.value) and not is_transient(other.value)


@pytest.mark.django_db(transaction=True)
def test_however_many_tick_the_job_runs_once():
    ran = []

    def beat():
        ran.append(run_once("job", lambda: {"n": 1}, due_at=DUE))
        connection.close()

    threads = [threading.Thread(target=beat) for _n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ran.count(True) == 1
    run = JobRun.objects.get()
    assert (run.status, run.detail) == ("ok", {"n": 1})


def test_a_job_that_fails_is_kept_with_its_reason(db):
    def work():
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        run_once("job", work, due_at=DUE)

    run = JobRun.objects.get()
    assert (run.status, run.detail) == ("failed", {"error": "RuntimeError: disk full"})


def test_ticks_are_rounded_down(db):
    assert tick(3600).minute == tick(3600).second == 0
    assert tick(5).second % 5 == 0
