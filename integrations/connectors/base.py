"""What every channel's connector can be asked, and the values that travel.

A connector talks to its channel and translates; it touches no table. All amounts are Decimals, all times
aware. It raises ChannelUnavailable (try again) or ChannelRejected (park and show), nothing else on purpose.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.functional import Promise

from integrations.connectors.access import Limit, Limiter, Tokens, Unlimited
from integrations.connectors.changes import ChannelRefund
from integrations.connectors.login import LoginField
from integrations.connectors.shapes import guarded
from orders.inputs import OrderInput


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel offers. overlap: how far back each read begins again, for cursors lie.

    lag: how late the channel's own index is; stock_batch, price_batch: listings in one push. counts: it lists the ids
    of a day's orders. catalogue: it lists what it sells. previews: its orders can be looked at with no effect there.
    rereads: its changes move no cursor, so open orders are read again by id each night.
    """

    orders: bool = True
    stock: bool = True
    fulfilment: bool = True
    refunds: bool = False
    settlements: bool = False
    webhooks: bool = False
    counts: bool = False
    rereads: bool = False
    prices: bool = False
    products: bool = False
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
    """

    external_id: str
    state: str
    order: OrderInput | None
    reason: str = ""
    payments: Sequence[ChannelPayment] = ()
    refunds: Sequence[ChannelRefund] = ()


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """What a signed message is about. external_id: of an order to be looked at, "" for anything else.

    key: equal for repeats of the same message.
    """

    topic: str
    external_id: str
    key: str


@dataclass(frozen=True, slots=True)
class StockItem:
    """The newest figure of a listing; a channel that keeps versions drops an older one that arrives late."""

    external_id: str
    external_sku: str
    quantity: Decimal
    version: int


@dataclass(frozen=True, slots=True)
class PriceItem:
    """What a listing costs from now on, in the channel's own terms (tax included or not)."""

    external_id: str
    external_sku: str
    price: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class ProductItem:
    """What a listing is: sent to channels whose catalogue we keep. external_id "": not listed there yet."""

    external_id: str
    external_sku: str
    title: str
    price: Decimal | None
    currency: str
    quantity: Decimal
    barcode: str = ""
    brand: str = ""
    description: str = ""
    weight_g: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FoundListing:
    """What a channel sells, as its catalogue says."""

    external_id: str
    external_sku: str
    title: str = ""
    barcode: str = ""


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One pushed item. error: "" where it arrived; permanent: trying again is useless."""

    external_id: str
    error: str = ""
    permanent: bool = False


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


# Methods that read the channel's answers.
TALKING = frozenset({
    "server_time", "list_orders", "get_order", "push_stock", "push_fulfilment", "order_ids", "batch_errors",
    "list_listings", "push_prices", "push_products",
})  # fmt: skip


class Connector(ABC):
    """One channel's way of speaking. Made anew for each task from the account; `close` ends its connections."""

    do_not_call_in_templates: ClassVar[bool] = True  # pages show the class, they do not make one
    code: ClassVar[str]
    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    fields: ClassVar[Sequence[LoginField]] = ()  # what its login form asks for
    help: ClassVar[Promise | str] = ""  # where its keys are found
    setting_names: ClassVar[tuple[str, ...]] = ()
    secret_names: ClassVar[tuple[str, ...]] = ()
    optional_secrets: ClassVar[frozenset[str]] = frozenset()  # of these only what the kind of login needs
    # Operations and their buckets: what is not named counts against "*", if that is named.
    limits: ClassVar[Mapping[str, Limit]] = {}
    api_version: ClassVar[str] = ""
    api_ends: ClassVar[date | None] = None  # the vendor's last day of this version
    proof: ClassVar[str] = "D"  # how it was tested: docs/connectors.md
    note: ClassVar[Promise | str] = ""  # what its page says of it

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in TALKING & vars(cls).keys():
            setattr(cls, name, guarded(vars(cls)[name]))

    def __init__(self, account: Account) -> None:
        self.account = account
        self.submitted: list[
            tuple[str, list[str]]
        ] = []  # batches whose outcome is told later: (its id, listings in order)

    @abstractmethod
    def server_time(self) -> datetime:
        """The channel's clock, from its Date header: windows end there, not at our own now."""

    @abstractmethod
    def list_orders(self, window: Window, resume: str = "") -> Iterator[Page]:
        """All orders changed in the window, oldest change first, page by page; from where a page said, if given.

        Raises PageTokenExpired in the middle of a walk that must be begun anew.
        """

    @abstractmethod
    def get_order(self, external_id: str) -> RawOrder:
        """One order as it is now."""

    @abstractmethod
    def map_order(self, body: bytes) -> MappedOrder:
        """What a stored payload means; pure. Raises PayloadUnreadable naming the field."""

    @abstractmethod
    def push_stock(self, items: Sequence[StockItem]) -> list[ItemResult]:
        """Send absolute quantities, at most capabilities.stock_batch; one result per item, in order."""

    @abstractmethod
    def push_fulfilment(self, push: FulfilmentPush) -> str:
        """Tell of a shipment; the channel's name of it. Sent again after a doubt it has no second effect."""

    def acknowledge(self, page: Page) -> None:
        """The page is stored and will not be asked for again."""
        return None

    def order_ids(self, window: Window) -> Iterator[Sequence[str]]:
        """The ids of all orders made (not: changed) in the window, page by page: for the count of completeness."""
        raise NotImplementedError(self.code)

    def batch_errors(self, batch_id: str) -> Mapping[int, str] | None:
        """What became of a submitted batch: errors by place in it; None while the channel works on it."""
        raise NotImplementedError(self.code)

    def list_listings(self) -> Iterator[Sequence[FoundListing]]:
        """Everything the channel sells, page by page."""
        raise NotImplementedError(self.code)

    def push_prices(self, items: Sequence[PriceItem]) -> list[ItemResult]:
        """Send prices, at most capabilities.price_batch; one result per item, in order."""
        raise NotImplementedError(self.code)

    def push_products(self, items: Sequence[ProductItem]) -> list[ItemResult]:
        """Send what listings are, at most capabilities.price_batch; one result per item, in order."""
        raise NotImplementedError(self.code)

    def webhook_events(self, headers: Mapping[str, str], body: bytes) -> Sequence[WebhookEvent]:
        """What a message is about whose signature was right; () for one that says nothing, such as a ping."""
        return ()

    def is_ping(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether it is the unsigned message by which the channel tries the address: answered, and nothing else."""
        return False

    def is_signed(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        """Whether a webhook's raw body was signed with this secret, compared in constant time."""
        return False

    def close(self) -> None:
        return None
