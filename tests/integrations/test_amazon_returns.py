"""Returns that Amazon's buyers ask for, from its report (Reports API: request and answers valid in the published model)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from integrations import services
from integrations.connectors.amazon.returns import read
from integrations.fake_channel.server import Fault
from integrations.models import Connection, Cursor, ImportedRefund, SyncRun
from orders.models import ReturnOrder
from tests.factories.simulated import Simulated
from tests.factories.staff import sign_in
from tests.integrations.test_conformance import unproved
from tests.simulators.amazon import AmazonSimulator
from tests.simulators.amazon_returns import Asked
from tests.simulators.engine import Refund, running

D = Decimal


@pytest.fixture
def shop(transactional_db):
    with running(AmazonSimulator()) as simulator:
        shop = Simulated(simulator)
        for number in (1, 2):
            shop.sell(number, "MUG", "CUP")
        shop.pull()
        shop.ship(shop.ours(1))
        services.read_notices(connection_id=shop.id, force=True)  # the first report, without a return
        shop.clock.forward(minutes=10)
        shop.open_limits()
        yield shop


def look(shop):
    """Ask for the report, then take it."""
    for _step in ("asked", "taken"):
        services.read_notices(connection_id=shop.id, force=True)
        shop.open_limits()
    return SyncRun.objects.filter(job="read_returns").latest("pk")


def wanted(shop, number=1, **given):
    return Asked(shop.simulator.order_id(number), **{"rma": "D1", "sku": "MUG", "item": f"{number}1"} | given)


def returns():
    rows = ReturnOrder.objects.order_by("pk")
    return [
        (row.external_id, row.status, row.refunds, [(line.sku.code, line.quantity) for line in row.lines.all()])
        for row in rows
    ]


def test_what_buyers_want_to_send_back_is_expected_here_once(shop):
    shop.simulator.returns += [
        wanted(shop),
        wanted(shop, sku="CUP", item="12"),
        Asked("999-0000000-0000000", "D9", "MUG"),
    ]

    for _again in range(3):
        run = look(shop)

    assert (run.status, run.done, run.failed, run.message) == ("done", 2, 0, "")
    assert returns() == [("rma-D1", "approved", False, [("MUG", 1), ("CUP", 1)])]
    found = ReturnOrder.objects.get()
    assert (found.order, found.goods_expected, found.reason) == (shop.ours(1), True, "CR-UNWANTED_ITEM")
    assert found.requested_at.date() == date(2026, 3, 10)
    page = sign_in("order_desk").get(reverse("admin:orders_order_change", args=[shop.ours(1).pk])).content.decode()
    assert found.number in page
    key = make_api_key(
        name="t", user=User.objects.create_superuser("robot"), scopes=("returns:read",), channel_id=shop.channel.pk
    )[1]
    told = Client().get(f"/api/v1/returns/{found.pk}/", headers={"authorization": f"Api-Key {key}"}).json()
    assert (told["external_id"], told["status"]) == ("rma-D1", "approved")
    assert unproved() == []


def test_the_money_comes_apart_from_the_goods_and_neither_twice(shop):
    shop.simulator.returns.append(wanted(shop))
    look(shop)
    shop.state.change(
        shop.simulator.order_id(1), refunds=(Refund("801", (("11", 1, D(10), D(2), "kept"),), at=shop.clock.now - timedelta(minutes=5)),)
    )  # fmt: skip

    for _again in range(2):
        look(shop)
        services.look_at_orders(connection_id=shop.id)
        services.import_orders(connection_id=shop.id)

    refund = ImportedRefund.objects.get()
    assert (refund.state, refund.return_order.credit_note.total) == ("applied", 12), refund.detail
    assert [row[:3] for row in returns()] == [("rma-D1", "approved", False), (None, "resolved", True)]
    assert unproved() == []


def test_an_asked_one_is_approved_when_amazon_has_and_one_that_has_not_left_is_tried_again(shop):
    shop.simulator.returns += [wanted(shop, status="Pending Approval"), wanted(shop, number=2, rma="D2")]

    first = look(shop)

    assert (first.done, first.failed) == (1, 1) and shop.simulator.order_id(2) in first.message
    assert [row[:2] for row in returns()] in ([("rma-D1", "requested")], [("rma-D1", "approved")])
    shop.simulator.returns[0].status = "Approved"
    shop.ship(shop.ours(2))
    second = look(shop)
    assert (second.done, second.failed) == (2, 0), second.message
    assert [row[:2] for row in returns()] == [("rma-D1", "approved"), ("rma-D2", "approved")]
    assert unproved() == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "Beamed up"}, "return request status “Beamed up” is not known."),
        ({"quantity": 0}, "return quantity is not above zero."),
        ({"quantity": 5}, "only 1 can come back"),
        ({"item": "77"}, "The channel's line 77 is not one of the order's."),
        ({"item": "", "sku": "TEAPOT"}, "The channel's line TEAPOT is not one of the order's."),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told_and_nothing_is_written(shop, changes, why):
    shop.simulator.returns.append(wanted(shop, **changes))

    run = look(shop)

    assert (run.done, run.failed) == (0, 1) and why in run.message, run.message
    assert returns() == []
    assert unproved() == []


def test_refused_ones_are_left_out_and_a_file_without_item_ids_is_matched_by_sku(shop):
    shop.simulator.returns += [wanted(shop, status="Denied"), wanted(shop, rma="D3", item="", sku="cup")]

    assert look(shop).done == 1
    assert returns() == [("rma-D3", "approved", False, [("CUP", 1)])]


def test_the_report_is_waited_for_and_one_that_is_lost_is_asked_for_again(shop):
    shop.simulator.returns.append(wanted(shop))
    shop.simulator.report_status = "IN_PROGRESS"
    assert look(shop).status == "done" and returns() == []
    assert len(shop.simulator.reports) == 2
    shop.simulator.report_status = "FATAL"
    services.read_notices(connection_id=shop.id, force=True)
    assert SyncRun.objects.filter(job="read_returns").latest("pk").status == "failed"
    shop.simulator.report_status = "CANCELLED"  # nothing to return
    assert look(shop).status == "done" and returns() == []
    shop.simulator.report_status = "DONE"
    look(shop)
    assert len(returns()) == 1 and len(shop.simulator.reports) == 4
    assert services.connections_to_notice() == []  # each has its own time
    assert Cursor.objects.get(stream="returns").walk is None


def test_an_app_that_may_not_read_returns_is_told_and_goes_on(shop):
    shop.simulator.faults.append(Fault("POST /reports", status=403))
    services.read_notices(connection_id=shop.id, force=True)

    run = SyncRun.objects.filter(job="read_returns").latest("pk")
    assert run.status == "failed" and "Inventory and Order Tracking" in run.message
    assert Connection.objects.get().status == "active" and returns() == []


def test_a_column_under_another_name_is_noticed():
    """Every column that is read must be there: planted wrong, the row is told and none is taken."""
    given = AmazonSimulator()
    given.returns.append(Asked("1", "D1", "MUG"))
    content = given.file(*[given.state.clock()] * 2)
    assert len(read(content).returns) == 1
    for name in (b"Order ID", b"Return request date", b"Return request status", b"Return quantity"):
        found = read(content.replace(name, b"Wrong", 1))
        assert (list(found.returns), len(found.bad)) == ([], 1), name
