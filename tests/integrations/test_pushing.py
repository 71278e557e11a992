"""From the outbox to the channel: stock figures and tracking, through the sample shop over HTTP."""

import threading
from decimal import Decimal

import pytest
from django.db import connection as database

from backoffice.core.models import InboxMessage
from backoffice.core.proof import run_checks
from backoffice.core.roles import OWNER, role
from integrations import services
from integrations.fake_channel.server import Fault
from integrations.models import Connection, Listing, TrackingPush
from integrations.services.tracking import _claim
from orders.models import Order
from orders.services import allocate_back_orders, place_orders
from tests.factories import sales
from tests.factories.books import ACTOR
from tests.factories.channels import connect, deliver_outbox
from tests.factories.goods import make_sku, make_stock
from tests.factories.kits import make_kit


@pytest.fixture
def listed(connected):
    """MUG and CUP are listed, all events so far read."""
    services.list_skus(
        connection_id=connected.id, listings={"L1": (connected.mug, "MUG"), "L2": (connected.cup, "CUP")}
    )
    deliver_outbox()
    return connected


def make_due(table: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET due_at = clock_timestamp()")


def open_limits() -> None:
    """As if the time had passed for which the channel is left alone."""
    with database.cursor() as cursor:
        cursor.execute("UPDATE integrations_ratebucket SET blocked_until = NULL")


def expire_leases(table: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET lease_until = clock_timestamp() - interval '1 second'")


def sold(connected, *numbers: int, skus: tuple[str, ...] = ("MUG",)):
    """Orders arrived from the shop, in numbers' order."""
    for number in numbers:
        connected.sell(number, *skus)
    services.pull_orders(connection_id=connected.id, force=True)
    services.import_orders(connection_id=connected.id)
    return [Order.objects.get(external_id=f"S{number}") for number in numbers]


def ship(connected, *orders: Order) -> None:
    fulfilments = [pk for order in orders for pk in order.fulfilments.values_list("pk", flat=True)]
    packed = sales.pack(connected.house, fulfilments)
    sales.dispatch(connected.house, [item.shipment_id for item in packed])


def test_a_claim_leads_to_the_newest_figure_at_the_channel(listed):
    """frappe/ecommerce_integrations#289, #266, #382; Starktail/woocommerce_fusion#170; libracore/WooCommerceConnector#41: there nothing
    is pushed, or what is reserved is offered once more."""
    services.push_stock(connection_id=listed.id)
    assert listed.app.shop.stock() == {"MUG": 1000, "CUP": 1000}

    place_orders([sales.order("A", sales.line("MUG", "3"))], channel_id=listed.channel.pk, actor=ACTOR)
    deliver_outbox()
    assert services.connections_to_push_stock() == [listed.id]
    result = services.push_stock(connection_id=listed.id)

    assert (result.pushed, result.failed) == (1, 0)  # CUP did not change
    assert listed.app.shop.stock() == {"MUG": 997, "CUP": 1000}
    mug = Listing.objects.get(external_sku="MUG")
    assert (mug.pushed_quantity, mug.is_dirty, mug.push_error, mug.lease_until) == (997, False, "", None)
    assert services.connections_to_push_stock() == []
    assert run_checks().ok


def test_a_channel_is_told_how_many_kits_the_components_make(listed):
    tin = make_sku(listed.house, "TIN")
    make_stock(listed.house, tin, "100", "100.00")
    cup = Listing.objects.get(external_sku="CUP")
    Listing.objects.filter(pk=cup.pk).update(sku_id=make_kit(listed.house, {listed.mug: "3", tin: "2"}))
    deliver_outbox()
    services.push_stock(connection_id=listed.id)
    assert listed.app.shop.stock() == {"MUG": 1000, "CUP": 50}

    other = sales.make_channel(listed.house, "other")
    for number in range(3):  # three claims of a component: one push of the newest figure
        sales.place(other, sales.order(f"T{number}", sales.line("TIN", "5")))
    deliver_outbox()
    result = services.push_stock(connection_id=listed.id)

    assert (result.pushed, listed.app.shop.stock()) == (1, {"MUG": 1000, "CUP": 42})


def test_many_changes_are_one_push_of_the_newest_value(listed):
    services.push_stock(connection_id=listed.id)
    before = listed.app.requests.count("PUT /api/stock")
    for number in range(5):
        place_orders([sales.order(f"A{number}")], channel_id=listed.channel.pk, actor=ACTOR)
    deliver_outbox()

    services.push_stock(connection_id=listed.id)

    assert listed.app.requests.count("PUT /api/stock") == before + 1
    assert listed.app.shop.stock()["MUG"] == 995


def test_the_buffer_and_part_units_are_never_shown(listed):
    Connection.objects.filter(pk=listed.id).update(buffer=Decimal("998.5"))

    services.push_stock(connection_id=listed.id)

    assert listed.app.shop.stock() == {"MUG": 1, "CUP": 1}
    Connection.objects.filter(pk=listed.id).update(buffer=Decimal(2000))
    Listing.objects.update(is_dirty=True)
    services.push_stock(connection_id=listed.id)
    assert listed.app.shop.stock() == {"MUG": 0, "CUP": 0}


def test_a_change_while_the_push_is_under_way_keeps_the_listing_due(listed):
    services.push_stock(connection_id=listed.id)
    place_orders([sales.order("A")], channel_id=listed.channel.pk, actor=ACTOR)
    deliver_outbox()
    plain = listed.app.shop.set_stock

    def meanwhile(*given):
        """Another order is placed after the figure was read, before the channel answers."""

        def work():
            place_orders([sales.order("B")], channel_id=listed.channel.pk, actor=ACTOR)
            deliver_outbox()
            database.close()

        listed.app.shop.set_stock = plain
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return plain(*given)

    listed.app.shop.set_stock = meanwhile
    result = services.push_stock(connection_id=listed.id)

    assert result.pushed == 2  # the same run pushes it again
    assert listed.app.shop.stock()["MUG"] == 998
    assert not Listing.objects.filter(is_dirty=True).exists()


def test_an_older_figure_that_arrives_late_changes_nothing(listed):
    shop = listed.app.shop
    assert shop.set_stock("L1", "MUG", "5", 7)["status"] == "updated"

    assert shop.set_stock("L1", "MUG", "9", 6)["status"] == "stale"

    assert shop.stock()["MUG"] == 5


def test_item_errors_are_kept_and_the_others_arrive(listed):
    listed.app.shop.any_listing = False
    listed.app.shop.list_sku("L2", "CUP")

    result = services.push_stock(connection_id=listed.id)

    assert (result.pushed, result.failed) == (1, 1)
    mug, cup = Listing.objects.get(external_sku="MUG"), Listing.objects.get(external_sku="CUP")
    assert (mug.push_error, mug.is_dirty) == ("unknown_listing", False)
    assert (cup.push_error, cup.pushed_quantity) == ("", 1000)
    assert run_checks(names=["listings_pushed_or_due"]).ok


@pytest.mark.parametrize(("retry_after", "least", "most"), [("40", 38, 41), ("", 2, 6)])
def test_a_channel_that_is_away_is_tried_again_later(listed, retry_after, least, most):
    listed.app.faults.append(Fault("PUT /api/stock", status=503, retry_after=retry_after))

    result = services.push_stock(connection_id=listed.id)

    assert result.status == "failed"
    row = Listing.objects.extra(select={"wait": "extract(epoch FROM due_at - clock_timestamp())"}).get(
        external_sku="MUG"
    )
    assert least <= row.wait <= most
    assert (row.is_dirty, row.attempts, row.lease_until) == (True, 1, None)
    assert services.connections_to_push_stock() == []
    make_due("integrations_listing")
    assert services.push_stock(connection_id=listed.id).status == "waiting"  # no worker calls it before then
    open_limits()
    make_due("integrations_listing")
    assert services.push_stock(connection_id=listed.id).pushed == 2


def test_a_thousand_listings_go_in_legal_batches(connected):
    skus = [make_sku(connected.house, f"X{number}") for number in range(120)]
    services.list_skus(connection_id=connected.id, listings={f"X{pk}": (pk, f"X-{pk}") for pk in skus})

    result = services.push_stock(connection_id=connected.id)

    assert (result.pushed, result.failed) == (120, 0)
    assert connected.app.requests.count("PUT /api/stock") == 3  # the shop refuses more than 50


def test_two_workers_push_each_listing_once(connected):
    skus = [make_sku(connected.house, f"X{number}") for number in range(120)]
    services.list_skus(connection_id=connected.id, listings={f"X{pk}": (pk, f"X-{pk}") for pk in skus})
    pushed = []

    def work():
        pushed.append(services.push_stock(connection_id=connected.id).pushed)
        database.close()

    threads = [threading.Thread(target=work) for _worker in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert sum(pushed) == 120
    assert not Listing.objects.filter(is_dirty=True).exists()


def test_a_shipment_is_told_with_its_tracking(listed):
    [order] = sold(listed, 1, skus=("MUG", "CUP"))
    ship(listed, order)

    deliver_outbox()
    assert services.connections_to_push_tracking() == [listed.id]
    result = services.push_tracking(connection_id=listed.id)

    assert (result.status, result.pushed) == ("done", 1)
    [told] = listed.app.shop.fulfilments("S1")
    shipment = order.shipments.get()
    assert told["items"] == [{"item_id": "1", "quantity": "1"}, {"item_id": "2", "quantity": "1"}]
    assert (told["carrier"], told["tracking_number"]) == (shipment.carrier, shipment.tracking_number)
    assert told["idempotency_key"] == f"shipment-{shipment.pk}"
    assert listed.app.shop.order("S1")["status"] == "fulfilled"
    push = TrackingPush.objects.get()
    assert (push.status, push.attempts, push.external_id) == ("sent", 1, told["id"])
    assert run_checks().ok


def test_what_we_told_comes_back_and_changes_nothing(listed):
    [order] = sold(listed, 1)
    ship(listed, order)
    deliver_outbox()
    services.push_tracking(connection_id=listed.id)
    listed.clock.forward(minutes=1)

    services.pull_orders(connection_id=listed.id, force=True)
    imported = services.import_orders(connection_id=listed.id)

    assert imported.counts in ({"already": 1}, {})
    assert Order.objects.count() == 1


def test_part_shipments_are_told_each(connected):
    services.list_skus(connection_id=connected.id, listings={"L1": (connected.mug, "MUG")})
    rare = make_sku(connected.house, "RARE")
    [order] = sold(connected, 1, skus=("MUG", "RARE"))
    ship(connected, order)
    make_stock(connected.house, rare, "5", "5.00")
    fulfilments = allocate_back_orders(company_id=connected.house.id, actor=ACTOR)
    packed = sales.pack(connected.house, fulfilments)
    sales.dispatch(connected.house, [item.shipment_id for item in packed])
    deliver_outbox()

    result = services.push_tracking(connection_id=connected.id)

    assert result.pushed == 2
    assert [told["items"] for told in connected.app.shop.fulfilments("S1")] == [
        [{"item_id": "1", "quantity": "1"}],
        [{"item_id": "2", "quantity": "1"}],
    ]
    assert connected.app.shop.order("S1")["status"] == "fulfilled"
    assert run_checks().ok


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 200, "delay_s": 3}])
def test_a_time_out_after_the_effect_ships_nothing_twice(listed, fault):
    [order] = sold(listed, 1)
    ship(listed, order)
    deliver_outbox()
    listed.app.faults.append(Fault("POST .*fulfilments", after_effect=True, **fault))

    first = services.push_tracking(connection_id=listed.id)
    assert first.status == "failed"
    assert TrackingPush.objects.get().status == "due"
    make_due("integrations_trackingpush")
    second = services.push_tracking(connection_id=listed.id)

    assert (second.status, second.pushed) == ("done", 1)
    assert len(listed.app.shop.fulfilments("S1")) == 1
    push = TrackingPush.objects.get()
    assert (push.status, push.attempts) == ("sent", 2)


