"""What Amazon gave back: found among its transactions, read order by order from its financial events.

Orders say nothing of it, and it may be told two days late. Transactions (Finances 2024-06-19) name the order but not its
lines; financial events (version 0) name them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from integrations.connectors.amazon.client import Amazon, utc
from integrations.connectors.changes import ChannelRefund, RefundedLine
from integrations.connectors.fields import Fields
from integrations.connectors.values import WebhookEvent, Window
from integrations.errors import ChannelRejected

TRANSACTIONS = "/finances/2024-06-19/transactions"
MAX_PAGES = 1_000
FURTHEST = timedelta(days=179)  # one question reaches 180 days
ZERO = Decimal(0)
GOODS, GOODS_TAX = {"Principal"}, {"Tax"}
SHIPPING, SHIPPING_TAX = {"ShippingCharge"}, {"ShippingTax"}


def refund_events(amazon: Amazon, window: Window) -> Iterator[Sequence[WebhookEvent]]:
    """Orders with a refund that was posted in the window, page by page; key: the transaction's id."""
    since = max(window.since or window.until - timedelta(days=30), window.until - FURTHEST)
    query = {"postedAfter": utc(since), "postedBefore": utc(window.until)}
    for _number in range(MAX_PAGES):
        payload = amazon.call("listTransactions", "GET", TRANSACTIONS, params=query).json().get("payload") or {}
        yield [event for row in payload.get("transactions") or () if (event := _event(row)) is not None]
        token = payload.get("nextToken")
        if not token:
            return
        query["nextToken"] = token
    raise ChannelRejected(_("The channel's pages do not end."))


def _event(row: Mapping[str, Any]) -> WebhookEvent | None:
    if row.get("transactionType") != "Refund":
        return None
    names = {one["relatedIdentifierName"]: one["relatedIdentifierValue"] for one in row.get("relatedIdentifiers") or ()}
    key = row.get("transactionId") or f"{row.get('postedDate')}"
    return WebhookEvent("refund", str(names["ORDER_ID"]), str(key)[:120]) if names.get("ORDER_ID") else None


def refunds_of(amazon: Amazon, order_id: str) -> list[Any]:
    """The order's refunds as its financial events have them."""
    found: list[Any] = []
    query: dict[str, str] = {}
    for _number in range(MAX_PAGES):
        path = f"/finances/v0/orders/{order_id}/financialEvents"
        payload = amazon.call("listFinancialEventsByOrderId", "GET", path, params=query).json().get("payload") or {}
        found += (payload.get("FinancialEvents") or {}).get("RefundEventList") or []
        if not payload.get("NextToken"):
            return found
        query = {"NextToken": str(payload["NextToken"])}
    raise ChannelRejected(_("The channel's pages do not end."))


def map_refunds(order: Fields) -> list[ChannelRefund]:
    """Of an order that was read with them. Amounts are negative there: what left the seller's account."""
    return [_refund(row) for row in order.children("_refunds")] if order.get("_refunds", None) else []


def _refund(event: Fields) -> ChannelRefund:
    lines, ids = [], []
    total = shipping = shipping_tax = ZERO
    for item in event.children("ShipmentItemAdjustmentList"):
        sums = _sums(item)
        ids.append(item.text("OrderAdjustmentItemId", "", limit=80) or item.required("OrderItemId"))
        total += sum(sums.values(), ZERO)
        shipping += _of(sums, SHIPPING)
        shipping_tax += _of(sums, SHIPPING_TAX)
        net, tax = _of(sums, GOODS), _of(sums, GOODS_TAX)
        units = item.number("QuantityShipped", ZERO)
        if units > 0 and net > 0:  # money without units is no goods'
            lines.append(RefundedLine(item.required("OrderItemId"), units, net, tax))
    return ChannelRefund(
        external_id="refund-" + "+".join(sorted(ids))[:110],
        total=total,
        refunded_at=event.time("PostedDate"),
        lines=tuple(lines),
        shipping=shipping,
        shipping_tax=shipping_tax,
    )


def _sums(item: Fields) -> dict[str, Decimal]:
    """What the buyer got, by kind of charge; a discount that is taken back lowers the goods'."""
    sums: dict[str, Decimal] = {}
    for row in item.children("ItemChargeAdjustmentList") if item.get("ItemChargeAdjustmentList", None) else ():
        kind = row.required("ChargeType")
        sums[kind] = sums.get(kind, ZERO) - row.child("ChargeAmount").number("CurrencyAmount")
    for row in item.children("PromotionAdjustmentList") if item.get("PromotionAdjustmentList", None) else ():
        sums["Principal"] = sums.get("Principal", ZERO) - row.child("PromotionAmount").number("CurrencyAmount")
    return sums


def _of(sums: Mapping[str, Decimal], kinds: set[str]) -> Decimal:
    return sum((amount for kind, amount in sums.items() if kind in kinds), ZERO)
