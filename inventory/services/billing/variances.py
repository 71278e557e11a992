"""Price variances: what a bill asks above the receipt's value goes to what is left of the goods, and to the cost of
goods sold for what is gone."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounting.models import AccountRole, Subledger
from accounting.selectors import Books
from accounting.services import Entry, Line, post_entries
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO, round_money
from inventory.models import CostLayer, SkuCost
from inventory.services.locking import lock_costs
from inventory.services.revaluing import ValueChangeRequest, change_values


@dataclass(frozen=True, slots=True)
class Variance:
    """value: + dearer than received. move_id: of the receipt; None: the goods went back or never came, it is a price
    variance of its own."""

    move_id: int | None
    sku_id: int | None
    quantity: Decimal
    value: Decimal


def post_variances(
    variances: Sequence[Variance],
    *,
    day: datetime.date,
    entry_key: str,
    source: tuple[str, int],
    books: Books,
    actor: Actor,
) -> None:
    """Post variances against goods received, not invoiced, on an open day.

    Statements: 0 without any; else about 20, whatever the number.
    """
    if not variances:
        return
    at = datetime.datetime.combine(day, datetime.time(12), books.zone)
    costs = lock_costs(books.company_id, sorted({one.sku_id for one in variances if one.sku_id and one.move_id}))
    layers = CostLayer.objects.in_bulk([one.move_id for one in variances if one.move_id])
    left = {sku: quantity for sku, (quantity, _value) in costs.items()}
    worth = dict(SkuCost.objects.filter(sku_id__in=left).values_list("sku_id", "value"))
    changes, gone = [], {AccountRole.COGS: ZERO, AccountRole.PRICE_VARIANCE: ZERO}
    for one in variances:
        if one.move_id is None:
            gone[AccountRole.PRICE_VARIANCE] += one.value
            continue
        here = _here(one, layers.get(one.move_id), left, worth, books)
        gone[AccountRole.COGS] += one.value - here
        if here:
            worth[one.sku_id or 0] += here
            changes.append(
                ValueChangeRequest(
                    one.sku_id or 0,
                    here,
                    "bill_variance",
                    at,
                    *source,
                    entry_key=entry_key,
                    offset_role=AccountRole.GRNI,
                    layer_id=one.move_id,
                )
            )
    change_values(changes, company_id=books.company_id, actor=actor)
    _post_gone(gone, at, f"{entry_key}:gone", source, books, actor)


def _here(
    one: Variance, layer: CostLayer | None, left: Mapping[int, Decimal], worth: Mapping[int, Decimal], books: Books
) -> Decimal:
    """The part of a variance that belongs to goods still in stock; it never takes their value below zero."""
    if layer is None or not left.get(one.sku_id or 0):
        return ZERO
    there = min(left[one.sku_id or 0], layer.quantity) if layer.pooled else layer.remaining
    part = round_money(one.value * there / layer.quantity, books.exponents[books.base_currency])
    floor = -(worth[one.sku_id or 0] if layer.pooled else layer.remaining_value)
    return max(part, floor)


def _post_gone(
    gone: Mapping[str, Decimal],
    at: datetime.datetime,
    key: str,
    source: tuple[str, int],
    books: Books,
    actor: Actor,
) -> None:
    parts = [(role, value) for role, value in gone.items() if value]
    if not parts:
        return
    currency = books.base_currency
    total = sum((value for _role, value in parts), ZERO)
    lines = [Line(books.account(role), value, currency) for role, value in parts]
    lines += [Line(books.account(AccountRole.GRNI), -total, currency)] if total else []
    if len(lines) < 2:
        return
    entry = Entry(None, at, Subledger.INVENTORY, source[0], source[1], key, lines)
    post_entries([entry], company_id=books.company_id, actor=actor)
