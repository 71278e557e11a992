"""Drafts and quotes: written, edited, offered until a day, placed as an order, or cancelled."""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounting.models import AccountRole, Address, Company, Currency
from accounting.selectors.config import tax_rate
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.errors import InvalidInput
from backoffice.core.money import round_money
from inventory.models import Sku
from orders.drafting import DraftChargeInput, DraftInput, DraftLineInput, DraftSums, price_draft
from orders.errors import ChannelInactive, NotFound, NotReady, QuoteExpired
from orders.inputs import AddressInput, ChargeInput, ContactInput, LineInput, OrderInput, PlaceResult
from orders.intake import refusal_of
from orders.models import Channel, Contact, DraftCharge, DraftLine, DraftOrder, DraftStatus
from orders.selectors.prices import prices_of
from orders.services.changing import change_status
from orders.services.contacts import ensure_contacts
from orders.services.placing import place_orders
from orders.services.versions import conflict

ZERO = Decimal(0)
OBJECT = "orders.draftorder"
CHARGE_ROLES = {"shipping": "shipping_revenue"}
ADDRESS_FIELDS = ("name", "organisation", "line1", "line2", "city", "region", "postcode", "country", "phone")


@transaction.atomic(savepoint=False)
def create_draft(given: DraftInput, *, channel_id: int, actor: Actor, today: datetime.date) -> DraftOrder:
    """Write a draft of a channel; nothing is claimed for it. The same external id again is the same draft.

    Prices that are left out are the SKU's (selectors.prices.prices_of); taxes are the channel's on that day.

    Raises InvalidInput (field, row, sentence), ChannelInactive; nothing is written then. Statements: at most 14.
    """
    channel = _channel(channel_id)
    if given.external_id:
        known = DraftOrder.objects.filter(channel=channel, external_id=given.external_id).first()
        if known is not None:
            return known
    external_id = given.external_id or f"draft-{uuid.uuid4().hex[:16]}"
    draft = DraftOrder(
        company_id=channel.company_id, channel=channel, external_id=external_id, made_by=actor.label, version=1
    )
    priced, sums = _priced(given, channel, today)
    _fill(draft, priced, sums, channel)
    draft.save()
    _write_rows(draft, priced)
    record([Change(OBJECT, draft.pk, "created", company_id=draft.company_id)], actor=actor)
    return draft


@transaction.atomic(savepoint=False)
def update_draft(
    draft_id: int,
    *,
    given: DraftInput,
    company_id: int,
    actor: Actor,
    today: datetime.date,
    version: int | None = None,
) -> DraftOrder:
    """Write a draft anew; a quote is withdrawn by that. version: as the editor read it.

    Raises VersionConflict, NotReady (placed or cancelled), InvalidInput, NotFound; nothing is written then.
    """
    draft = lock_draft(draft_id, company_id=company_id, version=version)
    _check_open(draft)
    before = _summary(draft)
    priced, sums = _priced(given, draft.channel, today)
    if draft.status == DraftStatus.QUOTED:
        _move(draft, DraftStatus.DRAFT, actor, _("Edited: the quote is withdrawn."))
        draft.valid_until = None
    _fill(draft, priced, sums, draft.channel)
    draft.version += 1
    draft.save()
    draft.lines.all().delete()
    draft.charges.all().delete()
    _write_rows(draft, priced)
    after = _summary(draft)
    record(
        [
            Change(OBJECT, draft.pk, "edited", field=field, old=before[field], new=after[field], company_id=company_id)
            for field in after
            if before[field] != after[field]
        ],
        actor=actor,
    )
    return draft


@transaction.atomic(savepoint=False)
def quote_draft(
    draft_id: int,
    *,
    company_id: int,
    actor: Actor,
    valid_until: datetime.date,
    today: datetime.date,
    version: int | None = None,
) -> DraftOrder:
    """Offer a draft until the end of a day; a quote may be offered anew for longer.

    Raises VersionConflict, NotReady (not open, or without goods and charges), InvalidInput (a day in the past).
    """
    draft = lock_draft(draft_id, company_id=company_id, version=version)
    _check_open(draft)
    if not draft.lines.exists() and not draft.charges.exists():
        raise NotReady(_("Give at least one line or charge before it is quoted."), draft_id=draft_id)
    if valid_until < today:
        raise _invalid("valid_until", _("The quote must hold until today or later."))
    old = str(draft.valid_until or "")
    if draft.status == DraftStatus.QUOTED:
        draft.version += 1
    else:
        draft.valid_until = valid_until
        draft.save(update_fields=["valid_until"])
        _move(draft, DraftStatus.QUOTED, actor, "")
    draft.valid_until = valid_until
    draft.save(update_fields=["valid_until", "version"])
    record(
        [Change(OBJECT, draft.pk, "quoted", field="valid until", old=old, new=str(valid_until), company_id=company_id)],
        actor=actor,
    )
    return draft


