"""A sale over the counter: ordered, picked, packed, handed over, billed and paid in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import AccountRole, StoredValueKind
from accounting.selectors import stored_values_by_code
from accounting.services import IssueRequest, Paid, issue_stored_value
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidInput, NotPermitted
from orders.inputs import LineInput, OrderInput
from orders.intake import fingerprint
from orders.models import PaymentMethod, TaxedBy
from orders.selectors.taxing import tax_setting, taxes_of_sale
from orders.services import PaymentInput, place_orders, take_payments
from orders.taxing import Sale, TaxItem
from warehouse.errors import OutOfStock, SaleRefused, TillReused, Underpaid
from warehouse.models import Till, TillReceipt, TillReceiptKind, TillShift, TillTender
from warehouse.services.straight import fulfil_straight
from warehouse.services.till.cash import check_open, lock_shift
from warehouse.till.amounts import CODED, Basket, Shares, Tender, TendersDoNotFit, lowered, share, total_of
from warehouse.till.reads import goods_by_code

ZERO = Decimal(0)
MONEY_ROLES = {
    PaymentMethod.CASH: AccountRole.CASH,
    PaymentMethod.CARD: AccountRole.CLEARING,
    PaymentMethod.ONLINE: AccountRole.CLEARING,
    PaymentMethod.BANK: AccountRole.BANK,
    PaymentMethod.OTHER: AccountRole.CLEARING,
}


@dataclass(frozen=True, slots=True)
class SaleLine:
    """A SKU by its code. price None: the known one at the sale's quantity of the SKU; below that is a discount.

    discount: on the whole line.
    """

    code: str
    quantity: Decimal
    price: Decimal | None = None
    discount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class SaleRequest:
    """A whole sale. client_id: drawn by the till when the sale began; sent again it is the same sale.

    gift_cards: amounts of cards sold with it. discount: on all goods. tenders: what the customer gives.
    """

    shift_id: int
    client_id: UUID
    lines: Sequence[SaleLine]
    tenders: Sequence[Tender]
    effective_at: datetime
    gift_cards: Sequence[Decimal] = ()
    discount: Decimal = ZERO
    may_discount: bool = False


@dataclass(frozen=True, slots=True)
class SaleResult:
    """state: done, or already. total: what was to be paid; codes: of the gift cards or store credit handed out."""

    receipt_id: int
    state: str
    total: Decimal
    change: Decimal
    codes: tuple[str, ...] = ()


@transaction.atomic(savepoint=False)
def sell(request: SaleRequest, *, company_id: int, actor: Actor) -> SaleResult:
    """Sell goods of the shop and gift cards, paid at once; stock, cost, invoice, payments and receipt in one commit.

    Raises ShiftClosed, TillReused (the client_id came with other content), InvalidInput, NotPermitted (a discount
    without the right), OutOfStock, Underpaid, SaleRefused and what the kernels raise (StoredValueShort,
    StoredValueExpired, UnknownCode); nothing is written then.
    """
    shift = lock_shift(request.shift_id, company_id=company_id)
    content = content_of(request)
    if known := known_receipt(request.client_id, content, company_id):
        return SaleResult(known.pk, "already", known.total, known.change)
    check_open(shift)
    _check(request)
    basket, total = _basket(request, shift.till)
    shares = _shares(request, total)
    check_cards(request.tenders, company_id)
    order_id = _goods(request, basket, shift, company_id, actor) if basket else None
    if order_id is not None:
        pay(order_id, shares.goods, request.client_id, request.effective_at, company_id, actor)
    receipt = write_receipt(
        shift,
        TillReceiptKind.SALE,
        request.client_id,
        content,
        total + sum(request.gift_cards, ZERO),
        request.effective_at,
        actor,
        order_id=order_id,
        change=shares.change,
    )
    codes = _issue_cards(request, shares, receipt, company_id, actor)
    write_tenders(receipt, [part for parts in (shares.goods, *shares.cards) for part in parts], company_id)
    return SaleResult(receipt.pk, "done", receipt.total, receipt.change, codes)


def content_of(request: Any) -> str:
    """What a request says, without when it was sent and what its sender may do."""
    said = [field.name for field in fields(request) if field.name not in ("effective_at", "may_discount", "may_return")]
    return fingerprint([getattr(request, name) for name in said])


def known_receipt(client_id: UUID, content: str, company_id: int) -> TillReceipt | None:
    """The receipt that this client_id was given before. Raises TillReused if it said something else."""
    found = TillReceipt.objects.filter(company_id=company_id, client_id=client_id).first()
    if found is not None and found.content_hash != content:
        raise TillReused(_("This was booked before with other content."), client_id=str(client_id))
    return found


def _check(request: SaleRequest) -> None:
    """Numbers that make sense; every wrong field is named."""
    errors = []
    for row, line in enumerate(request.lines):
        errors += _wrong(f"lines.{row}.quantity", line.quantity, above=True, decimals=6)
        errors += _wrong(f"lines.{row}.price", line.price if line.price is not None else ZERO, decimals=6)
        errors += _wrong(f"lines.{row}.discount", line.discount)
    for row, amount in enumerate(request.gift_cards):
        errors += _wrong(f"gift_cards.{row}", amount, above=True)
    for row, tender in enumerate(request.tenders):
        errors += _wrong(f"tenders.{row}.amount", tender.amount, above=True)
        if tender.method not in PaymentMethod.values or (tender.method in CODED) != bool(tender.code):
            errors.append({"field": f"tenders.{row}.method", "message": _("does not fit"), "code": "invalid"})
    errors += _wrong("discount", request.discount)
    if not request.lines and not request.gift_cards:
        errors.append({"field": "lines", "message": _("is empty"), "code": "required"})
    if len(request.lines) > 500 or len(request.tenders) > 20 or len(request.gift_cards) > 20:
        errors.append({"field": "lines", "message": _("are too many"), "code": "invalid"})
    if errors:
        raise InvalidInput(_("Some fields are wrong; nothing was saved."), errors=errors)


def _wrong(field: str, value: Decimal, *, above: bool = False, decimals: int = 2) -> list[dict[str, str]]:
    sane = value.is_finite() and 0 <= value < 10**9 and value == round(value, decimals) and (value or not above)
    message = _("must be above zero") if above else _("must be 0 or more")
    return [] if sane else [{"field": field, "message": message, "code": "invalid"}]


def _basket(request: SaleRequest, till: Till) -> tuple[list[Basket], Decimal]:
    """The lines with prices, discounts and taxes, and what is to be paid for them."""
    found = goods_by_code(till, [line.code for line in request.lines]) if request.lines else {}
    together: dict[str, Decimal] = {}
    for line in request.lines:  # lines of one SKU reach its quantity breaks together
        together[_code(line)] = together.get(_code(line), ZERO) + line.quantity
    errors, lines, lowered = [], [], bool(request.discount)
    for row, line in enumerate(request.lines):
        known = found.get(_code(line))
        listed = known.price_for(together[_code(line)]) if known else None
        price = line.price if line.price is not None else listed
        if known is None or price is None:
            wrong = _("there is no such SKU") if known is None else _("has no price yet: type one")
            errors.append({"field": f"lines.{row}.code", "message": f"{line.code}: {wrong}", "code": "unknown"})
            continue
        if line.discount > line.quantity * price:
            errors.append(
                {"field": f"lines.{row}.discount", "message": _("is more than the line's price"), "code": "invalid"}
            )
        shelf = max(price, listed or price)  # a lower price is a discount: the next sale starts from the shelf's
        discount = line.discount + line.quantity * (shelf - price)
        lowered = lowered or bool(discount)
        lines.append(Basket(known.sku_id, known.code, known.name, line.quantity, shelf, discount))
    if request.discount > sum((line.amount for line in lines), ZERO):
        errors.append({"field": "discount", "message": _("is more than the sale"), "code": "invalid"})
    if errors:
        raise InvalidInput(_("Some fields are wrong; nothing was saved."), errors=errors)
    if lowered and not request.may_discount:
        raise NotPermitted(_("Only who may give discounts lowers a price; ask for somebody who may."))
    return _taxed(lines, request, till)


def _taxed(lines: Sequence[Basket], request: SaleRequest, till: Till) -> tuple[list[Basket], Decimal]:
    """The lines with their taxes, and the total. Goods handed over the counter are taxed where the shop is."""
    channel, exponent = till.channel, till.company.base_currency.exponent
    inclusive = channel.prices_include_tax
    cheaper = lowered(lines, discount=request.discount, exponent=exponent)
    place = till.warehouse.address
    sale = Sale(
        [TaxItem(line.amount, line.sku_id) for line in cheaper],
        request.effective_at.astimezone(ZoneInfo(till.company.time_zone)).date(),
        inclusive,
        exponent,
        country=place.country if place else "",
        region=place.region if place else "",
        postcode=place.postcode if place else "",
    )
    taxes = taxes_of_sale(sale, tax_setting(channel)).items
    done = [
        replace(
            line, tax=tax.tax, tax_code_id=tax.tax_code_id, tax_rate=tax.rate,
            tax_rule_id=tax.rule.pk if tax.rule else None,
        )
        for line, tax in zip(cheaper, taxes, strict=True)
    ]  # fmt: skip
    return done, total_of(done, inclusive=inclusive)


def _code(line: SaleLine) -> str:
    return line.code.strip().upper()


def _shares(request: SaleRequest, total: Decimal) -> Shares:
    return shares_of(request.tenders, goods=total, cards=request.gift_cards)


def shares_of(tenders: Sequence[Tender], *, goods: Decimal, cards: Sequence[Decimal] = ()) -> Shares:
    """Raises Underpaid with what is missing, or why the tenders do not fit."""
    said = {
        "underpaid": _("%(amount)s is still missing."),
        "no_change": _("%(amount)s too much: only cash gives change."),
        "card_by_card": _("A gift card is not paid with a gift card or store credit."),
    }
    try:
        return share(tenders, goods=goods, cards=cards)
    except TendersDoNotFit as wrong:
        amount = f"{wrong.amount:.2f}"
        raise Underpaid(said[wrong.code] % {"amount": amount}, reason=wrong.code, amount=amount) from None


def check_cards(tenders: Sequence[Tender], company_id: int) -> None:
    """Raises UnknownCode before anything is locked. Statements: 1, or 0 without cards."""
    codes = [tender.code for tender in tenders if tender.code]
    if codes:
        stored_values_by_code(company_id, codes)


def _goods(request: SaleRequest, basket: Sequence[Basket], shift: TillShift, company_id: int, actor: Actor) -> int:
    """Place the order and hand the goods over; the order's id."""
    channel = shift.till.channel
    order = OrderInput(
        external_id=f"till:{request.client_id}",
        placed_at=request.effective_at,
        currency=channel.currency,
        lines=[
            LineInput(
                line.code,
                line.quantity,
                line.price,
                sku_id=line.sku_id,
                description=line.name,
                discount=line.discount,
                tax=line.tax,
                tax_code_id=line.tax_code_id,
                tax_rate=line.tax_rate,
                tax_rule_id=line.tax_rule_id,
            )
            for line in basket
        ],
        taxed_by=TaxedBy.RULES.value if channel.tax_by_rules else TaxedBy.CODE.value,
    )
    [placed] = place_orders([order], channel_id=channel.pk, actor=actor)
    if placed.back_ordered or (placed.state == "placed" and not placed.fulfilment_ids and not placed.held):
        raise OutOfStock(_short(basket, shift.till), skus=[line.code for line in basket])
    if placed.state != "placed" or placed.held or placed.order_id is None:
        raise SaleRefused(placed.detail or _("These goods cannot be sold here."), reason=placed.code or "held")
    for done in fulfil_straight(
        placed.fulfilment_ids, company_id=company_id, actor=actor, effective_at=request.effective_at, carrier="counter"
    ):
        if done.state != "shipped":
            raise OutOfStock(
                _("The goods are not in a bin of the shop (%(code)s): put them away first.") % {"code": done.code},
                reason=done.code,
            )
    return placed.order_id


