"""S3: only genuine, fresh webhooks act; a thousand forged ones over all connectors change nothing."""

import random

import pytest
from django.test import Client

from backoffice.core.models import InboxMessage
from integrations.connectors.registry import CONNECTORS
from integrations.models import Cursor
from integrations.services import create_connection, set_webhook_secrets
from tests.factories.books import ACTOR
from tests.factories.goods import make_shop
from tests.factories.sales import make_channel
from tests.factories.simulated import Simulated
from tests.simulators.bigcommerce import BigCommerceSimulator
from tests.simulators.engine import running
from tests.simulators.shopify import ShopifySimulator
from tests.simulators.vendure import VendureSimulator
from tests.simulators.walmart import WalmartSimulator
from tests.simulators.woocommerce import WooCommerceSimulator

KINDS = [ShopifySimulator, WooCommerceSimulator, BigCommerceSimulator, VendureSimulator, WalmartSimulator]
FORGED = 1000 // len(KINDS)
# Those that are asked, and tell nothing by themselves: nobody's message to them is genuine.
SILENT = sorted(code for code, kind in CONNECTORS.items() if not kind.capabilities.webhooks)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.code)
def shop(request, transactional_db):
    with running(request.param()) as simulator:
        yield Simulated(simulator)


def forgeries(simulator, chance: random.Random):
    """Endless (body, headers): unsigned, empty, another secret's, cut, re-encoded, of another body, with odd names."""
    while True:
        body, headers = simulator.webhook(simulator.order_id(chance.randint(1, 9)), simulator.webhook_secret)
        signed = [name for name, value in headers.items() if len(value) > 20] or list(headers)
        name = chance.choice(signed)
        value = headers[name]
        yield body, {}
        yield body, {key: value for key, value in headers.items() if key != name}
        yield body, headers | {name: ""}
        yield body, headers | {name: chance.choice(["null", "undefined", "0", "true", "sha256=", "v1,", " ", "[]"])}
        yield body, headers | {name: value[: chance.randint(1, len(value) - 1)]}
        yield body, headers | {name: value.swapcase()}
        yield body, headers | {name: value[::-1]}
        yield body + chance.choice([b" ", b"\n", b"\0", b"{}"]), headers
        yield body[:-1], headers
        yield b"", headers
        yield simulator.webhook(simulator.order_id(1), chance.choice(["", "wrong", "hook-secre", "hook-secret "]))


def test_none_of_a_thousand_forged_messages_acts(shop):
    client, path = Client(), f"/api/v1/webhooks/{shop.id}/"
    before = list(Cursor.objects.order_by("pk").values_list("pk", "due_at"))
    made = forgeries(shop.simulator, random.Random(7))

    told = set()
    for _number in range(FORGED):
        body, headers = next(made)
        answer = client.post(path, body, content_type="application/json", headers=headers)
        told.add((answer.status_code, answer.content))
    nobody = client.post(f"/api/v1/webhooks/{shop.id + 1}/", body, content_type="application/json", headers=headers)

    assert {code for code, _text in told} == {401}
    assert told == {(nobody.status_code, nobody.content)}  # one answer: nobody learns which connections there are
    assert not InboxMessage.objects.filter(topic="webhook").exists()
    assert list(Cursor.objects.order_by("pk").values_list("pk", "due_at")) == before
    body, headers = shop.simulator.webhook(shop.simulator.order_id(1), shop.simulator.webhook_secret)
    assert client.post(path, body, content_type="application/json", headers=headers).status_code == 204  # the control


@pytest.mark.parametrize("code", SILENT)
def test_a_channel_that_tells_nothing_is_told_nothing(code, transactional_db):
    """Also what is signed as others sign, with a secret that somebody has left there."""
    channel = make_channel(make_shop(), "silent")
    made = create_connection(channel_id=channel.pk, connector=code, settings={}, secrets={}, actor=ACTOR)
    set_webhook_secrets(connection_id=made.pk, secrets={"now": "hook-secret"}, actor=ACTOR)
    before = list(Cursor.objects.values_list("pk", "due_at"))

    codes = set()
    for kind in KINDS:
        simulator = kind()
        for number in range(10):
            body, headers = simulator.webhook(simulator.order_id(number + 1), "hook-secret")
            path = f"/api/v1/webhooks/{made.pk}/"
            codes.add(Client().post(path, body, content_type="application/json", headers=headers).status_code)

    assert codes == {401} and not InboxMessage.objects.exists()
    assert list(Cursor.objects.values_list("pk", "due_at")) == before


def test_every_connector_is_forged_here_or_silent():
    assert {kind.code for kind in KINDS} | set(SILENT) | {"fake"} == set(CONNECTORS)
