"""Bulk jobs: rows fixed at the start, each done once whatever happens, one refusal does not stop the others."""

import uuid

import pytest
from django.db import connection, transaction

from backoffice.core import bulk
from backoffice.core.actor import Actor
from backoffice.core.bulk import running
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.models import AuditEvent, BulkJob, BulkJobRow, User
from backoffice.core.registry import BulkAction, BulkField, RowResult, registry
from tests.factories.goods import rows as asked
from tests.factories.messages import broker_away, written_down

BAD = 3  # the position of the row that goes wrong


class Refusal(DomainError):
    code = "no_way"


@pytest.fixture
def people(db):
    """Twelve users to work on, and the one who does it."""
    User.objects.bulk_create([User(username=f"u{n:02d}") for n in range(12)])
    return Actor.of(User.objects.create_user("boss")), User.objects.filter(username__startswith="u").order_by("pk")


@pytest.fixture
def action():
    """A factory: the registered action for the block, whose work is the given function of one user."""

    def make(work, **values):
        def run(ids, params, actor):
            return [RowResult(pk, work(User.objects.get(pk=pk), params) or "done") for pk in ids]

        given = {"batch_size": 4} | values
        return registry.replaced(
            BulkAction, BulkAction("core.test", "Test", "core.change_user", "core.user", run, **given)
        )

    return make


def begin(people, params=None, queryset=None):
    actor, users = people
    chosen = users if queryset is None else queryset
    return bulk.start_job("core.test", rows=chosen, params=params or {}, actor=actor)


def name(user, params):
    user.first_name = f"{user.first_name}x"
    user.save()


def states(job):
    return list(BulkJobRow.objects.filter(job=job).order_by("id").values_list("state", flat=True))


def test_a_job_that_no_broker_takes_waits_for_the_sweep(
    people, action, monkeypatch, django_capture_on_commit_callbacks
):
    with action(name):
        sent = written_down(monkeypatch)
        with django_capture_on_commit_callbacks(execute=True):
            told = begin(people)
        broker_away(monkeypatch)
        with django_capture_on_commit_callbacks(execute=True):
            job = begin(people)

        assert sent == [("backoffice.core.tasks.run_bulk_job", told.pk)]
        assert {told.pk, job.pk} <= set(bulk.due_jobs())
        assert bulk.run_job(job.pk) == "done"


def test_all_rows_are_done_and_counted(people, action):
    with action(name):
        job = begin(people)
        status = bulk.run_job(job.pk)

    job.refresh_from_db()
    assert (status, job.status, job.total, job.done, job.refused) == ("done", "done", 12, 12, 0)
    assert states(job) == ["done"] * 12
    assert set(people[1].values_list("first_name", flat=True)) == {"x"}
    assert (job.finished_at is not None, job.lease, job.percent) == (True, None, 100)
    assert list(AuditEvent.objects.filter(object_type="core.bulkjob").values_list("action", "new_value")) == [
        ("started", "core.test")
    ]


def test_one_refusal_does_not_stop_the_others_and_leaves_nothing(people, action):
    bad = people[1][BAD].pk

    def work(user, params):
        name(user, params)
        if user.pk == bad:
            raise Refusal("Not this one.")

    with action(work):
        job = begin(people)
        bulk.run_job(job.pk)

    job.refresh_from_db()
    assert (job.status, job.done, job.refused) == ("done", 11, 1)
    row = BulkJobRow.objects.get(job=job, state="refused")
    assert (row.object_id, row.code, row.detail) == (bad, "no_way", "Not this one.")
    assert dict(people[1].values_list("pk", "first_name")) == {
        pk: "" if pk == bad else "x" for pk in people[1].values_list("pk", flat=True)
    }


def test_what_the_database_refuses_is_found_by_halving(people, action):
    bad = people[1][BAD].pk

    def work(user, params):
        name(user, params)
        if user.pk == bad:
            User.objects.filter(pk=user.pk).update(username="boss")  # taken

    with action(work):
        job = begin(people)
        bulk.run_job(job.pk)

    row = BulkJobRow.objects.get(job=job, state="refused")
    assert (row.object_id, row.code) == (bad, "refused_by_database")
    assert "username" in row.detail
    assert people[1].filter(first_name="x").count() == 11


def test_an_error_of_ours_is_told_without_its_inside(people, action):
    def work(user, params):
        raise RuntimeError("secret")

    with action(work):
        job = begin(people, queryset=people[1][:1])
        bulk.run_job(job.pk)

    row = BulkJobRow.objects.get(job=job)
    assert (row.state, row.code, "secret" in row.detail) == ("refused", "server_error", False)


def test_it_stops_after_the_batch_at_hand_and_goes_on_later(people, action):
    actor, users = people

    def work(user, params):
        if user.pk == users[5].pk:
            BulkJob.objects.filter(pk=job.pk).update(stop_requested=True)
        name(user, params)

    with action(work):
        job = begin(people)
        first = bulk.run_job(job.pk)
        half = states(job).count("done")
        BulkJob.objects.get(pk=job.pk)
        bulk.resume_job(job.pk, actor=actor)
        second = bulk.run_job(job.pk)

    assert (first, half, second) == ("stopped", 8, "done")
    assert set(users.values_list("first_name", flat=True)) == {"x"}  # nobody twice


