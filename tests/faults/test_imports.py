"""Channel orders under contention: however often and in whatever order they are told, each is one order as it is now."""

import os
import random
from datetime import timedelta
from typing import Any

import pytest

from backoffice.core import inbox
from backoffice.core.api.auth import make_api_key
from backoffice.core.inbox import Message
from backoffice.core.models import User
from backoffice.core.proof import run_checks
from integrations import services
from integrations.connectors.payloads import raw_order
from integrations.fake_channel.server import signed_webhook
from integrations.services.order_imports import batches, carrying, placing
from integrations.services.pulling import messages_of
from orders.inputs import OrderInput
from orders.models import Order
from tests.api.conftest import Caller, order_body
from tests.factories.books import ACTOR
from tests.factories.channels import START, Clock, Connected, sample_order, sample_shop
from tests.factories.goods import rows
from tests.races.test_last_unit import THREADS, deadlocks, together

pytestmark = pytest.mark.django_db(transaction=True)

SOAK = bool(os.environ.get("BACKOFFICE_SOAK"))
ORDERS, DELIVERIES = 200, 10
STORIES = 5000 if SOAK else 1000


@pytest.fixture
def connected():
    clock = Clock()
    with sample_shop(clock) as (app, server):
        yield Connected(app, server, clock, stock="10000")


def raw(order):
    return raw_order(order, id_of=lambda f: f.required("id"), time_of=lambda f: f.time("updated_at"))


