"""What conditions may look at, by subject."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Kind(StrEnum):
    NUMBER = "number"
    TEXT = "text"
    LIST = "list"  # of texts: the lines' SKUs, an order's tags
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """source: where the page finds values to choose from (orders.selectors.rule_choices); empty: typed freely.

    is_personal: it names somebody and is erased with them; what a rule saw of it is kept nowhere else.
    is_closed: what is not among them is a mistake, not something that may come.
    """

    code: str
    label: Text
    kind: Kind
    group: Text
    source: str = ""
    is_personal: bool = False

    @property
    def is_closed(self) -> bool:
        return bool(self.source) and self.source not in OPEN_SOURCES


OPEN_SOURCES = ("tags", "services")
ORDER, LINES, BUYER, STOCK, PURCHASE = _("Order"), _("Its goods"), _("Buyer"), _("Stock"), _("Purchase order")

ORDER_FIELDS = (
    Field("channel", _("Channel"), Kind.TEXT, ORDER, "channels"),
    Field("status", _("Status"), Kind.TEXT, ORDER, "statuses"),
    Field("total", _("Total"), Kind.NUMBER, ORDER),
    Field("goods_total", _("Goods, before discounts"), Kind.NUMBER, ORDER),
    Field("discount_total", _("Discount"), Kind.NUMBER, ORDER),
    Field("currency", _("Currency"), Kind.TEXT, ORDER, "currencies"),
    Field("priority", _("Priority (low comes first)"), Kind.NUMBER, ORDER),
    Field("service", _("Shipping service"), Kind.TEXT, ORDER, "services"),
    Field("note", _("Buyer's note"), Kind.TEXT, ORDER),
    Field("external_number", _("Number at the channel"), Kind.TEXT, ORDER),
    Field("country", _("Country of delivery"), Kind.TEXT, ORDER, "countries"),
    Field("region", _("Region of delivery"), Kind.TEXT, ORDER),
    Field("city", _("City of delivery"), Kind.TEXT, ORDER),
    Field("postcode", _("Postcode of delivery"), Kind.TEXT, ORDER),
    Field("bill_country", _("Country of billing"), Kind.TEXT, ORDER, "countries"),
    Field("billed_elsewhere", _("Is billed to another country than it is delivered to"), Kind.FLAG, ORDER),
    Field("weekday", _("Weekday it was placed on"), Kind.NUMBER, ORDER, "weekdays"),  # 1 is Monday
    Field("age_hours", _("Hours since it was placed"), Kind.NUMBER, ORDER),
    Field("days_to_promise", _("Days until the promised date"), Kind.NUMBER, ORDER),
    Field("tags", _("Tags"), Kind.LIST, ORDER, "tags"),
    Field("holds", _("Open holds"), Kind.LIST, ORDER, "holds"),
    Field("is_held", _("Is held"), Kind.FLAG, ORDER),
    Field("is_paid", _("Is paid in full"), Kind.FLAG, ORDER),
    Field("payment_methods", _("Ways it was paid"), Kind.LIST, ORDER, "payment_methods"),
    Field("waits", _("Waits for goods"), Kind.FLAG, ORDER),
    Field("ship_complete", _("Leaves only when all of it is there"), Kind.FLAG, ORDER),
    Field("warehouses", _("Warehouses that ship it"), Kind.LIST, ORDER, "warehouses"),
    Field("pinned", _("Pinned to warehouse"), Kind.TEXT, ORDER, "warehouses"),
    Field("skus", _("SKUs"), Kind.LIST, LINES),
    Field("categories", _("Categories"), Kind.LIST, LINES, "categories"),
    Field("brands", _("Brands"), Kind.LIST, LINES, "brands"),
    Field("line_count", _("Lines"), Kind.NUMBER, LINES),
    Field("units", _("Units"), Kind.NUMBER, LINES),
    Field("most_of_one", _("Most units of one line"), Kind.NUMBER, LINES),
    Field("highest_price", _("Highest unit price"), Kind.NUMBER, LINES),
    Field("weight_g", _("Weight, g"), Kind.NUMBER, LINES),
    Field("heaviest_g", _("Weight of the heaviest unit, g"), Kind.NUMBER, LINES),
    Field("is_guest", _("Is a guest"), Kind.FLAG, BUYER),
    Field("group", _("Customer group"), Kind.TEXT, BUYER, "groups"),
    Field("buyer_country", _("Buyer's country"), Kind.TEXT, BUYER, "countries"),
    Field("orders_before", _("Orders before this one"), Kind.NUMBER, BUYER),
    Field("has_email", _("Has a mail address"), Kind.FLAG, BUYER),
    Field("buyer_name", _("Buyer's name"), Kind.TEXT, BUYER, is_personal=True),
    Field("email", _("Buyer's e-mail"), Kind.TEXT, BUYER, is_personal=True),
    Field("recipient", _("Name of the recipient"), Kind.TEXT, BUYER, is_personal=True),
)
ALERT_FIELDS = (
    Field("sku", _("SKU"), Kind.TEXT, STOCK),
    Field("category", _("Category"), Kind.TEXT, STOCK, "categories"),
    Field("brand", _("Brand"), Kind.TEXT, STOCK, "brands"),
    Field("warehouse", _("Warehouse"), Kind.TEXT, STOCK, "warehouses"),
    Field("on_hand", _("On hand"), Kind.NUMBER, STOCK),
    Field("available", _("Available"), Kind.NUMBER, STOCK),
    Field("value", _("Value at cost"), Kind.NUMBER, STOCK),
    Field("days_left", _("Days until it expires"), Kind.NUMBER, STOCK),
)
PURCHASE_FIELDS = (
    Field("supplier", _("Supplier"), Kind.TEXT, PURCHASE, "suppliers"),
    Field("warehouse", _("Warehouse"), Kind.TEXT, PURCHASE, "warehouses"),
    Field("skus", _("SKUs"), Kind.LIST, PURCHASE),
)
ALARM_FIELDS = (
    Field("kind", _("Kind of trouble"), Kind.TEXT, _("Sync"), "alarms"),
    Field("text", _("What it says"), Kind.TEXT, _("Sync")),
)

BY_SUBJECT: dict[str, tuple[Field, ...]] = {
    "order": ORDER_FIELDS,
    "alert": ALERT_FIELDS,
    "purchase_order": PURCHASE_FIELDS,
    "alarm": ALARM_FIELDS,
}


def fields_of(subject: str) -> dict[str, Field]:
    """The fields of a subject, by code."""
    return {field.code: field for field in BY_SUBJECT[subject]}


def plain(value: Any, kind: Kind) -> Any:
    """A fact as conditions compare it: texts without case, numbers as they are."""
    if value is None:
        return {Kind.TEXT: "", Kind.LIST: [], Kind.FLAG: False, Kind.NUMBER: None}[kind]
    if kind == Kind.TEXT:
        return str(value).casefold()
    if kind == Kind.LIST:
        return [str(item).casefold() for item in value]
    return value
