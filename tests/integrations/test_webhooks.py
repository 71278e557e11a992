"""Webhooks out: signed, from the outbox, in order, tried for days, told again on request."""

import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core import mail
from django.db import connection as database

from backoffice.core.db import database_now
from backoffice.core.errors import InvalidInput
from backoffice.core.models import AuditEvent, OutboxEvent
from backoffice.core.outbox import Event, publish
from integrations import tasks
from integrations.models import Alarm, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from integrations.services import webhooks
from integrations.services.alarms import mail_alarms
from integrations.services.webhooks import sending
from integrations.webhooks import signing
from orders.models import Order
from tests.factories.books import ACTOR
from tests.factories.channels import deliver_outbox
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.receivers import make_endpoint, receiving
from tests.factories.sales import line, make_channel, order, place

VECTORS = Path(__file__).parent / "standard_webhooks_vectors.json"


@pytest.fixture
def world(transactional_db):
    house = make_shop()
    make_stock(house, make_sku(house, "MUG"), "100", "500.00")
    return SimpleNamespace(house=house, web=make_channel(house, "web"), other=make_channel(house, "other"))


@pytest.fixture
def receiver():
    with receiving() as one:
        yield one


def sell(channel, external_id="W-1"):
    [result] = place(channel, order(external_id, line("MUG", "1", "10")))
    return result.order_id


def say(world, number, key="order:1"):
    payload = {"order_id": 0, "number": number}
    publish([Event("OrderChanged", key, payload, world.house.id)])


def tell(endpoint):
    deliver_outbox()
    return webhooks.deliver_webhooks(endpoint_id=endpoint.pk)


def make_due(**chosen):
    WebhookDelivery.objects.filter(**chosen).update(due_at=database_now() - timedelta(seconds=1))


def secrets_of(endpoint):
    return webhooks.secrets_of(WebhookEndpoint.objects.get(pk=endpoint.pk))


@pytest.mark.parametrize("vector", json.loads(VECTORS.read_text())["vectors"])
def test_signatures_are_those_of_the_specification(vector):
    signed = signing.headers(
        [vector["secret"]],
        message_id=vector["webhook-id"],
        timestamp=vector["webhook-timestamp"],
        body=vector["payload"].encode(),
    )

    assert signed["webhook-signature"] == vector["webhook-signature"]


def test_an_order_is_told_signed_with_ids_and_nothing_personal(world, receiver):
    endpoint = make_endpoint(world, receiver.url, events=("order.placed",))
    order_id = sell(world.web)

    assert tell(endpoint) == 1

    [message] = receiver.messages()
    event = OutboxEvent.objects.get(topic="OrderPlaced")
    assert (message["id"], message["type"]) == (f"msg_{event.pk}", "order.placed")
    assert message["data"]["order_id"] == order_id and message["data"]["external_id"] == "W-1"
    assert message["data"]["path"] == f"/api/v1/orders/{order_id}/"
    [(headers, body)] = receiver.got
    assert headers["webhook-id"] == message["id"]
    assert receiver.genuine(secrets_of(endpoint)[0]) == [True]
    assert not signing.is_genuine(
        secrets_of(endpoint)[0], headers, body + b" ", now=float(headers["webhook-timestamp"])
    )
    contact = Order.objects.get(pk=order_id).contact
    assert contact is None or contact.person.name.encode() not in body
    row = WebhookDelivery.objects.get()
    assert (row.status, row.attempts, row.http_status) == ("sent", 1, 204)
    assert tell(endpoint) == 0 and len(receiver.got) == 1


def test_an_endpoint_hears_of_its_channel_its_company_and_its_choice_only(world, receiver):
    own = make_endpoint(world, receiver.url, channel=world.web)
    whole = make_endpoint(world, receiver.url)
    choosy = make_endpoint(world, receiver.url, events=("shipment.dispatched",))
    stranger = make_endpoint(SimpleNamespace(house=make_shop(code="OTHER")), receiver.url)
    first, second = sell(world.web, "W-1"), sell(world.other, "O-1")
    deliver_outbox()

    def heard(endpoint, kind):
        rows = WebhookDelivery.objects.filter(endpoint=endpoint, type=kind).select_related("event").order_by("id")
        return [row.event.payload.get("order_id") for row in rows]

    assert heard(own, "order.placed") == [first]
    assert heard(whole, "order.placed") == [first, second]
    assert len(heard(own, "stock.changed")) == len(heard(whole, "stock.changed")) > 0
    assert WebhookDelivery.objects.filter(endpoint__in=[choosy, stranger]).count() == 0


