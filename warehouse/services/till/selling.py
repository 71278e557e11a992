"""A sale over the counter: ordered, picked, packed, handed over, billed and paid in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import AccountRole, StoredValueKind
from accounting.services import IssueRequest, Paid, issue_stored_value
from backoffice.core.actor import Actor
from orders.inputs import LineInput, OrderInput
from orders.models import PaymentMethod, TaxedBy
from orders.services import place_orders
from warehouse.errors import OutOfStock, SaleRefused
from warehouse.models import Till, TillReceipt, TillReceiptKind, TillShift
from warehouse.services.straight import fulfil_straight
from warehouse.services.till.baskets import SaleRequest, check_sale, priced
from warehouse.services.till.cash import check_open, lock_shift
from warehouse.services.till.receipts import content_of, known_receipt, write_receipt, write_tenders
from warehouse.services.till.tenders import check_cards, pay, shares_of
from warehouse.till.amounts import Basket, Shares
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
    check_sale(request)
    basket, total = priced(request, shift.till)
    shares = shares_of(request.tenders, goods=total, cards=request.gift_cards)
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