def _short(basket: Sequence[Basket], till: Till) -> str:
    there = goods_by_code(till, [line.code for line in basket])
    wanted: dict[str, Decimal] = {}
    for line in basket:
        wanted[line.code] = wanted.get(line.code, ZERO) + line.quantity
    lacking = [
        f"{code} ({max(there[code.upper()].available, ZERO).normalize():f})"
        for code, quantity in wanted.items()
        if there[code.upper()].available < quantity
    ]
    return _("Not enough in stock: %(skus)s.") % {"skus": ", ".join(lacking or wanted)}


def pay(
    order_id: int,
    parts: Sequence[tuple[Tender, Decimal]],
    client_id: UUID,
    at: datetime,
    company_id: int,
    actor: Actor,
) -> None:
    """The tenders' parts for goods become payments of the order, which settle its invoice."""
    take_payments(
        [
            PaymentInput(
                order_id, tender.method, amount, f"till:{client_id}:{place}", at, True, tender.reference, tender.code
            )
            for place, (tender, amount) in enumerate(parts)
        ],
        company_id=company_id,
        actor=actor,
    )


def _issue_cards(
    request: SaleRequest, shares: Shares, receipt: TillReceipt, company_id: int, actor: Actor
) -> tuple[str, ...]:
    issued = issue_stored_value(
        [
            IssueRequest(
                kind=StoredValueKind.GIFT_CARD,
                currency=receipt.currency,
                paid=[Paid(amount, MONEY_ROLES[PaymentMethod(tender.method)]) for tender, amount in parts],
                effective_at=request.effective_at,
                source_key=f"till:{request.client_id}:card:{place}",
                source_type="warehouse.tillreceipt",
                source_id=receipt.pk,
                memo=receipt.number,
            )
            for place, parts in enumerate(shares.cards)
        ],
        company_id=company_id,
        actor=actor,
    )
    return tuple(card.code for card in issued)


