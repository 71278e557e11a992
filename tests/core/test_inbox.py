"""The inbox stores everything once, counts attempts before the work, and gives up in the end."""

import threading

import pytest
from django.db import connection, transaction

from backoffice.core import inbox
from backoffice.core.actor import Actor
from backoffice.core.inbox import Failure, Finish, LeaseLost, Message, PayloadTooLarge, Received
from backoffice.core.models import AuditEvent, InboxMessage, InboxWork, PayloadBody

pytestmark = pytest.mark.django_db


def message(number, body=b"{}", version=""):
    return Message("connection:5", "orders", f"A-{number}", body, version)


def let_time_pass():
    """Due times and leases are in the past."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_inboxwork SET due_at = now() - interval '1 day', lease_until = lease_until - interval '1 day'"
        )


def status_of(id):
    work = InboxWork.objects.get(pk=id)
    return work.status, work.attempts, work.error_code


def test_a_batch_is_stored_with_two_statements_and_a_repeat_changes_nothing(django_assert_num_queries):
    batch = [message(number, body=b"%d" % number) for number in range(250)]

    with django_assert_num_queries(4):  # two and the savepoint of the test's own transaction
        first = inbox.receive(batch)
    with django_assert_num_queries(4):
        again = inbox.receive(batch)

    assert {r.state for r in first} == {"new"} and {r.state for r in again} == {"already"}
    assert [r.message_id for r in first] == [r.message_id for r in again]
    assert InboxMessage.objects.count() == PayloadBody.objects.count() == InboxWork.objects.count() == 250
    assert bytes(PayloadBody.objects.get(message__external_id="A-7").body) == b"7"


def test_repeats_in_one_batch_and_other_content_are_told_apart():
    results = inbox.receive([message(1, b"a"), message(1, b"a"), message(1, b"b"), message(1, b"b", version="2")])

    one, two = InboxMessage.objects.order_by("pk")
    assert results == [
        Received(one.pk, "new"),
        Received(one.pk, "already"),
        Received(one.pk, "differs"),
        Received(two.pk, "new"),
    ]


def test_a_payload_over_the_cap_is_refused_and_nothing_of_the_batch_is_stored():
    with pytest.raises(PayloadTooLarge) as refusal:
        inbox.receive([message(1), message(2, b"x" * 101)], max_bytes=100)

    assert refusal.value.context["external_id"] == "A-2"
    assert not InboxMessage.objects.exists()


def test_claimed_messages_are_finished_with_their_result():
    ids = [r.message_id for r in inbox.receive([message(1, b"[1]"), message(2)])]

    claimed = inbox.claim_due(limit=1)
    inbox.finish([Finish(claimed[0], result_type="orders.order", result_id=77)])

    assert [(c.message_id, c.attempt, c.external_id, c.body) for c in claimed] == [(ids[0], 1, "A-1", b"[1]")]
    work = InboxWork.objects.get(pk=ids[0])
    assert (work.status, work.result_type, work.result_id) == ("processed", "orders.order", 77)
    assert [c.message_id for c in inbox.claim_due(limit=9)] == [ids[1]]


def test_a_failure_waits_longer_each_time_and_is_given_up_in_the_end():
    [received] = inbox.receive([message(1)])
    waits = []

    for _attempt in range(3):
        [claimed] = inbox.claim_due(limit=5)
        inbox.fail([Failure(claimed, "unmapped", "no such SKU")], max_attempts=3)
        work = InboxWork.objects.get(pk=received.message_id)
        waits.append((work.status, round((work.due_at - work.updated_at).total_seconds())))
        assert inbox.claim_due(limit=5) == []
        let_time_pass()

    assert waits == [("failed", 30), ("failed", 60), ("dead", 120)]
    assert inbox.claim_due(limit=5) == []


def test_a_message_that_kills_its_worker_ends_as_dead():
    [received] = inbox.receive([message(1)])

    for attempt in (1, 2):
        assert [c.attempt for c in inbox.claim_due(limit=5, max_attempts=2)] == [attempt]
        let_time_pass()

    assert inbox.claim_due(limit=5, max_attempts=2) == []
    assert status_of(received.message_id) == ("dead", 2, "worker_lost")


def test_who_lost_the_lease_cannot_finish():
    inbox.receive([message(1)])
    [slow] = inbox.claim_due(limit=1)
    let_time_pass()
    [quick] = inbox.claim_due(limit=1)

    with pytest.raises(LeaseLost):
        inbox.finish([Finish(slow, result_id=1)])
    inbox.finish([Finish(quick, result_id=2)])

    assert InboxWork.objects.get().result_id == 2


def test_replay_starts_again_and_is_audited():
    [first, second] = [r.message_id for r in inbox.receive([message(1), message(2)])]
    claimed = inbox.claim_due(limit=2)
    inbox.fail([Failure(claimed[0], "bad", "bad", permanent=True)])
    inbox.finish([Finish(claimed[1])])

    assert inbox.replay(message_ids=[first, second], actor=Actor.job("test"), reason="mapped") == 1

    assert status_of(first) == ("received", 0, "") and status_of(second)[0] == "processed"
    event = AuditEvent.objects.get()
    assert (event.object_id, event.old_value, event.new_value, event.reason) == (first, "dead", "received", "mapped")


@pytest.mark.django_db(transaction=True)
def test_many_receivers_of_the_same_messages_store_each_once():
    states = []

    def receive(turn):
        batch = [message(number) for number in range(40)]
        results = inbox.receive(batch if turn % 2 else batch[::-1])
        states.extend(r.state for r in results)
        connection.close()

    threads = [threading.Thread(target=receive, args=[turn]) for turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert states.count("new") == 40 and states.count("already") == 280
    assert InboxMessage.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_workers_never_claim_the_same_message():
    inbox.receive([message(number) for number in range(60)])
    claimed = []

    def work():
        while got := inbox.claim_due(limit=7):
            claimed.extend(c.message_id for c in got)
            with transaction.atomic():
                inbox.finish([Finish(c) for c in got])
        connection.close()

    threads = [threading.Thread(target=work) for _turn in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(claimed) == len(set(claimed)) == 60