def test_a_worker_that_died_is_followed_by_another(listed):
    [order] = sold(listed, 1)
    ship(listed, order)
    deliver_outbox()
    assert _claim(listed.id) is not None  # and never came back
    assert services.push_tracking(connection_id=listed.id).pushed == 0
    expire_leases("integrations_trackingpush")

    assert services.push_tracking(connection_id=listed.id).pushed == 1


def test_events_delivered_twice_make_one_push(listed):
    [order] = sold(listed, 1)
    ship(listed, order)
    deliver_outbox()
    with database.cursor() as cursor:
        cursor.execute("UPDATE core_outboxcursor SET xid = '0', event_id = 0")
    deliver_outbox()

    services.push_tracking(connection_id=listed.id)

    assert TrackingPush.objects.count() == 1
    assert len(listed.app.shop.fulfilments("S1")) == 1


def test_a_refused_fulfilment_is_parked_and_can_be_retried(listed):
    [order] = sold(listed, 1)
    listed.app.shop.change_order("S1", status="cancelled")
    ship(listed, order)
    deliver_outbox()

    result = services.push_tracking(connection_id=listed.id)

    assert (result.pushed, result.failed) == (0, 1)
    push = TrackingPush.objects.get()
    assert push.status == "dead"
    assert "order_cancelled" in push.error
    listed.app.shop.change_order("S1", status="open")
    assert services.retry_pushes(push_ids=[push.pk], actor=ACTOR, reason="agreed with the buyer") == 1
    assert services.push_tracking(connection_id=listed.id).pushed == 1


