"""Price variances: what a bill asks above the receipt's value goes to what is left of the goods, and to where
the rest of them went."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounting.models import AccountRole, Subledger
from accounting.selectors import Books
from accounting.services import Entry, Line, post_entries
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO
from inventory.models import CostLayer
from inventory.services.late_costs import LateCost, spread_late_costs


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

    Statements: 0 without any; else about 15, whatever the number.
    """
    if not variances:
        return
    at = datetime.datetime.combine(day, datetime.time(12), books.zone)
    stocked = set(
        CostLayer.objects.filter(pk__in=[one.move_id for one in variances if one.move_id]).values_list("pk", flat=True)
    )
    gone: dict[str, Decimal] = {AccountRole.COGS: ZERO, AccountRole.PRICE_VARIANCE: ZERO}
    for one in variances:
        if one.move_id not in stocked:  # went back or never came; or straight to the customer
            gone[AccountRole.COGS if one.move_id else AccountRole.PRICE_VARIANCE] += one.value
    late = [
        LateCost(
            one.move_id, one.value, "bill_variance", at, *source, entry_key=entry_key, offset_role=AccountRole.GRNI
        )
        for one in variances
        if one.move_id is not None and one.move_id in stocked
    ]
    spread_late_costs(late, company_id=books.company_id, actor=actor, books=books)
    _post_gone(gone, at, f"{entry_key}:gone", source, books, actor)


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
