"""Costs that become known after the goods came in: landed cost, the difference to the supplier's bill.

Each is split between what is left of that arrival and what is gone. Rule: docs/adr/0015.
"""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import AccountRole
from accounting.selectors import Books, books_of
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from backoffice.core.money import ZERO, round_money, split_by_weight
from inventory.errors import LateCostRefused
from inventory.selectors.cost_flow import Flow, flows_from, is_standard
from inventory.services.entries import Dimensions, Draft, post_drafts
from inventory.services.locking import lock_costs
from inventory.services.revaluing import VALUE_CHANGE

_ROLE_BY_KIND = {"customer": AccountRole.COGS, "adjustment": AccountRole.INVENTORY_LOSS}
_DEPTH = 8


@dataclass(frozen=True, slots=True)
class LateCost:
    """One arrival costs more (value > 0) or less (< 0), in the base currency's minor units.

    receipt_move_id: the move that brought it in. entry_key: of the journal entry; items with the same key share
    one. offset_role: the account of the other side (what is owed: landed_cost; grni, whose items the caller keeps), with `dimensions`.
    """

    receipt_move_id: int
    value: Decimal
    reason: str
    effective_at: datetime.datetime
    source_type: str
    source_id: int | None
    entry_key: str
    offset_role: str = AccountRole.LANDED_COST
    dimensions: Dimensions = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Where one part of a late cost goes: on stock (sku_id, and the layer of a FIFO SKU) or to an account."""

    value: Decimal
    sku_id: int | None = None
    layer_id: int | None = None
    account_id: int | None = None
    dimensions: Dimensions = ()


@dataclass(frozen=True, slots=True)
class LateCostResult:
    """stock + gone = the item's value. entry_id: empty for a value of zero or a preview."""

    stock: Decimal
    gone: Decimal
    parts: list[Part] = field(default_factory=list)
    entry_id: int | None = None


def preview_late_costs(items: Sequence[LateCost], *, company_id: int) -> list[LateCostResult]:
    """What spread_late_costs would do now, in order; nothing is locked or written. Statements: 3 (see there)."""
    books = books_of(company_id)
    _check_values(items, books)
    flows = flows_from(company_id, {item.receipt_move_id for item in items if item.value}, depth=_DEPTH)
    return [_result(parts) for parts in _split(items, flows, books)]


@transaction.atomic(savepoint=False)
def spread_late_costs(
    items: Sequence[LateCost], *, company_id: int, actor: Actor, books: Books | None = None
) -> list[LateCostResult]:
    """Put late costs on what is left of their arrivals and on the accounts to which the rest went; one result an item.

    FIFO: by what is left of the layer. Moving average: as if the newest goods were still there, so
    min(on hand, received) / received stays; the rest follows the uses since. Goods that came back or were
    assembled are followed into their new arrival. Standard cost: all of it is a price variance.
    A reduction takes no more off stock than there is; the rest is a price variance too (odoo#187169).
    Entries are dated on the first open day from effective_at on.

    Raises LateCostRefused (unknown_receipt) and EntryKeyReused, nothing written; ValueError for a value that is
    not in whole minor units. Statements: 10, whatever the number of items; 4 more for each step from return to
    return or assembly to assembly.
    """
    books = books or books_of(company_id)
    _check_values(items, books)
    layers = {item.receipt_move_id for item in items if item.value}
    if not layers:
        return [_result([]) for _item in items]
    splits = _split(items, _locked_flows(company_id, layers), books)
    drafts: dict[str, Draft] = {}
    for item, parts in zip(items, splits, strict=True):
        if parts:
            draft = drafts.setdefault(item.entry_key, Draft(item.effective_at, (item.source_type, item.source_id)))
            _add(draft, item, parts, books)
    entry_ids = post_drafts(drafts, books=books, actor=actor)
    insert_rows(
        "inventory_valuechange",
        VALUE_CHANGE,
        [
            (
                company_id,
                part.sku_id,
                part.layer_id,
                part.value,
                entry_ids[item.entry_key],
                item.reason,
                item.source_type,
                item.source_id,
                actor.label,
            )
            for item, parts in zip(items, splits, strict=True)
            for part in parts
            if part.sku_id is not None
        ],
    )
    return [
        _result(parts, entry_ids[item.entry_key] if parts else None) for item, parts in zip(items, splits, strict=True)
    ]


def _check_values(items: Sequence[LateCost], books: Books) -> None:
    exponent = books.exponents[books.base_currency]
    for item in items:
        if item.value != round_money(item.value, exponent):
            raise ValueError(f"a late cost is in whole minor units, not {item.value}")


