"""Builders for orders."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from accounting.models import Party, TaxCode
from accounting.services import create_tax_code
from orders.inputs import ChargeInput, LineInput, OrderInput, PlaceResult
from orders.models import Channel
from orders.services import create_channel, place_orders
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import Shop, rows

D = Decimal


def make_channel(shop: Shop, code: str = "web", **values: Any) -> Channel:
    tax_code = TaxCode.objects.filter(company=shop.company).order_by("pk").first()
    tax_code_id = tax_code.pk if tax_code else make_tax_code(shop)
    return create_channel(
        company_id=shop.id, code=code, name=code, currency="GBP", tax_code_id=tax_code_id, actor=ACTOR, **values
    )


def make_tax_code(shop: Shop) -> int:
    return create_tax_code(company_id=shop.id, code="STD", name="Standard", rate=D("0.2"), actor=ACTOR).pk


def line(sku: str = "MUG", quantity: str = "1", price: str = "10", **values: Any) -> LineInput:
    return LineInput(sku, D(quantity), D(price), **values)


def shipping(price: str = "3.50", **values: Any) -> ChargeInput:
    given: dict[str, Any] = {"description": "Postage", "code": "POST"} | values
    return ChargeInput("shipping", "shipping_revenue", D(price), **given)


def order(external_id: str = "1001", *lines: LineInput, **values: Any) -> OrderInput:
    return replace(OrderInput(external_id, NOON, "GBP", lines or (line(),)), **values)


def place(channel: Channel, *orders: OrderInput, **values: Any) -> list[PlaceResult]:
    return place_orders(orders or [order()], channel_id=channel.pk, actor=ACTOR, **values)


def orders_written() -> tuple[int, ...]:
    """How many rows of an order's life there are: orders, lines, contacts, addresses, demands, claims, outbox."""
    tables = (
        "orders_order",
        "orders_orderline",
        "orders_contact",
        "accounting_personaldata",
        "accounting_address",
        "inventory_demand",
        "inventory_allocationentry",
        "orders_fulfilmentline",
        "orders_shipment",
        "accounting_invoice",
        "core_outboxevent",
        "core_auditevent",
    )
    return rows("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables))[0]


def party_of(channel: Channel) -> Party:
    return channel.party
