"""Blanket orders: agreeing on a quantity, calling parts of it off, ending it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import Currency
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import insert_rows
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.states import check_transition
from orders import states
from orders.errors import NotFound
from orders.inputs import AddressInput, ContactInput, LineInput, OrderInput, PlaceResult
from orders.intake import product
from orders.models import BlanketCall, BlanketLine, BlanketOrder, BlanketStatus, Contact, OrderLine, TaxedBy
from orders.selectors.blanket import called_off
from orders.selectors.taxing import tax_setting, taxes_of_sale
from orders.services.placing import place_orders
from orders.services.pricing import local_day
from orders.taxing import Sale, TaxItem

ZERO = Decimal(0)


class CallRefused(DomainError):
    """Goods cannot be called off: the agreement has ended, or has not that much left."""

    code = "call_refused"


@dataclass(frozen=True, slots=True)
class BlanketLineInput:
    """quantity > 0 in base units at unit_price for one, with tax where the channel's prices include it."""

    sku_id: int
    quantity: Decimal
    unit_price: Decimal


@transaction.atomic(savepoint=False)
def create_blanket_order(
    lines: Sequence[BlanketLineInput],
    *,
    contact_id: int,
    reference: str,
    currency: str,
    valid_from: date,
    valid_to: date,
    actor: Actor,
    note: str = "",
) -> BlanketOrder:
    """Agree on quantities and prices with a buyer. Raises InvalidInput naming every wrong field; nothing is written.

    Statements: 5 at most.
    """
    contact = Contact.objects.select_related("channel").filter(pk=contact_id).first()
    errors = _errors(lines, contact, reference, currency, valid_from, valid_to)
    if errors or contact is None:
        raise InvalidInput(_("Some fields are wrong; nothing was saved."), errors=errors)
    blanket = BlanketOrder.objects.create(
        company_id=contact.company_id, channel=contact.channel, contact=contact, reference=reference.strip(),
        currency=currency, valid_from=valid_from, valid_to=valid_to, note=note,
    )  # fmt: skip
    insert_rows(
        "orders_blanketline",
        {"blanket_id": "bigint", "position": "int", "sku_id": "bigint", "quantity": "numeric", "unit_price": "numeric"},
        [(blanket.pk, n, line.sku_id, line.quantity, line.unit_price) for n, line in enumerate(lines, 1)],
    )
    change = Change("orders.blanketorder", blanket.pk, "created", new=blanket.reference, company_id=blanket.company_id)
    record([change], actor=actor)
    return blanket


def _errors(
    lines: Sequence[BlanketLineInput],
    contact: Contact | None,
    reference: str,
    currency: str,
    valid_from: date,
    valid_to: date,
) -> list[dict[str, str]]:
    found: list[tuple[str, str]] = []
    if contact is None:
        found.append(("contact", _("There is no such buyer.")))
    if not reference.strip():
        found.append(("reference", _("Give the agreement's number.")))
    elif contact and BlanketOrder.objects.filter(contact=contact, reference=reference.strip()).exists():
        found.append(("reference", _("This buyer has a blanket order of that number.")))
    if not Currency.objects.filter(code=currency).exists():
        found.append(("currency", _("%(code)s is not a known currency") % {"code": currency}))
    if valid_to < valid_from:
        found.append(("valid_to", _("must not be before its start")))
    if not lines:
        found.append(("lines", _("Give at least one line.")))
    for row, line in enumerate(lines):
        if line.quantity <= 0:
            found.append((f"lines.{row}.quantity", _("must be above zero")))
        if line.unit_price < 0:
            found.append((f"lines.{row}.unit_price", _("must not be negative")))
    return [{"field": field, "message": message} for field, message in found]


@transaction.atomic(savepoint=False)
def call_off(
    blanket_id: int,
    *,
    quantities: dict[int, Decimal],
    company_id: int,
    external_id: str,
    placed_at: datetime,
    actor: Actor,
    shipping_address: AddressInput | None = None,
    note: str = "",
) -> PlaceResult:
    """Place an order for parts of a blanket order, at its prices; quantities by blanket line id.

    Idempotent by external_id, as every order of the channel. What was called off and then cancelled can be called
    off again. The blanket order is locked, so that two calls at once cannot take more than was agreed.

    Raises NotFound, CallRefused (ended, not valid that day, or more than is left), InvalidInput; nothing is
    written then. Statements: 7 and place_orders'.
    """
    blanket = _locked(blanket_id, company_id)
    before = _called_before(blanket, external_id, quantities)
    if before is not None:
        return before
    day = local_day(blanket.channel, placed_at)
    if blanket.status != BlanketStatus.OPEN or not blanket.valid_from <= day <= blanket.valid_to:
        raise CallRefused(
            _("%(number)s cannot be called off on %(day)s: it is %(status)s and runs from %(first)s to %(last)s.")
            % {
                "number": blanket.number, "day": day, "status": blanket.get_status_display(),
                "first": blanket.valid_from, "last": blanket.valid_to,
            },
            blanket_order_id=blanket.pk,
        )  # fmt: skip
    lines = list(blanket.lines.select_related("sku").filter(pk__in=quantities).order_by("position"))
    _check_known(lines, quantities, blanket)
    order = _order(blanket, lines, quantities, external_id, placed_at, day, shipping_address, note)
    _check_left(lines, quantities, blanket)
    [result] = place_orders([order], channel_id=blanket.channel_id, actor=actor)
    if result.state == "placed":
        placed = OrderLine.objects.filter(order_id=result.order_id).order_by("position").values_list("pk", flat=True)
        insert_rows(
            "orders_blanketcall",
            {"blanket_line_id": "bigint", "order_line_id": "bigint"},
            [(line.pk, order_line_id) for line, order_line_id in zip(lines, placed, strict=True)],
        )
        called = Change(
            "orders.blanketorder", blanket.pk, "called_off", new=f"SO-{result.order_id:06d}", company_id=company_id
        )
        record([called], actor=actor)
    return result


