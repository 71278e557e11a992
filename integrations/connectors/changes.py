"""What a channel tells of an order after it was placed: money given back, for what, and whether goods come back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class RefundedLine:
    """Units of an order line that were refunded. net: before tax, of all these units.

    back: cancelled (never left), returns (goods come back), kept (money only), or unknown: what had not shipped
    is cancelled, of the rest the buyer keeps the goods. Where the channel takes cancelled units off the order itself:
    gone (off it already, or no goods at all: only money moves), and money (nothing is off it: of goods that left).
    """

    external_id: str
    quantity: Decimal
    net: Decimal
    tax: Decimal = ZERO
    back: str = "unknown"


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """Units of an order line that a buyer wants to send back. external_id: the channel's of the line; "" where it names
    the SKU alone.
    """

    external_id: str
    channel_sku: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ChannelReturn:
    """A return that a buyer asked for at the channel. approved: the channel or the seller has authorised it there.
    over: it was called off, nothing comes back.
    """

    external_id: str
    order_external_id: str
    requested_at: datetime
    lines: Sequence[ReturnedLine]
    approved: bool = False
    reason: str = ""
    over: bool = False


@dataclass(frozen=True, slots=True)
class ReturnsRead:
    """What was read of returns. bad: sentences on rows that nobody can make sense of."""

    returns: Sequence[ChannelReturn] = ()
    bad: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ChannelRefund:
    """A refund as the channel shows it. total: what the buyer got back, tax included.

    shipping: before tax, of the order's shipping. settled=False: asked for, no money has moved yet.
    """

    external_id: str
    total: Decimal
    refunded_at: datetime
    lines: Sequence[RefundedLine] = field(default_factory=tuple)
    shipping: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    settled: bool = True
    reason: str = ""
