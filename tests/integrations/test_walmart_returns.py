"""Returns that Walmart's buyers ask for, the money that comes with them, and listings taken off sale and put back."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from integrations import services
from integrations.fake_channel.server import Fault
from integrations.models import Connection, ImportedRefund, Listing, SyncRun
from integrations.services.products import change_listing
from orders.models import ReturnOrder
from tests.factories.books import ACTOR
from tests.factories.simulated import Simulated
from tests.factories.staff import sign_in
from tests.integrations.test_conformance import unproved
from tests.simulators.engine import Refund, running
from tests.simulators.walmart import WalmartSimulator
from tests.simulators.walmart_returns import Asked, Back, WalmartReturns

D = Decimal


@pytest.fixture
def shop(transactional_db):
    with running(WalmartSimulator()) as simulator:
        shop = Simulated(simulator)
        for number in (1, 2):
            shop.sell(number, "MUG", "CUP")
        shop.pull()
        shop.ship(shop.ours(1))
        shop.clock.forward(minutes=10)
        yield shop


def look(shop):
    services.read_notices(connection_id=shop.id, force=True)
    shop.open_limits()
    return SyncRun.objects.filter(job="read_returns").latest("pk")


def back(shop, number=1, line="11", sku="MUG", **given):
    return Back(shop.simulator.order_id(number), line, sku, **given)


def returns():
    rows = ReturnOrder.objects.order_by("pk")
    return [
        (row.external_id, row.status, row.refunds, [(line.sku.code, line.quantity) for line in row.lines.all()])
        for row in rows
    ]


def test_what_buyers_send_back_is_expected_here_once_by_purchase_order(shop):
    shop.ship(shop.ours(2))
    one, two = shop.simulator.order_id(1), shop.simulator.order_id(2)
    lines = [back(shop), back(shop, line="12", sku="CUP"), back(shop, 2, "21"), Back("1", "1", "MUG")]
    shop.simulator.returns.append(Asked("R1", lines))

    for _again in range(3):
        run = look(shop)

    assert (run.status, run.failed, run.message) == ("done", 0, "")
    assert returns() == [
        (f"rma-R1-{one}", "approved", False, [("MUG", 1), ("CUP", 1)]), (f"rma-R1-{two}", "approved", False, [("MUG", 1)]),
    ]  # fmt: skip
    found = ReturnOrder.objects.first()
    assert (found.order, found.goods_expected, found.reason) == (shop.ours(1), True, "DEFECTIVE")
    assert unproved() == []


def test_the_money_comes_apart_from_the_goods_by_looking_at_the_order_and_neither_twice(shop):
    """The order's own time does not say that it was refunded: the return does."""
    order_id, line = shop.simulator.order_id(1), back(shop, refunded=1, status="COMPLETED")
    shop.simulator.returns.append(Asked("R1", [line]))
    refund = Refund("801", (("11", 1, D(10), D(2), "kept"),), at=shop.clock.now - timedelta(minutes=5))
    shop.state.orders[order_id] = replace(shop.state.orders[order_id], refunds=(refund,))

    for _again in range(2):
        look(shop)
        services.look_at_orders(connection_id=shop.id)
        services.import_orders(connection_id=shop.id)

    refund = ImportedRefund.objects.get()
    assert (refund.state, refund.return_order.credit_note.total) == ("applied", 10), (
        refund.detail
    )  # the tax is Walmart's
    assert [row[:3] for row in returns()] == [(f"rma-R1-{order_id}", "approved", False), (None, "resolved", True)]
    assert unproved() == []


