"""Taxes of orders on their way in: decided where none were sent, named where the channel charged them."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from backoffice.core.errors import DomainError
from orders.inputs import ChargeInput, LineInput, OrderInput
from orders.intake import product, sums_of
from orders.models import TaxedBy
from orders.selectors.setting import Setting
from orders.selectors.taxing import TaxSetting, sale_taxes
from orders.services.drafts import Draft
from orders.taxing import ItemTax, Sale, TaxItem, agrees


def tax_drafts(drafts: Sequence[Draft], setting: Setting) -> None:
    """Taxes of a batch whose channel goes by the tax rules.

    Where none were sent they are filled in, or the order is `untaxed`. Those that were sent are kept to the cent; each
    that the rules say too gets their tax code, so that a return counts it where it belongs. Statements: at most 4.
    """
    wanted = [draft for draft in drafts if draft.order.taxed_by == TaxedBy.CHANNEL]
    how = TaxSetting(
        setting.company_id, setting.channel_id, setting.home, setting.tax_code_id, "", True,
        setting.tax_rounding == "line",
    )  # fmt: skip
    answers = sale_taxes([_sale(draft, setting) for draft in wanted], how)
    for draft, answer in zip(wanted, answers, strict=True):
        if isinstance(answer, DomainError):
            draft.untaxed = answer if draft.order.taxes_unstated else None
        elif draft.order.taxes_unstated:
            draft.order = _filled(draft.order, answer.items)
            draft.sums = sums_of(draft.order, inclusive=draft.inclusive)
        else:
            draft.order = _named(draft.order, answer.items, setting.exponents[draft.order.currency])


def _sale(draft: Draft, setting: Setting) -> Sale:
    order = draft.order
    address, contact = order.shipping_address or order.billing_address, order.contact
    items = [
        TaxItem(product(line.quantity, line.unit_price) - line.discount, sku)
        for line, sku in zip(order.lines, draft.skus, strict=True)
    ]
    items += [TaxItem(product(charge.quantity, charge.unit_price), kind=charge.kind) for charge in order.charges]
    return Sale(
        items,
        order.placed_at.astimezone(ZoneInfo(setting.time_zone)).date(),
        draft.inclusive,
        setting.exponents[order.currency],
        country=(address.country if address else "") or (contact.country if contact else ""),
        region=address.region if address else "",
        postcode=address.postcode if address else "",
        contact=draft.contact_key or None,
    )


def _filled(order: OrderInput, taxes: Sequence[ItemTax]) -> OrderInput:
    return _with(order, [_decided(tax) | {"tax": tax.tax} for tax in taxes], taxed_by=TaxedBy.RULES.value)


def _decided(tax: ItemTax) -> dict[str, Any]:
    return {
        "tax_code_id": tax.tax_code_id, "tax_rate": tax.rate, "tax_rule_id": tax.rule.pk if tax.rule else None,
    }  # fmt: skip


def _named(order: OrderInput, taxes: Sequence[ItemTax], exponent: int) -> OrderInput:
    """The order with the rules' tax codes where they come to the channel's cents."""
    cent = Decimal(1).scaleb(-exponent)
    parts: list[LineInput | ChargeInput] = [*order.lines, *order.charges]
    found = [
        _decided(tax)
        if part.tax_code_id is None
        and getattr(part, "tax_collector", "seller") == "seller"
        and agrees(part.tax, part.tax_rate, tax, cent=cent)
        else {}
        for part, tax in zip(parts, taxes, strict=True)
    ]
    return _with(order, found)


def _with(order: OrderInput, values: Sequence[dict[str, Any]], **more: Any) -> OrderInput:
    rows = iter(values)
    lines = [replace(line, **next(rows)) for line in order.lines]
    charges = [replace(charge, **next(rows)) for charge in order.charges]
    return replace(order, lines=lines, charges=charges, **more)