@transaction.atomic(savepoint=False)
def place_draft(
    draft_id: int, *, company_id: int, actor: Actor, placed_at: datetime.datetime, version: int | None = None
) -> PlaceResult:
    """Turn a draft or a quote that still holds into a placed order: price, tax and address are fixed with that.

    A quote is placed at what was quoted; a plain draft takes the taxes of the day. Placed once already: answered
    `already` with its order. Holds, claims and release are place_orders'.

    Raises QuoteExpired, VersionConflict, NotReady (cancelled, or empty), InvalidInput; nothing is written then.
    """
    draft = lock_draft(draft_id, company_id=company_id, version=None)
    if draft.status == DraftStatus.PLACED:
        return PlaceResult(draft.order_id, "already")
    _check_version(draft, version)
    _check_open(draft)
    day = timezone.localdate(placed_at)
    if draft.status == DraftStatus.QUOTED and draft.valid_until is not None and draft.valid_until < day:
        raise QuoteExpired(
            _("Quote %(number)s held until %(day)s: offer it anew, or edit it.")
            % {"number": draft.number, "day": draft.valid_until.isoformat()},
            draft_id=draft_id,
            valid_until=draft.valid_until.isoformat(),
        )
    if draft.status == DraftStatus.DRAFT:
        priced, sums = _priced(input_of(draft), draft.channel, day)
        _fill(draft, priced, sums, draft.channel, parties=False)
        draft.save()
        draft.lines.all().delete()
        draft.charges.all().delete()
        _write_rows(draft, priced)
    (result,) = place_orders([_order_input(draft, placed_at)], channel_id=draft.channel_id, actor=actor)
    if result.state == "refused":
        raise _invalid(result.field, result.detail)
    old = draft.status
    DraftOrder.objects.filter(pk=draft.pk).update(
        status=DraftStatus.PLACED, order_id=result.order_id, version=draft.version + 1
    )
    record(
        [
            Change(OBJECT, draft.pk, "placed", field="status", old=old, new="placed", company_id=company_id),
            Change(
                "orders.order", result.order_id or 0, "drafted", field="draft", new=draft.number, company_id=company_id
            ),
        ],
        actor=actor,
    )
    return result


@transaction.atomic(savepoint=False)
def cancel_draft(
    draft_id: int, *, company_id: int, actor: Actor, reason: str, version: int | None = None
) -> DraftOrder:
    """Give a draft or a quote up. Raises VersionConflict, NotReady (placed or cancelled), NotFound."""
    draft = lock_draft(draft_id, company_id=company_id, version=version)
    _check_open(draft)
    _move(draft, DraftStatus.CANCELLED, actor, reason)
    return draft


