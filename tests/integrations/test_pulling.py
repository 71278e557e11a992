"""Pulling and importing against the sample shop over HTTP."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from backoffice.core.egress import InsideTransaction
from backoffice.core.models import InboxMessage, InboxWork, JobRun
from backoffice.core.proof import run_checks
from backoffice.core.registry import registry
from backoffice.core.roles import OWNER, role
from integrations import services, tasks
from integrations.fake_channel.server import Fault
from integrations.models import CodeMapping, Connection, Cursor, QuarantinedRow, SyncRun
from integrations.services.pulling import EVERY_S
from orders.models import Channel, Order, OrderLine, OrderPayment
from tests.factories.books import ACTOR
from tests.factories.channels import START, Connected, connect, sample_shop
from tests.factories.sales import make_channel


def pull(connected: Connected, connection_id: int | None = None):
    result = services.pull_orders(connection_id=connection_id or connected.id, force=True)
    imported = services.import_orders(connection_id=connection_id or connected.id)
    return result, imported


def cursor_of(connection_id: int) -> Cursor:
    return Cursor.objects.get(connection_id=connection_id, stream="orders")


def test_what_the_shop_says_was_paid_is_recorded_with_the_order_and_once(connected):
    Channel.objects.update(payment_policy="paid")
    authorised = {
        "id": "p-1",
        "status": "authorised",
        "amount": "18.00",
        "at": "2026-03-10T09:00:04Z",
        "reference": "ch_1",
    }
    connected.sell(1001, "MUG", payments=[authorised])
    connected.sell(1002, "MUG", payments=[authorised | {"id": "p-2", "status": "captured"}])
    connected.sell(1003, "MUG")

    _result, imported = pull(connected)

    paid = OrderPayment.objects.order_by("external_id").values_list(
        "order__external_id", "external_id", "reference", "authorised", "captured"
    )
    assert list(paid) == [("S1001", "p-1", "ch_1", 18, 0), ("S1002", "p-2", "ch_1", 18, 18)]
    statuses = dict(Order.objects.values_list("external_id", "status"))
    assert statuses == {"S1001": "placed", "S1002": "released", "S1003": "placed"}
    connected.clock.forward(minutes=10)
    for number, payment in ((1001, "p-1"), (1002, "p-2")):
        connected.sell(number, "MUG", payments=[authorised | {"id": payment, "status": "captured"}], status="fulfilled")
    _result, imported = pull(connected)
    assert imported.counts == {"already": 2}
    assert list(OrderPayment.objects.order_by("pk").values_list("captured", flat=True)) == [18, 18]
    assert Order.objects.get(external_id="S1001").status == "released"
    assert run_checks().ok


def test_a_payment_that_contradicts_itself_is_shown_and_its_order_kept(connected):
    first = {"id": "p-1", "status": "captured", "amount": "18.00", "at": "2026-03-10T09:00:04Z"}
    connected.sell(1001, "MUG", payments=[first])
    pull(connected)
    connected.clock.forward(minutes=10)
    connected.sell(1002, "MUG", payments=[first | {"amount": "17.00"}])
    connected.sell(1003, "MUG", payments=[first | {"id": "p-3"}])

    _result, imported = pull(connected)

    assert imported.counts == {"placed": 2}
    assert list(OrderPayment.objects.order_by("external_id").values_list("order__external_id", "external_id")) == [
        ("S1001", "p-1"),
        ("S1003", "p-3"),
    ]
    row = QuarantinedRow.objects.get(status="open")
    assert (row.code, row.order.external_id) == ("payment_payment_reused", "S1002")
    assert run_checks().ok


def test_an_order_arrives_as_the_shop_has_it(connected):
    connected.sell(1001, "MUG", "CUP", prices_include_tax=False)

    result, imported = pull(connected)

    assert (result.status, result.received, result.new) == ("done", 1, 1)
    assert imported.counts == {"placed": 1}
    order = Order.objects.select_related("contact__person", "shipping_address").get()
    assert (order.external_id, order.external_number, order.status) == ("S1001", "#1001", "released")
    assert order.placed_at == datetime(2026, 3, 10, 9, tzinfo=UTC)
    assert (order.currency, order.prices_include_tax, order.total) == ("GBP", False, Decimal("30.00"))
    assert (order.goods_total, order.charges_total, order.tax_total) == (20, 5, 5)
    assert [
        (line.external_id, line.channel_sku, line.description, line.quantity, line.unit_price, line.tax, line.tax_rate)
        for line in order.lines.order_by("position")
    ] == [
        ("1", "MUG", "A MUG", 1, 10, 2, Decimal("0.2")),
        ("2", "CUP", "A CUP", 1, 10, 2, Decimal("0.2")),
    ]
    charge = order.charges.get()
    assert (charge.kind, charge.description, charge.amount, charge.tax) == ("shipping", "Standard", 5, 1)
    assert (order.contact.external_id, order.contact.country) == ("b-1", "GE")
    person = order.contact.person
    assert (person.name, person.email, person.phone) == ("Nino Abashidze", "nino@shop.example", "+995 1")
    place = order.shipping_address
    assert (place.name, place.line1, place.line2, place.city) == ("Nino Abashidze", "Rustaveli 1", "Flat 2", "Tbilisi")
    assert (place.region, place.postcode, place.country, place.phone) == ("TB", "0108", "GE", "+995 2")
    assert order.shipping_service == "Standard"
    assert not order.holds.exists()
    assert InboxWork.objects.get().result_id == order.pk


def test_a_backfill_of_250_orders_over_three_pages(connected):
    for number in range(250):
        connected.sell(number, updated_at=START - timedelta(seconds=250 - number))

    result, imported = pull(connected)

    assert (result.status, result.received, result.new) == ("done", 250, 250)
    assert imported.counts == {"placed": 250}
    assert Order.objects.count() == 250
    assert connected.app.requests.count("GET /api/orders") == 3
    assert cursor_of(connected.id).value == (START - timedelta(seconds=1)).isoformat()
    run = SyncRun.objects.get(job="pull_orders")
    assert (run.status, run.done, run.failed) == ("done", 250, 0)
    assert run_checks().ok


def test_reading_again_changes_nothing(connected):
    connected.sell(1)
    pull(connected)

    result, imported = pull(connected)

    assert (result.received, result.new) == (1, 0)
    assert imported.counts == {}
    assert (Order.objects.count(), InboxMessage.objects.count()) == (1, 1)


def test_an_order_edited_between_two_pages_is_seen(connected):
    for number in range(150):
        connected.sell(f"{number:03}", updated_at=START - timedelta(seconds=300 - number))

    def touch(page: int) -> None:
        if page == 2:  # the first of page one moves behind the window's end
            connected.clock.forward(seconds=1)
            connected.app.shop.change_order("S000", note="edited")

    connected.app.before_page = touch
    pull(connected)
    assert Order.objects.count() == 150
    connected.app.before_page = lambda page: None
    connected.clock.forward(minutes=10)
    result, _imported = pull(connected)

    assert result.new == 1
    assert InboxMessage.objects.filter(external_id="S000").count() == 2


def test_two_orders_in_the_second_of_the_cursor(connected):
    connected.sell(1, updated_at=START)
    pull(connected)
    connected.sell(2, updated_at=START)  # the same whole second, committed later
    connected.clock.forward(minutes=1)

    pull(connected)

    assert sorted(Order.objects.values_list("external_id", flat=True)) == ["S1", "S2"]


@pytest.mark.parametrize("minutes", [-5, 5])
def test_the_shops_clock_counts_not_ours(connected, minutes):
    connected.clock.now = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=minutes)
    connected.sell(1)
    pull(connected)
    connected.clock.forward(seconds=30)
    connected.sell(2)

    pull(connected)

    assert Order.objects.count() == 2


def test_the_cursor_moves_only_after_the_last_page(connected):
    for number in range(150):
        connected.sell(number, updated_at=START - timedelta(seconds=300 - number))
    connected.app.faults.append(Fault("GET /api/orders", status=500, skip=1))

    result, _imported = pull(connected)

    assert result.status == "failed"
    assert cursor_of(connected.id).value == ""
    assert Order.objects.count() == 100  # the first page is kept
    result, _imported = pull(connected)
    assert (result.status, result.received, result.new) == ("done", 50, 50)  # it goes on after the first page
    assert Order.objects.count() == 150


def test_an_expired_page_token_begins_the_walk_anew(connected):
    for number in range(150):
        connected.sell(number, updated_at=START - timedelta(seconds=300 - number))
    connected.app.expire_tokens = True

    def heal(page: int) -> None:
        connected.app.expire_tokens = page < 2

    connected.app.before_page = heal
    result, _imported = pull(connected)

    assert (result.status, Order.objects.count()) == ("done", 150)


@pytest.mark.parametrize(("retry_after", "least", "most"), [("17", 16, 17), ("", 2, 6)])
def test_429_waits_as_asked(connected, retry_after, least, most):
    connected.sell(1)
    connected.app.faults.append(Fault("GET /api/orders", status=429, retry_after=retry_after))

    result, _imported = pull(connected)

    assert result.status == "waiting"
    assert "429" in result.message
    row = Cursor.objects.extra(select={"wait": "extract(epoch FROM due_at - clock_timestamp())"}).get(
        connection_id=connected.id
    )
    assert least - 1 <= row.wait <= most
    assert (row.failures, row.lease_until, row.value) == (0, None, "")  # a limit is no failure
    assert services.connections_to_pull() == []
    assert SyncRun.objects.get().status == "waiting"


def test_a_pull_is_due_once_a_minute(connected):
    assert services.connections_to_pull() == [connected.id]

    assert services.pull_orders(connection_id=connected.id).status == "done"

    assert services.connections_to_pull() == []
    assert services.pull_orders(connection_id=connected.id) is None
    assert SyncRun.objects.count() == 1
    assert EVERY_S == 60


def test_a_login_that_ended_parks_the_connection(connected):
    services.replace_secrets(connection_id=connected.id, secrets={"token": "old"}, actor=ACTOR)

    result, _imported = pull(connected)

    assert result.status == "failed"
    connection = Connection.objects.get()
    assert connection.status == "needs_auth"
    assert "old" not in connection.status_reason
    assert services.connections_to_pull() == []
    services.replace_secrets(connection_id=connected.id, secrets={"token": "right-token"}, actor=ACTOR)
    assert pull(connected)[0].status == "done"


def test_a_slow_channel_is_unavailable_not_broken(connected):
    connected.app.faults.append(Fault("GET /api/clock", delay_s=3, status=200))

    result, _imported = pull(connected)

    assert result.status == "failed"
    assert "did not answer in time" in result.message


def test_one_senseless_order_is_quarantined_and_the_rest_go_on(connected):
    connected.sell(1)
    connected.sell(2, items=[{"id": "1", "sku": "MUG", "title": "", "quantity": "many"}])
    connected.sell(3, status="on_the_moon")
    connected.sell(4)

    _result, imported = pull(connected)

    assert imported.counts == {"placed": 2, "quarantined": 2}
    assert sorted(Order.objects.values_list("external_id", flat=True)) == ["S1", "S4"]
    rows = {row.external_id: row for row in QuarantinedRow.objects.all()}
    assert rows["S2"].code == "payload_unreadable"
    assert rows["S2"].reason == "items[0].quantity is no number."
    assert "on_the_moon" in rows["S3"].reason
    assert "Nino" not in str(rows["S2"].raw)  # personal data stays in the payload that can be erased
    assert run_checks(names=["quarantine_whole", "imported_orders_exist", "inbox_whole"]).ok


def test_an_order_refused_by_orders_is_quarantined_and_replayed_after_repair(connected):
    connected.sell(1, currency="XXX")
    _result, imported = pull(connected)
    assert imported.counts == {"quarantined": 1}
    assert Order.objects.count() == 0
    row = QuarantinedRow.objects.get()
    assert (row.code, row.status) == ("unknown_currency", "open")

    still = services.replay_quarantined(row_ids=[row.pk], actor=ACTOR)
    assert (still.resolved, still.still_open) == (0, 1)
    connected.clock.forward(seconds=5)
    connected.sell(1)
    pull(connected)

    row.refresh_from_db()
    assert (row.status, row.order.external_id) == ("resolved", "S1")


def test_an_unknown_sku_is_held_and_released_after_mapping(connected):
    connected.sell(1, "MUG-NEW")

    _result, imported = pull(connected)

    assert imported.counts == {"held": 1}
    order = Order.objects.get()
    assert [hold.kind for hold in order.holds.all()] == ["mapping"]
    row = QuarantinedRow.objects.get()
    assert (row.code, row.order_id, row.status) == ("unknown_sku", order.pk, "open")
    again = services.replay_quarantined(row_ids=[row.pk], actor=ACTOR)
    assert again.still_open == 1

    CodeMapping.objects.create(
        company=connected.house.company, channel=connected.channel, pattern="MUG-*", meaning="sku", sku_id=connected.mug
    )
    done = services.replay_quarantined(row_ids=[row.pk], actor=ACTOR)

    assert (done.resolved, done.still_open) == (1, 0)
    assert OrderLine.objects.get().sku_id == connected.mug
    assert run_checks().ok


def test_a_mapping_made_before_needs_no_hold(connected):
    CodeMapping.objects.create(
        company=connected.house.company, channel=connected.channel, pattern="TASSE", meaning="sku", sku_id=connected.cup
    )
    connected.sell(1, "TASSE")

    _result, imported = pull(connected)

    assert imported.counts == {"placed": 1}
    assert OrderLine.objects.get().sku_id == connected.cup


def test_a_pending_order_without_address_or_prices_is_placed_when_paid(connected):
    connected.app.shop.put_order({"id": "S1", "status": "pending", "items": []})
    _result, imported = pull(connected)
    assert imported.counts == {"ignored": 1}
    connected.clock.forward(seconds=40)
    connected.sell(1)

    _result, imported = pull(connected)

    assert imported.counts == {"placed": 1}


def test_a_cancellation_before_picking_cancels(connected):
    connected.sell(1)
    pull(connected)
    connected.clock.forward(seconds=40)
    connected.app.shop.change_order("S1", status="cancelled")

    _result, imported = pull(connected)

    assert imported.counts == {"cancelled": 1}
    assert Order.objects.get().status == "cancelled"
    assert run_checks().ok


def test_an_order_cancelled_before_we_had_it_is_not_placed(connected):
    connected.sell(1)
    services.pull_orders(connection_id=connected.id, force=True)  # received, not yet imported
    connected.clock.forward(seconds=40)
    connected.app.shop.change_order("S1", status="cancelled")

    _result, imported = pull(connected)

    assert imported.counts == {"ignored": 2}
    assert Order.objects.count() == 0


def test_an_item_swapped_at_the_channel_is_swapped_here_once(connected):
    connected.sell(1)
    pull(connected)
    connected.clock.forward(seconds=40)
    connected.sell(1, "CUP")

    _result, imported = pull(connected)

    assert imported.counts == {"changed": 1} and not QuarantinedRow.objects.exists()
    lines = OrderLine.objects.order_by("position").values_list("channel_sku", "quantity", "cancelled")
    assert list(lines) == [("MUG", 1, 1), ("CUP", 1, 0)]
    connected.clock.forward(seconds=40)
    connected.sell(1, "CUP")
    pull(connected)
    assert list(lines.all()) == [("MUG", 1, 1), ("CUP", 1, 0)]


def test_what_the_database_refuses_is_found_by_halving(connected):
    """A rule that only the database knows stops one order of the batch, not the batch."""
    for number in range(20):
        connected.sell(number)
    with_rule = (
        "ALTER TABLE orders_order ADD CONSTRAINT never_s13 CHECK (external_id <> 'S13')",
        "ALTER TABLE orders_order DROP CONSTRAINT never_s13",
    )
    as_owner(database, with_rule[0])
    try:
        _result, imported = pull(connected)
    finally:
        as_owner(database, with_rule[1])

    assert imported.counts == {"placed": 19, "quarantined": 1}
    row = QuarantinedRow.objects.get()
    assert (row.external_id, row.code) == ("S13", "database_refused")
    assert "never_s13" in row.reason
    assert run_checks().ok


def as_owner(database, statement: str) -> None:
    with role(database, OWNER), database.cursor() as cursor:
        cursor.execute(statement)


def test_two_accounts_share_nothing(connected):
    with sample_shop(connected.clock) as (other_app, other_server):
        other = connect(make_channel(connected.house, "other"), other_server)
        connected.sell(1)
        connected.sell(2)
        other_app.shop.put_order({**sample_of(connected, "S1"), "note": "another shop's order of that number"})

        pull(connected)
        pull(connected, other.pk)

        assert Order.objects.filter(channel=connected.channel).count() == 2
        assert Order.objects.filter(channel=other.channel).count() == 1
        assert cursor_of(connected.id).pk != cursor_of(other.pk).pk
        assert bytes(Connection.objects.get(pk=other.pk).secrets) != bytes(
            Connection.objects.get(pk=connected.id).secrets
        )


def sample_of(connected: Connected, order_id: str):
    return connected.app.shop.order(order_id)


def test_a_stopped_run_keeps_its_cursor(connected):
    for number in range(150):
        connected.sell(number, updated_at=START - timedelta(seconds=300 - number))

    def stop(page: int) -> None:
        if page == 1:
            services.request_stop(run_id=SyncRun.objects.get(job="pull_orders").pk)

    connected.app.before_page = stop
    result, _imported = pull(connected)

    assert result.status == "stopped"
    assert (cursor_of(connected.id).value, Order.objects.count()) == ("", 100)


def test_no_http_inside_a_transaction(connected):
    with pytest.raises(InsideTransaction), transaction.atomic():
        services.pull_orders(connection_id=connected.id, force=True)

    assert connected.app.requests == []


def test_a_batch_costs_the_same_number_of_statements(connected):
    counts = []
    for number in (2, 40):
        for one in range(number):
            connected.sell(f"{number}-{one}", buyer={"id": f"b{number}-{one}", "name": "N", "email": "", "phone": ""})
        services.pull_orders(connection_id=connected.id, force=True)
        with CaptureQueriesContext(database) as queries:
            imported = services.import_orders(connection_id=connected.id)
        assert imported.counts == {"placed": number}
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 55


def test_the_order_page_shows_what_the_channel_sent_and_was_told(connected):
    connected.sell(1)
    pull(connected)
    order = Order.objects.get()

    panels = {panel.name: panel.rows(order.pk) for panel in registry.panels("orders.order")}

    [message] = panels["channel_messages"]
    assert (message["status"], message["version"][:16]) == ("processed", "2026-03-10T12:00")
    assert panels["tracking_pushes"] == []


def test_the_run_tells_what_became_of_the_messages(connected):
    connected.sell(1)
    connected.sell(2, currency="XXX")
    connected.sell(3, "NEW")

    pull(connected)

    run = SyncRun.objects.get(job="import_orders")
    assert (run.status, run.done, run.failed) == ("done", 2, 1)
    assert run.message == "held 1, placed 1, quarantined 1"
    assert run.finished_at is not None


def test_the_nightly_job_reads_the_last_days_again(connected):
    connected.clock.now = START
    connected.sell(1, updated_at=START - timedelta(days=2))
    connected.sell(2)
    pull(connected)
    connected.sell(3, updated_at=START - timedelta(days=1))  # the channel's index was late by a day
    pull(connected)
    assert Order.objects.count() == 2
    SyncRun.objects.update(started_at="2020-01-01T00:00:00Z")

    tasks.reread_orders.apply()
    tasks.reread_orders.apply()

    assert Order.objects.count() == 3
    assert JobRun.objects.get(job="reread-orders").status == "ok"
    assert SyncRun.objects.filter(job="pull_orders").count() == 1  # older ones are forgotten
