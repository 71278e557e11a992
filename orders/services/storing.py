"""The INSERTs of placing: one statement for each table, whatever the number of orders."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal

from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows, prepared_cursor
from orders.intake import product
from orders.selectors.setting import Setting
from orders.services.drafts import Draft
from orders.services.kits import insert_components


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order's own row; ships and bills say whether an id for an address is to be drawn."""

    external_id: str
    external_number: str
    content_hash: str
    status: str
    placed_at: datetime
    contact_id: int | None
    ships: bool
    bills: bool
    currency: str
    prices_include_tax: bool
    taxed_by: str
    goods_total: Decimal
    charges_total: Decimal
    discount_total: Decimal
    tax_total: Decimal
    total: Decimal
    priority: int
    promise_date: date | None
    shipping_service: str
    note: str
    line_count: int


@dataclass(frozen=True, slots=True)
class Made:
    """An inserted order, with the ids drawn for its addresses, its first fulfilment, its lines and their demands
    (inserted later in the transaction)."""

    order_id: int
    shipping_address_id: int
    billing_address_id: int
    fulfilment_id: int
    line_ids: list[int]
    demand_ids: list[int]


_COLUMN_TYPES = {
    "placed_at": "timestamptz",
    "contact_id": "bigint",
    "ships": "boolean",
    "bills": "boolean",
    "prices_include_tax": "boolean",
    "goods_total": "numeric",
    "charges_total": "numeric",
    "discount_total": "numeric",
    "tax_total": "numeric",
    "total": "numeric",
    "priority": "int",
    "promise_date": "date",
    "line_count": "int",
}
_FIELDS = tuple(field.name for field in fields(OrderRow))
_GIVEN = ", ".join(f"%s::{_COLUMN_TYPES.get(name, 'text')}[]" for name in _FIELDS)
_KEPT = ", ".join(name for name in _FIELDS if name not in ("ships", "bills", "line_count"))

# Inserted in key order, so that two pages with the same orders wait for each other and never deadlock.
# Ids of addresses, lines and fulfilments are drawn here; their rows follow (foreign keys are checked at the end).
_ORDERS = f"""
WITH given AS MATERIALIZED (
    SELECT * FROM unnest({_GIVEN}) AS t({", ".join(_FIELDS)})
), made AS (
    INSERT INTO orders_order (company_id, channel_id, pinned_warehouse_id, ship_complete, version,
        shipping_address_id, billing_address_id, {_KEPT})
    SELECT %s, %s, %s::bigint, %s, 1,
        CASE WHEN ships THEN nextval(pg_get_serial_sequence('accounting_address', 'id')) END,
        CASE WHEN bills THEN nextval(pg_get_serial_sequence('accounting_address', 'id')) END, {_KEPT}
    FROM given ORDER BY external_id
    ON CONFLICT (channel_id, external_id) DO NOTHING
    RETURNING id, external_id, shipping_address_id, billing_address_id
)
SELECT made.external_id, made.id, made.shipping_address_id, made.billing_address_id,
    nextval(pg_get_serial_sequence('orders_fulfilment', 'id')),
    ARRAY(SELECT nextval(pg_get_serial_sequence('orders_orderline', 'id')) FROM generate_series(1, given.line_count)),
    ARRAY(SELECT nextval(pg_get_serial_sequence('inventory_demand', 'id')) FROM generate_series(1, given.line_count))
FROM made JOIN given USING (external_id)
"""


def insert_orders(rows: Sequence[OrderRow], *, setting: Setting) -> tuple[dict[str, Made], dict[str, tuple[int, str]]]:
    """Insert orders; those that another transaction placed meanwhile come back as (id, content hash).

    Statements: 1, 1 more if some were lost to another.
    """
    columns = [[getattr(row, name) for row in rows] for name in _FIELDS]
    with prepared_cursor() as cursor:
        cursor.execute(
            _ORDERS,
            [*columns, setting.company_id, setting.channel_id, setting.warehouse_id, setting.ship_complete],
        )
        made = {external_id: Made(*rest) for external_id, *rest in cursor.fetchall()}
        lost = [row.external_id for row in rows if row.external_id not in made]
        if not lost:
            return made, {}
        cursor.execute(
            "SELECT external_id, id, content_hash FROM orders_order WHERE channel_id = %s AND external_id = ANY(%s)",
            [setting.channel_id, lost],
        )
        return made, {external_id: (order_id, content) for external_id, order_id, content in cursor.fetchall()}


