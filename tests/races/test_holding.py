"""What a worker has in hand is its own for as long as it lives, and anybody's soon after it died."""

import os
import signal
import threading
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounting.models import PartyMail
from accounting.services import party_mails
from backoffice.core import holding, inbox
from backoffice.core.bulk import running
from backoffice.core.db import database_now
from backoffice.core.inbox import Finish, LeaseLost, Message
from backoffice.core.models import BulkJob, Holder, InboxWork, User
from backoffice.core.registry import registry
from backoffice.embedded.processes import until
from integrations.errors import ChannelThrottled
from integrations.limits import SharedLimiter
from integrations.models import Cursor, WebhookEndpoint
from integrations.services import list_skus, pulling, pushing, tracking
from integrations.services.streams import claim_stream, release_stream
from integrations.services.webhooks import sending
from integrations.tokens import SharedTokens
from orders.models import DocumentMail, Fulfilment
from orders.services import sending as document_mails
from tests.factories.channels import Clock, Connected, deliver_outbox, sample_shop
from tests.factories.goods import rows
from tests.factories.receivers import make_endpoint
from tests.factories.sales import dispatch, line, order, pack, place
from tests.races.test_last_unit import together
from warehouse.models import CarrierAccount, TrackingWatch
from warehouse.services.tracking import watching

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = 4


class Died(Exception):
    pass


class Hands:
    """Who has which message in hand. clashes: taken while another worker, alive, had it; too_late: could not finish."""

    def __init__(self) -> None:
        self.lock, self.over = threading.Lock(), threading.Event()
        self.held, self.clashes, self.too_late = Counter(), Counter(), Counter()

    def work(self, work_s: float) -> None:
        with holding.holding():
            for message in inbox.claim_due(limit=1):
                with self.lock:
                    self.clashes[message.external_id] += self.held[message.external_id] > 0
                    self.held[message.external_id] += 1
                self.over.wait(work_s)
                with self.lock:
                    self.held[message.external_id] -= 1
                try:
                    inbox.finish([Finish(message)])
                except LeaseLost:
                    self.too_late[message.external_id] += 1


def race(monkeypatch) -> Hands:
    """As many workers as messages, at work for twice as long as a holder lives without a beat; as many look for what
    the dead have left.
    """
    monkeypatch.setattr(holding, "ALIVE_S", 1.0)
    monkeypatch.setattr(holding, "BEAT_S", 0.1)
    inbox.receive([Message("connection:1", "order", f"S{n}", b"{}") for n in range(KEYS)])
    hands, done = Hands(), threading.Event()

    def worker(number: int) -> None:
        if number < KEYS:
            hands.work(2 * holding.ALIVE_S)
            done.set()
            return
        while not done.wait(0.05):
            holding.take_back()
            hands.work(0)

    together(worker, 2 * KEYS)
    return hands


def test_a_living_worker_keeps_what_it_has_however_long_the_work_takes(monkeypatch):
    hands = race(monkeypatch)

    assert (hands.clashes.total(), hands.too_late.total()) == (0, 0)
    assert InboxWork.objects.filter(status="processed", attempts=1).count() == KEYS
    assert not Holder.objects.exists()


def test_negative_control_without_beats_others_take_it_and_who_had_it_cannot_finish(monkeypatch):
    monkeypatch.setattr(holding, "_beat", lambda pk, over: None)

    hands = race(monkeypatch)

    assert hands.clashes.total() == hands.too_late.total() > 0


def a_worker_that_works() -> int:
    """A process that holds the message and waits; its id once it has it."""
    begun, done = os.pipe()
    pid = os.fork()
    if pid == 0:
        connection.connection = None  # the parent's stays the parent's
        try:
            with holding.holding():
                assert inbox.claim_due(limit=1)
                os.write(done, b".")
                signal.pause()
        finally:
            os._exit(1)
    os.close(done)
    assert os.read(begun, 1)
    os.close(begun)
    return pid


