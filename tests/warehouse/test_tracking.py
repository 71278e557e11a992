"""Parcels under way: carriers are asked in batches, each saying is kept once and moves the shipment; failures are seen."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.core.errors import IllegalTransition, InvalidInput
from backoffice.core.roles import as_owner
from orders.models import Order, ReturnOrder, Shipment, TrackingEvent
from orders.services.tracking import Told, record_tracking_events
from tests.factories.floor import broken_checks, status_of
from tests.factories.goods import rows
from tests.factories.parcels import SaidCarrier, Sent, said  # noqa: F401
from tests.factories.refusals import refused
from warehouse.boards.figures import facts, span_of
from warehouse.carriers import TrackEvent
from warehouse.models import TrackingWatch
from warehouse.services import (
    ask_again,
    buy_labels,
    record_tracking,
    unpack,
    void_labels,
    watch_shipments,
)
from warehouse.tasks import follow_parcels

pytestmark = pytest.mark.django_db
D = Decimal
HOUR = timedelta(hours=1)


@pytest.fixture
def sent(db, said):  # noqa: F811
    return Sent()


def test_a_packed_shipment_is_a_draft_until_it_has_its_label(sent):
    shipment = sent.pack()

    assert status_of("orders_shipment", shipment) == "draft"
    buy_labels({shipment: sent.service.pk}, **sent.at)
    assert status_of("orders_shipment", shipment) == "labelled"
    void_labels([shipment], reason="Wrong box", **sent.at)
    assert status_of("orders_shipment", shipment) == "draft"
    with refused(IllegalTransition, match="from Draft"):
        record_tracking([shipment], status="delivered", **sent.at)
    unpack([Shipment.objects.get(pk=shipment).fulfilment_id or 0], reason="Again", **sent.at)
    assert status_of("orders_shipment", shipment) == "voided"
    assert broken_checks() == []


@pytest.mark.parametrize(
    "change", ["status = 'lost'", "status = 'in_transit'", "shipped_at = now()", "delivered_at = now()"]
)
def test_the_database_refuses_what_no_shipment_can_be(sent, change):
    shipment = sent.pack()

    with refused(IntegrityError, match="shipment_"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE orders_shipment SET {change} WHERE id = %s", [shipment])


def test_what_the_carrier_says_is_kept_once_and_moves_the_shipment(sent, said):  # noqa: F811
    shipment, [number] = sent.send()
    way = TrackEvent("in_transit", sent.left + HOUR, "Sorted", "Leeds")
    said.said[number] = [way]

    first, second = sent.ask(), sent.ask()

    assert (first.asked, first.added, first.moved) == (1, 1, 0) and second.asked == 0  # not due yet
    TrackingWatch.objects.update(due_at=timezone.now())
    said.said[number] = [way, TrackEvent("exception", sent.left + 2 * HOUR, "Nobody home")]
    assert (sent.ask().added, status_of("orders_shipment", shipment)) == (1, "exception")
    TrackingWatch.objects.update(due_at=timezone.now())
    said.said[number].append(TrackEvent("delivered", sent.left + 3 * HOUR, "Signed by J"))
    third = sent.ask()

    row = Shipment.objects.get(pk=shipment)
    assert (third.added, third.moved, row.status, row.delivered_at) == (1, 1, "delivered", sent.left + 3 * HOUR)
    assert TrackingWatch.objects.get().ended_at is not None
    assert [event.note for event in TrackingEvent.objects.order_by("pk")] == ["Sorted", "Nobody home", "Signed by J"]
    assert sent.ask().asked == 0 and len(said.calls) == 3
    with refused(Exception, match="append-only|permission denied"), connection.cursor() as cursor:
        cursor.execute("UPDATE orders_trackingevent SET note = 'x'")
    assert broken_checks() == []


def test_a_shipment_of_two_parcels_is_delivered_with_the_last(sent, said):  # noqa: F811
    shipment, [one, two] = sent.send(parcels=2)
    said.said[one] = [TrackEvent("delivered", sent.left + HOUR)]

    sent.ask()
    assert status_of("orders_shipment", shipment) == "in_transit"
    said.said[two] = [TrackEvent("returned_to_sender", sent.left + HOUR)]
    TrackingWatch.objects.update(due_at=timezone.now())
    sent.ask()
    assert status_of("orders_shipment", shipment) == "exception"  # somebody has to look
    said.said[two].append(TrackEvent("delivered", sent.left + 2 * HOUR))
    TrackingWatch.objects.update(due_at=timezone.now())
    sent.ask()

    assert Shipment.objects.get(pk=shipment).delivered_at == sent.left + 2 * HOUR
    assert not ReturnOrder.objects.exists()


def test_what_comes_back_opens_a_return(sent, said):  # noqa: F811
    shipment, [number] = sent.send()
    said.said[number] = [TrackEvent("returned_to_sender", sent.left + HOUR, "Refused")]

    sent.ask()

    assert status_of("orders_shipment", shipment) == "returned_to_sender"
    assert ReturnOrder.objects.get().order_id == Shipment.objects.get(pk=shipment).order_id
    assert broken_checks() == []


def test_a_carrier_that_does_not_answer_is_asked_ever_more_seldom_and_seen(sent, said):  # noqa: F811
    sent.send()
    said.down = True

    first = sent.ask()
    watch = TrackingWatch.objects.get()
    assert (first.failed, watch.error, watch.tries, watch.given_up_at) == (1, "Said does not answer.", 1, None)
    pause = watch.due_at - timezone.now()
    TrackingWatch.objects.update(due_at=timezone.now(), tries=3)
    sent.ask()
    assert TrackingWatch.objects.get().due_at - timezone.now() > 4 * pause
    TrackingWatch.objects.update(due_at=timezone.now(), tries=19)
    sent.ask()
    watch = TrackingWatch.objects.get()
    assert watch.given_up_at is not None and sent.ask().asked == 0

    said.down = False
    assert ask_again([watch.pk], **sent.at) == 1
    assert sent.ask().failed == 0 and TrackingWatch.objects.get().error == ""


def test_a_number_that_the_carrier_refuses_keeps_no_other_waiting(sent, said):  # noqa: F811
    parcels = [sent.send() for _number in range(5)]
    bad = parcels[2][1][0]
    said.unknown = {bad}
    for _shipment, [number] in parcels:
        said.said[number] = [TrackEvent("in_transit", sent.left + HOUR)]

    done = sent.ask()

    assert (done.asked, done.added) == (5, 4)
    given_up = TrackingWatch.objects.get(given_up_at__isnull=False)
    assert (given_up.shipment_id, given_up.error) == (parcels[2][0], f"Said does not know {bad}.")


def test_one_and_fifty_shipments_cost_the_same_statements(sent):
    shipments = dict([sent.send() for _number in range(12)])

    def told(count: int, status: str, at: datetime) -> int:
        few = dict(list(shipments.items())[:count])
        news = [Told(pk, status, at, number) for pk, numbers in few.items() for number in numbers]
        with CaptureQueriesContext(connection) as made:
            record_tracking_events(news, numbers=few, **sent.at)
        return len(made)

    one = told(1, "exception", sent.left + HOUR)
    many = told(12, "exception", sent.left + 2 * HOUR)

    assert many <= one
    assert Shipment.objects.filter(status="exception").count() == 12


def test_the_job_finds_what_has_left_and_asks(sent, said):  # noqa: F811
    shipment, [number] = sent.send()
    said.said[number] = [TrackEvent("delivered", sent.left + HOUR)]

    done = follow_parcels()

    assert (done["asked"], done["added"], done["moved"], done["failed"]) == (1, 1, 1, 0)
    assert status_of("orders_shipment", shipment) == "delivered"
    trail = rows("SELECT DISTINCT actor_label FROM core_auditevent WHERE new_value = 'delivered'")
    assert trail == [("follow-parcels",)] or "follow-parcels" in trail[0][0]


def test_what_has_arrived_is_not_asked_about_and_what_is_told_twice_is_kept_once(sent):
    shipment, _numbers = sent.send()
    watch_shipments(sent.left - HOUR)
    at = datetime(2026, 1, 5, 10, tzinfo=UTC)

    record_tracking([shipment], status="delivered", at=at, place="Porch", **sent.at)

    row = Shipment.objects.get(pk=shipment)
    event = TrackingEvent.objects.get()
    assert (row.delivered_at, event.occurred_at, event.source, event.place) == (at, at, "hand", "Porch")
    watch = TrackingWatch.objects.get()
    assert watch.ended_at is not None
    with refused(InvalidInput, match="has arrived"):
        ask_again([watch.pk], **sent.at)
    assert record_tracking([shipment], status="delivered", at=at, **sent.at) == []
    assert TrackingEvent.objects.count() == 1


def test_what_arrives_too_late_or_comes_back_was_not_on_time_in_full(sent, said):  # noqa: F811
    parcels = [sent.send() for _number in range(3)]
    today = timezone.now().date()
    sales = list(Shipment.objects.order_by("pk").values_list("order_id", flat=True))
    with as_owner(connection):
        Order.objects.filter(pk__in=sales).update(promise_date=today, placed_at=sent.left)
    late, back, fine = (numbers[0] for _shipment, numbers in parcels)
    said.said = {  # the service takes two days
        late: [TrackEvent("delivered", timezone.now() + timedelta(days=3))],
        back: [TrackEvent("returned_to_sender", timezone.now())],
        fine: [TrackEvent("delivered", timezone.now() + timedelta(days=2))],
    }
    span = span_of(sent.shop.warehouse, today - timedelta(days=2), today + timedelta(days=2))
    before = [fact.figure for fact in facts("otif", span)]

    sent.ask()

    assert before == [1, 1, 1]
    assert {fact.page_id: fact.figure for fact in facts("otif", span)} == dict(zip(sales, (0, 0, 1), strict=True))
