"""Builders for the warehouse: orders that wait to be picked, and what the floor did with them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orders.inputs import LineInput, OrderInput
from orders.models import Channel
from orders.services.placing import place_orders
from orders.services.setup import create_channel
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import Shop, rows
from warehouse.services import Pack, Pick, confirm_picks, create_pick_lists, pack


def make_channel(shop: Shop, code: str = "web", **values: Any) -> Channel:
    tax_code = rows("SELECT id FROM accounting_taxcode WHERE company_id = %s AND code = 'NONE'", shop.id)[0][0]
    given = {"name": code, "currency": shop.company.base_currency_id, "tax_code_id": tax_code, "actor": ACTOR} | values
    return create_channel(company_id=shop.id, code=code, **given)


@dataclass(frozen=True)
class Placed:
    order_id: int
    fulfilment_id: int


def make_order(channel: Channel, lines: dict[int, str], external_id: str = "1001", price: str = "20") -> Placed:
    """A released order with one fulfilment: {sku id: quantity}."""
    order = OrderInput(
        external_id,
        NOON,
        channel.currency,
        [LineInput(f"#{sku}", Decimal(quantity), Decimal(price), sku_id=sku) for sku, quantity in lines.items()],
    )
    (placed,) = place_orders([order], channel_id=channel.pk, actor=ACTOR)
    assert placed.state == "placed" and placed.order_id and len(placed.fulfilment_ids) == 1, placed
    return Placed(placed.order_id, placed.fulfilment_ids[0])


def make_picked(shop: Shop, placed: Placed) -> list[int]:
    """Everything picked; the task ids."""
    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)
    picks = [Pick(task_id, quantity) for task_id, quantity in made.tasks]
    confirm_picks(picks, company_id=shop.id, effective_at=NOON, actor=ACTOR)
    return [pick.task_id for pick in picks]


def make_packed(shop: Shop, placed: Placed) -> int:
    """Picked and packed in one parcel; the shipment id."""
    make_picked(shop, placed)
    (packed,) = pack([Pack(placed.fulfilment_id)], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    assert packed.shipment_id
    return packed.shipment_id


def facts() -> tuple[int, ...]:
    """How many rows there are of what the warehouse and those below it write."""
    tables = (
        "warehouse_picklist", "warehouse_picktask", "warehouse_parcel", "warehouse_parcelline", "warehouse_receipt",
        "warehouse_receiptline", "orders_shipment", "orders_shipmentline", "inventory_stockmove", "inventory_binclaim",
        "inventory_binrelease", "inventory_allocationentry", "accounting_journalentry", "accounting_invoice",
        "core_auditevent", "core_outboxevent",
    )  # fmt: skip
    return rows("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables))[0]


def status_of(table: str, pk: int) -> str:
    return rows(f"SELECT status FROM {table} WHERE id = %s", pk)[0][0]


def in_place(sku_id: int, location_id: int) -> tuple[Decimal, Decimal]:
    """(quantity, claimed) of a SKU in a place."""
    found = rows(
        "SELECT coalesce(sum(quantity), 0), coalesce(sum(claimed), 0) FROM inventory_stockquant"
        " WHERE sku_id = %s AND location_id = %s",
        sku_id,
        location_id,
    )
    return found[0]


def broken_checks() -> list[str]:
    """Names of the registered sentences of the proof that do not hold now."""
    from backoffice.core.registry import registry

    return [check.name for check in registry.checks() if check.sql and rows(check.sql.replace("%", "%%"))]