def _locked_flows(company_id: int, layers: set[int]) -> dict[int, Flow]:
    """Read, lock the costs of the SKUs that were met, and read again until nothing new is met."""
    locked: set[int] = set()
    flows = flows_from(company_id, layers, depth=_DEPTH)
    while met := {flow.sku_id for flow in flows.values()} - locked:
        locked |= met
        lock_costs(company_id, sorted(locked))
        flows = flows_from(company_id, layers, depth=_DEPTH)
    return flows


def _split(items: Sequence[LateCost], flows: dict[int, Flow], books: Books) -> list[list[Part]]:
    exponent = books.exponents[books.base_currency]
    left: dict[tuple[int, int | None], Decimal] = {}  # what may still be taken off each stock
    splits: list[list[Part]] = []
    for index, item in enumerate(items):
        if not item.value:
            splits.append([])
            continue
        if item.receipt_move_id not in flows:
            raise LateCostRefused(
                _("Item %(row)s: %(move)s is no arrival of own goods.")
                % {"row": index + 1, "move": item.receipt_move_id},
                code="unknown_receipt",
                index=index,
                receipt_move_id=item.receipt_move_id,
            )
        weights = _weights(item.receipt_move_id, flows, books)
        keys = sorted(weights, key=_order)
        values = split_by_weight(item.value, [weights[key] for key in keys], exponent)
        splits.append(_parts(dict(zip(keys, values, strict=True)), flows, left, books))
    return splits


# A part of a late cost: ("stock", layer) or ("account", account, dimensions).
_Key = tuple[str, int, Dimensions]


def _order(key: _Key) -> tuple[bool, int, Dimensions]:
    return (key[0] != "stock", *key[1:])


def _weights(layer_id: int, flows: dict[int, Flow], books: Books) -> dict[_Key, Decimal]:
    """How the arrival's quantity is spread: over stock still there and over accounts."""
    weights: defaultdict[_Key, Decimal] = defaultdict(Decimal)
    variance: _Key = ("account", books.account(AccountRole.PRICE_VARIANCE), ())
    todo = [(layer_id, flows[layer_id].quantity, 0)]
    while todo:
        node, weight, step = todo.pop()
        flow = flows.get(node)
        if flow is None or step > _DEPTH or is_standard(flow):
            weights[variance] += weight
            continue
        kept = weight * flow.left / flow.quantity
        if kept:
            weights["stock", node, ()] += kept
        gone, out_of = weight - kept, sum((out.weight for out in flow.outs), ZERO)
        if gone and not out_of:
            weights[variance] += gone
        for out in flow.outs if gone else ():
            part = gone * out.weight / out_of
            if out.layer_id is not None:
                todo.append((out.layer_id, part, step + 1))
            elif out.account_id is not None:
                weights["account", out.account_id, out.dimensions] += part
            else:
                role = _ROLE_BY_KIND.get(out.kind, AccountRole.PRICE_VARIANCE)
                weights["account", books.account(role), ()] += part
    return weights


def _parts(
    values: dict[_Key, Decimal],
    flows: dict[int, Flow],
    left: dict[tuple[int, int | None], Decimal],
    books: Books,
) -> list[Part]:
    parts = []
    beyond = ZERO
    for (kind, which, dimensions), value in values.items():
        if kind == "account":
            parts.append(Part(value, account_id=which, dimensions=dimensions))
            continue
        flow = flows[which]
        layer = None if flow.pooled else which
        there = left.setdefault((flow.sku_id, layer), flow.value)
        taken = max(value, -there)
        left[flow.sku_id, layer] += taken
        beyond += value - taken
        parts.append(Part(taken, sku_id=flow.sku_id, layer_id=layer))
    if beyond:
        parts.append(Part(beyond, account_id=books.account(AccountRole.PRICE_VARIANCE)))
    return [part for part in parts if part.value]


def _add(draft: Draft, item: LateCost, parts: Sequence[Part], books: Books) -> None:
    draft.effective_at = min(draft.effective_at, item.effective_at)
    for part in parts:
        account = books.account(AccountRole.INVENTORY) if part.account_id is None else part.account_id
        # The goods' side carries its own dimensions, as its uses did; the other side those of the document.
        draft.put(account, part.value, part.dimensions)
    draft.put(books.account(item.offset_role), -sum((part.value for part in parts), ZERO), item.dimensions)


def _result(parts: list[Part], entry_id: int | None = None) -> LateCostResult:
    stock = sum((part.value for part in parts if part.sku_id is not None), ZERO)
    return LateCostResult(stock, sum((part.value for part in parts), ZERO) - stock, parts, entry_id)
