"""Channels on bad days: nothing wrong is booked, nothing stops for good, another channel does not notice (C9)."""

import os
from decimal import Decimal

import pytest

from backoffice.core.proof import run_checks
from integrations import services
from integrations.models import Connection, Cursor, RateBucket, SyncRun
from orders.models import Hold, Order
from tests.factories.channels import Clock, Connected, connect, sample_shop
from tests.factories.goods import rows
from tests.factories.sales import make_channel
from tests.faults.saboteur import FAULTS, in_turn, saboteur

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 100 if os.environ.get("BACKOFFICE_SOAK") else 33


@pytest.fixture
def spoiled():
    clock = Clock()
    with sample_shop(clock) as (app, server):
        world = Connected(app, server, clock, stock="100000")
        with saboteur(server.server_port) as proxy:
            row = Connection.objects.get(pk=world.id)
            row.settings |= {"base_url": f"http://127.0.0.1:{proxy.server.server_address[1]}", "read_timeout_s": "0.3"}
            row.save()
            yield world, proxy


def rest(connection_id: int) -> None:
    """Time goes by: the channel may be called again."""
    RateBucket.objects.filter(connection_id=connection_id).delete()


def test_faults_of_every_kind_neither_spoil_an_order_nor_stop_the_channel(spoiled):
    world, proxy = spoiled
    other = make_channel(world.house, "calm")
    calm = connect(other, world.server)
    number = 0
    for number, (name, after) in enumerate(in_turn(ROUNDS, seed=9), 1):
        world.clock.forward(seconds=30)
        world.sell(number)
        world.clock.forward(seconds=1)
        proxy.fault, proxy.after = name, after
        services.pull_orders(connection_id=world.id, force=True)
        services.import_orders(connection_id=world.id)
        proxy.fault = ""
        rest(world.id)

    world.clock.forward(hours=25)  # past what a clock that went ahead has shown
    for order_id in [f"S{n}" for n in range(1, number + 1)]:
        world.app.shop.change_order(order_id)
    world.clock.forward(seconds=1)
    services.pull_orders(connection_id=world.id, force=True)
    services.import_orders(connection_id=world.id)
    services.pull_orders(connection_id=calm.pk, force=True)
    services.import_orders(connection_id=calm.pk)

    assert number == ROUNDS * len(FAULTS) >= 24 * ROUNDS
    assert Order.objects.filter(channel=world.channel).count() == number
    wrong = rows(
        "SELECT o.external_id, l.channel_sku, l.quantity - l.cancelled, l.unit_price FROM orders_order o"
        " JOIN orders_orderline l ON l.order_id = o.id WHERE o.status <> 'cancelled' AND o.channel_id = %s"
        " AND l.quantity > l.cancelled AND (l.channel_sku, l.quantity - l.cancelled, l.unit_price) <> ('MUG', 1, 10)",
        world.channel.pk,
    )
    assert wrong == []
    assert Order.objects.filter(channel=other).count() == number
    assert rows("SELECT DISTINCT status FROM integrations_connection") == [("active",)]
    assert not SyncRun.objects.filter(status="running").exists()
    assert Cursor.objects.get(connection_id=world.id, stream="orders").failures == 0
    assert run_checks().ok


@pytest.mark.parametrize("name", FAULTS)
def test_what_each_fault_leaves_behind_can_be_told(spoiled, name):
    """Nothing, an order kept apart, or an order that is held: never one that goes on with wrong figures."""
    world, proxy = spoiled
    world.sell(1)
    world.clock.forward(seconds=1)
    proxy.fault, proxy.after = name, 1  # the page of orders

    services.pull_orders(connection_id=world.id, force=True)
    services.import_orders(connection_id=world.id)

    for order in Order.objects.all():
        right = rows("SELECT unit_price, quantity, channel_sku FROM orders_orderline") == [(Decimal(10), 1, "MUG")]
        assert right or Hold.objects.filter(order=order, released_at=None).exists()
