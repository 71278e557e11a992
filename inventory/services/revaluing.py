"""Value that changes without goods moving: landed cost, write-down, revaluation."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounting.models import AccountRole
from accounting.selectors import Books, books_of
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from backoffice.core.money import round_money, split_by_weight
from inventory.errors import StockRefused
from inventory.models import CostMethod, Sku
from inventory.services.entries import Draft, post_drafts
from inventory.services.locking import lock_costs

VALUE_CHANGE = {
    "company_id": "bigint",
    "sku_id": "bigint",
    "layer_id": "bigint",
    "value": "numeric",
    "entry_id": "bigint",
    "reason": "text",
    "source_type": "text",
    "source_id": "bigint",
    "actor_label": "text",
}


@dataclass(frozen=True, slots=True)
class ValueChangeRequest:
    """value: ± in the base currency's minor units, for what is in stock now. entry_key: of its journal entry;
    changes with the same key share one. offset_role: where the other side goes. layer_id: the FIFO layer that is
    meant, as far as it still has that much; the others follow."""

    sku_id: int
    value: Decimal
    reason: str
    effective_at: datetime.datetime
    source_type: str
    source_id: int | None
    entry_key: str
    offset_role: str = AccountRole.PRICE_VARIANCE
    dimensions: tuple[tuple[str, str], ...] = ()
    layer_id: int | None = None


@transaction.atomic(savepoint=False)
def change_values(changes: Sequence[ValueChangeRequest], *, company_id: int, actor: Actor) -> list[int]:
    """Change the value of SKUs in stock and post it; the entry's id for each change, in order.

    A FIFO SKU's change is spread over its open layers: an addition by quantity, a reduction by value.
    Raises StockRefused (unknown_sku, no_stock, below_zero) and EntryKeyReused, nothing written.
    Statements: 8.
    """
    if not changes:
        return []
    books = books_of(company_id)
    exponent = books.exponents[books.base_currency]
    for change in changes:
        if not change.value or change.value != round_money(change.value, exponent):
            raise ValueError(f"a change of value is whole minor units and not zero, not {change.value}")
    skus = sorted({change.sku_id for change in changes})
    _check(changes, lock_costs(company_id, skus))
    layers = _open_layers(company_id, skus)
    entry_ids = post_drafts(_drafts(changes, books), books=books, actor=actor)
    rows = []
    for change in changes:
        for layer_id, value in _spread(change, layers, exponent):
            rows.append(
                (
                    company_id,
                    change.sku_id,
                    layer_id,
                    value,
                    entry_ids[change.entry_key],
                    change.reason,
                    change.source_type,
                    change.source_id,
                    actor.label,
                )
            )
    insert_rows("inventory_valuechange", VALUE_CHANGE, rows)
    return [entry_ids[change.entry_key] for change in changes]


def _check(changes: Sequence[ValueChangeRequest], costs: dict[int, tuple[Decimal, Decimal]]) -> None:
    left = {sku: value for sku, (_quantity, value) in costs.items()}
    for index, change in enumerate(changes):
        if change.sku_id not in costs:
            code = "unknown_sku"
        elif not costs[change.sku_id][0]:
            code = "no_stock"
        elif left[change.sku_id] + change.value < 0:
            code = "below_zero"
        else:
            left[change.sku_id] += change.value
            continue
        there = left.get(change.sku_id, Decimal(0))
        item = {"index": index, "code": code, "sku_id": change.sku_id, "wanted": str(change.value), "there": str(there)}
        raise StockRefused(
            _("The value of SKU %(sku_id)s cannot change by %(wanted)s (it is %(there)s): %(code)s.") % item,
            items=[item],
        )


def _open_layers(company_id: int, skus: Sequence[int]) -> dict[int, list[list[Any]]]:
    """[layer id, quantity left, value left] by FIFO SKU, oldest first."""
    fifo = Sku.objects.filter(company_id=company_id, pk__in=skus, cost_method=CostMethod.FIFO)
    layers: dict[int, list[list[Any]]] = {pk: [] for pk in fifo.values_list("pk", flat=True)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sku_id, move_id, remaining, remaining_value FROM inventory_costlayer"
            " WHERE sku_id = ANY(%s) AND NOT pooled AND used < quantity ORDER BY sku_id, move_id",
            [list(layers)],
        )
        for sku, *layer in cursor.fetchall():
            layers[sku].append(layer)
    return layers


def _drafts(changes: Sequence[ValueChangeRequest], books: Books) -> dict[str, Draft]:
    drafts: dict[str, Draft] = {}
    for change in changes:
        draft = drafts.setdefault(change.entry_key, Draft(change.effective_at, (change.source_type, change.source_id)))
        draft.add(books, change.value, change.offset_role, change.dimensions)
    return drafts


def _spread(
    change: ValueChangeRequest, layers: dict[int, list[list[Any]]], exponent: int
) -> list[tuple[int | None, Decimal]]:
    if change.sku_id not in layers:
        return [(None, change.value)]
    opened = layers[change.sku_id]
    meant = next((row for row in opened if row[0] == change.layer_id and row[2] + change.value >= 0), None)
    if meant:
        meant[2] += change.value
        return [(meant[0], change.value)]
    parts = split_by_weight(change.value, [row[1] if change.value > 0 else row[2] for row in opened], exponent)
    for row, part in zip(opened, parts, strict=True):
        row[2] += part
    return [(row[0], part) for row, part in zip(opened, parts, strict=True) if part]
