"""The conformance tests that every connector has to pass against its vendor's simulator, by their numbers.

Settlements (17) are not pulled yet. What a channel cannot do is named in its simulator's `cannot`, with the reason.
"""

import logging
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from accounting.services import set_exchange_rate
from backoffice.core.models import InboxMessage, PayloadBody
from backoffice.core.proof import run_checks
from integrations import services
from integrations.fake_channel.server import Fault
from integrations.models import (
    AccessToken,
    Connection,
    Cursor,
    ImportedRefund,
    Listing,
    QuarantinedRow,
    RateBucket,
    SyncRun,
    TrackingPush,
)
from integrations.services.changes import owed
from orders.models import CancelRequest, Order, OrderLine, OrderPayment
from orders.services import begin_picking, place_orders, split_fulfilment
from tests.factories import sales
from tests.factories.books import ACTOR
from tests.factories.channels import deliver_outbox
from tests.factories.simulated import HastyLimiter, Simulated
from tests.simulators.amazon import AmazonSimulator
from tests.simulators.bigcommerce import BigCommerceSimulator
from tests.simulators.engine import START, Line, Refund, running
from tests.simulators.medusa import MedusaSimulator
from tests.simulators.shopify import ShopifySimulator
from tests.simulators.vendure import VendureSimulator
from tests.simulators.walmart import WalmartSimulator
from tests.simulators.woocommerce import WooCommerceSimulator

D = Decimal
SIMULATORS = [
    ShopifySimulator, WooCommerceSimulator, BigCommerceSimulator, AmazonSimulator, WalmartSimulator, VendureSimulator,
    MedusaSimulator,
]  # fmt: skip


@pytest.fixture(params=SIMULATORS, ids=lambda kind: kind.code)
def channel(request, transactional_db, monkeypatch):
    monkeypatch.setattr("integrations.connectors.registry.SharedLimiter", HastyLimiter)
    cannot = {int(number): why for numbers, why in request.param.cannot.items() for number in numbers.split()}
    number = int(request.function.__name__.split("_")[1])
    if number in cannot:
        pytest.skip(cannot[number])
    with running(request.param()) as simulator:
        yield Simulated(simulator)


def unproved() -> list[str]:
    """The sentences of the standing proof that do not hold."""
    return [result.name for result in run_checks().results if result.state != "ok"]


def hook(channel, body, headers):
    return Client().post(f"/api/v1/webhooks/{channel.id}/", body, content_type="application/json", headers=headers)


def test_01_backfill_over_pages_02_edited_between_pages_05_expired_token(channel):
    """amzn/selling-partner-api-docs#2583, #3389: what changes between two pages is missing there."""
    for number in range(250):
        channel.sell(number, at=START - timedelta(seconds=300 - number))
    simulator = channel.simulator

    def between(page: int) -> None:
        if page == 2:  # the first order of page one moves behind the window's end
            channel.clock.forward(seconds=1)
            channel.state.change(simulator.order_id(0), shipping=D("6.00"))
            simulator.forget_tokens = simulator.tokens_expire
        elif page > 2:
            simulator.forget_tokens = False

    simulator.before_page = between
    result, imported = channel.pull()
    simulator.before_page = lambda page: None
    channel.clock.forward(minutes=10)

    assert result.status == "done", result.message
    assert (Order.objects.count(), imported["placed"]) == (250, 250)
    assert simulator.pages > 2
    channel.pull()
    assert InboxMessage.objects.filter(topic="order", external_id=simulator.order_id(0)).count() == 2


def test_03_two_orders_in_the_second_of_the_cursor_04_clocks_apart(channel):
    """amzn/selling-partner-api-models#4160: overlapping windows lose or double orders there."""
    channel.clock.now = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    channel.sell(1)
    channel.clock.forward(minutes=3)
    channel.pull()
    channel.sell(2, at=channel.state.orders[channel.simulator.order_id(1)].updated_at)
    channel.clock.forward(minutes=10)  # now it is ahead of ours
    channel.sell(3)
    channel.clock.forward(minutes=3)

    channel.pull()

    assert channel.numbers() == sorted(channel.simulator.order_id(number) for number in (1, 2, 3))


