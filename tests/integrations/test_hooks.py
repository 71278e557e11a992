"""Webhooks bring the next pull forward, and nothing else."""

import pytest
from django.test import Client

from integrations import services
from integrations.fake_channel.server import signed_webhook
from integrations.models import Cursor
from orders.models import Order
from tests.factories.books import ACTOR


@pytest.fixture
def hooked(connected):
    services.set_webhook_secrets(connection_id=connected.id, secrets={"old": "s-old", "new": "s-new"}, actor=ACTOR)
    services.pull_orders(connection_id=connected.id)
    return connected


def send(connected, body: bytes, headers: dict[str, str]):
    path = f"/api/v1/webhooks/{connected.id}/"
    return Client().post(path, body, content_type="application/octet-stream", headers=headers)


def due_in(connected) -> float:
    wait = {"wait": "extract(epoch FROM due_at - clock_timestamp())"}
    return float(Cursor.objects.extra(select=wait).get(connection_id=connected.id).wait)


def test_a_signed_message_brings_the_pull_forward(hooked):
    hooked.sell(1)
    assert due_in(hooked) > 30

    response = send(hooked, *signed_webhook("S1", "s-new"))

    assert response.status_code == 204, response.content
    assert due_in(hooked) <= 5
    assert Order.objects.count() == 0  # the pull is the truth


def test_repeats_and_the_former_secret_do_no_harm(hooked):
    for secret in ("s-old", "s-new", "s-new", "s-old", "s-new"):
        assert send(hooked, *signed_webhook("S1", secret)).status_code == 204

    assert 0 < due_in(hooked) <= 5


@pytest.mark.parametrize("bad", ["signature", "body", "unsigned", "connection", "paused"])
def test_what_is_not_signed_is_refused_and_changes_nothing(hooked, bad):
    body, headers = signed_webhook("S1", "wrong" if bad == "signature" else "s-new")
    if bad == "body":
        body += b" "
    if bad == "unsigned":
        headers = {}
    if bad == "connection":
        path = f"/api/v1/webhooks/{hooked.id + 1}/"
        assert Client().post(path, body, content_type="application/json", headers=headers).status_code == 401
        return
    if bad == "paused":
        services.set_status(connection_id=hooked.id, status="paused", reason="holiday", actor=ACTOR)

    response = send(hooked, body, headers)

    assert response.status_code == 401
    assert due_in(hooked) > 30


def test_all_webhooks_lost_the_poll_catches_up(hooked):
    hooked.sell(1)

    services.pull_orders(connection_id=hooked.id, force=True)
    services.import_orders(connection_id=hooked.id)

    assert Order.objects.get().external_id == "S1"
