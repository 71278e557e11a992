"""What is different between an order as it was placed and the same id sent again."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orders.inputs import OrderInput
from orders.models import Order

MAX_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, dotted as the API names it, with what stands here and what was sent now."""

    field: str
    here: str
    sent: str


def differences(order_id: int, sent: OrderInput) -> list[Difference]:
    """The first differences, at most 20; empty where only what is not compared here differs (buyer, address,
    discounts, taxes). Statements: 3.
    """
    order = Order.objects.get(pk=order_id)
    found = [*_header(order, sent), *_lines(order, sent), *_charges(order, sent)]
    return [Difference(field, _text(here), _text(now)) for field, here, now in found if here != now][:MAX_SHOWN]


Pair = tuple[str, Any, Any]


def _header(order: Order, sent: OrderInput) -> Iterator[Pair]:
    for name in ("currency", "placed_at", "external_number", "promise_date", "shipping_service", "note"):
        yield name, getattr(order, name), getattr(sent, name)
    if sent.total is not None:
        yield "total", order.total, sent.total


def _lines(order: Order, sent: OrderInput) -> Iterator[Pair]:
    here = list(order.lines.order_by("position"))
    yield "lines", len(here), len(sent.lines)
    for index, (line, now) in enumerate(zip(here, sent.lines, strict=False)):
        yield f"lines.{index}.sku", line.channel_sku, now.channel_sku
        for name in ("quantity", "unit_price", "discount", "tax", "description", "external_id"):
            yield f"lines.{index}.{name}", getattr(line, name), getattr(now, name)


def _charges(order: Order, sent: OrderInput) -> Iterator[Pair]:
    here = list(order.charges.order_by("position"))
    yield "charges", len(here), len(sent.charges)
    for index, (charge, now) in enumerate(zip(here, sent.charges, strict=False)):
        for name in ("kind", "quantity", "unit_price", "tax"):
            yield f"charges.{index}.{name}", getattr(charge, name), getattr(now, name)


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)[:200]