@pytest.mark.parametrize("how", ["asked", "unasked", "inside"])
def test_06_a_throttle_waits_and_goes_on(channel, how):
    channel.sell(1)
    fault = channel.simulator.throttle_in_200 if how == "inside" else Fault(
        channel.simulator.orders_call, status=429, retry_after="17" if how == "asked" else ""
    )  # fmt: skip
    if fault is None:
        pytest.skip("this vendor says 429")
    channel.simulator.faults.append(replace(fault, times=1))

    result, _imported = channel.pull()

    assert result.status == "waiting"
    cursor = Cursor.objects.get(connection_id=channel.id, stream="orders")
    assert (cursor.failures, Connection.objects.get().status) == (0, "active")
    if how == "asked":
        assert 10 < (cursor.due_at - datetime.now(UTC)).total_seconds() <= 17
    asked = len(channel.simulator.requests)
    assert channel.pull()[0].status == "waiting"  # nobody calls it before then
    assert not [line for line in channel.simulator.requests[asked:] if "orders" in line.lower()]
    channel.open_limits()
    assert channel.pull()[0].status == "done"
    assert Order.objects.count() == 1


def test_07_one_refused_token_is_renewed_a_second_parks(channel):
    """frappe/ecommerce_integrations#307: a failing sync says nothing there."""
    if not channel.simulator.logs_in:
        channel.simulator.valid_tokens.clear()
        assert channel.pull()[0].status == "failed"
        assert Connection.objects.get().status == "needs_auth"
        return
    channel.sell(1)
    channel.pull()
    assert channel.simulator.logins == 1
    channel.simulator.valid_tokens.clear()  # it ended before its time
    assert channel.pull()[0].status == "done"
    assert channel.simulator.logins == 2
    # The reply of a renewal is lost: later, not locked out for good.
    channel.simulator.valid_tokens.clear()
    channel.simulator.faults.append(Fault(channel.simulator.login_call, status=503, times=1))
    assert channel.pull()[0].status in ("failed", "waiting")
    assert Connection.objects.get().status == "active"
    channel.open_limits()
    assert channel.pull()[0].status == "done"
    channel.simulator.valid_tokens.clear()
    AccessToken.objects.update(sealed=None, expires_at=None)
    channel.simulator.faults.append(Fault(channel.simulator.login_call, status=400, times=3))
    assert channel.pull()[0].status == "failed"
    assert Connection.objects.get().status == "needs_auth"
    assert services.connections_to_pull() == []


def test_08_a_time_out_after_the_effect_ships_nothing_twice(channel):
    channel.sell(1)
    channel.pull()
    channel.ship(channel.ours(1))
    channel.simulator.faults.append(Fault(channel.simulator.ship_call, status=502, after_effect=True))

    first, second = channel.tell(), channel.tell()

    assert (first.status, second.pushed) == ("failed", 1)
    assert len(channel.state.orders[channel.simulator.order_id(1)].shipped) == 1
    assert TrackingPush.objects.get().status == "sent"


def test_09_webhooks_repeat_come_in_no_order_and_are_signed(channel):
    channel.pull()
    channel.sell(1)
    simulator = channel.simulator
    good, old = (
        simulator.webhook(simulator.order_id(1), secret) for secret in (simulator.webhook_secret, "old-secret")
    )
    bad = simulator.webhook(simulator.order_id(1), "wrong")

    assert [hook(channel, *good).status_code for _time in range(5)] == [204] * 5
    assert hook(channel, *old).status_code == 204
    assert hook(channel, *bad).status_code == 401
    assert hook(channel, good[0], {}).status_code == 401
    services.look_at_orders(connection_id=channel.id)
    services.import_orders(connection_id=channel.id)

    assert channel.numbers() == [simulator.order_id(1)]
    assert InboxMessage.objects.filter(topic="webhook").count() == 1
    assert InboxMessage.objects.filter(topic="order").count() == 1


def test_10_all_webhooks_lost_the_poll_catches_up(channel):
    channel.pull()
    channel.sell(1)
    channel.clock.forward(minutes=5)

    channel.pull()

    assert channel.numbers() == [channel.simulator.order_id(1)]


