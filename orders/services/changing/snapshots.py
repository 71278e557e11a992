"""An order as it stood before an edit, in plain text."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orders.models import Order, OrderCharge, OrderLine


def snapshot(order: Order, lines: Mapping[int, OrderLine], charges: Mapping[int, OrderCharge]) -> dict[str, Any]:
    """The order as it stands, for its revision: no personal data."""
    totals = ("goods_total", "charges_total", "discount_total", "tax_total", "total")
    return {
        "lines": [
            {
                "position": line.position,
                "sku": line.channel_sku,
                "description": line.description,
                **{
                    name: plain(getattr(line, name))
                    for name in ("quantity", "cancelled", "shipped", "unit_price", "discount", "tax")
                },
            }
            for line in lines.values()
        ],
        "charges": [
            {
                "kind": charge.kind,
                "description": charge.description or charge.code,
                **{name: plain(getattr(charge, name)) for name in ("quantity", "amount", "tax")},
            }
            for charge in charges.values()
        ],
        **{name: plain(getattr(order, name)) for name in totals},
        "shipping_service": order.shipping_service,
        "promise_date": plain(order.promise_date),
    }


def plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)