def test_a_job_that_nobody_has_begun_stops_at_once(people, action):
    with action(name):
        job = begin(people)
        bulk.stop_job(job.pk, actor=people[0])
        status = bulk.run_job(job.pk)
        with pytest.raises(bulk.BulkJobRefused):
            bulk.stop_job(job.pk, actor=people[0])

    assert (status, states(job)) == ("busy", ["waiting"] * 12)
    assert bulk.due_jobs() == []


def test_after_a_crash_nothing_is_done_twice(people, action):
    """The worker dies in its second batch: what it did there is rolled back with its results, the rest stands."""
    fifth = people[1][5].pk

    class Killed(BaseException):
        pass

    def dies(user, params):
        name(user, params)
        if user.pk == fifth:
            raise Killed

    with action(dies):
        job = begin(people)
        with pytest.raises(Killed):
            bulk.run_job(job.pk)
    assert states(job).count("done") == 4
    assert bulk.due_jobs() == []  # its lease still runs
    BulkJob.objects.filter(pk=job.pk).update(lease_until="2020-01-01T00:00:00Z")
    assert bulk.due_jobs() == [job.pk]
    with action(name):
        assert bulk.run_job(job.pk) == "done"

    assert set(people[1].values_list("first_name", flat=True)) == {"x"}
    job.refresh_from_db()
    assert (job.done, job.total) == (12, 12)


def test_a_job_that_kills_its_workers_is_failed_and_can_be_resumed(people, action):
    with action(name):
        job = begin(people)
        BulkJob.objects.filter(pk=job.pk).update(attempts=running.MAX_ATTEMPTS, status="running")
        assert bulk.run_job(job.pk) == "failed"
        job.refresh_from_db()
        assert (job.status, bool(job.error), states(job)) == ("failed", True, ["waiting"] * 12)
        bulk.resume_job(job.pk, actor=people[0])
        assert bulk.run_job(job.pk) == "done"


def test_a_worker_that_lost_its_lease_writes_nothing(people, action):
    def work(user, params):
        BulkJob.objects.filter(pk=job.pk).update(lease=uuid.uuid4())  # another has taken it over
        name(user, params)

    with action(work):
        job = begin(people)
        assert bulk.run_job(job.pk) == "busy"

    assert states(job) == ["waiting"] * 12
    assert set(people[1].values_list("first_name", flat=True)) == {""}


def test_a_long_job_is_handed_back_and_gone_on_with(people, action):
    """frappe/frappe#22561: bulk actions time out there; here a job of any length is done in stretches by workers."""
    with action(name):
        job = begin(people)
        assert bulk.run_job(job.pk, turn_s=0) == "queued"
        assert bulk.due_jobs() == [job.pk]
        assert bulk.run_job(job.pk) == "done"


@pytest.mark.parametrize(
    ("params", "field", "code"),
    [
        ({}, "reason", "required"),
        ({"reason": "x" * 301}, "reason", "max_length"),
        ({"reason": "why", "kind": "c"}, "kind", "invalid_choice"),
        ({"reason": "why", "other": "1"}, "other", "unknown_field"),
    ],
)
def test_bad_parameters_start_nothing(people, action, params, field, code):
    fields = (BulkField("reason", "Reason"), BulkField("kind", "Kind", required=False, choices=(("a", "A"),)))

    with action(name, fields=fields), pytest.raises(InvalidInput) as refusal:
        begin(people, params)

    assert [(e["field"], e["code"]) for e in refusal.value.context["errors"]] == [(field, code)]
    assert asked("SELECT (SELECT count(*) FROM core_bulkjob), (SELECT count(*) FROM core_bulkjobrow)") == [(0, 0)]


@pytest.mark.parametrize("what", ["none", "empty"])
def test_an_empty_selection_starts_nothing(people, action, what):
    chosen = people[1].none() if what == "none" else people[1].filter(username="nobody")

    with action(name), pytest.raises(bulk.BulkJobRefused), transaction.atomic():
        begin(people, queryset=chosen)

    assert not BulkJob.objects.exists()


def test_too_many_rows_start_nothing(people, action, monkeypatch):
    monkeypatch.setattr("backoffice.core.bulk.jobs.MAX_ROWS", 11)

    with action(name), pytest.raises(bulk.BulkJobRefused), transaction.atomic():
        begin(people)

    assert not BulkJob.objects.exists()


def test_starting_takes_the_same_statements_for_any_number(people, action, django_assert_num_queries):
    actor, users = people
    with action(name):
        for chosen in (users[:1], users):
            with django_assert_num_queries(6):  # with the savepoint's two
                bulk.start_job("core.test", rows=chosen, params={}, actor=actor)


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_no_row(action):
    """The second finds the job leased; even a row that is locked is passed over."""
    actor = Actor.of(User.objects.create_user("boss"))
    User.objects.bulk_create([User(username=f"u{n}") for n in range(3)])
    users = User.objects.filter(username__startswith="u").order_by("pk")
    seen = []

    def work(user, params):
        if not seen:
            seen.append(bulk.run_job(job.pk))
        name(user, params)

    with action(work):
        job = begin((actor, users))
        assert bulk.run_job(job.pk) == "done"

    assert seen == ["busy"]
    assert set(users.values_list("first_name", flat=True)) == {"x"}
    assert connection.in_atomic_block is False
