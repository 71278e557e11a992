"""What the new goods of an exchange cost, and their tax."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from accounting.models import Currency
from accounting.tax import tax_of
from backoffice.core.errors import InvalidInput
from orders.inputs import LineInput
from orders.intake import SIXTH, product
from orders.models import Order, OrderLine
from orders.selectors.prices import prices_of
from orders.selectors.setting import known_skus
from orders.selectors.taxing import order_sale, tax_setting, taxes_of_sale
from orders.taxing import ItemTax, TaxItem

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ExchangeLine:
    """What the customer gets instead: any SKU of the company. unit_price None: as the order's own line of that SKU
    was sold, else what the SKU costs this buyer. tax (on the whole line) None: at the rate of that line, else by
    the tax rules or the channel's tax code of the day."""

    sku: str
    quantity: Decimal
    unit_price: Decimal | None = None
    tax: Decimal | None = None


def price_exchange(order: Order, instead: Sequence[ExchangeLine], *, day: datetime.date) -> list[LineInput]:
    """The new order's lines. Statements: at most 9.

    Raises InvalidInput naming the row: unknown, or without a price; TaxRuleMissing, TaxRateMissing.
    """
    sold: dict[str, OrderLine] = {}
    for line in (
        OrderLine.objects.filter(order=order, sku__isnull=False).select_related("sku", "tax_rule").order_by("-position")
    ):
        sold[line.sku.code.upper()] = line  # type: ignore[union-attr]
    known = known_skus(order.company_id, codes=[new.sku for new in instead], ids=()).by_code
    for row, new in enumerate(instead):
        if new.sku not in known:
            raise wrong(f"instead[{row}].sku", _("There is no SKU “%(code)s”.") % {"code": new.sku[:60]})
    usual = _usual(order, instead, known, sold, day)
    exponent = Currency.objects.values_list("exponent", flat=True).get(code=order.currency)
    fresh = {known[new.sku] for new in instead if new.sku.upper() not in sold}
    taxes = _taxes(order, sorted(fresh), day, exponent)
    found = []
    for row, new in enumerate(instead):
        old = sold.get(new.sku.upper())
        if new.unit_price is None and old is not None:
            found.append(_as_sold(new, known[new.sku], old))
            continue
        price = usual.get(known[new.sku]) if new.unit_price is None else new.unit_price
        if price is None:
            raise wrong(
                f"instead[{row}].unit_price",
                _("“%(sku)s” has no price for this buyer: give one.") % {"sku": new.sku[:60]},
            )
        own = ItemTax(old.tax_code_id or 0, old.tax_rate, old.tax_rule) if old else taxes[known[new.sku]]
        net = product(new.quantity, price)
        tax = tax_of(net, own.rate, inclusive=order.prices_include_tax, exponent=exponent)[1]
        found.append(_line(new, known[new.sku], own, price, tax if new.tax is None else new.tax))
    return found


def _taxes(order: Order, sku_ids: Sequence[int], day: datetime.date, exponent: int) -> dict[int, ItemTax]:
    """Tax codes and rates of goods that were not on the order, by SKU. Statements: at most 4."""
    if not sku_ids:
        return {}
    sale = order_sale(order, [TaxItem(ZERO, sku_id) for sku_id in sku_ids], day, exponent)
    return dict(zip(sku_ids, taxes_of_sale(sale, tax_setting(order.channel)).items, strict=True))


def _usual(
    order: Order,
    instead: Sequence[ExchangeLine],
    known: Mapping[str, int],
    sold: Mapping[str, OrderLine],
    day: datetime.date,
) -> dict[int, Decimal]:
    """What goods that were not on the order cost this buyer, by SKU. Statements: at most 2."""
    wants: dict[int, Decimal] = {}
    for new in instead:
        if new.unit_price is None and new.sku.upper() not in sold:
            wants[known[new.sku]] = wants.get(known[new.sku], ZERO) + new.quantity
    return prices_of(
        wants,
        channel_id=order.channel_id,
        currency=order.currency,
        inclusive=order.prices_include_tax,
        on=day,
        contact_id=order.contact_id,
    )


def _as_sold(new: ExchangeLine, sku_id: int, old: OrderLine) -> LineInput:
    """An even exchange: the discount of the first sale stands."""
    net = old.quantity * old.unit_price - old.discount
    tax = (old.tax * new.quantity / old.quantity).quantize(Decimal("0.01")) if new.tax is None else new.tax
    own = ItemTax(old.tax_code_id or 0, old.tax_rate, old.tax_rule)
    return _line(new, sku_id, own, (net / old.quantity).quantize(SIXTH), tax)


def _line(new: ExchangeLine, sku_id: int, own: ItemTax, price: Decimal, tax: Decimal) -> LineInput:
    return LineInput(
        new.sku,
        new.quantity,
        price,
        sku_id=sku_id,
        tax=tax,
        tax_code_id=own.tax_code_id or None,
        tax_rate=own.rate,
        tax_rule_id=own.rule.pk if own.rule else None,
    )


def wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, errors=[{"field": field, "message": message}])
