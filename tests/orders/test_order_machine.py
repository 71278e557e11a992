"""Random lives of orders: whatever people do, in whatever order, the whole proof holds and the cents add up."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from backoffice.core.models import User
from backoffice.core.registry import registry
from orders.models import Fulfilment, Hold, OrderLine, ReturnLine, Shipment
from orders.services import (
    ReturnInput,
    allocate_back_orders,
    approve_returns,
    cancel_order,
    fulfil_allocated,
    place_hold,
    release_hold,
    release_orders,
    request_return,
    resolve_returns,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import make_shop, make_sku, make_stock, rows
from tests.factories.sales import line, make_channel, order, place, shipping
from warehouse.models import PickTask
from warehouse.services import (
    Dispatch,
    Pack,
    Pick,
    ReturnedLine,
    ReturnReceipt,
    confirm_picks,
    create_pick_lists,
    fulfil_straight,
    pack,
    receive_returns,
    ship,
)

pytestmark = pytest.mark.django_db

D = Decimal
ZERO = D(0)
which = st.integers(0, 10_000)
few = st.integers(1, 4).map(D)
rarely = st.integers(0, 4).map(lambda n: n == 4)
cents = st.integers(0, 300).map(lambda n: D(n) / 100)


class OrderMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.shop = make_shop()
        self.given = {"company_id": self.shop.id, "actor": ACTOR}
        self.user = Actor.of(User.objects.create(username="dora"))
        self.skus = {code: make_sku(self.shop, code) for code in ("MUG", "CUP")}
        self.channels = [make_channel(self.shop), make_channel(self.shop, "whole", ship_complete=True)]
        self.orders: list[int] = []
        self.count = 0
        self.receive("MUG", D(9))
        self.receive("CUP", D(9))
        for _start in range(3):
            self.place(D(2), D(2))

    def teardown(self) -> None:
        try:
            for check in registry.checks():
                if check.sql:
                    assert rows(check.sql.replace("%", "%%")) == [], check.name
            assert rows(_CENTS) == []
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def attempt(self, work: Callable[[], Any]) -> Any:
        """What the service answers, or None if it refuses; the deferred checks run at once, as at commit."""
        try:
            with transaction.atomic():
                result = work()
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
                return result
        except DomainError:
            return None

    def one(self, found: Any, pick: int) -> Any:
        """One of the rows, or None."""
        ids = list(found.order_by("pk").values_list("pk", flat=True))
        return ids[pick % len(ids)] if ids else None

    def receive(self, code: str, quantity: Decimal) -> None:
        self.count += 1
        value = str(quantity * 5)
        make_stock(self.shop, self.skus[code], str(quantity), value, key=f"stock:{self.count}")

    @rule(code=st.sampled_from(["MUG", "CUP"]), quantity=few, claim=st.booleans())
    def goods_arrive(self, code, quantity, claim):
        self.receive(code, quantity)
        if claim:
            self.attempt(lambda: allocate_back_orders(**self.given))

    @rule(mugs=few, cups=few, discount=cents, tax=cents, whole=st.booleans(), held=rarely)
    def order_arrives(self, mugs, cups, discount, tax, whole, held):
        self.place(mugs, cups, discount=discount, tax=tax, whole=whole, held=held)

    def place(self, mugs, cups, *, discount=ZERO, tax=ZERO, whole=False, held=False):
        self.count += 1
        lines = [line("MUG", str(mugs), "3.33", discount=discount, tax=tax), line("CUP", str(cups), "7.77")]
        given = order(f"A{self.count}", *lines, charges=[shipping()], holds=[("fraud", "odd")] if held else [])
        (result,) = self.attempt(lambda: place(self.channels[whole], given))
        self.orders.append(result.order_id)

    @precondition(lambda self: self.orders)
    @rule(pick=which)
    def somebody_holds(self, pick):
        pk = self.orders[pick % len(self.orders)]
        self.attempt(lambda: place_hold(pk, kind="manual", reason="wait", **self.given))

    @rule(pick=which)
    def somebody_releases_a_hold(self, pick):
        pk = self.one(Hold.objects.filter(released_at=None), pick)
        self.attempt(lambda: release_hold(pk, company_id=self.shop.id, actor=self.user, reason="seen"))

    @precondition(lambda self: self.orders)
    @rule(pick=which)
    def somebody_releases(self, pick):
        pk = self.orders[pick % len(self.orders)]
        self.attempt(lambda: release_orders([pk], **self.given))

    @rule()
    def claims_become_work(self):
        self.attempt(lambda: fulfil_allocated(**self.given))

    @precondition(lambda self: self.orders)
    @rule(pick=which, quantity=few, whole=rarely)
    def somebody_cancels(self, pick, quantity, whole):
        pk = self.orders[pick % len(self.orders)]
        lines = None if whole else {self.one(OrderLine.objects.filter(order_id=pk), pick): quantity}
        self.attempt(lambda: cancel_order(pk, reason="x", lines=lines, **self.given))

    @rule(pick=which)
    def picking_starts(self, pick):
        pk = self.one(Fulfilment.objects.filter(status="ready"), pick)
        if pk:
            self.attempt(lambda: create_pick_lists([pk], **self.given))

    @rule(pick=which, short=st.integers(0, 5).map(lambda n: D(n == 0)))
    def a_task_is_picked(self, pick, short):
        pk = self.one(PickTask.objects.filter(status="open"), pick)
        if pk:
            quantity = max(PickTask.objects.get(pk=pk).quantity - short, D(0))
            self.attempt(lambda: confirm_picks([Pick(pk, quantity)], effective_at=NOON, **self.given))

    @rule(pick=which)
    def a_box_is_packed(self, pick):
        pk = self.one(Fulfilment.objects.filter(status="picked"), pick)
        if pk:
            self.attempt(lambda: pack([Pack(pk)], effective_at=NOON, **self.given))

    @rule(pick=which)
    def a_box_leaves(self, pick):
        pk = self.one(Shipment.objects.filter(status="draft"), pick)
        if pk:
            self.attempt(lambda: ship([Dispatch(pk, "DHL", "", f"T{pk}", NOON)], **self.given))

    @rule()
    def all_that_is_ready_leaves_at_once(self):
        ready = list(Fulfilment.objects.filter(status="ready").order_by("pk").values_list("pk", flat=True))
        if ready:
            self.attempt(lambda: fulfil_straight(ready, effective_at=NOON, **self.given))

    @rule(
        pick=which, quantity=few, goods=st.booleans(), disposition=st.sampled_from(["restock", "quarantine", "scrap"])
    )
    def something_comes_back(self, pick, quantity, goods, disposition):
        pk = self.one(OrderLine.objects.filter(shipped__gt=0), pick)
        if pk:
            self.attempt(lambda: self._return(OrderLine.objects.get(pk=pk), quantity, goods, disposition))

    def _return(self, sold: OrderLine, quantity: Decimal, goods: bool, disposition: str) -> None:
        rma = request_return(
            sold.order_id, lines=[ReturnInput(sold.pk, quantity)], reason="x", requested_at=NOON, **self.given
        )
        approve_returns([rma], **self.given)
        if not goods:
            resolve_returns([rma], effective_at=NOON, **self.given)
            return
        lines = [
            ReturnedLine(part.pk, part.quantity, disposition) for part in ReturnLine.objects.filter(return_order=rma)
        ]
        receive_returns([ReturnReceipt(rma, lines)], effective_at=NOON, **self.given)


# Lines shipped in full whose documents do not add up to what was ordered.
_CENTS = """
SELECT l.id FROM orders_orderline l JOIN orders_shipmentline sl ON sl.order_line_id = l.id
JOIN accounting_invoiceline il ON il.source_type = 'orders.shipmentline' AND il.source_id = sl.id
WHERE l.shipped = l.quantity GROUP BY l.id, l.quantity, l.unit_price, l.discount, l.tax
HAVING sum(il.net) <> l.quantity * l.unit_price - l.discount OR sum(il.tax) <> l.tax
"""


def test_orders_live_through_anything():
    """Answers claims that were missing, negative, left behind or lost on cancel (saleor/saleor#5334, #4058, #17170;
    medusajs/medusa#11131, #11266, #11703, #9736)."""
    run_state_machine_as_test(
        OrderMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=40,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
