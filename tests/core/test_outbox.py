"""The outbox loses nothing, moves with its consumer's commit, and stops after a restore."""

import threading
import time

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from backoffice.core import outbox
from backoffice.core.models import OutboxCursor, OutboxEvent
from backoffice.core.outbox import Event, OutboxPaused, deliver, publish
from backoffice.core.registry import EventConsumer, registry

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS, ROUNDS = 16, 40


def settle():
    """Wait until the window is past all events: any writing transaction of the cluster holds it back for a while,
    another test run's or the server's own analyze too.
    """
    for _turn in range(1000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM core_outboxevent WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())"
                " AND xid < pg_snapshot_xmax(pg_current_snapshot())"
            )
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.02)
    raise AssertionError("a transaction stays open")


def event(number):
    return Event(topic="StockChanged", key=f"sku:{number}", payload={"sku": number})


def test_publish_writes_any_number_of_events_with_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        publish([event(number) for number in range(500)])
    with django_assert_num_queries(0):
        publish([])

    assert OutboxEvent.objects.count() == 500


def test_events_are_delivered_once_in_order_of_their_topics():
    publish([event(1), Event("OrderPlaced", "order:9"), event(2)])
    settle()
    seen = []

    first = deliver(consumer="stock", handle=seen.extend, topics=frozenset({"StockChanged"}))
    second = deliver(consumer="stock", handle=seen.extend, topics=frozenset({"StockChanged"}))

    assert (first, second) == (3, 0)
    assert [(e.topic, e.key, e.payload) for e in seen] == [
        ("StockChanged", "sku:1", {"sku": 1}),
        ("StockChanged", "sku:2", {"sku": 2}),
    ]


def test_a_handler_that_fails_leaves_the_cursor_where_it_was():
    publish([event(1)])
    settle()

    def fail(events):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        deliver(consumer="stock", handle=fail)

    seen = []
    assert deliver(consumer="stock", handle=seen.extend) == 1
    assert seen[0].key == "sku:1"


def test_events_of_open_transactions_are_waited_for():
    seen = []
    with_open, may_end = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            publish([event(1)])
            with_open.set()
            may_end.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    with_open.wait(10)
    publish([event(2)])  # a higher id, committed earlier
    early = deliver(consumer="stock", handle=seen.extend)
    may_end.set()
    thread.join()
    settle()
    late = deliver(consumer="stock", handle=seen.extend)

    assert (early, late) == (0, 2)
    assert [e.key for e in seen] == ["sku:1", "sku:2"]


def _by_id(seen):
    """The wrong reader, as negative control: everything above the last id."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM core_outboxevent WHERE id > %s ORDER BY id", [max(seen, default=0)])
        seen.extend(id for (id,) in cursor.fetchall())


def _write_while_reading(read_once):
    def write(writer):
        for number in range(ROUNDS):
            with transaction.atomic():
                publish([event(writer * ROUNDS + number)])
                with connection.cursor() as cursor:  # other work between the event and the commit
                    cursor.execute("SELECT pg_sleep(%s)", [0.004 * (writer % 4)])
        connection.close()

    writers = [threading.Thread(target=write, args=[n]) for n in range(WRITERS)]
    for thread in writers:
        thread.start()
    while any(thread.is_alive() for thread in writers):
        read_once()
    for thread in writers:
        thread.join()
    read_once()


def test_sixteen_writers_lose_no_event():
    seen = []

    _write_while_reading(lambda: deliver(consumer="stock", handle=lambda events: seen.extend(e.id for e in events)))
    settle()
    while deliver(consumer="stock", handle=lambda events: seen.extend(e.id for e in events)):
        pass

    assert len(seen) == len(set(seen)) == WRITERS * ROUNDS


def test_negative_control_a_reader_by_id_loses_events():
    seen = []

    _write_while_reading(lambda: _by_id(seen))

    assert len(seen) < WRITERS * ROUNDS


def test_a_second_reader_of_the_same_consumer_steps_aside():
    publish([event(1)])
    settle()
    deliver(consumer="stock", handle=lambda events: None)
    publish([event(2)])
    settle()
    counts = []

    def other():
        counts.append(deliver(consumer="stock", handle=lambda events: None))
        connection.close()

    def handle(events):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    assert deliver(consumer="stock", handle=handle) == 1
    assert counts == [0]


def test_after_a_restore_the_reader_pauses_until_resumed(capsys):
    seen = []
    publish([event(1)])
    settle()
    deliver(consumer="stock", handle=seen.extend)
    # as restored from another cluster's dump: its identifier, its transaction ids far ahead of ours
    OutboxCursor.objects.update(system_identifier=1, xid=9_000_000_000, event_id=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_outboxevent (topic, key, payload, system_identifier, xid)"
            " VALUES ('StockChanged', 'sku:old', '{}', 1, '9000000001'), ('StockChanged', 'sku:sent', '{}', 1, '5')"
        )
    publish([event(2)])
    consumer = EventConsumer("stock", frozenset({"StockChanged"}), seen.extend)

    with pytest.raises(OutboxPaused, match="resume_outbox"):
        deliver(consumer="stock", handle=seen.extend)
    settle()
    with registry.replaced(EventConsumer, consumer):
        call_command("resume_outbox")
        outbox.deliver_due()

    # at least once: what this cluster had already delivered before the restore may come again
    assert [e.key for e in seen] == ["sku:1", "sku:old", "sku:1", "sku:2"]
    assert "stock: 1 event(s)" in capsys.readouterr().out


def test_a_consumer_that_fails_holds_up_nobody_else():
    publish([event(number) for number in range(5)])
    settle()
    seen = []

    def fail(events):
        raise RuntimeError("no")

    topics = frozenset({"StockChanged"})
    with (
        registry.replaced(
            EventConsumer, EventConsumer("bad", topics, fail), EventConsumer("good", topics, seen.extend)
        ),
        pytest.raises(RuntimeError),
    ):
        outbox.deliver_due(limit=2)

    assert [e.key for e in seen] == [f"sku:{number}" for number in range(5)]
    assert OutboxCursor.objects.get(consumer="good").event_id == seen[-1].id
    assert not OutboxCursor.objects.filter(consumer="bad").exists()