def test_11_part_shipments_are_told_each_and_too_much_is_refused(channel):
    channel.sell(1, "MUG", "CUP")
    channel.pull()
    order = channel.ours(1)
    first, second = order.lines.order_by("position")
    [fulfilment] = order.fulfilments.all()
    _split(channel, fulfilment, second)

    channel.ship_one(order)
    channel.tell()
    channel.ship_one(order)
    channel.tell()

    told = channel.state.orders[channel.simulator.order_id(1)].shipped
    assert sorted(tuple(row.lines.items()) for row in told) == sorted(
        [((first.external_id, 1),), ((second.external_id, 1),)]
    )
    channel.sell(2)
    channel.pull()
    channel.state.ship(channel.simulator.order_id(2), {"21": 1}, "somebody else's")
    channel.ship(channel.ours(2))
    result = channel.tell()
    assert (result.pushed, result.failed) == (0, 1)
    assert TrackingPush.objects.get(shipment__order=channel.ours(2)).status == "dead"
    assert run_checks(names=["told_once", "dispatches_told"]).ok


def _split(channel, fulfilment, line) -> None:
    part = fulfilment.lines.get(order_line=line)
    split_fulfilment(
        fulfilment.pk, lines={part.pk: part.quantity}, company_id=channel.house.id, actor=ACTOR, reason="two parcels"
    )


def test_02_an_edit_is_carried_through_to_the_cent(channel):
    """frappe/ecommerce_integrations#154: discounts and taxes are reckoned anew there, and differ."""
    lines = (Line("11", "MUG", 2, tax=D(4)), Line("12", "CUP"))
    channel.state.put(replace(channel.order(1), lines=lines))
    channel.pull()
    before = channel.ours(1)
    assert before.total == D(42)
    channel.clock.forward(minutes=1)
    edited = (replace(lines[0], removed=1), replace(lines[1], removed=1), Line("13", "CUP", 3, tax=D(6)))
    channel.state.change(channel.simulator.order_id(1), lines=edited, shipping=D(7), shipping_tax=D("1.40"))

    _result, imported = channel.pull()

    assert imported["changed"] == 1, list(QuarantinedRow.objects.values_list("code", "reason"))
    order = channel.ours(1)
    open_now = {line.external_id: line.open_quantity for line in order.lines.all()}
    assert open_now == {"11": 1, "12": 0, "13": 3}
    assert owed(order) == D("56.40") and not order.holds.filter(released_at__isnull=True).exists()
    channel.clock.forward(minutes=1)
    channel.state.change(channel.simulator.order_id(1))  # seen again, nothing new
    _result, imported = channel.pull()
    assert not imported["quarantined"] and channel.ours(1).version == order.version
    assert unproved() == []


def test_12_refunds_of_a_unit_and_shipping_without_line_and_of_too_much(channel):
    """frappe/ecommerce_integrations#223; Starktail/woocommerce_fusion#153: refunds are ignored there."""
    channel.state.put(replace(channel.order(1), lines=(Line("11", "MUG", 2, tax=D(4)), Line("12", "CUP"))))
    channel.pull()
    channel.ship(channel.ours(1))
    id = channel.simulator.order_id(1)
    given = [Refund("801", (("11", 1, D(10), D(2), "kept"),), shipping=D(5), shipping_tax=D(1))]
    channel.clock.forward(minutes=1)
    channel.state.change(id, refunds=tuple(given))

    channel.pull()

    row = ImportedRefund.objects.get()
    assert (row.state, row.total) == ("applied", 18), row.detail
    marketplace = (
        channel.ours(1).lines.first().tax_collector == "marketplace"
    )  # whose tax is no revenue and no credit of ours
    assert row.return_order.credit_note.total == (16 if marketplace else 18)
    if "extra" not in channel.simulator.cannot_show:
        given.append(Refund("802", extra=D("6.00")))
        channel.clock.forward(minutes=1)
        channel.state.change(id, refunds=tuple(given))
        channel.pull()
        assert list(ImportedRefund.objects.order_by("pk").values_list("state", flat=True)) == ["applied", "applied"]
        paid = [24] if channel.simulator.pays else []
        assert list(OrderPayment.objects.values_list("refunded", flat=True)) == paid
    channel.clock.forward(minutes=1)
    channel.state.change(id, refunds=(*given, Refund("803", (("12", 1, D(1000), D(200), "kept"),))))
    channel.pull()
    flagged = ImportedRefund.objects.get(external_id__endswith="803")
    assert (flagged.state, bool(flagged.detail), flagged.return_order) == ("refused", True, None)
    assert QuarantinedRow.objects.filter(code__startswith="refund_", status="open").count() == 1
    applied = ImportedRefund.objects.filter(state="applied").count()
    channel.pull()  # again: nothing is given back twice
    assert ImportedRefund.objects.filter(state="applied").count() == applied == len(given)
    assert unproved() == []


