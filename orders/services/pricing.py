"""Prices: filling in what an order leaves out, and whole price lists at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import insert_rows, prepared_cursor
from backoffice.core.errors import InvalidInput
from inventory.models import Sku
from orders.inputs import LineInput, OrderInput
from orders.intake import fingerprint, order_fingerprint
from orders.models import Channel, PriceList
from orders.selectors.price_lists import Asking, listed_prices
from orders.selectors.setting import known_skus


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One row of a price list: the price of one base unit from min_quantity on."""

    sku: str
    min_quantity: Decimal
    unit_price: Decimal


def price_order(order: OrderInput, *, channel_id: int, unpriced: Sequence[int]) -> OrderInput:
    """The order with the prices of the buyer's lists on the lines (by index) that say none.

    What is compared when the order comes again stays what was sent: a list that changed meanwhile does not make
    it another order. Raises InvalidInput naming each line that no list has a price for. Statements: 3 at most.
    """
    channel = Channel.objects.select_related("company").get(pk=channel_id)
    skus = _skus(order.lines, channel.company_id)
    # A line without a known SKU has no price either.
    asked = [(skus.get(line.channel_sku.upper()) or 0, line.quantity) for line in order.lines]
    asking = Asking(
        channel_id,
        order.currency,
        local_day(channel, order.placed_at),
        contact=order.contact.external_id if order.contact else "",
        prices_include_tax=order.prices_include_tax,
    )
    found = listed_prices(asked, asking)
    errors = [
        {
            "field": f"lines.{index}.unit_price",
            "message": _("No price list has a price of %(sku)s; say one.") % {"sku": order.lines[index].channel_sku},
            "code": "no_price",
        }
        for index in unpriced
        if found[index] is None
    ]
    if errors:
        raise InvalidInput(_("Some fields are wrong; nothing was saved."), errors=errors)
    lines = [
        replace(line, unit_price=price.unit_price) if index in set(unpriced) and price else line
        for index, (line, price) in enumerate(zip(order.lines, found, strict=True))
    ]
    return replace(order, lines=lines, sent_hash=fingerprint(order_fingerprint(order), sorted(unpriced)))


def local_day(channel: Channel, at: datetime) -> date:
    """The day of an instant in the zone of the channel's company."""
    return at.astimezone(ZoneInfo(channel.company.time_zone)).date()


def _skus(lines: Sequence[LineInput], company_id: int) -> Mapping[str, int]:
    known = known_skus(company_id, codes=[line.channel_sku for line in lines], ids=[])
    return {code.upper(): sku_id for code, sku_id in known.by_code.items()}


@transaction.atomic(savepoint=False)
def set_prices(rows: Sequence[PriceRow], *, price_list_id: int, actor: Actor) -> int:
    """Write many prices of a list at once; how many differ from what stood there. All or nothing.

    Raises InvalidInput naming every bad row and field. Statements: 2 and those of write_prices, whatever the number.
    """
    prices = PriceList.objects.get(pk=price_list_id)
    by_code = known_skus(prices.company_id, codes=[row.sku for row in rows], ids=[]).by_code
    wanted: dict[Key, Decimal | None] = {}
    errors: list[dict[str, str]] = []
    for number, row in enumerate(rows, 1):
        key = (price_list_id, by_code.get(row.sku, 0), row.min_quantity)
        errors += _problems(number, row, known=key[1] != 0, twice=key in wanted)
        wanted[key] = row.unit_price
    if errors:
        raise InvalidInput(_("Some rows are wrong; nothing was saved."), errors=errors)
    return write_prices(wanted, company_id=prices.company_id, actor=actor)


Key = tuple[int, int, Decimal]  # price list, SKU, from which quantity on


@transaction.atomic(savepoint=False)
def write_prices(wanted: Mapping[Key, Decimal | None], *, company_id: int, actor: Actor, reason: str = "") -> int:
    """Prices of lists of this company, by what they are of; None takes one off. How many differ from what stood there.

    Each price that changes stands in the audit trail of its list. Statements: at most 6, whatever the number.
    """
    keys = sorted(wanted)
    lists = sorted({key[0] for key in keys})
    locked = PriceList.objects.filter(pk__in=lists, company_id=company_id).order_by("pk")
    if len(list(locked.select_for_update(of=("self",), no_key=True))) != len(lists):
        raise ValueError("a price list of another company")
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT i.price_list_id, i.sku_id, i.min_quantity, i.unit_price FROM orders_pricelistitem i"
            " JOIN unnest(%s::bigint[], %s::bigint[], %s::numeric[]) w (list, sku, least)"
            " ON i.price_list_id = w.list AND i.sku_id = w.sku AND i.min_quantity = w.least",
            [[key[place] for key in keys] for place in range(3)],
        )
        stood = {(list_id, sku_id, least): price for list_id, sku_id, least, price in cursor.fetchall()}
        changed = [key for key in keys if stood.get(key) != wanted[key]]
        gone = [key for key in changed if wanted[key] is None]
        if gone:
            cursor.execute(
                "DELETE FROM orders_pricelistitem i USING unnest(%s::bigint[], %s::bigint[], %s::numeric[])"
                " g (list, sku, least) WHERE i.price_list_id = g.list AND i.sku_id = g.sku AND i.min_quantity = g.least",
                [[key[place] for key in gone] for place in range(3)],
            )
    insert_rows(
        "orders_pricelistitem",
        {"price_list_id": "bigint", "sku_id": "bigint", "min_quantity": "numeric", "unit_price": "numeric"},
        [(*key, wanted[key]) for key in changed if wanted[key] is not None],
        suffix="ON CONFLICT (price_list_id, sku_id, min_quantity) DO UPDATE SET unit_price = excluded.unit_price",
    )
    codes = dict(Sku.objects.filter(pk__in={key[1] for key in changed}).values_list("pk", "code"))
    record(
        [_change(key, codes[key[1]], stood.get(key), wanted[key], company_id, reason) for key in changed], actor=actor
    )
    return len(changed)


def _problems(number: int, row: PriceRow, *, known: bool, twice: bool) -> list[dict[str, str]]:
    found = []
    if not known:
        found.append((f"rows.{number}.sku", _("There is no SKU %(sku)s.") % {"sku": row.sku}))
    if row.min_quantity <= 0:
        found.append((f"rows.{number}.min_quantity", _("must be above zero")))
    if row.unit_price < 0:
        found.append((f"rows.{number}.unit_price", _("must not be negative")))
    if twice:
        found.append((f"rows.{number}.sku", _("stands there twice with this quantity")))
    return [{"field": field, "message": message} for field, message in found]


def _change(key: Key, sku: str, old: Decimal | None, new: Decimal | None, company_id: int, reason: str) -> Change:
    before, after = ("" if value is None else f"{value.normalize():f}" for value in (old, new))
    field = f"{sku} × {key[2].normalize():f}"
    return Change("orders.pricelist", key[0], "priced", field, before, after, reason, company_id)
