"""What others hand to this app's services, and what they are answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

ZERO = Decimal(0)
ONE = Decimal(1)
MADE_UP = "#"


def is_named(line_id: str) -> bool:
    """Whether a line's id is the channel's own."""
    return bool(line_id) and not line_id.startswith(MADE_UP)


@dataclass(frozen=True, slots=True)
class ContactInput:
    """The buyer as the channel knows them. Without an external id the contact belongs to this order alone.

    language: of their documents and mails, such as "ka" or "ru-RU"; one that we do not speak is left out. It is no
    part of what an order says (repr): the same order in another language is the same order.
    """

    external_id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    language: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AddressInput:
    """country: ISO 3166, two letters."""

    name: str = ""
    organisation: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class LineInput:
    """Goods as sent: quantity in base units, unit_price for one, discount and tax on the whole line.

    sku_id: known to the caller; else the SKU is found by channel_sku, whatever its letter case.
    tax_collector: seller, or marketplace (who keeps that tax: it is not ours).
    external_id: the channel's of the line; one that begins with MADE_UP is ours, for lack of it.
    """

    channel_sku: str
    quantity: Decimal
    unit_price: Decimal
    sku_id: int | None = None
    description: str = ""
    external_id: str = ""
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    tax_code_id: int | None = None
    tax_rate: Decimal = ZERO
    tax_collector: str = "seller"
    tax_rule_id: int | None = None


@dataclass(frozen=True, slots=True)
class ChargeInput:
    """What is billed besides goods: quantity × unit_price, negative where it lowers the bill.

    kind: a ChargeKind. account_role: an AccountRole, where it is posted.
    """

    kind: str
    account_role: str
    unit_price: Decimal
    quantity: Decimal = ONE
    code: str = ""
    description: str = ""
    tax: Decimal = ZERO
    tax_code_id: int | None = None
    tax_rate: Decimal = ZERO
    tax_rule_id: int | None = None


def charge_role(kind: str) -> str:
    """Where a charge that we make ourselves is posted."""
    return "shipping_revenue" if kind == "shipping" else "other_revenue"


@dataclass(frozen=True, slots=True)
class DiscountInput:
    """Why a price was lowered; the amounts that count stand on the lines. line: index of the line, or all."""

    amount: Decimal
    code: str = ""
    description: str = ""
    line: int | None = None
    funded_by: str = "seller"


@dataclass(frozen=True, slots=True)
class TaxInput:
    """A tax total as the channel stated it; the amounts that count stand on the lines and charges."""

    name: str
    amount: Decimal
    rate: Decimal | None = None
    collector: str = "seller"


@dataclass(frozen=True, slots=True)
class OrderInput:
    """One order as the channel sent it.

    total: what the buyer owes; None: computed. prices_include_tax None: as the channel does.
    held: demands of a cart that the order takes over, by (the line's index, SKU claimed); see place_reserved.
    holds: (HoldKind, reason) pairs that the caller already knows of. sku ids and holds are ours, so they
    are no part of what is compared when the same external id comes again. sent_hash: the fingerprint of what
    was sent, where the caller has filled something in since (prices).
    taxes_unstated: neither lines nor charges say their tax; where the channel's taxes go by rules they are filled in.
    taxed_by: who decided the taxes that it has (TaxedBy).
    """

    external_id: str
    placed_at: datetime
    currency: str
    lines: Sequence[LineInput]
    charges: Sequence[ChargeInput] = ()
    discounts: Sequence[DiscountInput] = ()
    taxes: Sequence[TaxInput] = ()
    total: Decimal | None = None
    contact: ContactInput | None = None
    shipping_address: AddressInput | None = None
    billing_address: AddressInput | None = None
    external_number: str = ""
    priority: int | None = None
    promise_date: date | None = None
    shipping_service: str = ""
    note: str = ""
    holds: Sequence[tuple[str, str]] = ()
    prices_include_tax: bool | None = None
    sent_hash: str = ""
    taxes_unstated: bool = False
    taxed_by: str = "channel"
    held: Mapping[tuple[int, int], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlaceResult:
    """state: placed, already (the same order came before) or refused (nothing was written for it; order_id then
    names the order that has the external id, if one has).

    code, field, detail: why it was refused, e.g. invalid_input, "lines[2].quantity", "must be above zero".
    """

    order_id: int | None
    state: str
    code: str = ""
    field: str = ""
    detail: str = ""
    held: bool = False
    back_ordered: bool = False
    fulfilment_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CreditLineInput:
    """quantity > 0 and unit_price as refunded (a negative price lowers the credit).

    sku_id: goods; else a refund without goods. restock: the goods came back sellable.
    """

    code: str
    quantity: Decimal
    unit_price: Decimal
    account_role: str
    sku_id: int | None = None
    description: str = ""
    restock: bool = False
    tax: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class CreditInput:
    """A credit that a channel gave, without naming the order."""

    external_id: str
    issued_at: datetime
    currency: str
    contact_external_id: str | None
    lines: Sequence[CreditLineInput]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CreditResult:
    """state: placed, already or refused. matched_lines: how many lines found the order line they were sold on."""

    return_order_id: int | None
    state: str
    code: str = ""
    field: str = ""
    detail: str = ""
    matched_lines: int = 0
