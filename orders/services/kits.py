"""A kit's line as its components: their demands, and the rows that keep the composition it was sold by."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from backoffice.core.db import insert_rows
from inventory.selectors import KitParts
from inventory.services import DemandRequest


def demand_requests(
    line_id: int,
    sku_id: int,
    quantity: Decimal,
    kit: KitParts | None,
    *,
    wanted_at: datetime,
    priority: int,
    promise_date: date | None,
    warehouse_id: int | None,
    min_expiry_date: date | None = None,
    owner_id: int | None = None,
) -> list[DemandRequest]:
    """What an order line wants of the stock: itself, or each component of a kit, in the kit's order; of an owner's
    goods, or (None) of ours."""
    if kit is None:
        return [
            DemandRequest(
                sku_id=sku_id,
                quantity=quantity,
                kind="order_line",
                source_type="orders.orderline",
                source_id=line_id,
                wanted_at=wanted_at,
                priority=priority,
                promise_date=promise_date,
                warehouse_id=warehouse_id,
                min_expiry_date=min_expiry_date,
                owner_id=owner_id,
            )
        ]
    return [
        DemandRequest(
            sku_id=part_id,
            quantity=quantity * per_kit,
            kind="component",
            source_type="orders.orderline",
            source_id=line_id,
            wanted_at=wanted_at,
            priority=priority,
            promise_date=promise_date,
            warehouse_id=warehouse_id,
            kit_group=line_id if kit.whole else None,
            kit_ratio=per_kit,
            min_expiry_date=min_expiry_date,
            owner_id=owner_id,
        )
        for part_id, per_kit in kit.parts.items()
    ]


_COMPONENTS = {
    "order_line_id": "bigint",
    "position": "int",
    "sku_id": "bigint",
    "per_kit": "numeric",
    "demand_id": "bigint",
    "given_up": "numeric",
    "given_up_reason": "text",
}


def insert_components(lines: Sequence[tuple[int, KitParts, Sequence[int]]]) -> None:
    """Keep what kits are made of: (order line, composition, its demands in order). Statements: 1, or 0 without."""
    insert_rows(
        "orders_orderlinecomponent",
        _COMPONENTS,
        [
            (line_id, position, part_id, per_kit, demand_id, 0, "")
            for line_id, kit, demand_ids in lines
            for position, ((part_id, per_kit), demand_id) in enumerate(
                zip(kit.parts.items(), demand_ids, strict=True), 1
            )
        ],
    )
