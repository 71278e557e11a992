"""The values that travel between a connector and the rest: accounts, orders, shipments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from integrations.connectors.access import Limiter, Tokens, Unlimited
from integrations.connectors.changes import ChannelRefund
from orders.inputs import OrderInput


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel offers. overlap: how far back each read begins again, for cursors lie.

    lag: how late the channel's own index is; stock_batch, price_batch: listings in one push. counts: it lists the ids
    of a day's orders. products: it takes what listings are; lists_new: also those that it does not have. catalogue: it
    lists what it sells. previews: its orders can be looked at with no effect there.
    refund_list: it lists refunds apart from orders; return_list: and the returns that buyers ask for; queue: its messages come by a queue of the merchant's.
    switches_off: it switches off webhooks that it could not deliver. rereads: its changes move no cursor, so open orders are read again by id each night.
    """

    orders: bool = True
    stock: bool = True
    fulfilment: bool = True
    refunds: bool = False
    settlements: bool = False
    webhooks: bool = False
    switches_off: bool = False
    counts: bool = False
    rereads: bool = False
    prices: bool = False
    products: bool = False
    lists_new: bool = False
    refund_list: bool = False
    return_list: bool = False
    queue: bool = False
    catalogue: bool = False
    previews: bool = True
    stock_batch: int = 100
    price_batch: int = 100
    overlap: timedelta = timedelta(minutes=5)
    lag: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Account:
    """A login: its name (never a secret) for messages, its settings and its opened secrets.

    limiter, tokens: shared with every worker of the account. notices: what the channel says of its API's version;
    whoever opened the connector keeps them.
    """

    name: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    limiter: Limiter = field(default_factory=Unlimited, repr=False)
    tokens: Tokens | None = field(default=None, repr=False)
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Window:
    """A frozen stretch of the channel's own clock: changed after `since` (None: from the beginning), up to `until`."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class RawOrder:
    """An order as received, byte for byte. version: changes whenever the order does.

    modified_at: empty where the payload does not say; then the cursor is not moved by it.
    """

    external_id: str
    version: str
    modified_at: datetime | None
    body: bytes


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of a file that cannot even be told as part of an order."""

    source: str
    row_number: int
    external_id: str
    raw: Mapping[str, str]
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """Orders read together. receipt: handed back by `acknowledge` once the page is stored.

    resume: where the walk goes on after this page, if it is interrupted; "" where it can only be begun anew.
    """

    orders: Sequence[RawOrder]
    bad_rows: Sequence[BadRow] = ()
    receipt: str = ""
    resume: str = ""


@dataclass(frozen=True, slots=True)
class ChannelPayment:
    """A payment as the channel tells of it. external_id: the gateway's own, the same on every reading.

    captured=False: only authorised so far. method: one of ours (orders.models.PaymentMethod). paid_at: by its clock.
    """

    external_id: str
    amount: Decimal
    paid_at: datetime
    captured: bool = True
    method: str = "online"
    reference: str = ""


@dataclass(frozen=True, slots=True)
class MappedOrder:
    """What a payload means. state: open (place it), pending (not yet), cancelled (by the channel or buyer), ignored.

    reason: why it is not placed.

    order: as the channel shows it now, before refunds: what was refunded still counts as ordered.
    payments: what the buyer paid there, recorded with the order. refunds: what was given back, each once by its id.
    asked: what the buyer wants of it that a person has to answer, in a sentence: it does not leave before.
    """

    external_id: str
    state: str
    order: OrderInput | None
    reason: str = ""
    payments: Sequence[ChannelPayment] = ()
    refunds: Sequence[ChannelRefund] = ()
    asked: str = ""


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """What a signed message is about. external_id: of an order to be looked at, "" for anything else.

    key: equal for repeats of the same message.
    """

    topic: str
    external_id: str
    key: str


@dataclass(frozen=True, slots=True)
class FulfilledLine:
    external_id: str
    external_sku: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class FulfilmentPush:
    """A shipment as the channel is told of it. key: the same on every try, so it is known when sent twice.

    again: an earlier try may have arrived; read back first where the channel does not know keys.
    """

    key: str
    order_external_id: str
    lines: Sequence[FulfilledLine]
    carrier: str
    service: str
    tracking_number: str
    tracking_url: str
    shipped_at: datetime
    again: bool = False