def lock_draft(draft_id: int, *, company_id: int, version: int | None) -> DraftOrder:
    """The draft, locked. Statements: 1. Raises NotFound, VersionConflict."""
    draft = (
        DraftOrder.objects.filter(pk=draft_id, company_id=company_id)
        .select_related("channel", "contact__person", "shipping_address")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if draft is None:
        raise NotFound(_("There is no draft %(id)s in this company.") % {"id": draft_id}, draft_id=draft_id)
    _check_version(draft, version)
    return draft


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


def _check_version(draft: DraftOrder, version: int | None) -> None:
    if version is not None and draft.version != version:
        raise conflict(OBJECT, draft.pk, draft.number, sent=version, now=draft.version)


def _check_open(draft: DraftOrder) -> None:
    if draft.status not in (DraftStatus.DRAFT, DraftStatus.QUOTED):
        raise NotReady(
            _("Draft %(number)s is %(status)s: it cannot be changed any more.")
            % {"number": draft.number, "status": draft.get_status_display()},
            draft_id=draft.pk,
            status=draft.status,
        )


def _move(draft: DraftOrder, new: str, actor: Actor, reason: str) -> None:
    move = (draft.pk, draft.status, DraftStatus(new).value)
    change_status(OBJECT, [move], company_id=draft.company_id, actor=actor, reason=reason)
    draft.status = DraftStatus(new).value
    draft.version += 1


def _channel(channel_id: int) -> Channel:
    channel = Channel.objects.select_related("tax_code").filter(pk=channel_id).first()
    if channel is None:
        raise _invalid("channel", _("unknown channel"))
    if not channel.is_active:
        raise ChannelInactive(_("Channel %(code)s is switched off.") % {"code": channel.code}, channel_id=channel_id)
    return channel


def _priced(given: DraftInput, channel: Channel, today: datetime.date) -> tuple[DraftInput, DraftSums]:
    """Checked, with every price and tax. Raises InvalidInput."""
    currency = given.currency or channel.currency
    inclusive = channel.prices_include_tax if given.prices_include_tax is None else given.prices_include_tax
    exponent = Currency.objects.filter(code=currency).values_list("exponent", flat=True).first()
    if exponent is None:
        raise _invalid("currency", _("%(code)s is not a known currency") % {"code": currency}, "unknown_currency")
    given = replace(given, currency=currency, prices_include_tax=inclusive, lines=_with_prices(given, channel, today))
    known = dict(
        Sku.objects.filter(company_id=channel.company_id, pk__in=[line.sku_id for line in given.lines]).values_list(
            "pk", "code"
        )
    )
    for row, line in enumerate(given.lines):
        if line.sku_id not in known:
            raise _invalid(f"lines.{row}.sku", _("There is no such SKU in this company."), "unknown_sku")
    if given.contact_id is not None and not Contact.objects.filter(pk=given.contact_id, channel=channel).exists():
        raise _invalid("contact", _("This channel has no such buyer."))
    refused = given.lines or given.charges
    if refused:
        probe = _as_order(given, known, timezone.now())
        problem = refusal_of(probe, roles=frozenset(AccountRole.values), exponents={currency: exponent})
        if problem is not None:
            raise _invalid(_path(problem.field), problem.detail, problem.code)
    code = channel.tax_code.code
    rate = tax_rate(channel.company_id, code, today)
    return price_draft(given, rate=rate, inclusive=inclusive, exponent=exponent)


def _with_prices(given: DraftInput, channel: Channel, today: datetime.date) -> list[DraftLineInput]:
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
            raise _invalid(
                f"lines.{row}.unit_price", _("Type a price: this SKU was not sold in this channel yet."), "no_price"
            )
        priced.append(line if line.unit_price is not None else replace(line, unit_price=found[line.sku_id]))
    return priced


def _as_order(given: DraftInput, codes: dict[int, str], placed_at: datetime.datetime) -> OrderInput:
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
                tax_rate=line.tax_rate or ZERO,
            )
            for line in given.lines
        ],
        charges=[
            ChargeInput(
                charge.kind,
                CHARGE_ROLES.get(charge.kind, "other_revenue"),
                charge.amount,
                description=charge.description,
                tax=charge.tax,
                tax_rate=charge.tax_rate or ZERO,
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


def _order_input(draft: DraftOrder, placed_at: datetime.datetime) -> OrderInput:
    """The order as the draft has it now. Statements: 4."""
    given = input_of(draft)
    lines = list(draft.lines.select_related("sku").order_by("position"))
    charges = list(draft.charges.order_by("position"))
    if not lines and not charges:
        raise NotReady(_("Give at least one line or charge before it is placed."), draft_id=draft.pk)
    rate = tax_rate(draft.company_id, draft.channel.tax_code.code, timezone.localdate(placed_at))
    given = replace(
        given,
        lines=[
            replace(item, tax=line.tax, tax_rate=rate if line.tax_rate is None else line.tax_rate)
            for item, line in zip(given.lines, lines, strict=True)
        ],
        charges=[
            replace(item, tax=charge.tax, tax_rate=rate if charge.tax_rate is None else charge.tax_rate)
            for item, charge in zip(given.charges, charges, strict=True)
        ],
    )
    order = _as_order(given, {line.sku_id: line.sku.code for line in lines}, placed_at)
    contact = None
    if draft.contact is not None:
        contact = ContactInput(external_id=draft.contact.external_id, country=draft.contact.country)
    return replace(order, contact=contact, total=draft.total)


def _fill(draft: DraftOrder, given: DraftInput, sums: DraftSums, channel: Channel, *, parties: bool = True) -> None:
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
    """The draft's own copy: written over, so that no older one is left behind with a person's data."""
    if given is None or not any(getattr(given, name) for name in ADDRESS_FIELDS):
        return None
    values: dict[str, Any] = {name: getattr(given, name) for name in ADDRESS_FIELDS}
    if draft.shipping_address_id is not None:
        Address.objects.filter(pk=draft.shipping_address_id).update(**values)
        return draft.shipping_address_id
    return Address.objects.create(company=Company(pk=draft.company_id), **values).pk


def _address_of(address: Address | None) -> AddressInput | None:
    return None if address is None else AddressInput(**{name: getattr(address, name) for name in ADDRESS_FIELDS})


def _write_rows(draft: DraftOrder, given: DraftInput) -> None:
    """Statements: 2."""
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
        )
        for position, charge in enumerate(given.charges, 1)
    )


def _summary(draft: DraftOrder) -> dict[str, str]:
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


def _path(field: str) -> str:
    return field.replace("[", ".").replace("]", "")


def _invalid(field: str, message: str, code: str = "invalid") -> InvalidInput:
    return InvalidInput(message, errors=[{"field": _path(field), "message": message, "code": code}])
