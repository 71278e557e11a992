"""The goods of orders being placed: what their lines want, claimed from the best warehouses, and the work it makes."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from backoffice.core.actor import Actor
from inventory.services import create_demands
from orders.models import HoldKind, OrderStatus
from orders.selectors.setting import Setting, keeps_until
from orders.services.claiming import Work, claim, make_first_fulfilments
from orders.services.deciding import OrderWants
from orders.services.drafts import Draft
from orders.services.kits import demand_requests
from orders.services.promising import promise_placed
from orders.sourcing import Kit, Want

ZERO = Decimal(0)


def demand_goods(drafts: Sequence[Draft], setting: Setting) -> None:
    """A demand for each line (for each component of a kit), unless an SKU of the order is unknown: then nothing is
    claimed yet.
    """
    wanted = [
        (draft, index)
        for draft in drafts
        if HoldKind.MAPPING not in draft.holds
        for index in range(len(draft.order.lines))
    ]
    for draft in drafts:
        draft.demand_ids = [None] * len(draft.order.lines)
    # A cart's demands that the order takes over want what its lines want; they are handed over by the caller.
    held = [draft.order.held.get((index, sku)) for draft, index in wanted for sku in _claimed_skus(draft, index)]
    requests = [
        request
        for draft, index in wanted
        for request in demand_requests(
            draft.line_ids[index],
            draft.skus[index],  # type: ignore[arg-type]  # no mapping hold: all are known
            draft.order.lines[index].quantity,
            draft.kits.get(index),
            wanted_at=draft.order.placed_at,
            priority=setting.priority if draft.order.priority is None else draft.order.priority,
            promise_date=draft.order.promise_date,
            warehouse_id=setting.warehouse_id,
            min_expiry_date=keeps_until(setting.min_remaining_days, setting.fresh_until, draft.order.promise_date),
            owner_id=setting.owner_id,
        )
    ]
    fresh = [request for request, demand_id in zip(requests, held, strict=True) if demand_id is None]
    plain = not any(draft.kits or draft.order.held for draft in drafts)
    drawn = [draft.drawn_demands[index] for draft, index in wanted] if plain else []
    created = iter(create_demands(fresh, company_id=setting.company_id, drawn=drawn) if fresh else ())
    made = iter([next(created) if demand_id is None else demand_id for demand_id in held])
    for draft, index in wanted:
        if index in draft.kits:
            draft.part_demands[index] = [next(made) for _part in draft.kits[index].parts]
        else:
            draft.demand_ids[index] = next(made)


def _claimed_skus(draft: Draft, index: int) -> Sequence[int]:
    """What a line is claimed as: itself, or the components of its kit."""
    return list(draft.kits[index].parts) if index in draft.kits else [draft.skus[index]]  # type: ignore[list-item]


def claim_goods(drafts: Sequence[Draft], setting: Setting, actor: Actor) -> dict[int, tuple[int, ...]]:
    """Claim what the lines want; fulfilment ids by order, for those released. Orders that take over a cart's claims
    are left to who hands them over."""
    drafts = [draft for draft in drafts if not draft.order.held]
    orders = [
        OrderWants(
            draft.order_id,
            setting.warehouse_id,
            setting.ship_complete,
            [
                *(
                    Want(demand_id, sku_id, line.quantity)
                    for demand_id, sku_id, line in zip(draft.demand_ids, draft.skus, draft.order.lines, strict=True)
                    if demand_id is not None and sku_id is not None
                ),
                *_parts(draft),
            ],
            _whole_kits(draft),
            keeps_until(setting.min_remaining_days, setting.fresh_until, draft.order.promise_date),
            setting.owner_id,
        )
        for draft in drafts
    ]
    claimed: dict[int, Decimal] = {}
    work: dict[int, list[Work]] = {}
    places = {
        demand_id: (draft, line_id)
        for draft in drafts
        for demand_id, line_id in zip(draft.demand_ids, draft.line_ids, strict=True)
        if demand_id is not None
    } | {
        demand_id: (draft, draft.line_ids[index])
        for draft in drafts
        for index, demand_ids in draft.part_demands.items()
        for demand_id in demand_ids
    }
    done = claim(
        orders,
        company_id=setting.company_id,
        warehouses=setting.warehouses,
        is_ruled=setting.is_ruled,
        actor=actor,
    )
    for choice, result in done:
        if result.claimed:
            draft, line_id = places[choice.key]
            claimed[choice.key] = claimed.get(choice.key, ZERO) + result.claimed
            work.setdefault(draft.order_id, []).extend(
                Work(draft.order_id, choice.warehouse_id, line_id, allocation_id, quantity)
                for allocation_id, quantity in result.parts
            )
    ready: list[Work] = []
    waiting: list[int] = []
    for draft in drafts:
        lacking = {
            line_id
            for line_id, demand_id, line in zip(draft.line_ids, draft.demand_ids, draft.order.lines, strict=True)
            if demand_id is not None and claimed.get(demand_id, ZERO) < line.quantity
        } | {places[want.key][1] for want in _parts(draft) if claimed.get(want.key, ZERO) < want.quantity}
        draft.back_ordered = bool(lacking)
        unreleased = _unreleased(draft)
        waiting += lacking | unreleased
        if draft.status == OrderStatus.RELEASED and not (setting.ship_complete and (lacking or unreleased)):
            ready += [item for item in work.get(draft.order_id, []) if item.order_line_id not in unreleased]
    promise_placed(waiting, company_id=setting.company_id, actor=actor)
    drawn = {draft.order_id: draft.fulfilment_id for draft in drafts}
    return dict(make_first_fulfilments(ready, drawn, company_id=setting.company_id))


def _unreleased(draft: Draft) -> set[int]:
    """Lines of pre-orders: sold and claimed, but not given to a warehouse before their release date."""
    if not draft.unreleased or HoldKind.MAPPING in draft.holds:
        return set()
    return {line_id for line_id, sku_id in zip(draft.line_ids, draft.skus, strict=True) if sku_id in draft.unreleased}


def _parts(draft: Draft) -> Iterator[Want]:
    """Every component that the order's kits want."""
    for index, demand_ids in draft.part_demands.items():
        for (sku_id, per_kit), demand_id in zip(draft.kits[index].parts.items(), demand_ids, strict=True):
            yield Want(demand_id, sku_id, draft.order.lines[index].quantity * per_kit)


def _whole_kits(draft: Draft) -> list[Kit]:
    """Kits that leave whole; the components of others are claimed like lines of their own."""
    return [
        Kit(
            int(draft.order.lines[index].quantity),
            dict(zip(demand_ids, draft.kits[index].parts.values(), strict=True)),
        )
        for index, demand_ids in draft.part_demands.items()
        if draft.kits[index].whole
    ]
