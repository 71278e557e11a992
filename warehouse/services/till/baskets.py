"""What a sale over the counter asks for: its lines checked, priced and taxed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from backoffice.core.errors import InvalidInput, NotPermitted
from orders.models import PaymentMethod
from orders.selectors.taxing import tax_setting, taxes_of_sale
from orders.taxing import Sale, TaxItem
from warehouse.models import Till
from warehouse.till.amounts import CODED, Basket, Tender, lowered, total_of
from warehouse.till.reads import goods_by_code

ZERO = Decimal(0)


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


def check_sale(request: SaleRequest) -> None:
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


def priced(request: SaleRequest, till: Till) -> tuple[list[Basket], Decimal]:
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