def _locked(blanket_id: int, company_id: int) -> BlanketOrder:
    blanket = (
        BlanketOrder.objects.select_for_update(of=("self",), no_key=True)
        .select_related("channel__company", "channel__tax_code", "contact")
        .filter(pk=blanket_id, company_id=company_id)
        .first()
    )
    if blanket is None:
        raise NotFound(
            _("There is no blanket order %(id)s in this company.") % {"id": blanket_id}, blanket_order_id=blanket_id
        )
    return blanket


def _called_before(blanket: BlanketOrder, external_id: str, quantities: dict[int, Decimal]) -> PlaceResult | None:
    """The answer where this call-off comes again: the same order, or a refusal if it asked for something else then."""
    calls = BlanketCall.objects.filter(
        blanket_line__blanket=blanket, order_line__order__external_id=external_id
    ).values_list("blanket_line_id", "order_line__quantity", "order_line__order_id")
    if not calls:
        return None
    if {line_id: quantity for line_id, quantity, _order in calls} == quantities:
        return PlaceResult(calls[0][2], "already")
    detail = _("%(id)s called off other quantities before.") % {"id": external_id}
    return PlaceResult(calls[0][2], "refused", "external_id_reused", "external_id", detail)


def _check_known(lines: Sequence[BlanketLine], quantities: dict[int, Decimal], blanket: BlanketOrder) -> None:
    known = {line.pk for line in lines}
    errors = [
        {"field": f"lines.{pk}", "message": _("%(number)s has no such line.") % {"number": blanket.number}}
        for pk in quantities
        if pk not in known
    ] + [
        {"field": f"lines.{pk}", "message": _("must be above zero")}
        for pk, quantity in quantities.items()
        if quantity <= 0
    ]
    if not quantities:
        errors.append({"field": "lines", "message": _("Give at least one line.")})
    if errors:
        raise InvalidInput(_("Some fields are wrong; nothing was saved."), errors=errors)


def _check_left(lines: Sequence[BlanketLine], quantities: dict[int, Decimal], blanket: BlanketOrder) -> None:
    called = called_off([blanket.pk])
    for line in lines:
        left = line.quantity - called.get(line.pk, ZERO)
        if quantities[line.pk] > left:
            raise CallRefused(
                _("%(left)s of %(sku)s are left of %(number)s; %(wanted)s cannot be called off.")
                % {
                    "left": f"{left.normalize():f}", "sku": line.sku.code, "number": blanket.number,
                    "wanted": f"{quantities[line.pk].normalize():f}",
                },
                blanket_order_id=blanket.pk,
                blanket_line_id=line.pk,
                left=f"{left.normalize():f}",
            )  # fmt: skip


def _order(
    blanket: BlanketOrder,
    lines: Sequence[BlanketLine],
    quantities: dict[int, Decimal],
    external_id: str,
    placed_at: datetime,
    day: date,
    shipping_address: AddressInput | None,
    note: str,
) -> OrderInput:
    exponent = Currency.objects.get(pk=blanket.currency).exponent
    address = shipping_address
    sale = Sale(
        [TaxItem(product(quantities[line.pk], line.unit_price), line.sku_id) for line in lines],
        day,
        blanket.channel.prices_include_tax,
        exponent,
        country=(address.country if address else "") or blanket.contact.country,
        region=address.region if address else "",
        postcode=address.postcode if address else "",
        contact=blanket.contact_id,
    )
    taxes = taxes_of_sale(sale, tax_setting(blanket.channel)).items
    return OrderInput(
        external_id=external_id,
        placed_at=placed_at,
        currency=blanket.currency,
        external_number=blanket.reference,
        contact=ContactInput(external_id=blanket.contact.external_id),
        shipping_address=shipping_address,
        note=note,
        lines=[
            LineInput(
                channel_sku=line.sku.code,
                sku_id=line.sku_id,
                quantity=quantities[line.pk],
                unit_price=line.unit_price,
                tax=tax.tax,
                tax_code_id=tax.tax_code_id,
                tax_rate=tax.rate,
                tax_rule_id=tax.rule.pk if tax.rule else None,
            )
            for line, tax in zip(lines, taxes, strict=True)
        ],
        taxed_by=TaxedBy.RULES.value if blanket.channel.tax_by_rules else TaxedBy.CODE.value,
    )


@transaction.atomic(savepoint=False)
def set_blanket_status(blanket_id: int, *, company_id: int, status: str, reason: str, actor: Actor) -> BlanketOrder:
    """Close a blanket order, or open it again; orders called off before go on. Raises NotFound, IllegalTransition.

    Statements: 3.
    """
    blanket = _locked(blanket_id, company_id)
    old, new = blanket.status, BlanketStatus(status).value
    check_transition(states.BLANKET, "blanket order", old, new)
    BlanketOrder.objects.filter(pk=blanket.pk).update(status=new)
    blanket.status = new
    record(
        [Change("orders.blanketorder", blanket.pk, new, "status", old, new, reason, company_id)],
        actor=actor,
    )
    return blanket