_LINES = {
    "id": "bigint",
    "order_id": "bigint",
    "position": "int",
    "external_id": "text",
    "sku_id": "bigint",
    "channel_sku": "text",
    "description": "text",
    "quantity": "numeric",
    "unit_price": "numeric",
    "discount": "numeric",
    "tax": "numeric",
    "tax_code_id": "bigint",
    "tax_rate": "numeric",
    "tax_collector": "text",
    "tax_rule_id": "bigint",
    "demand_id": "bigint",
    "kit_id": "bigint",
    "promise_date": "date",
    "cancelled": "numeric",
    "shipped": "numeric",
    "returned": "numeric",
}
_CHARGES = {
    "order_id": "bigint",
    "position": "int",
    "kind": "text",
    "code": "text",
    "description": "text",
    "quantity": "numeric",
    "unit_price": "numeric",
    "amount": "numeric",
    "tax": "numeric",
    "tax_code_id": "bigint",
    "tax_rate": "numeric",
    "tax_rule_id": "bigint",
    "account_role": "text",
    "billed": "boolean",
}
_DISCOUNTS = {
    "order_id": "bigint",
    "line_id": "bigint",
    "code": "text",
    "description": "text",
    "amount": "numeric",
    "funded_by": "text",
}
_TAXES = {"order_id": "bigint", "name": "text", "rate": "numeric", "amount": "numeric", "collector": "text"}
_HOLDS = {"order_id": "bigint", "kind": "text", "reason": "text", "placed_by": "text", "release_reason": "text"}


def insert_details(drafts: Sequence[Draft], *, setting: Setting, actor: Actor) -> None:
    """Insert lines, kits' components, charges, discounts, taxes and holds. Statements: 1 for each kind that there is."""
    insert_rows("orders_orderline", _LINES, [row for draft in drafts for row in _line_rows(draft, setting)])
    insert_components(
        [
            (draft.line_ids[index], draft.kits[index], demand_ids)
            for draft in drafts
            for index, demand_ids in draft.part_demands.items()
        ]
    )
    insert_rows("orders_ordercharge", _CHARGES, [row for draft in drafts for row in _charge_rows(draft, setting)])
    insert_rows(
        "orders_orderdiscount",
        _DISCOUNTS,
        [
            (
                draft.order_id,
                None if given.line is None else draft.line_ids[given.line],
                given.code,
                given.description,
                given.amount,
                given.funded_by,
            )
            for draft in drafts
            for given in draft.order.discounts
        ],
    )
    insert_rows(
        "orders_ordertax",
        _TAXES,
        [
            (draft.order_id, tax.name, tax.rate, tax.amount, tax.collector)
            for draft in drafts
            for tax in draft.order.taxes
        ],
    )
    insert_rows(
        "orders_hold",
        _HOLDS,
        [(draft.order_id, kind, reason, actor.label, "") for draft in drafts for kind, reason in draft.holds.items()],
    )


def _line_rows(draft: Draft, setting: Setting) -> list[tuple[object, ...]]:
    return [
        (
            draft.line_ids[index],
            draft.order_id,
            index + 1,
            line.external_id,
            draft.skus[index],
            line.channel_sku,
            line.description,
            line.quantity,
            line.unit_price,
            line.discount,
            line.tax,
            line.tax_code_id or setting.tax_code_id,
            line.tax_rate,
            line.tax_collector,
            line.tax_rule_id,
            draft.demand_ids[index],
            draft.kits[index].kit_id if index in draft.kits else None,
            draft.order.promise_date,
            0,
            0,
            0,
        )
        for index, line in enumerate(draft.order.lines)
    ]


def _charge_rows(draft: Draft, setting: Setting) -> list[tuple[object, ...]]:
    return [
        (
            draft.order_id,
            index + 1,
            charge.kind,
            charge.code,
            charge.description,
            charge.quantity,
            charge.unit_price,
            product(charge.quantity, charge.unit_price),
            charge.tax,
            charge.tax_code_id or setting.tax_code_id,
            charge.tax_rate,
            charge.tax_rule_id,
            charge.account_role,
            False,
        )
        for index, charge in enumerate(draft.order.charges)
    ]
