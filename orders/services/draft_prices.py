"""What a draft costs: its prices, taxes and sums, checked as every order is."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from accounting.models import AccountRole, Currency
from backoffice.core.errors import InvalidInput
from inventory.models import Sku
from orders.drafting import DraftInput, DraftLineInput, DraftSums, draft_items, price_draft
from orders.errors import ChannelInactive
from orders.inputs import ChargeInput, LineInput, OrderInput, charge_role
from orders.intake import refusal_of
from orders.models import Channel, Contact
from orders.selectors.prices import prices_of
from orders.selectors.taxing import tax_setting, taxes_of_sale
from orders.taxing import Sale

ZERO = Decimal(0)


def open_channel(channel_id: int) -> Channel:
    """The channel that sells. Raises InvalidInput, ChannelInactive. Statements: 1."""
    channel = Channel.objects.select_related("tax_code", "company").filter(pk=channel_id).first()
    if channel is None:
        raise invalid("channel", _("unknown channel"))
    if not channel.is_active:
        raise ChannelInactive(_("Channel %(code)s is switched off.") % {"code": channel.code}, channel_id=channel_id)
    return channel


def priced_draft(given: DraftInput, channel: Channel, today: date) -> tuple[DraftInput, DraftSums]:
    """Checked, with every price and tax. Raises InvalidInput, TaxRuleMissing, TaxRateMissing."""
    currency = given.currency or channel.currency
    inclusive = channel.prices_include_tax if given.prices_include_tax is None else given.prices_include_tax
    exponent = Currency.objects.filter(code=currency).values_list("exponent", flat=True).first()
    if exponent is None:
        raise invalid("currency", _("%(code)s is not a known currency") % {"code": currency}, "unknown_currency")
    given = replace(given, currency=currency, prices_include_tax=inclusive, lines=_with_prices(given, channel, today))
    known = dict(
        Sku.objects.filter(company_id=channel.company_id, pk__in=[line.sku_id for line in given.lines]).values_list(
            "pk", "code"
        )
    )
    for row, line in enumerate(given.lines):
        if line.sku_id not in known:
            raise invalid(f"lines.{row}.sku", _("There is no such SKU in this company."), "unknown_sku")
    if given.contact_id is not None and not Contact.objects.filter(pk=given.contact_id, channel=channel).exists():
        raise invalid("contact", _("This channel has no such buyer."))
    refused = given.lines or given.charges
    if refused:
        probe = as_order(given, known, timezone.now())
        problem = refusal_of(probe, roles=frozenset(AccountRole.values), exponents={currency: exponent})
        if problem is not None:
            raise invalid(_path(problem.field), problem.detail, problem.code)
    sale = draft_sale(given, today, inclusive=inclusive, exponent=exponent)
    taxes = taxes_of_sale(sale, tax_setting(channel))
    return price_draft(given, taxes.items, inclusive=inclusive)


def draft_sale(given: DraftInput, today: date, *, inclusive: bool, exponent: int) -> Sale:
    """What is asked of a draft's taxes."""
    address, contact = given.shipping_address, given.contact
    return Sale(
        draft_items(given),
        today,
        inclusive,
        exponent,
        country=(address.country if address else "") or (contact.country if contact else ""),
        region=address.region if address else "",
        postcode=address.postcode if address else "",
        contact=given.contact_id or (contact.external_id if contact else None) or None,
    )


def _with_prices(given: DraftInput, channel: Channel, today: date) -> list[DraftLineInput]:
    """Prices where they were left out. Raises InvalidInput for an SKU that has none yet."""
    lacking: dict[int, Decimal] = {}
    for line in given.lines:
        if line.unit_price is None:
            lacking[line.sku_id] = lacking.get(line.sku_id, ZERO) + line.quantity
    found = prices_of(
        lacking,
        channel_id=channel.pk,
        currency=given.currency or channel.currency,
        inclusive=channel.prices_include_tax if given.prices_include_tax is None else given.prices_include_tax,
        on=today,
        contact_id=given.contact_id,
    )
    priced = []
    for row, line in enumerate(given.lines):
        if line.unit_price is None and line.sku_id not in found:
            raise invalid(
                f"lines.{row}.unit_price", _("Type a price: this SKU was not sold in this channel yet."), "no_price"
            )
        priced.append(line if line.unit_price is not None else replace(line, unit_price=found[line.sku_id]))
    return priced


def as_order(given: DraftInput, codes: dict[int, str], placed_at: datetime) -> OrderInput:
    """The order that the draft would be, for the checks that every order passes."""
    return OrderInput(
        external_id=given.external_id or "draft",
        placed_at=placed_at,
        currency=given.currency,
        lines=[
            LineInput(
                codes.get(line.sku_id, "?"),
                line.quantity,
                line.unit_price or ZERO,
                sku_id=line.sku_id,
                description=line.description,
                discount=line.discount,
                tax=line.tax,
                tax_code_id=line.tax_code_id,
                tax_rule_id=line.tax_rule_id,
                tax_rate=line.applied_rate,
            )
            for line in given.lines
        ],
        charges=[
            ChargeInput(
                charge.kind,
                charge_role(charge.kind),
                charge.amount,
                description=charge.description,
                tax=charge.tax,
                tax_code_id=charge.tax_code_id,
                tax_rule_id=charge.tax_rule_id,
                tax_rate=charge.applied_rate,
            )
            for charge in given.charges
        ],
        contact=given.contact,
        shipping_address=given.shipping_address,
        external_number=given.external_number,
        promise_date=given.promise_date,
        shipping_service=given.shipping_service,
        note=given.note,
        prices_include_tax=given.prices_include_tax,
    )


def _path(field: str) -> str:
    return field.replace("[", ".").replace("]", "")


def invalid(field: str, message: str, code: str = "invalid") -> InvalidInput:
    """The refusal of one field; "lines[2].quantity" becomes "lines.2.quantity"."""
    return InvalidInput(message, errors=[{"field": _path(field), "message": message, "code": code}])
