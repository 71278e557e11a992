"""A dry run: what would be imported and what would be shown, with nothing written but the draft's own note of it."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting.models import AccountRole, Currency
from backoffice.core.errors import DomainError, InvalidInput
from integrations.connectors.base import Connector, MappedOrder, RawOrder, Window
from integrations.connectors.registry import kind_of, opened
from integrations.models import Connection, Listing
from integrations.services.codes import own_sku_ids, with_skus
from integrations.services.connecting.drafts import note, refuse_live
from integrations.services.pushing import available, shown
from orders.inputs import OrderInput
from orders.intake import refusal_of
from orders.models import Order

MOST, PAGES = 50, 5
OUTCOMES: dict[str, Promise] = {
    "imported": gettext_lazy("imported"),
    "held": gettext_lazy("held: an unknown SKU"),
    "known": gettext_lazy("here already"),
    "early": gettext_lazy("left there: before the first day"),
    "pending": gettext_lazy("waits for its payment"),
    "ignored": gettext_lazy("left out"),
    "cancelled": gettext_lazy("cancelled there"),
    "refused": gettext_lazy("refused"),
}
ZERO = Decimal()


@dataclass(frozen=True, slots=True)
class StockShown:
    """What the channel would be told of a listing."""

    external_sku: str
    sku: str
    quantity: Decimal


def preview_orders(*, connection_id: int) -> dict[str, Any]:
    """Read the first orders since the first day and say what would become of each.

    Returns, and keeps in the draft, without anything of the buyers: {"at", "more", "counts", "rows": [{"number",
    "placed_at", "outcome", "total", "currency", "lines", "why"}]}. outcome: one of OUTCOMES. Raises what the channel raises; the draft stays as it was then.
    Not inside a transaction.
    """
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    refuse_live(connection)
    capabilities = kind_of(connection.connector).capabilities
    if not capabilities.orders or not capabilities.previews:
        raise InvalidInput(_("This channel's orders cannot be looked at beforehand."))
    with opened(connection) as connector:
        raw, more = _read(connection, connector)
        mapped = [_mapped(connector, order) for order in raw]
    rows = _rows(connection, mapped)
    counts = Counter(row["outcome"] for row in rows)
    found = {"at": timezone.now().isoformat(), "more": more, "counts": dict(counts), "rows": rows}
    note(connection_id, lambda setup: {**setup, "preview": found})
    return found


def _read(connection: Connection, connector: Connector) -> tuple[list[RawOrder], bool]:
    """(the first orders, whether there are more)."""
    window = Window(connection.starts_at, connector.server_time() - connector.capabilities.lag)
    found: dict[str, RawOrder] = {}
    for number, page in enumerate(connector.list_orders(window), 1):
        found |= {order.external_id: order for order in page.orders}
        if len(found) > MOST or number >= PAGES:
            return list(found.values())[:MOST], len(found) > MOST or bool(page.resume)
    return list(found.values()), False


def _mapped(connector: Connector, order: RawOrder) -> tuple[str, MappedOrder | None, str]:
    """(its id, what it means, why it cannot be read)."""
    try:
        return order.external_id, connector.map_order(order.body), ""
    except DomainError as error:
        return order.external_id, None, error.detail[:200]


def _rows(connection: Connection, mapped: list[tuple[str, MappedOrder | None, str]]) -> list[dict[str, Any]]:
    """Statements: 5, whatever the number of orders."""
    orders = {id: found.order for id, found, _why in mapped if found is not None and found.order is not None}
    known = dict(zip(orders, with_skus(list(orders.values()), channel_id=connection.channel_id), strict=True))
    codes = [line.channel_sku for order in known.values() for line in order.lines if line.sku_id is None]
    own = own_sku_ids(company_id=connection.company_id, codes=codes)
    here = set(
        Order.objects.filter(channel_id=connection.channel_id, external_id__in=list(orders)).values_list(
            "external_id", flat=True
        )
    )
    exponents = dict(Currency.objects.values_list("code", "exponent"))
    rows = []
    for id, found, why in mapped:
        order = known.get(id)
        if found is None:
            outcome = "refused"
        elif order is None or found.state != "open":
            outcome, why = (found.state if found.state != "open" else "refused"), str(found.reason)
        elif id in here:
            outcome = "known"
        elif connection.starts_at and order.placed_at < connection.starts_at:
            outcome = "early"
        else:
            outcome, why = _fate(order, own, exponents)
        rows.append(_row(id, order, outcome, why))
    return rows


def _fate(order: OrderInput, own: dict[str, int], exponents: dict[str, int]) -> tuple[str, str]:
    if refused := refusal_of(order, roles=frozenset(AccountRole.values), exponents=exponents):
        return "refused", f"{refused.field}: {refused.detail}"
    unknown = sorted({line.channel_sku for line in order.lines if line.sku_id is None and line.channel_sku not in own})
    if unknown:
        return "held", _("unknown: %(codes)s") % {"codes": ", ".join(unknown)[:150]}
    return "imported", ""


def _row(id: str, order: OrderInput | None, outcome: str, why: str) -> dict[str, Any]:
    return {
        "id": id,
        "number": (order.external_number if order else "") or id,
        "placed_at": order.placed_at.isoformat() if order else "",
        "outcome": outcome,
        "total": f"{order.total:f}" if order and order.total is not None else "",
        "currency": order.currency if order else "",
        "lines": len(order.lines) if order else 0,
        "why": why,
    }


def stock_shown(connection: Connection, *, limit: int = 25) -> list[StockShown]:
    """The figures that listings would show if it went live now. Statements: 3, 4 with kits."""
    rows = list(
        Listing.objects.filter(connection=connection, is_active=True).select_related("sku").order_by("pk")[:limit]
    )
    there = available(connection, [row.sku_id for row in rows]) if rows else {}
    return [
        StockShown(
            row.external_sku,
            row.sku.code,
            shown(there.get(row.sku_id, ZERO), connection, share_percent=row.share_percent, cap=row.cap),
        )
        for row in rows
    ]
