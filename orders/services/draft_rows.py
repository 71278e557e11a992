"""The rows of a draft: its own, its lines and charges, its buyer and address; and what they say together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounting.models import Address, Company, Currency
from accounting.services import blank_addresses
from backoffice.core.money import ZERO, round_money
from orders.drafting import DraftChargeInput, DraftInput, DraftLineInput, DraftSums
from orders.errors import NotReady
from orders.inputs import AddressInput, ContactInput, OrderInput
from orders.models import Channel, DraftCharge, DraftLine, DraftOrder, TaxedBy
from orders.services.contacts import ensure_contacts
from orders.services.draft_prices import as_order

ADDRESS_FIELDS = ("name", "organisation", "line1", "line2", "city", "region", "postcode", "country", "phone")


def input_of(draft: DraftOrder) -> DraftInput:
    """A draft as it would be written again. Statements: 2."""
    return DraftInput(
        lines=[
            DraftLineInput(line.sku_id, line.quantity, line.unit_price, line.description, line.discount, line.tax_rate)
            for line in draft.lines.order_by("position")
        ],
        charges=[
            DraftChargeInput(charge.kind, charge.amount, charge.description, charge.tax_rate)
            for charge in draft.charges.order_by("position")
        ],
        contact_id=draft.contact_id,
        shipping_address=_address_of(draft.shipping_address),
        external_id=draft.external_id,
        external_number=draft.external_number,
        currency=draft.currency,
        prices_include_tax=draft.prices_include_tax,
        promise_date=draft.promise_date,
        shipping_service=draft.shipping_service,
        note=draft.note,
    )


def order_input(draft: DraftOrder, placed_at: datetime) -> OrderInput:
    """The order as the draft has it now. Statements: 4."""
    given = input_of(draft)
    lines = list(draft.lines.select_related("sku").order_by("position"))
    charges = list(draft.charges.order_by("position"))
    if not lines and not charges:
        raise NotReady(_("Give at least one line or charge before it is placed."), draft_id=draft.pk)
    given = replace(
        given,
        lines=[replace(item, **_taxed(line)) for item, line in zip(given.lines, lines, strict=True)],
        charges=[replace(item, **_taxed(charge)) for item, charge in zip(given.charges, charges, strict=True)],
    )
    order = as_order(given, {line.sku_id: line.sku.code for line in lines}, placed_at)
    contact = None
    if draft.contact is not None:
        contact = ContactInput(external_id=draft.contact.external_id, country=draft.contact.country)
    taxed_by = TaxedBy.RULES if draft.channel.tax_by_rules else TaxedBy.CODE
    return replace(order, contact=contact, total=draft.total, taxed_by=taxed_by.value)


def _taxed(row: DraftLine | DraftCharge) -> dict[str, Any]:
    """What was decided when it was saved; drafts of older versions kept the rate only where it was typed."""
    return {
        "tax": row.tax,
        "tax_code_id": row.tax_code_id,
        "tax_rule_id": row.tax_rule_id,
        "applied_rate": row.applied_rate or row.tax_rate or ZERO,
    }


def fill(draft: DraftOrder, given: DraftInput, sums: DraftSums, channel: Channel, *, parties: bool = True) -> None:
    """The draft's own row, and with `parties` its buyer and address."""
    exponent = Currency.objects.values_list("exponent", flat=True).get(code=given.currency)
    draft.currency = given.currency
    draft.prices_include_tax = bool(given.prices_include_tax)
    draft.goods_total, draft.charges_total = sums.goods, sums.charges
    draft.discount_total, draft.tax_total = sums.discount, sums.tax
    draft.total = round_money(sums.total, exponent)
    draft.external_number, draft.promise_date = given.external_number, given.promise_date
    draft.shipping_service, draft.note = given.shipping_service, given.note
    if parties:
        draft.contact_id = given.contact_id or _make_contact(draft, given.contact, channel)
        draft.shipping_address_id = _save_address(draft, given.shipping_address)


def _make_contact(draft: DraftOrder, contact: ContactInput | None, channel: Channel) -> int | None:
    if contact is None or not (contact.name or contact.email or contact.phone or contact.external_id):
        return None
    key = contact.external_id or f"draft:{draft.external_id}"
    return ensure_contacts({key: contact}, company_id=channel.company_id, channel_id=channel.pk)[key]


def _save_address(draft: DraftOrder, given: AddressInput | None) -> int | None:
    """The draft's own copy. Another address is another row; of the one before, no person's data is left behind."""
    before, empty = draft.shipping_address, AddressInput()
    if _address_of(before) == (given or empty):
        return draft.shipping_address_id
    if before is not None:
        blank_addresses([before.pk])
    if given is None or given == empty:
        return None
    values = {name: getattr(given, name) for name in ADDRESS_FIELDS}
    return Address.objects.create(company=Company(pk=draft.company_id), **values).pk


def _address_of(address: Address | None) -> AddressInput | None:
    return None if address is None else AddressInput(**{name: getattr(address, name) for name in ADDRESS_FIELDS})


def write_rows(draft: DraftOrder, given: DraftInput) -> None:
    """Insert the draft's lines and charges. Statements: 2."""
    DraftLine.objects.bulk_create(
        DraftLine(
            draft=draft,
            position=position,
            sku_id=line.sku_id,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=line.discount,
            tax_rate=line.tax_rate,
            tax=line.tax,
            tax_code_id=line.tax_code_id,
            tax_rule_id=line.tax_rule_id,
            applied_rate=line.applied_rate,
        )
        for position, line in enumerate(given.lines, 1)
    )
    DraftCharge.objects.bulk_create(
        DraftCharge(
            draft=draft,
            position=position,
            kind=charge.kind,
            description=charge.description,
            amount=charge.amount,
            tax_rate=charge.tax_rate,
            tax=charge.tax,
            tax_code_id=charge.tax_code_id,
            tax_rule_id=charge.tax_rule_id,
            applied_rate=charge.applied_rate,
        )
        for position, charge in enumerate(given.charges, 1)
    )


def summary(draft: DraftOrder) -> dict[str, str]:
    """What the audit trail compares: no personal data."""
    lines: Sequence[DraftLine] = list(draft.lines.select_related("sku").order_by("position"))
    charges: Sequence[DraftCharge] = list(draft.charges.order_by("position"))
    return {
        "lines": "; ".join(
            f"{line.quantity.normalize():f} × {line.sku.code} @ {line.unit_price.normalize():f}"
            + (f" -{line.discount.normalize():f}" if line.discount else "")
            for line in lines
        ),
        "charges": "; ".join(f"{charge.kind} {charge.amount.normalize():f}" for charge in charges),
        "total": f"{draft.total.normalize():f} {draft.currency}",
        "buyer": str(draft.contact_id or ""),
        "shipping_service": draft.shipping_service,
        "promise_date": str(draft.promise_date or ""),
    }
