"""Webhooks that a channel switched off because it could not deliver them are noticed, told of, and switched on again."""

import pytest

from integrations import services
from integrations.fake_channel.server import Fault
from integrations.models import Alarm, Connection, SyncRun
from tests.factories.simulated import Simulated
from tests.simulators.bigcommerce import BigCommerceSimulator
from tests.simulators.engine import running
from tests.simulators.woocommerce import WooCommerceSimulator

# As their documentation shows them: of an address, on (True), switched off by the channel (False), paused by a person (None).
HOOKS = {
    "woocommerce": lambda id, address, on: {
        "id": id, "topic": "order.updated", "delivery_url": address,
        "status": {True: "active", False: "disabled", None: "paused"}[on],
    },
    "bigcommerce": lambda id, address, on: {
        "id": id, "scope": "store/order/updated", "destination": address, "is_active": bool(on),
    },
}  # fmt: skip


@pytest.fixture(params=[WooCommerceSimulator, BigCommerceSimulator], ids=lambda kind: kind.code)
def shop(request, transactional_db):
    with running(request.param()) as simulator:
        yield Simulated(simulator)


def ours(shop) -> str:
    return f"https://office.example/api/v1/webhooks/{shop.id}/"


def hooked(shop, *hooks) -> None:
    made = HOOKS[shop.simulator.code]
    shop.simulator.hooks = [made(number, address, on) for number, (address, on) in enumerate(hooks, 1)]


def states(shop):
    return [hook.get("status", hook.get("is_active")) for hook in shop.simulator.hooks]


def open_alarms(shop):
    return list(Alarm.objects.filter(cleared_at=None, object_id=shop.id).values_list("kind", flat=True))


def test_what_the_channel_switched_off_is_on_again_with_an_alarm_until_all_are_found_at_work(shop):
    hooked(shop, (ours(shop), False), (ours(shop), True), ("https://other.example/hook/", False))
    others = states(shop)[2]
    topic = {"woocommerce": "order.updated", "bigcommerce": "store/order/updated"}[shop.simulator.code]

    assert services.connections_to_keep_hooked() == [shop.id]
    assert list(services.keep_hooked(connection_id=shop.id)) == [topic]

    [first, second, foreign] = states(shop)
    assert first == second and foreign == others  # what goes elsewhere is none of ours
    assert open_alarms(shop) == ["channel_webhooks_off"]
    assert topic in Alarm.objects.get().text
    assert SyncRun.objects.get(job="keep_hooked").status == "done"
    assert services.connections_to_keep_hooked() == []  # a quarter of an hour later
    assert services.keep_hooked(connection_id=shop.id) is None
    assert list(services.keep_hooked(connection_id=shop.id, force=True)) == []
    assert open_alarms(shop) == []
    assert SyncRun.objects.filter(job="keep_hooked").count() == 1  # all well leaves no run


def test_what_a_person_paused_at_woocommerce_stays_paused(transactional_db):
    with running(WooCommerceSimulator()) as simulator:
        shop = Simulated(simulator)
        hooked(shop, (ours(shop), None))

        assert list(services.keep_hooked(connection_id=shop.id)) == []
        assert states(shop) == ["paused"]


def test_a_channel_that_is_away_is_asked_again_and_one_that_shuts_us_out_is_parked(shop):
    hooked(shop, (ours(shop), False))
    shop.simulator.faults.append(Fault("(hooks|webhooks)", status=503, times=1))

    services.keep_hooked(connection_id=shop.id)
    assert SyncRun.objects.get(job="keep_hooked").status == "failed"
    shop.open_limits()
    shop.simulator.faults.append(Fault("(hooks|webhooks)", status=401, times=1))
    services.keep_hooked(connection_id=shop.id, force=True)

    assert Connection.objects.get(pk=shop.id).status == "needs_auth"
    assert services.connections_to_keep_hooked() == []


def test_nobody_asks_for_webhooks_where_none_are_expected(shop):
    Connection.objects.update(webhook_secret=None)

    assert services.connections_to_keep_hooked() == []
