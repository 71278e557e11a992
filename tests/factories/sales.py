"""Builders for orders."""

import datetime
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounting.models import Party, TaxCode
from accounting.services import Issued, create_tax_code
from inventory.services import post_moves
from orders.inputs import ChargeInput, LineInput, OrderInput, PlaceResult
from orders.models import Channel
from orders.services import (
    Dispatched,
    Packed,
    PackRecord,
    PickRecord,
    begin_picking,
    begin_recording,
    begin_shipments,
    bill_shipments,
    create_channel,
    draft_bills,
    place_orders,
    record_packs,
    record_picks,
    record_shipments,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import Shop, make_move, rows

D = Decimal


def make_channel(shop: Shop, code: str = "web", **values: Any) -> Channel:
    tax_code = TaxCode.objects.filter(company=shop.company).order_by("pk").first()
    tax_code_id = tax_code.pk if tax_code else make_tax_code(shop)
    given = {"name": code, "currency": "GBP"} | values
    return create_channel(company_id=shop.id, code=code, tax_code_id=tax_code_id, actor=ACTOR, **given)


def make_tax_code(shop: Shop) -> int:
    first = datetime.date(2000, 1, 1)
    return create_tax_code(company_id=shop.id, code="VAT20", name="VAT 20 %", rates=[(first, D("0.2"))]).pk


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


def pack(shop: Shop, fulfilment_ids: Sequence[int]) -> list[Packed]:
    """Pick everything and pack it, as the warehouse reports it."""
    plans = begin_picking(fulfilment_ids, company_id=shop.id, actor=ACTOR)
    begin_recording(fulfilment_ids, company_id=shop.id)
    picks = [PickRecord(part.fulfilment_line_id, part.quantity) for plan in plans for part in plan.lines]
    record_picks(picks, company_id=shop.id, actor=ACTOR)
    return record_packs([PackRecord(pk) for pk in fulfilment_ids], company_id=shop.id, actor=ACTOR)


def dispatch(shop: Shop, shipment_ids: Sequence[int], *, at: datetime.datetime = NOON) -> list[Issued | None]:
    """Ship packed shipments straight from the shop's first bin: move, record, bill."""
    with transaction.atomic():
        plans = begin_shipments(shipment_ids, company_id=shop.id, actor=ACTOR)
        post_moves(
            [
                make_move(
                    shop,
                    part.sku_id,
                    str(part.quantity),
                    shop.bin,
                    shop.customer,
                    effective_at=at,
                    allocation_id=part.allocation_id,
                    source_type="orders.shipmentline",
                    source_id=part.shipment_line_id,
                    entry_key=f"shipment:{plan.shipment_id}",
                    entry_source=("orders.shipment", plan.shipment_id),
                    dimensions=plan.dimensions,
                )
                for plan in plans
                for part in plan.lines
            ],
            company_id=shop.id,
            actor=ACTOR,
        )
        dispatches = [Dispatched(plan, at, "DHL", "Express", f"T{plan.shipment_id}") for plan in plans]
        record_shipments(dispatches, company_id=shop.id, actor=ACTOR)
        bills = draft_bills(dispatches, company_id=shop.id)
        return bill_shipments(dispatches, company_id=shop.id, actor=ACTOR, bills=bills)


def ship(shop: Shop, *results: PlaceResult) -> list[Issued | None]:
    """All fulfilments of placed orders, picked, packed and shipped."""
    packed = pack(shop, [pk for result in results for pk in result.fulfilment_ids])
    return dispatch(shop, [item.shipment_id for item in packed])