def test_noting_takes_the_same_statements_for_one_and_for_many(world, receiver, django_assert_num_queries):
    for _number in range(3):
        make_endpoint(world, receiver.url)
    order_id = sell(world.web)
    event = OutboxEvent.objects.get(topic="OrderPlaced")
    many = [
        SimpleNamespace(
            id=event.pk, topic="OrderChanged", key="k", payload={"order_id": order_id}, company_id=world.house.id
        )
    ] * 1
    with django_assert_num_queries(3):
        webhooks.note_events(many)
    WebhookDelivery.objects.all().delete()
    for number in range(50):
        say(world, number)
    events = [
        SimpleNamespace(id=pk, topic="OrderChanged", key="k", payload={"order_id": order_id}, company_id=world.house.id)
        for pk in OutboxEvent.objects.values_list("pk", flat=True)
    ]
    with django_assert_num_queries(3):
        webhooks.note_events(events)
    assert WebhookDelivery.objects.count() == 3 * len(events)


def test_what_is_refused_is_tried_for_days_with_growing_waits_and_then_given_up(world, receiver):
    endpoint = make_endpoint(world, receiver.url, events=("order.placed",))
    receiver.always = "500 Internal Server Error"
    sell(world.web)
    waits = []
    for _number in range(sending.MAX_ATTEMPTS):
        tell(endpoint)
        row = WebhookDelivery.objects.extra(select={"wait": "extract(epoch FROM due_at - clock_timestamp())"}).get(
            endpoint=endpoint
        )
        waits.append(float(row.wait))
        make_due()

    assert row.status == "dead" and row.attempts == len(receiver.got) == 10
    planned = [wait * 0.8 - 5 <= real <= wait * 1.2 for wait, real in zip(sending.DELAYS_S, waits, strict=False)]
    assert planned == [True] * 9 and sum(sending.DELAYS_S) > 3 * 86_400
    assert [one.number for one in WebhookAttempt.objects.order_by("id")] == list(range(1, 11))
    assert {(one.http_status, one.answer) for one in WebhookAttempt.objects.all()} == {(500, "words")}
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1
    assert len({body for _headers, body in receiver.got}) == 1
    assert tell(endpoint) == 0


def test_a_receiver_that_asks_to_wait_is_waited_for_and_a_redirect_is_not_followed(world, receiver):
    endpoint = make_endpoint(world, receiver.url, events=("order.placed",))
    receiver.headers = [("Retry-After", "1200"), ("Location", "http://127.0.0.1:9/")]
    receiver.answers = ["429 Too Many Requests", "307 Temporary Redirect"]
    sell(world.web)

    tell(endpoint)
    assert WebhookDelivery.objects.filter(due_at__gt=database_now() + timedelta(seconds=1100)).exists()
    make_due()
    tell(endpoint)

    row = WebhookDelivery.objects.get()
    assert (row.status, row.http_status, row.error) == ("due", 307, "answered 307")


def test_messages_about_one_thing_come_in_their_order_and_others_do_not_wait(world, receiver):
    endpoint = make_endpoint(world, receiver.url, events=("order.changed",))
    receiver.answers = ["500 Oops"]
    for number in range(3):
        say(world, number, key="order:1")
    deliver_outbox()
    webhooks.deliver_webhooks(endpoint_id=endpoint.pk)  # the first of order 1 fails
    say(world, 7, key="order:2")
    tell(endpoint)
    assert [message["data"]["number"] for message in receiver.messages()] == [0, 7]

    make_due()
    tell(endpoint)

    assert [message["data"]["number"] for message in receiver.messages()] == [0, 7, 0, 1, 2]


