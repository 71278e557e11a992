"""Random edits of orders at any point of their life: claims, work, bills and totals follow every one of them."""

import os
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from backoffice.core.models import User
from backoffice.core.registry import registry
from orders.inputs import ChargeInput
from orders.models import CancelRequest, Fulfilment, Hold, Order, OrderCharge, OrderLine, Shipment
from orders.services import (
    ChargeAddition,
    ChargeEdit,
    LineAddition,
    LineEdit,
    OrderEdit,
    PaymentInput,
    cancel_order,
    change_order,
    place_hold,
    release_hold,
    release_orders,
    take_payments,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import make_shop, make_sku, make_stock, rows
from tests.factories.kits import make_kit
from tests.factories.sales import line, make_channel, order, place
from warehouse.models import PickTask
from warehouse.services import (
    Answer,
    Dispatch,
    Pack,
    Pick,
    answer_cancels,
    confirm_picks,
    create_pick_lists,
    pack,
    ship,
)

pytestmark = pytest.mark.django_db

D = Decimal
SOAK = os.environ.get("BACKOFFICE_TEST_SOAK") == "1"
which = st.integers(0, 10_000)
some = st.integers(0, 5).map(D)
cents = st.integers(-200, 900).map(lambda n: D(n) / 100)
rarely = st.integers(0, 4).map(lambda n: n == 4)

# Lines that are claimed beyond what is open of them: the demand, or each component's.
_OVER_CLAIMED = """
SELECT l.id FROM orders_orderline l JOIN inventory_demand d ON d.id = l.demand_id
WHERE l.quantity - l.cancelled - l.shipped < d.claimed OR d.quantity - d.used <> l.quantity - l.cancelled - l.shipped
UNION ALL
SELECT l.id FROM orders_orderline l JOIN orders_orderlinecomponent c ON c.order_line_id = l.id
JOIN inventory_demand d ON d.id = c.demand_id
WHERE (l.quantity - l.cancelled) * c.per_kit + c.given_up < d.claimed + d.used
"""
_NOT_RESERVED = """
SELECT sku_id, warehouse_id FROM (
    SELECT sku_id, warehouse_id, sum(open) AS claimed FROM inventory_allocation GROUP BY sku_id, warehouse_id) a
FULL JOIN (SELECT sku_id, warehouse_id, sum(reserved) AS reserved FROM inventory_stocklevel
    GROUP BY sku_id, warehouse_id) s USING (sku_id, warehouse_id)
WHERE coalesce(a.claimed, 0) <> coalesce(s.reserved, 0)
"""
# Orders whose totals are not the sum of their lines and charges.
_TOTALS = """
SELECT o.id FROM orders_order o
LEFT JOIN LATERAL (SELECT sum(quantity * unit_price) AS goods, sum(discount) AS discount, sum(tax) AS tax
    FROM orders_orderline WHERE order_id = o.id) l ON true
LEFT JOIN LATERAL (SELECT sum(amount) AS amount, sum(tax) AS tax FROM orders_ordercharge WHERE order_id = o.id) c ON true
WHERE o.goods_total <> coalesce(l.goods, 0) OR o.discount_total <> coalesce(l.discount, 0)
    OR o.charges_total <> coalesce(c.amount, 0) OR o.tax_total <> coalesce(l.tax, 0) + coalesce(c.tax, 0)
    OR o.total <> round(o.goods_total - o.discount_total + o.charges_total + o.tax_total, 2) OR o.total < 0
"""
# More billed of goods than was shipped of the line, or of a charge that nobody has billed.
_OVER_BILLED = """
SELECT l.id FROM orders_orderline l
JOIN orders_shipmentline sl ON sl.order_line_id = l.id
JOIN accounting_invoiceline il ON il.source_type = 'orders.shipmentline' AND il.source_id = sl.id
GROUP BY l.id, l.shipped HAVING sum(il.quantity) > l.shipped
UNION ALL
SELECT c.id FROM orders_ordercharge c
JOIN accounting_invoiceline il ON il.source_type = 'orders.ordercharge' AND il.source_id = c.id
WHERE NOT c.billed OR il.net <> c.amount OR il.tax <> c.tax
"""
# Orders held for payment although their channel is content. (The other way round a person may have let them go.)
_HELD_THOUGH_PAID = """
SELECT o.id FROM orders_order o JOIN orders_channel ch ON ch.id = o.channel_id AND ch.payment_policy = 'paid'
JOIN orders_hold h ON h.order_id = o.id AND h.kind = 'payment' AND h.released_at IS NULL
WHERE o.total <= coalesce((SELECT sum(captured - refunded) FROM orders_orderpayment WHERE order_id = o.id), 0)
"""


class EditMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.shop = make_shop()
        self.given: dict[str, Any] = {"company_id": self.shop.id, "actor": ACTOR}
        self.user = Actor.of(User.objects.create(username="dora"))
        self.skus = {code: make_sku(self.shop, code) for code in ("MUG", "CUP")}
        for code, sku in self.skus.items():
            make_stock(self.shop, sku, "30", "150", key=code)
        self.skus["SET"] = make_kit(self.shop, {self.skus["MUG"]: "2", self.skus["CUP"]: "1"})
        self.channels = [make_channel(self.shop), make_channel(self.shop, "paid", payment_policy="paid")]
        self.count = 0
        for paid in (False, False, True):
            self.sell(D(3), D(2), paid)

    def teardown(self) -> None:
        try:
            self.proved()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def proved(self) -> None:
        for check in registry.checks():
            if check.sql:
                assert rows(check.sql.replace("%", "%%")) == [], check.name

    @invariant()
    def what_is_open_covers_the_claims_and_the_money_adds_up(self) -> None:
        for sql in (_OVER_CLAIMED, _NOT_RESERVED, _TOTALS, _OVER_BILLED, _HELD_THOUGH_PAID):
            assert rows(sql) == [], sql

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
        ids = list(found.order_by("pk").values_list("pk", flat=True))
        return ids[pick % len(ids)] if ids else 0

    def change(self, order_id: int, edit: OrderEdit) -> None:
        today = NOON.date()
        self.attempt(lambda: change_order(order_id, edit=edit, reason="x", today=today, may_price=True, **self.given))

    @rule(mugs=some, sets=some, paid=st.booleans())
    def sell(self, mugs, sets, paid):
        self.count += 1
        lines = [line("MUG", str(mugs + 1), "3.33", tax_rate=D("0.2"), tax=D("0.67") * (mugs + 1))]
        lines += [line("SET", str(sets), "9.99", discount=D("0.50"), tax=D("0.01"))] if sets else []
        charge = ChargeInput("shipping", "shipping_revenue", D("3.50"), tax=D("0.70"), tax_rate=D("0.2"))
        self.attempt(lambda: place(self.channels[paid], order(f"A{self.count}", *lines, charges=[charge])))

    @rule(pick=which, quantity=some)
    def another_quantity(self, pick, quantity):
        pk = self.one(OrderLine.objects, pick)
        self.change(OrderLine.objects.get(pk=pk).order_id, OrderEdit([LineEdit(pk, quantity)]))

    @rule(pick=which, price=cents, discount=cents)
    def another_price(self, pick, price, discount):
        pk = self.one(OrderLine.objects, pick)
        edit = LineEdit(pk, unit_price=price, discount=discount if price > 5 else None)
        self.change(OrderLine.objects.get(pk=pk).order_id, OrderEdit([edit]))

    @rule(pick=which, code=st.sampled_from(["MUG", "CUP", "SET"]), quantity=some, swap=st.booleans())
    def other_goods(self, pick, code, quantity, swap):
        found = OrderLine.objects.get(pk=self.one(OrderLine.objects, pick))
        lines = [LineEdit(found.pk, swap_to=self.skus[code])] if swap else []
        added = [] if swap else [LineAddition(self.skus[code], quantity, D("4.44"))]
        self.change(found.order_id, OrderEdit(lines, added))

    @rule(pick=which, amount=cents, what=st.sampled_from(["change", "add", "remove"]))
    def another_charge(self, pick, amount, what):
        if what == "add":
            pk = self.one(Order.objects, pick)
            self.change(pk, OrderEdit(added_charges=[ChargeAddition("fee", amount, tax_rate=D("0.2"))]))
        elif pk := self.one(OrderCharge.objects, pick):
            edit = ChargeEdit(pk, amount if what == "change" else None)
            self.change(OrderCharge.objects.get(pk=pk).order_id, OrderEdit(charges=[edit]))

    @rule(pick=which, quantity=some, whole=rarely, ask=st.booleans())
    def somebody_cancels(self, pick, quantity, whole, ask):
        found = OrderLine.objects.get(pk=self.one(OrderLine.objects, pick))
        lines = None if whole else {found.pk: quantity}
        self.attempt(lambda: cancel_order(found.order_id, reason="x", lines=lines, ask=ask, **self.given))

    @rule(pick=which, accept=st.booleans())
    def the_warehouse_answers(self, pick, accept):
        if pk := self.one(CancelRequest.objects.filter(status="open"), pick):
            self.attempt(lambda: answer_cancels([Answer(pk, accept, "said")], effective_at=NOON, **self.given))

    @rule(pick=which)
    def somebody_holds(self, pick):
        pk = self.one(Order.objects, pick)
        self.attempt(lambda: place_hold(pk, kind="manual", reason="wait", **self.given))

    @rule(pick=which)
    def somebody_releases_a_hold(self, pick):
        pk = self.one(Hold.objects.filter(released_at=None), pick)
        self.attempt(lambda: release_hold(pk, company_id=self.shop.id, actor=self.user, reason="seen"))

    @rule(pick=which)
    def somebody_releases(self, pick):
        pk = self.one(Order.objects, pick)
        self.attempt(lambda: release_orders([pk], **self.given))

    @rule(pick=which, share=st.sampled_from([D(1), D("0.5")]))
    def somebody_pays(self, pick, share):
        self.count += 1
        found = Order.objects.get(pk=self.one(Order.objects, pick))
        amount = (found.total * share).quantize(D("0.01"))
        payment = PaymentInput(found.pk, "card", amount, f"p{self.count}", NOON)
        self.attempt(lambda: take_payments([payment], **self.given))

    @rule(pick=which)
    def picking_starts(self, pick):
        if pk := self.one(Fulfilment.objects.filter(status="ready"), pick):
            self.attempt(lambda: create_pick_lists([pk], **self.given))

    @rule(pick=which)
    def a_task_is_picked(self, pick):
        if pk := self.one(PickTask.objects.filter(status="open"), pick):
            quantity = PickTask.objects.get(pk=pk).quantity
            self.attempt(lambda: confirm_picks([Pick(pk, quantity)], effective_at=NOON, **self.given))

    @rule(pick=which)
    def a_box_leaves(self, pick):
        if pk := self.one(Fulfilment.objects.filter(status="picked"), pick):
            self.attempt(lambda: pack([Pack(pk)], effective_at=NOON, **self.given))
        if pk := self.one(Shipment.objects.filter(status="draft"), pick):
            self.attempt(lambda: ship([Dispatch(pk, "DHL", "", f"T{pk}", NOON)], **self.given))


def test_orders_are_edited_at_any_point_of_their_life():
    run_state_machine_as_test(
        EditMachine,
        settings=settings(
            max_examples=400 if SOAK else 10,
            stateful_step_count=80 if SOAK else 35,
            derandomize=not SOAK,
            suppress_health_check=list(HealthCheck),
        ),
    )
