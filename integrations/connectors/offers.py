"""What a channel shows buyers, as it travels: stock, prices, what a product is, and how each item fared."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from html import unescape
from itertools import groupby

# What a listing says, by the names under which a merchant leaves it to us or to the channel.
FIELDS = ("title", "description", "brand", "barcode", "weight", "images", "visible")


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
class ProductGroup:
    """A product whose SKUs stand together where a channel has variants.

    handle: its name in addresses, the same on every try. fresh: pictures that were not sent yet. options: in what its
    SKUs differ, in order. known: ids of those that are listed there already. fields: what may be sent, of FIELDS.
    """

    key: str
    title: str
    handle: str
    description: str = ""
    brand: str = ""
    images: Sequence[str] = ()
    fresh: Sequence[str] = ()
    visible: bool = True
    options: Sequence[str] = ()
    known: Sequence[str] = ()
    fields: frozenset[str] = frozenset(FIELDS)


@dataclass(frozen=True, slots=True)
class ProductItem:
    """What a listing is: sent to channels whose catalogue we keep. external_id "": not listed there yet.

    options: its values of the group's options. fields: what may be sent, of FIELDS; the rest is the channel's own.
    images: addresses that the channel can read. product_type: the channel's word for what kind of thing it is.
    """

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
    images: Sequence[str] = ()
    visible: bool = True
    product_type: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    group: ProductGroup = ProductGroup("", "", "")
    fields: frozenset[str] = frozenset(FIELDS)

    def takes(self, name: str, value: object) -> bool:
        """Whether it is ours to send, and there is something to send."""
        return name in self.fields and value not in ("", None, ())


@dataclass(frozen=True, slots=True)
class FoundListing:
    """What a channel sells, as its catalogue says."""

    external_id: str
    external_sku: str
    title: str = ""
    barcode: str = ""


@dataclass(frozen=True, slots=True)
class FoundProduct:
    """What a channel shows of a listing now: texts by the names of FIELDS and "price", as far as it tells them.

    problems: what the channel itself finds wrong with it.
    """

    values: Mapping[str, str]
    problems: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One pushed item. error: "" where it arrived; permanent: trying again is useless. listed_as: its id there, if new."""

    external_id: str
    error: str = ""
    permanent: bool = False
    listed_as: str = ""


def by_group(items: Sequence[ProductItem]) -> Iterator[list[ProductItem]]:
    """The items of each product together."""
    for _key, members in groupby(sorted(items, key=_group_key), key=_group_key):
        yield list(members)


def known_and_new(items: Sequence[ProductItem], made: Mapping[str, str]) -> tuple[list[ProductItem], list[ProductItem]]:
    """Items that the shop has, by its own ids, and those to be made. made: the ids of SKUs that it has already."""
    known = [
        item if item.external_id else replace(item, external_id=made[item.external_sku])
        for item in items
        if item.external_id or item.external_sku in made
    ]
    return known, [item for item in items if not item.external_id and item.external_sku not in made]


def _group_key(item: ProductItem) -> tuple[str, str]:
    return item.group.key, "" if item.group.key else item.external_sku


def number_text(value: object) -> str:
    """As we compare it: without trailing zeros; "" for nothing."""
    if value in (None, ""):
        return ""
    return f"{Decimal(str(value)).normalize():f}"


def yes(value: bool) -> str:
    return "yes" if value else "no"


def plain_text(text: str) -> str:
    """A text without the markup and line breaks that channels put into it, for comparing."""
    return " ".join(unescape(re.sub(r"<[^>]{0,500}>", " ", text)).split())