def test_12_what_had_not_left_is_cancelled_with_its_refund(channel):
    """odoo/documentation#19309: what a channel takes back is not followed there."""
    channel.state.put(replace(channel.order(1), lines=(Line("11", "MUG", 2, tax=D(4)),)))
    channel.pull()
    channel.clock.forward(minutes=1)
    refund = Refund("801", (("11", 1, D(10), D(2), "cancelled"),))
    channel.state.change(channel.simulator.order_id(1), refunds=(refund,))

    channel.pull()

    assert [line.open_quantity for line in channel.ours(1).lines.all()] == [1]
    assert ImportedRefund.objects.get().cancelled == ({} if channel.simulator.takes_off else {"11": "1"})
    channel.clock.forward(minutes=1)
    channel.state.change(channel.simulator.order_id(1))
    channel.pull()
    assert [line.open_quantity for line in channel.ours(1).lines.all()] == [1]
    assert unproved() == []


def test_13_cancelled_before_and_after_the_pick(channel):
    channel.sell(1)
    channel.sell(2)
    channel.pull()
    picked = channel.ours(2)
    begin_picking(list(picked.fulfilments.values_list("pk", flat=True)), company_id=channel.house.id, actor=ACTOR)
    channel.clock.forward(minutes=1)
    for number in (1, 2):
        channel.state.change(channel.simulator.order_id(number), status="cancelled")

    channel.pull()

    assert (channel.ours(1).status, channel.ours(2).status) == ("cancelled", "released")
    assert CancelRequest.objects.get().order_id == picked.pk  # the warehouse is asked, nothing leaves before it answers
    assert unproved() == []


def test_14_what_nobody_knows_is_kept_apart_and_the_rest_goes_on(channel):
    channel.sell(1)
    channel.sell(2, status="on the moon")
    channel.sell(3, "NOBODY-KNOWS")
    channel.sell(4)

    _result, imported = channel.pull()

    assert channel.numbers() == sorted(channel.simulator.order_id(number) for number in (1, 3, 4))
    held = channel.ours(3)
    assert [hold.kind for hold in held.holds.all()] == ["mapping"]
    assert imported["placed"] == 2
    assert set(QuarantinedRow.objects.values_list("code", flat=True)) >= {"unknown_sku"}


def test_15_pending_without_address_or_price_later_completed(channel):
    channel.sell(1, status="unpaid", bare=True)
    channel.pull()
    assert Order.objects.count() == 0
    channel.clock.forward(minutes=1)
    channel.state.change(channel.simulator.order_id(1), status="paid", bare=False)

    channel.pull()

    order = channel.ours(1)
    assert (order.total, order.shipping_address.line1) == (D(18), "Rustaveli 1")


