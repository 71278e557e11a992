"""What a worker has in hand is its own for as long as it lives, and anybody's soon after it died."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.core import holding, inbox
from backoffice.core.db import database_now
from backoffice.core.inbox import Finish, LeaseLost, Message
from backoffice.core.models import Holder, InboxWork
from integrations.models import AccessToken, Cursor, Listing, TrackingPush, WebhookDelivery, WebhookEndpoint
from integrations.services import leases, list_skus, pulling, pushing, tracking
from integrations.services.streams import claim_stream, release_stream
from integrations.services.webhooks import sending
from integrations.tokens import SharedTokens
from orders.models import Fulfilment
from tests.factories.channels import Clock, Connected, deliver_outbox, sample_shop
from tests.factories.receivers import make_endpoint
from tests.factories.sales import dispatch, line, order, pack, place
from tests.races.test_last_unit import together

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = 4


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
            leases.take_back()
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


class Died(Exception):
    pass


@pytest.fixture
def connected():
    with sample_shop(clock := Clock()) as (app, server):
        yield Connected(app, server, clock)


def in_hand(connected: Connected, endpoint: WebhookEndpoint) -> dict[str, Any]:
    """One claim of every kind; what is not free is empty."""
    return {
        "orders": pulling._claim(connected.id, True),
        "prices": claim_stream(connected.id, "prices", every_s=0, lease_s=600),
        "stock": pushing._claim(connected.id, 10),
        "tracking": tracking._claim(connected.id),
        "messages": sending._claim(endpoint.pk, 10),
        "inbox": inbox.claim_due(limit=10),
        "login": SharedTokens(connected.id, "owner")._lease(),
    }


def test_everything_that_a_dead_worker_had_is_free_once_it_no_longer_beats(connected):
    list_skus(connection_id=connected.id, listings={"L1": (connected.mug, "MUG")})
    endpoint = make_endpoint(connected, "http://127.0.0.1:9/")
    place(connected.channel, order("S1", line("MUG", "1", "10")))
    shipments = pack(connected.house, list(Fulfilment.objects.values_list("pk", flat=True)))
    dispatch(connected.house, [item.shipment_id for item in shipments])
    deliver_outbox()
    inbox.receive([Message("connection:1", "order", "S9", b"{}")])

    with pytest.raises(Died), holding.holding() as me:
        first = in_hand(connected, endpoint)
        raise Died
    held = in_hand(connected, endpoint)
    kinds = (InboxWork, Cursor, Listing, TrackingPush, WebhookDelivery, AccessToken)
    named = [set(kind.objects.exclude(lease_until=None).values_list("held_by", flat=True)) for kind in kinds]
    Holder.objects.update(alive_until=database_now() - timedelta(seconds=1))
    with CaptureQueriesContext(connection) as asked:
        assert leases.take_back() == 1
    again = in_hand(connected, endpoint)

    assert all(first.values()) and all(again.values())
    assert not any(held.values())
    assert named == [{me}] * len(kinds)
    assert len(asked) == 8
    release_stream(connected.id, "prices", first["prices"])  # the dead one lives after all
    assert Cursor.objects.get(stream="prices").lease_until == again["prices"]
    with CaptureQueriesContext(connection) as asked:
        assert leases.take_back() == 0
    assert len(asked) == 1
