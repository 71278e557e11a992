"""What every channel's connector can be asked.

A connector talks to its channel and translates; it touches no table. All amounts are Decimals, all times
aware. It raises ChannelUnavailable (try again) or ChannelRejected (park and show), nothing else on purpose.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django.utils.functional import Promise

from integrations.connectors.access import Limit
from integrations.connectors.changes import ReturnsRead
from integrations.connectors.login import LoginField
from integrations.connectors.offers import FoundListing, FoundProduct, ItemResult, PriceItem, ProductItem, StockItem
from integrations.connectors.shapes import guarded
from integrations.connectors.values import (
    Account,
    BadRow,
    Capabilities,
    ChannelPayment,
    FulfilledLine,
    FulfilmentPush,
    MappedOrder,
    Page,
    RawOrder,
    WebhookEvent,
    Window,
)

__all__ = [
    "Account",
    "BadRow",
    "Capabilities",
    "ChannelPayment",
    "Connector",
    "FoundListing",
    "FoundProduct",
    "FulfilledLine",
    "FulfilmentPush",
    "ItemResult",
    "MappedOrder",
    "Page",
    "PriceItem",
    "ProductItem",
    "RawOrder",
    "SETUP",
    "StockItem",
    "WebhookEvent",
    "Window",
]

SETUP = "setup:"  # before the id of a batch of new listings, which are there once it says so
# Methods that read the channel's answers.
TALKING = frozenset({
    "server_time", "list_orders", "get_order", "push_stock", "push_fulfilment", "order_ids", "batch_errors",
    "list_listings", "push_prices", "push_products", "read_products", "refund_events",
    "queued_events", "drop_queued", "ask_for_returns", "returns_asked", "switch_on_webhooks",
})  # fmt: skip


class Connector(ABC):
    """One channel's way of speaking. Made anew for each task from the account; `close` ends its connections."""

    do_not_call_in_templates: ClassVar[bool] = True  # pages show the class, they do not make one
    code: ClassVar[str]
    name: ClassVar[Promise | str]
    capabilities: ClassVar[Capabilities]
    fields: ClassVar[Sequence[LoginField]] = ()  # what its login form asks for
    product_fields: ClassVar[Sequence[str]] = ()  # what of a listing it takes from us (offers.FIELDS)
    setup_fields: ClassVar[Sequence[str]] = ()  # what a new one is made of besides: changed, it is tried again
    personal_days: ClassVar[int | None] = None  # buyers' data is erased so long after, where the vendor's rules say so
    writes_returns: ClassVar[bool] = False  # its answer on returns comes later
    hides_by_stock: ClassVar[bool] = False  # it knows no other way to take a listing off sale and back
    groups_variants: ClassVar[bool] = False  # SKUs of a product stand together there, under its title
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
        # Batches whose outcome is told later: (its id, listings in order); of new listings: SETUP and its id, SKUs there.
        self.submitted: list[tuple[str, list[str]]] = []

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
        """Send what listings are, at most capabilities.price_batch; one result per item, in order.

        Items of a product come together. One without external_id is made there, unless its SKU is found there: then it
        is that one. Made again after a doubt it is made once.
        """
        raise NotImplementedError(self.code)

    def read_products(self, listings: Mapping[str, str]) -> Mapping[str, FoundProduct]:
        """What the channel shows of these now, by listing id; what it does not have is left out. listings: SKUs by id."""
        raise NotImplementedError(self.code)

    def refund_events(self, window: Window) -> Iterator[Sequence[WebhookEvent]]:
        """Orders with refunds that were posted in the window, page by page, topic "refund"; for channels with refund_list."""
        raise NotImplementedError(self.code)

    def ask_for_returns(self, window: Window) -> str:
        """Ask for the returns that buyers asked for in the window; where the answer will be; for channels with return_list."""
        raise NotImplementedError(self.code)

    def returns_asked(self, answer: str) -> ReturnsRead | None:
        """The answer that was asked for; None while the channel still writes it."""
        raise NotImplementedError(self.code)

    def queued_events(self) -> Sequence[tuple[str, Sequence[WebhookEvent]]]:
        """Some messages of the merchant's queue: (receipt, what it is about); () where it is empty."""
        raise NotImplementedError(self.code)

    def drop_queued(self, receipts: Sequence[str]) -> None:
        """These messages are kept here: take them off the queue."""
        raise NotImplementedError(self.code)

    def switch_on_webhooks(self, path: str) -> Sequence[str]:
        """Switch on again what the channel switched off of the webhooks to an address with this path; what each tells of."""
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
