"""What worn goods lose of their cost when they are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounting.models import AccountRole
from accounting.selectors import books_of
from backoffice.core.actor import Actor
from backoffice.core.money import round_money
from inventory.services import ValueChangeRequest, change_values
from orders.selectors.grades import write_down_percents

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Worn:
    """Kept goods with a grade. cost: at which they came back. already: written down of them before."""

    sku_id: int
    grade: str
    cost: Decimal
    already: Decimal
    layer_id: int | None
    return_line_id: int
    dimensions: tuple[tuple[str, str], ...]


def write_down(
    goods: Sequence[Worn | None],
    values: Mapping[int, Decimal],
    *,
    company_id: int,
    effective_at: datetime,
    entry_key: str,
    actor: Actor,
) -> list[Decimal]:
    """Take off what each grade loses, as the company's table says; what is taken off of each so far, in order.

    None: nothing is kept of it. values: of the SKUs in stock, locked; no more is taken off than is there (cost may
    have been averaged away). It is never written up again. Statements: 0 without grades, 2, and change_values'.
    """
    if not any(item and item.grade for item in goods):
        return [item.already if item else ZERO for item in goods]
    percents = write_down_percents(company_id)
    books = books_of(company_id)
    exponent = books.exponents[books.base_currency]
    left = dict(values)
    changes, totals = [], []
    for item in goods:
        if item is None:
            totals.append(ZERO)
            continue
        wanted = round_money(item.cost * percents.get(item.grade, ZERO) / 100, exponent)
        amount = min(max(wanted - item.already, ZERO), left.get(item.sku_id, ZERO))
        totals.append(item.already + amount)
        if not amount:
            continue
        left[item.sku_id] -= amount
        changes.append(
            ValueChangeRequest(
                sku_id=item.sku_id,
                value=-amount,
                reason=f"return grade {item.grade}",
                effective_at=effective_at,
                source_type="orders.returnline",
                source_id=item.return_line_id,
                entry_key=entry_key,
                offset_role=AccountRole.INVENTORY_LOSS,
                dimensions=item.dimensions,
                layer_id=item.layer_id,
            )
        )
    change_values(changes, company_id=company_id, actor=actor)
    return totals