def test_sixteen_importers_of_two_hundred_orders_told_ten_times_make_two_hundred(connected, tmp_path):
    """By the list, by webhooks, by hand and by the API at once (C1). nozzlegear/ShopifySharp#919; woocommerce/woocommerce#14541."""
    services.set_webhook_secrets(connection_id=connected.id, secrets={"now": "s"}, actor=ACTOR)
    orders = [sample_order(number, updated_at="2026-03-10T10:00:00Z") for number in range(ORDERS)]
    for order in orders:
        connected.app.shop.put_order(order, START - timedelta(hours=2))
    before = deadlocks()
    robot = User.objects.create_superuser("robot")
    storefront = Caller(
        make_api_key(name="web", user=robot, scopes=["orders:write"], channel_id=connected.channel.pk)[1]
    )
    line = {"external_id": "1", "sku": "MUG", "quantity": "1", "unit_price": "10.00", "tax": "2.00", "tax_rate": "0.2"}

    def deliver(number: int) -> None:
        chosen = random.Random(number)
        for order in chosen.sample(orders, 5):
            body = order_body(order["id"], lines=[line], total="18.00")
            answer = storefront.post("orders/", body, key=f"{number}-{order['id']}")
            assert answer.status_code in (200, 201, 409), answer.content
        for _turn in range(DELIVERIES * ORDERS // THREADS // 25):
            told = [{**order, "told": chosen.randrange(DELIVERIES)} for order in chosen.sample(orders, 25)]
            inbox.receive(messages_of(connected.id, [raw(order) for order in told]))
            body, headers = signed_webhook(told[0]["id"], "s")
            services.receive_webhook(
                connection_id=connected.id, headers={k.lower(): v for k, v in headers.items()}, body=body
            )
            services.pull_orders(connection_id=connected.id, force=True)
            services.import_orders(connection_id=connected.id)

    together(deliver)
    services.pull_orders(connection_id=connected.id, force=True)
    services.import_orders(connection_id=connected.id)

    assert Order.objects.count() == ORDERS
    assert rows("SELECT count(*) FROM core_inboxmessage") > [(ORDERS * 5,)]
    assert rows("SELECT DISTINCT status FROM core_inboxwork ORDER BY 1") == [("ignored",), ("processed",)]
    assert rows("SELECT sum(quantity), count(*) FROM orders_orderline") == [(ORDERS, ORDERS)]
    assert deadlocks() == before
    assert run_checks().ok


def stories(connected) -> list[list[Message]]:
    """Each order's life in ten versions: quantity and shipping change, every seventh is cancelled in the end."""
    told = []
    for number in range(STORIES):
        dice, life = random.Random(number), []
        for minute in range(DELIVERIES):
            order = version(number, dice.randint(1, 4), minute)
            if number % 7 == 0 and minute == DELIVERIES - 1:
                order["status"] = "cancelled"
            life.append(raw(order))
        told.append(messages_of(connected.id, life))
    return told


def version(number: int, quantity: int, minute: int) -> dict[str, Any]:
    """An order with so many mugs, as it was at that minute."""
    order = sample_order(number)
    order["items"][0] |= {"quantity": quantity, "tax": f"{2 * quantity}.00"}
    order["grand_total"] = f"{12 * quantity + 6}.00"
    return order | {"updated_at": f"2026-03-10T09:{minute:02d}:00Z"}


def units_owed() -> dict[str, int]:
    """Units that each living order still wants."""
    return dict(
        rows(
            "SELECT o.external_id, sum(l.quantity - l.cancelled)::int FROM orders_order o"
            " JOIN orders_orderline l ON l.order_id = o.id WHERE o.status <> 'cancelled' GROUP BY 1"
        )
    )


def wanted(number: int) -> tuple[str, int]:
    dice = random.Random(number)
    return f"S{number}", [dice.randint(1, 4) for _version in range(DELIVERIES)][-1]


def tell(connected, messages: list[Message], workers: int) -> None:
    share = -(-len(messages) // workers)

    def work(number: int) -> None:
        mine = messages[number * share : (number + 1) * share]
        for start in range(0, len(mine), 40):
            inbox.receive(mine[start : start + 40])
            services.import_orders(connection_id=connected.id)

    together(work, workers)
    services.import_orders(connection_id=connected.id)


def test_versions_out_of_order_and_one_in_ten_lost_end_in_the_newest_state(connected):
    """Told by eight at once, shuffled; what was lost is told by the next reading (C2). frappe/ecommerce_integrations#425."""
    lives = stories(connected)
    dice = random.Random(7)
    shuffled = [message for life in lives for message in life if dice.random() > 0.1]
    dice.shuffle(shuffled)

    tell(connected, shuffled, 8)
    tell(connected, [life[-1] for life in lives], 1)

    assert units_owed() == dict(wanted(number) for number in range(STORIES) if number % 7)
    assert run_checks().ok


def test_negative_control_by_arrival_alone_an_older_version_undoes_a_newer_one(connected, monkeypatch):
    for module in (batches, carrying, placing):
        if hasattr(module, "overtaken"):
            monkeypatch.setattr(module, "overtaken", lambda claimed: set())
        if hasattr(module, "leave_overtaken"):
            monkeypatch.setattr(module, "leave_overtaken", lambda items, counts: list(items))
    life = stories(connected)[1]

    tell(connected, [life[-1]], 1)
    tell(connected, [life[0]], 1)

    assert units_owed() != dict([wanted(1)])


def test_a_channel_that_changes_its_mind_back_is_followed(connected):
    """Two mugs, then three, then two again as at first: the last counts, though it is what was placed (C2)."""
    owed = []
    for minute, quantity in enumerate((2, 3, 2)):
        tell(connected, messages_of(connected.id, [raw(version(1, quantity, minute))]), 1)
        owed.append(units_owed()["S1"])

    assert owed == [2, 3, 2] and run_checks().ok


@pytest.mark.parametrize(("times", "owed", "told"), [(2, 3, {"changed": 2}), (99, 1, {"changed": 1, "retried": 1})])
def test_a_change_that_gave_way_to_another_transaction_is_made_again_or_waits(
    connected, monkeypatch, times, owed, told
):
    """A deadlock comes right by itself, and keeps no other message of the batch waiting for its lease."""
    carry_change, left = carrying.carry_change, [times]

    def give_way_first(order_id: int, given: OrderInput, **values: Any) -> bool:
        if given.external_id == "S1" and left[0]:
            left[0] -= 1
            rows("DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$")
        return carry_change(order_id, given, **values)

    tell(connected, messages_of(connected.id, [raw(version(number, 1, 0)) for number in (1, 2)]), 1)
    monkeypatch.setattr(carrying, "carry_change", give_way_first)
    inbox.receive(messages_of(connected.id, [raw(version(number, 3, 1)) for number in (1, 2)]))

    result = services.import_orders(connection_id=connected.id)

    assert units_owed() == {"S1": owed, "S2": 3} and dict(result.counts) == told