def test_it_is_given_up_after_ten_tries(listed):
    [order] = sold(listed, 1)
    ship(listed, order)
    deliver_outbox()
    listed.app.faults.append(Fault("POST .*fulfilments", status=500, times=100))

    for _try in range(12):
        make_due("integrations_trackingpush")
        open_limits()
        services.push_tracking(connection_id=listed.id)

    push = TrackingPush.objects.get()
    assert (push.status, push.attempts) == ("dead", 10)
    assert run_checks(names=["dispatches_told", "told_once"]).ok


def test_orders_of_unconnected_channels_are_told_to_nobody(listed):
    other = sales.make_channel(listed.house, "phone")
    results = sales.place(other, sales.order("P1"))
    sales.ship(listed.house, *results)

    deliver_outbox()

    assert TrackingPush.objects.count() == 0
    assert run_checks().ok


def test_what_left_before_the_channel_was_connected_is_told_to_nobody(listed):
    other = sales.make_channel(listed.house, "late")
    sales.ship(listed.house, *sales.place(other, sales.order("P1")))
    connect(other, listed.server)

    deliver_outbox()

    assert TrackingPush.objects.count() == 0
    assert run_checks().ok


def test_prove_finds_a_dispatch_that_was_never_noted(listed):
    [order] = sold(listed, 1)
    ship(listed, order)
    deliver_outbox()
    with role(database, OWNER), database.cursor() as cursor:
        cursor.execute("DELETE FROM integrations_trackingpush")

    proof = run_checks(names=["dispatches_told"])

    assert not proof.ok
    assert proof.results[0].row["shipment"] == str(order.shipments.get().pk)


def test_no_personal_data_leaves_the_payload(listed):
    sold(listed, 1)

    assert InboxMessage.objects.count() == 1
    with database.cursor() as cursor:
        cursor.execute("SELECT string_agg(payload::text, '') FROM core_outboxevent")
        assert "Nino" not in cursor.fetchone()[0]
