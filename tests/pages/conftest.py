"""A company with every kind of document, for the pages to show."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounting.services import ensure_party
from inventory.services import PurchaseLineInput, create_purchase_order
from orders.models import Channel
from orders.services import ReturnInput, request_return
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import Placed, facts, make_packed
from tests.factories.goods import Shop, make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, place, shipping
from warehouse.services import Dispatch, ship

D = Decimal


class World:
    """MUG: 100 at 5.00. `shipped`, `ready`, `held`, `unknown` and `waiting` are ids of orders; also a return and a PO."""

    def __init__(self) -> None:
        self.house: Shop = make_shop()
        self.mug = make_sku(self.house, "MUG")
        self.cup = make_sku(self.house, "CUP")
        make_stock(self.house, self.mug, "100", "500.00")
        self.channel: Channel = make_channel(self.house, "web")
        self.shipped = self.place("S-1", line("MUG", "3", "10"), charges=(shipping(),))
        self.ship(self.shipped)
        self.ready = self.place("R-1", line("MUG", "4", "10"))
        self.held = self.place("H-1", line("MUG", "1", "10"), holds=(("fraud", "Looks odd"),))
        self.unknown = self.place("U-1", line("XYZ", "2", "10"))
        self.waiting = self.place("W-1", line("CUP", "5", "10"))
        self.supplier = ensure_party(
            company_id=self.house.id, code="SUP", name="Supplier", currency="GBP", is_supplier=True
        )
        self.purchase = self.buy("CUP", "20", "2.50")
        self.returned = self.take_back(self.shipped, "1")

    def place(self, external_id: str, *lines: Any, **values: Any) -> int:
        [result] = place(self.channel, order(external_id, *lines, **values))
        assert result.order_id, result
        return result.order_id

    def ship(self, order_id: int) -> None:
        """By hand: picked from a list, packed, handed over."""
        placed = Placed(order_id, self.fulfilment_of(order_id))
        dispatch = Dispatch(make_packed(self.house, placed), "", "", "TR-1", NOON)
        ship([dispatch], company_id=self.house.id, actor=ACTOR)

    def buy(self, sku: str, quantity: str, cost: str) -> int:
        sku_id = {"CUP": self.cup, "MUG": self.mug}[sku]
        made = create_purchase_order(
            [PurchaseLineInput(sku_id, D(quantity), D(cost))],
            company_id=self.house.id,
            supplier_id=self.supplier.pk,
            warehouse_id=self.house.warehouse.pk,
            ordered_at=timezone.now(),
            actor=ACTOR,
        )
        return made.pk

    def take_back(self, order_id: int, quantity: str) -> int:
        return request_return(
            order_id,
            company_id=self.house.id,
            lines=[ReturnInput(self.line_of(order_id), D(quantity))],
            reason="Broken",
            requested_at=timezone.now(),
            actor=ACTOR,
        )

    def line_of(self, order_id: int) -> int:
        return self.one("SELECT id FROM orders_orderline WHERE order_id = %s ORDER BY position LIMIT 1", order_id)

    def fulfilment_of(self, order_id: int) -> int:
        return self.one("SELECT id FROM orders_fulfilment WHERE order_id = %s ORDER BY id LIMIT 1", order_id)

    def status(self, table: str, pk: int) -> str:
        return self.one(f"SELECT status FROM {table} WHERE id = %s", pk)

    def written(self) -> Sequence[int]:
        """How many rows there are of all that a button could write."""
        return facts()

    @staticmethod
    def one(sql: str, *params: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchone()[0]


@pytest.fixture
def world(db: Any) -> World:
    return World()
