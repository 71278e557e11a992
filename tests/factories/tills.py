"""Builders for the shop counter."""

from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import connection

from backoffice.core.actor import Actor
from backoffice.core.models import User
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import Shop, make_shop, make_sku, make_stock, rows
from tests.factories.refusals import refused
from warehouse.services import SaleLine, SaleRequest, SaleResult, create_till, open_shift, sell
from warehouse.till.amounts import Tender

D = Decimal


class Counter:
    """A shop with 20 MUGs (10.00 on the shelf) and an open till with a float of 100.00."""

    def __init__(self) -> None:
        self.house: Shop = make_shop()
        self.mug = make_sku(self.house, "MUG")
        make_stock(self.house, self.mug, "20", "100.00")
        self.user = User.objects.create_user("cash")
        self.actor = Actor.of(self.user)
        self.till = create_till(
            company_id=self.house.id, code="one", name="Counter 1", warehouse_id=self.house.warehouse.pk, actor=ACTOR
        )
        self.shift = open_shift(
            till_id=self.till.pk, company_id=self.house.id, float_amount=D(100), opened_at=NOON, actor=self.actor
        )

    def request(self, *lines: tuple[str, str], tenders: Any = (("cash", "1000"),), **values: Any) -> SaleRequest:
        given: dict[str, Any] = {"client_id": uuid4(), "effective_at": NOON} | values
        goods = [SaleLine("MUG", D(quantity), D(price)) for quantity, price in lines]
        return SaleRequest(self.shift.pk, lines=goods, tenders=[tender(*each) for each in tenders], **given)

    def sell(self, *lines: tuple[str, str], **values: Any) -> SaleResult:
        return sell(self.request(*lines, **values), company_id=self.house.id, actor=self.actor)


def tender(method: str, amount: str, code: str = "", reference: str = "") -> Tender:
    return Tender(method, D(amount), reference, code)


def client_id(number: int) -> UUID:
    return UUID(int=number)


TABLES = (
    "warehouse_tillreceipt", "warehouse_tilltender", "warehouse_cashmove", "warehouse_pickup", "orders_order",
    "orders_orderpayment", "orders_returnorder", "orders_shipment", "inventory_stockmove", "inventory_allocationentry",
    "accounting_journalentry", "accounting_invoice", "accounting_storedvalue", "accounting_storedvalueuse",
    "core_auditevent", "core_outboxevent",
)  # fmt: skip


def facts() -> tuple[int, ...]:
    return rows("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in TABLES))[0]


@contextmanager
def nothing_written(error: type[BaseException]) -> Any:
    before = facts()
    with refused(error) as caught:
        yield caught
    assert facts() == before


def check_now() -> None:
    """Deferred rules, as at commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