def test_a_message_that_is_never_taken_stops_only_itself(world, receiver):
    endpoint = make_endpoint(world, receiver.url, events=("order.changed",))
    say(world, 0)
    deliver_outbox()
    WebhookDelivery.objects.update(attempts=sending.HELD_TRIES, due_at=database_now() + timedelta(hours=1))
    say(world, 1)

    tell(endpoint)

    assert [message["data"]["number"] for message in receiver.messages()] == [1]


def test_a_rotated_secret_signs_beside_the_former_until_its_time_is_over(world, receiver):
    endpoint = make_endpoint(world, receiver.url, events=("order.changed",))
    [old] = secrets_of(endpoint)
    webhooks.rotate_secret(endpoint_id=endpoint.pk, actor=ACTOR, keep_former_s=3600)
    new, former = secrets_of(endpoint)
    say(world, 1)
    tell(endpoint)

    assert former == old != new
    assert (receiver.genuine(old), receiver.genuine(new)) == ([True], [True])
    WebhookEndpoint.objects.update(former_until=database_now())
    say(world, 2)
    tell(endpoint)
    assert (receiver.genuine(old), receiver.genuine(new)) == ([True, False], [True, True])
    stored = bytes(WebhookEndpoint.objects.get().secrets)
    assert old.encode() not in stored and new.encode() not in stored
    with pytest.raises(InvalidInput):
        webhooks.rotate_secret(endpoint_id=endpoint.pk, actor=ACTOR, keep_former_s=8 * 86_400)
    assert secrets_of(endpoint) == [new]


def test_an_endpoint_that_fails_for_days_is_disabled_with_an_alarm_and_goes_on_without_loss(
    world, receiver, settings, mailoutbox
):
    settings.ALARM_MAILS, settings.MAIL_READY = ["ops@shop.example"], True
    endpoint = make_endpoint(world, receiver.url, events=("order.changed",))
    witness = make_endpoint(world, receiver.url, events=("alarm.raised", "alarm.cleared"))
    receiver.answers = ["503 Away"]
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failing_since=database_now() - timedelta(days=6))
    say(world, 1)

    tell(endpoint)

    endpoint.refresh_from_db()
    assert endpoint.status == "disabled" and "5 days" in endpoint.status_reason
    alarm = Alarm.objects.get()
    assert "Shop window" in alarm.text and alarm.cleared_at is None
    assert (mail_alarms(), mail_alarms()) == (1, 0)
    assert mail.outbox[0].to == ["ops@shop.example"] and "Shop window" in mail.outbox[0].body
    tell(witness)
    assert receiver.types() == ["order.changed", "alarm.raised"]
    say(world, 2)  # not noted for it while it is disabled
    deliver_outbox()
    webhooks.set_endpoint_status(endpoint_id=endpoint.pk, status="active", reason="Mended", actor=ACTOR)
    webhooks.replay_since(endpoint_id=endpoint.pk, since=endpoint.created_at, actor=ACTOR)
    make_due()
    tell(endpoint)
    changed = [message["data"]["number"] for message in receiver.messages() if message["type"] == "order.changed"]
    assert changed == [1, 1, 2]
    alarm.refresh_from_db()
    assert alarm.cleared_at is not None


def test_gone_means_gone(world, receiver):
    endpoint = make_endpoint(world, receiver.url, events=("order.changed",))
    receiver.always = "410 Gone"
    say(world, 1)

    tell(endpoint)

    endpoint.refresh_from_db()
    assert endpoint.status == "disabled" and Alarm.objects.count() == 1


