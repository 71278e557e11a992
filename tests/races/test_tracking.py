"""Workers that follow parcels at the same time: each shipment is asked about by one of them, each answer is kept once."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction

from orders.models import TrackingEvent
from tests.factories.books import ACTOR
from tests.factories.floor import broken_checks
from tests.factories.parcels import Sent, said  # noqa: F401
from tests.races.test_warehouse import all_at_once
from warehouse.carriers import TrackEvent
from warehouse.models import TrackingWatch
from warehouse.services import ask_carriers, watch_shipments
from warehouse.services.tracking.watching import claim_due

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS, SHIPMENTS = 6, 9


@pytest.fixture
def sent(transactional_db, said):  # noqa: F811
    """Nine shipments under way, all due to be asked about."""
    made = Sent()
    made.numbers = [made.send()[1][0] for _number in range(SHIPMENTS)]
    watch_shipments(made.left - timedelta(hours=1))
    return made


def test_each_shipment_is_claimed_by_one_worker(sent):
    claimed = all_at_once(*[lambda: [one.shipment_id for one in claim_due(2)]] * WORKERS)

    times = Counter(shipment for found in claimed for shipment in found)
    assert set(times.values()) == {1} and len(times) == SHIPMENTS
    assert claim_due(100) == []  # under their leases


def test_what_several_workers_are_told_is_kept_once(sent, said):  # noqa: F811
    for number in sent.numbers:
        said.said[number] = [TrackEvent("in_transit", sent.left, "Hub")]

    all_at_once(*[lambda: ask_carriers(actor=ACTOR)] * WORKERS)

    assert TrackingEvent.objects.count() == SHIPMENTS
    assert set(TrackingWatch.objects.values_list("tries", flat=True)) == {0}  # each has been answered
    assert broken_checks() == []


def test_negative_control_without_the_lease_two_workers_find_the_same_shipments_due(sent):
    """What the race above would meet had nobody claimed them: every carrier would be asked twice."""
    seen = threading.Barrier(2)

    def look():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM warehouse_trackingwatch WHERE due_at <= clock_timestamp()")
            (found,) = cursor.fetchone()
            seen.wait(10)
            return found

    assert all_at_once(look, look) == [SHIPMENTS, SHIPMENTS]