def test_what_the_buyer_keeps_or_called_off_is_not_expected(shop):
    shop.simulator.returns += [
        Asked("R1", [back(shop, kept=True), back(shop, line="12", sku="CUP", expected=False)]),
        Asked("R2", [back(shop, status="COMPLETED", events=("RETURN_INITIATED", "RETURN_CANCELLED"))]),
    ]
    assert look(shop).failed == 0 and returns() == []

    shop.simulator.returns.append(Asked("R3", [back(shop, line="12", sku="CUP")]))
    look(shop)
    assert [row[1] for row in returns()] == ["approved"]
    shop.simulator.returns[-1].lines[0].status = "CANCELLED"
    for _again in range(2):
        assert look(shop).failed == 0
    assert [row[1] for row in returns()] == ["cancelled"]
    assert unproved() == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "BEAMED_UP"}, "Return R1: returnOrders[0].returnOrderLines[0].status “BEAMED_UP” is not known."),
        ({"quantity": 0}, "measurementValue is not above zero."),
        ({"quantity": 5}, "only 1 can come back"),
        ({"line": "77"}, "The channel's line 77 is not one of the order's."),
    ],
)
def test_what_makes_no_sense_is_told_the_others_are_taken_and_it_is_tried_again(shop, changes, why):
    wrong = Asked("R1", [back(shop, **changes)])
    shop.simulator.returns += [wrong, Asked("R2", [back(shop, line="12", sku="CUP")])]

    run = look(shop)

    assert (run.done, run.failed) == (1, 1) and why in run.message, run.message
    assert [row[3] for row in returns()] == [[("CUP", 1)]]
    wrong.lines = [back(shop)]
    assert look(shop).failed == 0 and len(returns()) == 2


def test_all_pages_are_read_and_one_that_fails_is_begun_anew(shop, monkeypatch):
    monkeypatch.setattr("integrations.connectors.walmart.returns.PAGE", "1")
    shop.simulator.returns += [Asked("R1", [back(shop)]), Asked("R2", [back(shop, line="12", sku="CUP")])]
    shop.simulator.faults.append(
        Fault("GET /v3/returns", status=500, skip=3)
    )  # the second page of returns, after both of refunds

    assert look(shop).status == "failed"

    assert returns() == [] and Connection.objects.get().status == "active"
    shop.simulator.faults.clear()
    shop.open_limits()
    look(shop)
    assert len(returns()) == 2


@pytest.mark.parametrize(
    "name", ["returnOrderId", "returnOrderDate", "returnOrderLines", "purchaseOrderId", "purchaseOrderLineNumber", "quantity", "status"]
)  # fmt: skip
def test_a_field_that_only_one_side_knows_is_noticed(shop, monkeypatch, name):
    def renamed(row):
        return {("wrong" if key == name else key): value for key, value in row.items()}

    plain, plain_line = WalmartReturns._return, WalmartReturns._line
    monkeypatch.setattr(WalmartReturns, "_line", staticmethod(lambda number, line: renamed(plain_line(number, line))))
    monkeypatch.setattr(WalmartReturns, "_return", lambda self, row: renamed(plain(self, row)))
    shop.simulator.returns.append(Asked("R1", [back(shop)]))

    run = look(shop)

    assert returns() == [] and name in run.message


def test_a_listing_that_buyers_are_not_to_see_is_shown_without_stock_and_comes_back(shop):
    """Walmart calls retiring permanent: nothing is retired, so all of it can come back."""
    shop.list_wares("MUG", "CUP")
    services.push_stock(connection_id=shop.id)
    before, row = dict(shop.state.stock), Listing.objects.get(external_sku="MUG")

    change_listing(listing_id=row.pk, rules={"is_offered": False}, actor=ACTOR)
    assert services.push_stock(connection_id=shop.id).pushed == 1
    hidden = dict(shop.state.stock)
    page = sign_in("owner").get(reverse("admin:integrations_listing_change", args=[row.pk])).content.decode()
    change_listing(listing_id=row.pk, rules={"is_offered": True}, actor=ACTOR)
    services.push_stock(connection_id=shop.id)

    assert hidden == before | {"MUG": 0} and before["MUG"] > 0
    assert "hidden from buyers" in page and 'name="is_offered"' in page
    assert dict(shop.state.stock) == before
    assert not [call for call in shop.simulator.requests if call.startswith("DELETE")]
