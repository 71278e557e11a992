"""Taxes of orders that are edited: of what is added, and of all that is not billed when one goes elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from backoffice.core.errors import DomainError
from orders.changes import Delta
from orders.inputs import AddressInput
from orders.intake import product
from orders.models import Order, OrderCharge, OrderLine, TaxedBy
from orders.selectors.taxing import order_sale, sale_taxes, tax_setting
from orders.taxing import ItemTax, TaxItem

Told = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """Items of an order whose taxes are asked. address: where it goes from now on; None: it stays."""

    order: Order
    items: Sequence[TaxItem]
    exponent: int
    address: AddressInput | None


def decide(asked: Sequence[Asked], today: date) -> list[Sequence[ItemTax]]:
    """The tax codes and rates of each order's items. Raises TaxRuleMissing, TaxRateMissing.

    Statements: 0 for none, else 4 and for each channel those of sale_taxes.
    """
    found: list[Sequence[ItemTax]] = [()] * len(asked)
    wanted = [(place, one) for place, one in enumerate(asked) if one.items]
    orders = [one.order for _place, one in wanted]
    if orders:
        prefetch_related_objects(orders, "channel__company", "channel__tax_code", "shipping_address", "billing_address")
    for channel_id in {order.channel_id for order in orders}:
        own = [(place, one) for place, one in wanted if one.order.channel_id == channel_id]
        sales = [order_sale(one.order, one.items, today, one.exponent, one.address) for _place, one in own]
        for (place, _one), taxes in zip(own, sale_taxes(sales, tax_setting(own[0][1].order.channel)), strict=True):
            if isinstance(taxes, DomainError):
                raise taxes
            found[place] = taxes.items
    return found


def taxes_of_added(
    asked: Sequence[Asked], goods: Sequence[Sequence[OrderLine]], today: date
) -> list[Sequence[ItemTax]]:
    """The taxes of new items, by order; new charges follow the order's `goods`. Raises and statements: as decide."""
    with_goods = [
        Asked(one.order, [*one.items, *map(tax_item, own)] if one.items else (), one.exponent, one.address)
        for one, own in zip(asked, goods, strict=True)
    ]
    return [taxes[: len(one.items)] for one, taxes in zip(asked, decide(with_goods, today), strict=True)]


def tax_again(moved: Sequence[Asked], today: date) -> list[tuple[list[Delta], list[Told]]]:
    """Decide the taxes of what is not billed anew, if the rules decided them; what the totals of each order rise by.

    moved: orders that go to another address. Lines of which something has left, and rates typed by hand, stay.
    Raises TaxRuleMissing, TaxRateMissing. Statements: 0 for none, else 4 and decide's.
    """
    ids = [one.order.pk for one in moved if one.order.taxed_by == TaxedBy.RULES]
    if not ids:
        return [([], []) for _one in moved]
    rows: dict[int, list[OrderLine | OrderCharge]] = {one.order.pk: [] for one in moved}
    lines = OrderLine.objects.filter(order_id__in=ids, shipped=0, tax_rule__isnull=False)
    charges = OrderCharge.objects.filter(order_id__in=ids, billed=False, tax_rule__isnull=False)
    unbilled: list[OrderLine | OrderCharge] = [
        *lines.select_related("tax_code").order_by("order_id", "position"),
        *charges.select_related("tax_code").order_by("order_id", "position"),
    ]
    for row in unbilled:
        rows[row.order_id].append(row)
    asked = [
        Asked(one.order, [tax_item(row) for row in rows[one.order.pk]], one.exponent, one.address) for one in moved
    ]
    found, changed = [], []
    for one, taxes in zip(moved, decide(asked, today), strict=True):
        deltas, told = [], []
        for row, tax in zip(rows[one.order.pk], taxes, strict=True):
            if (row.tax_code_id, row.tax_rate) == (tax.tax_code_id, tax.rate):
                continue
            deltas.append(Delta(tax=tax.tax - row.tax))
            told.append((_name(row), _said(row.tax_code, row.tax), _said(tax.rule and tax.rule.tax_code, tax.tax)))
            row.tax, row.tax_code_id, row.tax_rate, row.tax_rule = tax.tax, tax.tax_code_id, tax.rate, tax.rule
            changed.append(row)
        found.append((deltas, told))
    fields = ["tax", "tax_code", "tax_rate", "tax_rule"]
    OrderLine.objects.bulk_update([row for row in changed if isinstance(row, OrderLine)], fields)
    OrderCharge.objects.bulk_update([row for row in changed if isinstance(row, OrderCharge)], fields)
    return found


def tax_item(row: OrderLine | OrderCharge) -> TaxItem:
    if isinstance(row, OrderCharge):
        return TaxItem(row.amount, kind=row.kind)
    return TaxItem(product(row.quantity, row.unit_price) - row.discount, row.sku_id)


def _name(row: OrderLine | OrderCharge) -> str:
    if isinstance(row, OrderCharge):
        return _("charge: %(name)s") % {"name": row.description or row.code or row.get_kind_display()}
    return f"{_('line %(position)s') % {'position': row.position}}: {_('tax')}"


def _said(code: object, tax: object) -> str:
    return f"{getattr(code, 'code', '')} {tax.normalize():f}" if hasattr(tax, "normalize") else ""
