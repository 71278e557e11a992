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