@pytest.mark.parametrize(("pooled", "beats_for_s"), [(False, 600.0), (True, 1.0)])
def test_a_killed_workers_work_is_taken_back_at_once_and_behind_a_pooler_once_it_no_longer_beats(
    settings, monkeypatch, pooled, beats_for_s
):
    """On a connection of its own to PostgreSQL nobody waits for the beat, which counts for ten minutes here (C6)."""
    settings.PGBOUNCER = pooled
    monkeypatch.setattr(holding, "ALIVE_S", beats_for_s)
    inbox.receive([Message("connection:1", "order", "S1", b"{}")])
    worker = a_worker_that_works()

    living = [holding.take_back() for _time in range(3)]
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)

    assert living == [0, 0, 0]
    assert Holder.objects.get().locked is not pooled
    assert until(lambda: holding.take_back() == 1, 30)
    assert [message.attempt for message in inbox.claim_due(limit=1)] == [2]


def test_a_block_that_fails_is_not_tried_again_at_once_and_leaves_the_session_without_its_lock():
    with pytest.raises(Died), holding.holding():
        raise Died
    with holding.holding():
        assert rows("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(1,)]

    assert holding.take_back() == 0
    assert rows("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]


@pytest.fixture
def connected():
    with sample_shop(clock := Clock()) as (app, server):
        yield Connected(app, server, clock)


def something_of_each(connected: Connected) -> tuple[WebhookEndpoint, BulkJob]:
    """Work of every kind that is claimed."""
    list_skus(connection_id=connected.id, listings={"L1": (connected.mug, "MUG")})
    endpoint = make_endpoint(connected, "http://127.0.0.1:9/")
    [sold] = place(connected.channel, order("S1", line("MUG", "1", "10")))
    shipments = pack(connected.house, list(Fulfilment.objects.values_list("pk", flat=True)))
    dispatch(connected.house, [item.shipment_id for item in shipments])
    deliver_outbox()
    inbox.receive([Message("connection:1", "order", "S9", b"{}")])
    company = connected.house.company
    post = CarrierAccount.objects.create(company=company, name="Post", code="post", connector="house")
    TrackingWatch.objects.create(
        company=company, shipment_id=shipments[0].shipment_id, carrier=post, due_at=database_now()
    )
    DocumentMail.objects.create(
        company=company, kind="order_confirmation", object_id=sold.order_id, key="m", asked_by="me"
    )
    PartyMail.objects.create(company=company, party=connected.channel.party, kind="statement", key="m", asked_by="me")
    job = BulkJob.objects.create(
        action="orders.release", object_type="orders.order", user=User.objects.create_user("me"), actor_label="me"
    )
    return endpoint, job


def a_place(connected: Connected) -> Any:
    with suppress(ChannelThrottled):
        return SharedLimiter(connected.id, "shop", sleep=lambda seconds: None)._place("bulk", 1)


def in_hand(connected: Connected, endpoint: WebhookEndpoint, job: BulkJob) -> dict[str, Any]:
    """One claim of every kind; what is not free is empty."""
    return {
        "orders": pulling._claim(connected.id, True),
        "prices": claim_stream(connected.id, "prices", every_s=0, lease_s=600),
        "stock": pushing._claim(connected.id, 10),
        "tracking": tracking._claim(connected.id),
        "messages": sending._claim(endpoint.pk, 10),
        "inbox": inbox.claim_due(limit=10),
        "login": SharedTokens(connected.id, "owner")._lease(),
        "one of few calls": a_place(connected),
        "bulk job": running._claim(job.pk, uuid4()),
        "document mail": document_mails._claim(),
        "mail of the books": party_mails._claim(),
        "parcels": watching.claim_due(10),
    }


def test_everything_that_a_dead_worker_had_is_free_once_it_no_longer_beats(connected):
    work = something_of_each(connected)

    with pytest.raises(Died), holding.holding() as me:
        first = in_hand(connected, *work)
        raise Died
    held = in_hand(connected, *work)
    tables = [table.table for table in registry.held_tables()]
    named = {
        table: {by for (by,) in rows(f"SELECT held_by FROM {table} WHERE held_by IS NOT NULL")} for table in tables
    }
    Holder.objects.update(alive_until=database_now() - timedelta(seconds=1))
    with CaptureQueriesContext(connection) as asked:
        assert holding.take_back() == 1
    again = in_hand(connected, *work)

    assert all(first.values()) and all(again.values())
    assert not any(held.values())
    assert named == dict.fromkeys(tables, {me})
    assert len(asked) == len(tables) + 2
    release_stream(connected.id, "prices", first["prices"])  # the dead one lives after all
    assert Cursor.objects.get(stream="prices").lease_until == again["prices"]
    with CaptureQueriesContext(connection) as asked:
        assert holding.take_back() == 0
    assert len(asked) == 1
