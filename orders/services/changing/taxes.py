"""Taxes of an order that is edited: of what is added, and of all that is not billed when it goes elsewhere."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from orders.changes import Delta
from orders.inputs import AddressInput
from orders.intake import product
from orders.models import Order, OrderCharge, OrderLine, TaxedBy
from orders.selectors.taxing import order_sale, tax_setting, taxes_of_sale
from orders.taxing import ItemTax, TaxItem

Told = tuple[str, str, str]


class EditTaxes:
    """address: where the order goes from now on; None: it stays."""

    def __init__(self, order: Order, today: date, exponent: int, address: AddressInput | None) -> None:
        self.order, self.today, self.exponent, self.address = order, today, exponent, address

    def of_added(self, added: Sequence[TaxItem], *, goods: Sequence[OrderLine] = ()) -> list[ItemTax]:
        """The tax codes and rates of new items; charges follow `goods`. Raises TaxRuleMissing, TaxRateMissing."""
        if not added:
            return []
        items = [*added, *(_item(line) for line in goods)]
        return list(self._decide(items)[: len(added)])

    def again(self) -> tuple[list[Delta], list[Told]]:
        """Decide the taxes of what is not billed anew, if the rules decided them; what the totals rise by.

        Lines of which something has left, and rates typed by hand, stay. Raises TaxRuleMissing, TaxRateMissing.
        """
        if self.address is None or self.order.taxed_by != TaxedBy.RULES:
            return [], []
        lines = list(
            OrderLine.objects.filter(order=self.order, shipped=0, tax_rule__isnull=False)
            .select_related("tax_code")
            .order_by("position")
        )
        charges = list(
            OrderCharge.objects.filter(order=self.order, billed=False, tax_rule__isnull=False)
            .select_related("tax_code")
            .order_by("position")
        )
        rows: list[OrderLine | OrderCharge] = [*lines, *charges]
        if not rows:
            return [], []
        taxes = self._decide([_item(row) for row in rows])
        deltas, told, changed = [], [], []
        for row, tax in zip(rows, taxes, strict=True):
            if (row.tax_code_id, row.tax_rate) == (tax.tax_code_id, tax.rate):
                continue
            deltas.append(Delta(tax=tax.tax - row.tax))
            told.append((_name(row), _said(row.tax_code, row.tax), _said(tax.rule and tax.rule.tax_code, tax.tax)))
            row.tax, row.tax_code_id, row.tax_rate, row.tax_rule = tax.tax, tax.tax_code_id, tax.rate, tax.rule
            changed.append(row)
        fields = ["tax", "tax_code", "tax_rate", "tax_rule"]
        OrderLine.objects.bulk_update([row for row in changed if isinstance(row, OrderLine)], fields)
        OrderCharge.objects.bulk_update([row for row in changed if isinstance(row, OrderCharge)], fields)
        return deltas, told

    def _decide(self, items: Sequence[TaxItem]) -> Sequence[ItemTax]:
        sale = order_sale(self.order, items, self.today, self.exponent, self.address)
        return taxes_of_sale(sale, tax_setting(self.order.channel)).items


def _item(row: OrderLine | OrderCharge) -> TaxItem:
    if isinstance(row, OrderCharge):
        return TaxItem(row.amount, kind=row.kind)
    return TaxItem(product(row.quantity, row.unit_price) - row.discount, row.sku_id)


def _name(row: OrderLine | OrderCharge) -> str:
    if isinstance(row, OrderCharge):
        return _("charge: %(name)s") % {"name": row.description or row.code or row.get_kind_display()}
    return f"{_('line %(position)s') % {'position': row.position}}: {_('tax')}"


def _said(code: object, tax: object) -> str:
    return f"{getattr(code, 'code', '')} {tax.normalize():f}" if hasattr(tax, "normalize") else ""
