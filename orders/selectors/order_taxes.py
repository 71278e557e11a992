"""Which taxes an order or draft bears, by which rule, and what the rules would say of what a channel charged."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounting.models import Currency, CustomerKind, TaxRule
from accounting.tax_customers import tax_number_country
from backoffice.core.errors import DomainError
from orders.intake import product
from orders.models import DraftCharge, DraftLine, DraftOrder, Order, OrderCharge, OrderLine, TaxedBy
from orders.papers import shown_rate
from orders.selectors.taxing import order_sale, sale_taxes, tax_setting, taxes_of_sale
from orders.taxing import ItemTax, Sale, SaleTaxes, TaxItem, agrees

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class TaxRow:
    """A line or charge: what it bears, and what the rules say now for the day it was placed.

    says: None where no rule is asked. agreed: it is what was charged, at the same rate or to a cent: channels round
    their own way. collector: seller, or the marketplace whose tax it is. net: what the tax is of.
    """

    title: str
    tax_class: str
    code: str
    rate: Decimal
    tax: Decimal
    rule: TaxRule | None
    says: ItemTax | None = None
    agreed: bool = True
    collector: str = "seller"
    net: Decimal = ZERO

    @property
    def percent(self) -> str:
        return f"{(shown_rate(self.rate, self.net, self.tax) * 100).normalize():f}"

    @property
    def difference(self) -> Decimal:
        """What the rules would ask more than was charged."""
        return ZERO if self.agreed or self.says is None else self.says.tax - self.tax


@dataclass(frozen=True, slots=True)
class TaxStory:
    """problem: why the rules say nothing. country, customer: what they were asked for. tax_number: the buyer's."""

    taxed_by: str
    country: str
    customer: str
    rows: Sequence[TaxRow]
    problem: str = ""
    tax_number: str = ""

    @property
    def number_country(self) -> str:
        """The country of the buyer's tax number; "" for one that cannot be one by its digits."""
        return tax_number_country(self.tax_number, self.country)

    @property
    def customer_label(self) -> str:
        return str(CustomerKind(self.customer).label) if self.customer else ""

    @property
    def difference(self) -> Decimal:
        return sum((row.difference for row in self.rows), ZERO)


def order_taxes(order: Order) -> TaxStory:
    """The taxes of an order. Nothing is written. Statements: at most 8."""
    lines = list(
        OrderLine.objects.filter(order=order)
        .select_related("order", "tax_code", "tax_rule__tax_code", "sku")
        .order_by("position")
    )
    charges = list(
        OrderCharge.objects.filter(order=order)
        .select_related("order", "tax_code", "tax_rule__tax_code")
        .order_by("position")
    )
    exponent = Currency.objects.values_list("exponent", flat=True).get(code=order.currency)
    items = [TaxItem(product(line.quantity, line.unit_price) - line.discount, line.sku_id) for line in lines]
    items += [TaxItem(charge.amount, kind=charge.kind) for charge in charges]
    day = order.placed_at.astimezone(ZoneInfo(order.channel.company.time_zone)).date()
    told = _told(order_sale(order, items, day, exponent), order) if order.channel.tax_by_rules else None
    rows = _rows([*lines, *charges], told, cent=Decimal(1).scaleb(-exponent))
    said = str(TaxedBy(order.taxed_by).label)
    return TaxStory(said, *_asked(told, order), rows, _problem(told), _tax_number(order))


def draft_taxes(draft: DraftOrder) -> TaxStory:
    """The taxes of a draft as it was saved, and who its buyer is to the rules. Statements: at most 8."""
    lines = list(draft.lines.select_related("tax_code", "tax_rule__tax_code", "sku").order_by("position"))
    charges = list(draft.charges.select_related("tax_code", "tax_rule__tax_code").order_by("position"))
    by = TaxedBy.RULES if draft.channel.tax_by_rules else TaxedBy.CODE
    rows = _rows([*lines, *charges], None)
    if by == TaxedBy.CODE:
        return TaxStory(str(by.label), draft.channel.company.country, "", rows)
    where = draft.shipping_address
    sale = Sale(
        (), draft.created_at.date(), draft.prices_include_tax, 2, country=where.country if where else "",
        region=where.region if where else "", contact=draft.contact_id,
    )  # fmt: skip
    asked = taxes_of_sale(sale, tax_setting(draft.channel))
    return TaxStory(str(by.label), asked.country, asked.customer_kind, rows, tax_number=_tax_number(draft))


def _tax_number(order: Order | DraftOrder) -> str:
    party = order.contact.party if order.contact else None
    return party.tax_number if party else ""


def _told(sale: Sale, order: Order) -> SaleTaxes | DomainError:
    (told,) = sale_taxes([sale], tax_setting(order.channel))
    return told


def _asked(told: SaleTaxes | DomainError | None, order: Order) -> tuple[str, str]:
    if isinstance(told, SaleTaxes):
        return told.country, told.customer_kind
    address = order.shipping_address
    return (address.country if address else "") or order.channel.company.country, ""


def _problem(told: SaleTaxes | DomainError | None) -> str:
    return told.detail if isinstance(told, DomainError) else ""


def _rows(
    parts: Sequence[OrderLine | OrderCharge | DraftLine | DraftCharge],
    told: SaleTaxes | DomainError | None,
    cent: Decimal = ZERO,
) -> list[TaxRow]:
    rows = []
    for place, part in enumerate(parts):
        collector = getattr(part, "tax_collector", "seller")
        says = told.items[place] if isinstance(told, SaleTaxes) and collector == "seller" else None
        rate = part.tax_rate if isinstance(part, OrderLine | OrderCharge) else part.applied_rate
        rows.append(
            TaxRow(
                _title(part),
                told.classes[place] if isinstance(told, SaleTaxes) else "",
                part.tax_code.code if part.tax_code else "",
                rate,
                part.tax,
                part.tax_rule,
                says,
                says is None or agrees(part.tax, rate, says, cent=cent),
                collector,
                _net(part),
            )
        )
    return rows


def _net(part: OrderLine | OrderCharge | DraftLine | DraftCharge) -> Decimal:
    """Before tax; of a draft none, for its rates are always known."""
    if isinstance(part, OrderLine):
        amount = product(part.quantity, part.unit_price) - part.discount
    elif isinstance(part, OrderCharge):
        amount = part.amount
    else:
        return ZERO
    return amount - part.tax if part.order.prices_include_tax else amount


def _title(part: OrderLine | OrderCharge | DraftLine | DraftCharge) -> str:
    if isinstance(part, OrderLine):
        return part.sku.code if part.sku else part.channel_sku
    if isinstance(part, DraftLine):
        return part.sku.code
    return part.description or str(part.get_kind_display())
