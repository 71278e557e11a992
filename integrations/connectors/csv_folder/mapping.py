"""Rows of a dropped file into orders, through a column profile. Pure."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.errors import DomainError
from integrations.connectors.base import ChannelPayment, MappedOrder
from integrations.errors import PayloadUnreadable
from integrations.importing.profiles import Columns, profile_called
from integrations.importing.reading import Row, Table
from orders.inputs import MADE_UP, AddressInput, ChargeInput, ContactInput, LineInput, OrderInput

ZERO = Decimal()


def pack(profile: str, columns: Sequence[str], rows: Sequence[Row]) -> tuple[bytes, str]:
    """(an order's rows as one payload, its version: the same cells anywhere in any file give the same)."""
    cells = json.dumps([row.cells for row in rows], ensure_ascii=False).encode()
    content = {"profile": profile, "columns": list(columns), "rows": [[row.number, row.cells] for row in rows]}
    return json.dumps(content, ensure_ascii=False).encode(), hashlib.sha256(cells).hexdigest()[:32]


def map_order(body: bytes, default_currency: str) -> MappedOrder:
    """Raises PayloadUnreadable naming line and column."""
    content = json.loads(body)
    try:
        columns = Columns(profile_called(content["profile"]), Table(content["columns"], _none()))
        rows = [Row(number, cells) for number, cells in content["rows"]]
        order = _order(columns, rows, default_currency)
        payments = _payments(columns, rows, order)
    except PayloadUnreadable:
        raise
    except DomainError as error:
        raise PayloadUnreadable(error.detail, **error.context) from error
    return MappedOrder(order.external_id, "open", order, payments=payments)


def _none() -> Iterator[Row]:
    return iter(())


def _order(columns: Columns, rows: Sequence[Row], default_currency: str) -> OrderInput:
    first = rows[0]
    currency = columns.text(first, "currency") or default_currency
    for row in rows:
        if (columns.text(row, "currency") or default_currency) != currency:
            raise PayloadUnreadable(
                _("Line %(line)s: the order has two currencies.") % {"line": row.number},
                field="currency",
                row=row.number,
            )
    address = _address(columns, first)
    return OrderInput(
        external_id=columns.required(first, "order_id"),
        placed_at=min(columns.time(row, "placed_at") for row in rows),
        currency=currency,
        lines=tuple(_line(columns, row, position) for position, row in enumerate(rows, 1)),
        charges=_charges(columns, rows),
        contact=_contact(columns, first, address),
        shipping_address=address,
        taxes_unstated=not any(columns.text(row, name) for row in rows for name in ("tax", "tax_rate")),
    )


def _payments(columns: Columns, rows: Sequence[Row], order: OrderInput) -> tuple[ChannelPayment, ...]:
    """What was paid stands on one of the rows, or on each the same; without an id the order's own names it."""
    paid = max(columns.number(row, "paid", ZERO) for row in rows)
    if not paid:
        return ()
    reference = next((text for row in rows if (text := columns.text(row, "payment_id"))), "")
    identity = (reference or f"order:{order.external_id}")[:100]
    return (ChannelPayment(identity, paid, order.placed_at, reference=reference[:120]),)


def _line(columns: Columns, row: Row, position: int) -> LineInput:
    return LineInput(
        external_id=columns.text(row, "line_id") or f"{MADE_UP}{position}",
        channel_sku=columns.required(row, "sku"),
        description=columns.text(row, "description")[:300],
        quantity=columns.number(row, "quantity"),
        unit_price=columns.number(row, "unit_price"),
        discount=columns.number(row, "discount", ZERO),
        tax=columns.number(row, "tax", ZERO),
        tax_rate=columns.number(row, "tax_rate", ZERO),
    )


def _charges(columns: Columns, rows: Sequence[Row]) -> tuple[ChargeInput, ...]:
    """Shipping stands on one of the rows, or on each the same: it is charged once."""
    price = max(columns.number(row, "shipping", ZERO) for row in rows)
    return (ChargeInput(kind="shipping", account_role="shipping_revenue", unit_price=price),) if price else ()


def _contact(columns: Columns, row: Row, address: AddressInput | None) -> ContactInput | None:
    identity = columns.text(row, "customer_id") or columns.text(row, "email")
    if not identity:
        return None
    return ContactInput(
        external_id=identity[:120],
        name=columns.text(row, "customer_name")[:200],
        email=columns.text(row, "email")[:254],
        phone="",
        country=address.country if address else "",
    )


def _address(columns: Columns, row: Row) -> AddressInput | None:
    given: dict[str, Any] = {
        "name": columns.text(row, "customer_name")[:200],
        "line1": columns.text(row, "address1")[:200],
        "line2": columns.text(row, "address2")[:200],
        "city": columns.text(row, "city")[:120],
        "postcode": columns.text(row, "postcode")[:24],
        "country": columns.text(row, "country"),
    }
    if len(given["country"]) > 2:
        raise PayloadUnreadable(
            _("Line %(line)s: “%(country)s” is no two-letter country code.")
            % {"line": row.number, "country": given["country"]},
            field="country",
            row=row.number,
        )
    return AddressInput(**given) if any(given.values()) else None