def write_receipt(
    shift: TillShift,
    kind: str,
    client_id: UUID,
    content: str,
    total: Decimal,
    at: datetime,
    actor: Actor,
    *,
    order_id: int | None = None,
    return_order_id: int | None = None,
    change: Decimal = ZERO,
) -> TillReceipt:
    """Statements: 1."""
    return TillReceipt.objects.create(
        company_id=shift.company_id,
        shift=shift,
        kind=kind,
        client_id=client_id,
        content_hash=content,
        order_id=order_id,
        return_order_id=return_order_id,
        currency=shift.till.channel.currency,
        total=total,
        change=change,
        effective_at=at,
        actor_id=actor.user_id,
        actor_label=actor.label,
    )


def write_tenders(receipt: TillReceipt, parts: Sequence[tuple[Tender, Decimal]], company_id: int) -> None:
    """One row for each tender, change deducted. Statements: 1, 1 more for cards."""
    sums: dict[Tender, Decimal] = {}
    for tender, amount in parts:
        sums[tender] = sums.get(tender, ZERO) + amount
    codes = [tender.code for tender in sums if tender.code]
    cards = stored_values_by_code(company_id, codes) if codes else {}
    TillTender.objects.bulk_create(
        TillTender(
            receipt=receipt,
            method=tender.method,
            amount=amount,
            reference=tender.reference[:120],
            stored_value=cards.get(tender.code),
        )
        for tender, amount in sums.items()
        if amount
    )