def test_16_facilitated_tax_inclusive_prices_and_other_exponents(channel):
    lines = (Line("11", "MUG", facilitated=True),)
    channel.state.put(replace(channel.order(1), lines=lines))
    shows_inclusive = "inclusive" not in channel.simulator.cannot_show
    if shows_inclusive:
        channel.sell(2, inclusive=True)
    channel.sell(
        3,
        currency="JPY",
        exponent=0,
        lines=(Line("31", "MUG", 2, D(1000), tax=D(200)),),
        shipping=D(500),
        shipping_tax=D(50),
    )
    channel.sell(
        4,
        currency="KWD",
        exponent=3,
        lines=(Line("41", "MUG", 1, D("1.125"), tax=D("0.113")),),
        shipping=D("0.500"),
        shipping_tax=D("0.050"),
    )

    for currency in ("JPY", "KWD"):
        set_exchange_rate(company_id=channel.house.id, currency=currency, date=date(2026, 1, 1), rate=D("0.5"))

    channel.pull()

    found = {order.external_id: order for order in Order.objects.all()}
    totals = {id: order.total for id, order in found.items()}
    id = channel.simulator.order_id
    wanted = {id(1): D(18), id(2): D(15), id(3): D(2750), id(4): D("1.788")}
    if not shows_inclusive:
        del wanted[id(2)]
    assert totals == wanted
    if "facilitated" not in channel.simulator.cannot_show:
        assert OrderLine.objects.get(order=found[id(1)]).tax_collector == "marketplace"
    assert not [hold for order in found.values() for hold in order.holds.filter(kind="total")]


def test_18_ten_thousand_in_legal_batches_errors_kept_newest_wins(channel):
    channel.list_wares()
    services.push_stock(connection_id=channel.id)
    id = channel.simulator.listing_id
    assert channel.state.stock == {id("MUG"): 1000, id("CUP"): 1000}
    channel.state.bad_listings.add(id("CUP"))
    other = sales.make_channel(channel.house, "other")
    place_orders([sales.order("A", sales.line("MUG", "3"), sales.line("CUP", "1"))], channel_id=other.pk, actor=ACTOR)
    deliver_outbox()
    place_orders([sales.order("B", sales.line("MUG", "2"))], channel_id=other.pk, actor=ACTOR)
    deliver_outbox()

    result = services.push_stock(connection_id=channel.id)

    assert (result.pushed, result.failed) == (1, 1)
    assert channel.state.stock[id("MUG")] == 995
    cup = Listing.objects.get(external_sku="CUP")
    assert cup.push_error and cup.pushed_at is not None
    batch = services.batch_of(channel.simulator.code)
    rows = [Listing(
        company=channel.house.company, connection_id=channel.id, sku_id=channel.mug, external_id=str(50_000 + n),
        external_sku=f"X{n}",
    ) for n in range(min(2 * batch + 1, 600))]  # fmt: skip
    Listing.objects.bulk_create(rows)
    assert services.push_stock(connection_id=channel.id).failed == 0
    assert {channel.state.stock[row.external_id] for row in rows} == {995}


def test_19_no_personal_data_in_logs_runs_or_quarantine(channel, caplog):
    caplog.set_level(logging.DEBUG)
    channel.sell(1)
    channel.sell(2, status="on the moon")
    channel.simulator.faults.append(
        Fault(channel.simulator.orders_call, status=400, body='{"error": "nino@shop.example +995 599 123 456"}')
    )
    channel.pull()
    channel.pull()

    assert Order.objects.count() >= 1
    told = caplog.text + str(list(SyncRun.objects.values())) + str(list(QuarantinedRow.objects.values()))
    for private in ("nino@shop.example", "Abashidze", "Rustaveli", "599 123"):
        assert private not in told
    assert b"nino" in b"".join(bytes(body.body) for body in PayloadBody.objects.all()).lower()  # where it may be erased


def test_20_two_accounts_share_nothing(channel):
    """frappe/ecommerce_integrations#373: one shop only there."""
    second = sales.make_channel(channel.house, "second")
    channel.sell(1)
    channel.pull()
    other = channel.connect(second, "b")

    services.pull_orders(connection_id=other.pk, force=True)
    services.import_orders(connection_id=other.pk)

    assert Order.objects.count() == 2  # the same shop twice: each account has its own orders
    assert set(Cursor.objects.values_list("connection_id", flat=True)) == {channel.id, other.pk}
    assert set(RateBucket.objects.values_list("connection_id", flat=True)) == {channel.id, other.pk}
    first = Connection.objects.get(pk=channel.id)
    assert bytes(first.secrets) != bytes(Connection.objects.get(pk=other.pk).secrets)
    services.set_status(connection_id=channel.id, status="paused", reason="holiday", actor=ACTOR)
    assert channel.pull()[0] is None
    assert services.pull_orders(connection_id=other.pk, force=True).status == "done"
