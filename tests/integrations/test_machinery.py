"""Completeness by id, prices out, batches told later, buyers erased, and fields that only one side knows."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import PayloadBody, User
from backoffice.core.proof import run_checks
from integrations import services
from integrations.connectors.fields import Fields
from integrations.connectors.registry import opened
from integrations.errors import PayloadUnreadable
from integrations.fake_channel.server import Fault
from integrations.models import Alarm, CompletenessCheck, Connection, Listing
from orders.models import Order, PriceList, PriceListItem
from tests.factories.books import ACTOR
from tests.factories.simulated import Simulated
from tests.factories.staff import sign_in
from tests.integrations.test_conformance import SIMULATORS
from tests.integrations.test_pushing import make_due
from tests.simulators.amazon import AmazonSimulator
from tests.simulators.bigcommerce import BigCommerceSimulator
from tests.simulators.engine import START, Line, running

D = Decimal


@pytest.fixture
def shop(transactional_db):
    with running(BigCommerceSimulator()) as simulator:
        yield Simulated(simulator)


@pytest.fixture
def amazon(transactional_db):
    with running(AmazonSimulator()) as simulator:
        yield Simulated(simulator)


def test_what_the_list_lost_is_found_by_counting_and_an_alarm_says_what_could_not(shop):
    shop.sell(1)
    shop.pull()
    lost = START - timedelta(days=1)
    for number in (2, 3):  # older than the cursor: no list shows them any more
        shop.sell(number, created_at=lost, at=lost - timedelta(days=9))
    assert shop.pull()[1].counts == {}
    shop.simulator.faults.append(Fault(f"GET /stores/h1/v2/orders/{shop.simulator.order_id(3)}", status=404))

    services.count_orders(connection_id=shop.id)

    count = CompletenessCheck.objects.get(day=lost.date())
    assert (count.there, count.missing, count.fetched) == (2, 2, 1)
    alarm = Alarm.objects.get(kind="orders_missing")
    assert "1 orders that are not here" in alarm.text and alarm.cleared_at is None
    assert services.import_orders(connection_id=shop.id).counts == {"placed": 1}
    services.count_orders(connection_id=shop.id)
    alarm.refresh_from_db()
    assert alarm.cleared_at is not None
    count.refresh_from_db()
    assert (count.missing, count.fetched) == (1, 1)


def test_prices_go_out_where_they_differ_and_once(amazon):
    amazon.list_wares()
    prices = PriceList.objects.create(
        company=amazon.house.company, code="web", name="Web", currency="GBP", channel=amazon.channel
    )
    item = PriceListItem.objects.create(price_list=prices, sku_id=amazon.mug, unit_price=D("12.50"))
    assert services.push_prices(connection_id=amazon.id) is None  # nobody asked for it
    services.set_rules(connection_id=amazon.id, rules={"push_prices": True}, actor=ACTOR)
    assert services.connections_to_price() == [amazon.id]

    first = services.push_prices(connection_id=amazon.id)
    again = services.push_prices(connection_id=amazon.id, force=True)

    assert (first.pushed, again.pushed, amazon.state.prices) == (1, 0, {"MUG": "12.5"})
    assert services.push_prices(connection_id=amazon.id) is None  # not due
    PriceListItem.objects.filter(pk=item.pk).update(unit_price=D("13.00"))
    assert services.push_prices(connection_id=amazon.id, force=True).pushed == 1
    assert amazon.state.prices == {"MUG": "13.0"}
    assert Listing.objects.get(external_sku="MUG").pushed_price == 13


def test_errors_of_a_feed_come_later_and_stay_on_their_listing(amazon):
    rows = [
        Listing(
            company=amazon.house.company,
            connection_id=amazon.id,
            sku_id=amazon.mug,
            external_id=f"L{n}",
            external_sku=f"X{n}",
        )
        for n in range(25)
    ]
    Listing.objects.bulk_create(rows)
    amazon.state.bad_listings.add("50003")
    amazon.simulator.feeds_done = False

    assert services.push_stock(connection_id=amazon.id).pushed == 25
    assert services.connections_with_batches() == [amazon.id]
    assert services.read_batches(connection_id=amazon.id) == 0  # still worked on
    amazon.simulator.feeds_done = True
    make_due("core_inboxwork")
    assert services.read_batches(connection_id=amazon.id) == 1

    wrong = Listing.objects.exclude(push_error="").get()
    assert (wrong.external_sku, "not known" in wrong.push_error) == ("X3", True)
    assert services.connections_with_batches() == []


def test_buyers_are_erased_on_schedule_and_the_books_stay(shop):
    shop.sell(1)
    shop.sell(2)
    shop.pull()
    shop.ship(shop.ours(1))
    assert services.erase_buyers(connection_id=shop.id, actor=ACTOR) == 0  # kept, unless somebody says how long
    services.set_rules(connection_id=shop.id, rules={"keep_personal_days": 30}, actor=ACTOR)

    assert services.erase_buyers(connection_id=shop.id, actor=ACTOR) == 1
    assert services.erase_buyers(connection_id=shop.id, actor=ACTOR) == 0

    done, waiting = shop.ours(1), shop.ours(2)
    assert (done.shipping_address.line1, done.total, done.status) == ("", 18, "shipped")
    assert waiting.shipping_address.line1 == "Rustaveli 1"
    assert waiting.contact.person.name == "Nino Abashidze"  # the same buyer waits for goods
    bodies = {body.message.external_id: bytes(body.body) for body in PayloadBody.objects.select_related("message")}
    assert bodies[done.external_id] == b"" and b"Rustaveli" in bodies[waiting.external_id]
    assert [r.name for r in run_checks().results if r.state != "ok"] == []


def test_a_share_a_cap_and_a_floor_are_what_the_channel_sees(shop):
    shop.list_wares("MUG")
    id = shop.simulator.listing_id("MUG")
    for rules, wanted in (
        ({"buffer": D(100), "share_percent": 50}, 450), ({"cap": D(20)}, 20), ({"cap": None, "floor": D(451)}, 0),
        ({"floor": D(450)}, 450),
    ):  # fmt: skip
        services.set_rules(connection_id=shop.id, rules=rules, actor=ACTOR)
        services.push_stock(connection_id=shop.id)
        assert shop.state.stock[id] == wanted, rules
    services.set_rules(connection_id=shop.id, rules={"floor": D(0)}, actor=ACTOR)
    Listing.objects.update(share_percent=10, cap=D(7), is_dirty=True)
    services.push_stock(connection_id=shop.id)
    assert shop.state.stock[id] == 7


def test_a_known_refused_login_is_told_and_nothing_is_lost(shop):
    shop.simulator.valid_tokens.clear()
    shop.pull()
    assert Connection.objects.get().status == "needs_auth"
    services.replace_secrets(connection_id=shop.id, secrets={"token": "token-c"}, actor=ACTOR)
    shop.simulator.valid_tokens.add("token-c")
    shop.sell(1)
    shop.pull()
    assert Order.objects.count() == 1


@pytest.mark.parametrize("kind", SIMULATORS, ids=lambda kind: kind.code)
def test_a_field_that_only_one_side_knows_is_noticed(kind, transactional_db, monkeypatch):
    """Every name that the connector reads of a simulator's order is read under another name, and is another name
    in what the simulator sends: either way the order is refused or is no longer the same.
    """
    with running(kind()) as simulator:
        shop = Simulated(simulator)
        line = replace(Line("11", "MUG", 2, tax=D(4), discount=D(1)), facilitated=True)
        simulator.state.put(replace(shop.order(1), lines=(line,)))
        with opened(shop.connection) as connector:
            body = connector.get_order(simulator.order_id(1)).body
            read: set[str] = set()
            plain = Fields.get
            monkeypatch.setattr(Fields, "get", lambda self, name, *rest: read.add(name) or plain(self, name, *rest))
            wanted = connector.map_order(body)
            monkeypatch.setattr(Fields, "get", plain)
            unnoticed = {
                name for name in read
                if _same(connector, renamed(json.loads(body, parse_float=str), name), wanted)
            }  # fmt: skip
            for name in sorted(read - unnoticed):

                def other(self, asked, *rest, name=name):
                    return plain(self, f"wrong_{asked}" if asked == name else asked, *rest)

                monkeypatch.setattr(Fields, "get", other)
                assert not _same(connector, json.loads(body), wanted), name
            monkeypatch.setattr(Fields, "get", plain)
    empty = {name for name in unnoticed if _empty(json.loads(body), name)}
    assert unnoticed - empty - MAY_BE_MISSING == set()
    assert len(read - unnoticed) >= 20


# What means nothing when it is not there: flags that are off, and names that only a special case looks for.
MAY_BE_MISSING = frozenset({"fulfilledBy", "model", "type", "test", "rate", "shipNode", "key", "status"})


def _same(connector, order, wanted) -> bool:
    try:
        return connector.map_order(json.dumps(order).encode()) == wanted
    except (PayloadUnreadable, ArithmeticError):
        return False


def renamed(value, name):
    if isinstance(value, dict):
        return {f"wrong_{key}" if key == name else key: renamed(inner, name) for key, inner in value.items()}
    return [renamed(inner, name) for inner in value] if isinstance(value, list) else value


def _empty(value, name) -> bool:
    """Whether every field of this name holds nothing in the example."""
    if isinstance(value, dict):
        own = value.get(name)
        return own in (None, "", [], {}, False, "0.00", "0.0000") and all(
            _empty(inner, name) for inner in value.values()
        )
    return all(_empty(inner, name) for inner in value) if isinstance(value, list) else True


def test_a_total_that_differs_by_a_cent_holds_the_order_and_everybody_sees_the_difference(shop, monkeypatch):
    plain = shop.simulator._order
    monkeypatch.setattr(shop.simulator, "_order", lambda order: plain(order) | {"total_inc_tax": "18.0100"})
    shop.sell(1)

    shop.pull()

    order = shop.ours(1)
    said = "The channel says 18.01, the lines add up to 18: a difference of 0.01."
    assert [hold.reason for hold in order.holds.filter(released_at__isnull=True)] == [said]
    assert not order.fulfilments.filter(status="ready").exists()  # nothing is picked before a person has looked
    page = sign_in("order_desk").get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert said in page
    secret = make_api_key(
        name="t", user=User.objects.get(username="order_desk"), scopes=("orders:read",), channel_id=shop.channel.pk
    )[1]
    told = Client().get(f"/api/v1/orders/{order.pk}/", headers={"authorization": f"Api-Key {secret}"}).json()
    assert said in json.dumps(told)
    assert [r.name for r in run_checks().results if r.state != "ok"] == []
