"""Which taxes sales bear: by the company's tax rules, or by the channel's one tax code."""

import datetime
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from accounting.models import Address
from accounting.selectors.config import tax_rates
from accounting.selectors.taxing import TaxDecision, TaxQuestion, answer_taxes
from accounting.tax import document_taxes
from accounting.tax_customers import Exemption, TaxCustomer, customer_kind
from backoffice.core.db import prepared_cursor
from backoffice.core.errors import DomainError
from inventory.selectors import tax_classes
from orders.inputs import AddressInput
from orders.models import Channel, Order
from orders.taxing import ZERO, ItemTax, Sale, SaleTaxes, TaxItem, main_goods


@dataclass(frozen=True, slots=True)
class TaxSetting:
    """How a channel's sales are taxed. home: the company's country. per_line: its rounding."""

    company_id: int
    channel_id: int
    home: str
    tax_code_id: int
    code: str
    by_rules: bool
    per_line: bool


def tax_setting(channel: Channel) -> TaxSetting:
    """Of a channel whose company and tax code are at hand."""
    company = channel.company
    return TaxSetting(
        company.pk, channel.pk, company.country, channel.tax_code_id, channel.tax_code.code, channel.tax_by_rules,
        company.tax_rounding == "line",
    )  # fmt: skip


def sale_taxes(sales: Sequence[Sale], setting: TaxSetting) -> list[SaleTaxes | DomainError]:
    """The taxes of each sale to the cent, or why there are none (TaxRuleMissing, TaxRateMissing).

    Goods: by where they go, their product's tax class and who buys. A charge: by the rule of its own class (its kind
    in capitals, such as SHIPPING) where there is one, else as the goods of the greatest value. Rounded as the company
    says, by line or once by rate. Statements: 1 where the channel's code counts; by rules at most 4.
    """
    if not sales:
        return []
    if not setting.by_rules:
        return _by_code(sales, setting)
    people = _customers(setting.channel_id, {sale.contact for sale in sales if sale.contact})
    skus = {item.sku_id for sale in sales for item in sale.items if item.sku_id is not None}
    classes = tax_classes(setting.company_id, skus) if skus else {}
    asked = [_Asked(sale, people.get(sale.contact) if sale.contact else None, setting.home) for sale in sales]
    questions = dict.fromkeys(question for one in asked for question in one.questions(classes))
    answers = dict(zip(questions, answer_taxes(setting.company_id, list(questions)), strict=True))
    return [one.taxes(classes, answers, setting) for one in asked]


def taxes_of_sale(sale: Sale, setting: TaxSetting) -> SaleTaxes:
    """One sale's. Raises TaxRuleMissing, TaxRateMissing."""
    (found,) = sale_taxes([sale], setting)
    if isinstance(found, DomainError):
        raise found
    return found


def _by_code(sales: Sequence[Sale], setting: TaxSetting) -> list[SaleTaxes | DomainError]:
    days = [sale.date for sale in sales if any(item.rate is None for item in sale.items)]
    try:
        rates = dict(zip(days, tax_rates(setting.company_id, [(setting.code, day) for day in days]), strict=True))
    except DomainError as refusal:
        return [refusal for _sale in sales]
    found: list[SaleTaxes | DomainError] = []
    for sale in sales:
        plain = [
            ItemTax(setting.tax_code_id, rates[sale.date][1] if item.rate is None else item.rate) for item in sale.items
        ]
        found.append(SaleTaxes(_in_cents(sale, plain, setting), sale.country or setting.home, "", ()))
    return found


def _in_cents(sale: Sale, taxes: Sequence[ItemTax], setting: TaxSetting) -> list[ItemTax]:
    amounts = [(item.amount, tax.rate) for item, tax in zip(sale.items, taxes, strict=True)]
    cents = document_taxes(amounts, inclusive=sale.inclusive, per_line=setting.per_line, exponent=sale.exponent)
    return [replace(tax, tax=part) for tax, (_net, part) in zip(taxes, cents, strict=True)]


@dataclass(frozen=True, slots=True)
class _Person:
    country: str
    customer: TaxCustomer | None