def test_one_many_and_all_since_a_time_are_told_again_under_their_ids(world, receiver):
    start = database_now()
    for number in range(3):
        say(world, number, key=f"order:{number}")
    deliver_outbox()
    endpoint = make_endpoint(world, receiver.url, events=("order.changed",))  # after the events

    assert webhooks.replay_since(endpoint_id=endpoint.pk, since=start, actor=ACTOR) == 3
    tell(endpoint)
    [first, *_others] = list(WebhookDelivery.objects.order_by("id"))
    assert webhooks.replay_deliveries(delivery_ids=[first.pk, 0], actor=ACTOR, reason="Lost") == 1
    tell(endpoint)
    assert webhooks.replay_since(endpoint_id=endpoint.pk, since=start, actor=ACTOR, only_failed=True) == 0
    assert webhooks.replay_since(endpoint_id=endpoint.pk, since=database_now(), actor=ACTOR) == 0

    ids = [headers["webhook-id"] for headers, _body in receiver.got]
    assert len(ids) == 4 and len(set(ids)) == 3
    assert AuditEvent.objects.filter(object_type="integrations.webhookdelivery", action="replay").count() == 1
    assert AuditEvent.objects.filter(object_type="integrations.webhookendpoint", action="replay").count() == 3


def test_a_paused_endpoint_is_told_later_and_a_removed_one_never(world, receiver):
    endpoint = make_endpoint(world, receiver.url, events=("order.changed",))
    webhooks.set_endpoint_status(endpoint_id=endpoint.pk, status="paused", reason="Move", actor=ACTOR)
    say(world, 1)
    assert tell(endpoint) == 0
    assert webhooks.endpoints_due() == []
    webhooks.set_endpoint_status(endpoint_id=endpoint.pk, status="active", reason="", actor=ACTOR)
    assert webhooks.endpoints_due() == [endpoint.pk]
    assert tell(endpoint) == 1
    webhooks.remove_endpoint(endpoint_id=endpoint.pk, actor=ACTOR)
    say(world, 2)
    assert tell(endpoint) == 0 and len(receiver.got) == 1


def test_private_addresses_and_unknown_events_are_refused_all_at_once_and_nothing_is_written(world, settings):
    settings.EGRESS_ALLOW = []
    with pytest.raises(InvalidInput) as caught:
        make_endpoint(world, "https://169.254.169.254/latest", events=("order.placed", "nonsense"))

    assert [error["field"] for error in caught.value.context["errors"]] == ["url", "events.1"]
    assert not WebhookEndpoint.objects.exists()


def test_an_address_that_turned_private_is_not_called(world, receiver, settings):
    endpoint = make_endpoint(world, receiver.url, events=("order.changed",))
    settings.EGRESS_ALLOW = []
    say(world, 1)

    assert tell(endpoint) == 0

    assert receiver.got == []
    assert "https" in WebhookDelivery.objects.get().error


def test_a_worker_that_died_in_the_middle_is_replaced_and_its_outcome_does_not_count(world, receiver):
    endpoint = make_endpoint(world, receiver.url, events=("order.changed",))
    say(world, 1)
    deliver_outbox()
    lost = sending._claim(endpoint.pk, 10)
    assert webhooks.deliver_webhooks(endpoint_id=endpoint.pk) == 0  # the lease holds
    WebhookDelivery.objects.update(lease_until=database_now() - timedelta(seconds=1))

    assert webhooks.deliver_webhooks(endpoint_id=endpoint.pk) == 1
    sending._write(lost, [sending._Outcome(500, "late", "", 1)])

    row = WebhookDelivery.objects.get()
    assert (row.status, row.attempts) == ("sent", 2)


def test_the_sweep_wakes_a_worker_for_each_endpoint_with_something_to_say(world, receiver, monkeypatch):
    endpoint = make_endpoint(world, receiver.url, events=("order.changed",))
    say(world, 1)
    deliver_outbox()
    woken = []
    monkeypatch.setattr(tasks.deliver_webhooks, "apply_async", lambda args, **_named: woken.append(args))

    tasks.sweep()
    assert woken == [(endpoint.pk,)]
    tasks.deliver_webhooks(endpoint.pk)

    assert receiver.types() == ["order.changed"]


def test_old_messages_are_forgotten_with_their_log(world, receiver):
    endpoint = make_endpoint(world, receiver.url, events=("order.changed",))
    say(world, 1)
    tell(endpoint)
    with database.cursor() as cursor:
        cursor.execute("UPDATE integrations_webhookdelivery SET created_at = now() - interval '31 days'")

    assert webhooks.forget_old_deliveries() == 1
    assert (WebhookDelivery.objects.count(), WebhookAttempt.objects.count()) == (0, 0)