class _Asked:
    """A sale with its destination and customer kind."""

    def __init__(self, sale: Sale, person: _Person | None, home: str) -> None:
        self.sale = sale
        self.country = (sale.country or (person.country if person else "") or home).upper()
        self.kind = customer_kind(
            person.customer if person else None, country=self.country, region=sale.region, home=home, day=sale.date
        )

    def question(self, tax_class: str) -> TaxQuestion:
        sale = self.sale
        return TaxQuestion(self.country, sale.date, tax_class, self.kind, sale.region, sale.postcode)

    def tax_class(self, item: TaxItem, classes: Mapping[int, str]) -> str:
        return item.kind.upper() if item.kind else classes.get(item.sku_id or 0, "")

    def questions(self, classes: Mapping[int, str]) -> list[TaxQuestion]:
        return [self.question(self.tax_class(item, classes)) for item in self.sale.items]

    def taxes(
        self,
        classes: Mapping[int, str],
        answers: Mapping[TaxQuestion, TaxDecision | DomainError],
        setting: TaxSetting,
    ) -> SaleTaxes | DomainError:
        items = self.sale.items
        names = [self.tax_class(item, classes) for item in items]
        found: list[ItemTax] = []
        for item, name in zip(items, names, strict=True):
            answer = answers[self.question(name)]
            if isinstance(answer, DomainError) and item.rate is None:
                return answer
            found.append(_tax(item, answer, setting))
        goods = main_goods({place: tax for place, tax in enumerate(found) if not items[place].kind}, items)
        for place, item in enumerate(items):
            rule = found[place].rule
            if item.kind and item.rate is None and goods and rule and rule.product_class != names[place]:
                found[place] = goods
        return SaleTaxes(_in_cents(self.sale, found, setting), self.country, self.kind, names)


def _tax(item: TaxItem, answer: TaxDecision | DomainError, setting: TaxSetting) -> ItemTax:
    """A typed rate that is not the rule's bears the channel's tax code."""
    if isinstance(answer, TaxDecision) and item.rate in (None, answer.rate):
        return ItemTax(answer.tax_code_id, answer.rate, answer.rule)
    return ItemTax(setting.tax_code_id, item.rate or ZERO)


_CUSTOMERS = """
SELECT k.id, k.external_id, k.country, k.party_id IS NOT NULL, coalesce(p.name, '') <> '', coalesce(p.tax_number, ''),
    coalesce(a.country, k.country), (SELECT json_agg(json_build_array(x.country, x.region, x.valid_from, x.valid_to,
        x.number)) FROM accounting_taxexemption x WHERE x.party_id = p.id)::text
FROM orders_contact k LEFT JOIN accounting_party p ON p.id = k.party_id
LEFT JOIN accounting_address a ON a.id = p.address_id
WHERE k.channel_id = %s AND (k.id = ANY(%s) OR k.external_id = ANY(%s))
"""


def _customers(channel_id: int, contacts: Collection[int | str]) -> dict[int | str, _Person]:
    """Buyers by id and by external id. Statements: 1, or 0 without any."""
    if not contacts:
        return {}
    ids = [contact for contact in contacts if isinstance(contact, int)]
    with prepared_cursor() as cursor:
        cursor.execute(_CUSTOMERS, [channel_id, ids, [name for name in contacts if isinstance(name, str)]])
        rows = cursor.fetchall()
    found: dict[int | str, _Person] = {}
    for pk, external_id, country, known, *rest in rows:
        found[pk] = found[external_id] = _Person(country, _customer(*rest) if known else None)
    return found


def _customer(is_organisation: bool, number: str, country: str, exemptions: str | None) -> TaxCustomer:
    day = datetime.date.fromisoformat
    return TaxCustomer(
        is_organisation, number, country,
        [
            Exemption(where, region, day(first), day(last) if last else None, name)
            for where, region, first, last, name in json.loads(exemptions or "[]")
        ],
    )  # fmt: skip


def order_sale(
    order: Order,
    items: Sequence[TaxItem],
    day: datetime.date,
    exponent: int,
    address: Address | AddressInput | None = None,
) -> Sale:
    """What is asked of the taxes of items of an order, which goes to its address or to `address`. Statements: at most 1."""
    where = address or order.shipping_address or order.billing_address
    return Sale(
        items,
        day,
        order.prices_include_tax,
        exponent,
        country=where.country if where else "",
        region=where.region if where else "",
        postcode=where.postcode if where else "",
        contact=order.contact_id,
    )
