"""Components are taken and become finished goods at what they cost; and the other way."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import AccountRole
from accounting.selectors import Books, books_of
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO, round_money, split_by_weight
from backoffice.core.states import check_transition
from inventory.errors import AssemblyRefused
from inventory.models import (
    Allocation,
    AssemblyKind,
    AssemblyNeed,
    AssemblyOrder,
    AssemblyRun,
    AssemblyStatus,
    BomComponent,
)
from inventory.selectors.places import counterpart
from inventory.selectors.stock import last_costs, unit_costs
from inventory.services.assembling.records import RUN, held_order, move_on
from inventory.services.entries import Draft, post_drafts
from inventory.services.moves import post_moves
from inventory.services.picking import BinClaimResult, claim_bins
from inventory.services.requests import MoveRequest
from inventory.states import ASSEMBLY


@transaction.atomic(savepoint=False)
def complete_assembly(
    order_id: int,
    *,
    quantity: Decimal,
    company_id: int,
    effective_at: datetime.datetime,
    actor: Actor,
    scrapped: Decimal = ZERO,
) -> AssemblyRun:
    """So many units are finished, and so many were spoilt: components leave the bins, the finished goods come in.

    The good units cost their components, labour and overhead; what spoilt units took is a stock write-off. Taken
    apart, a unit's cost is split over its components by their weights, else by their present cost, to the cent.
    Raises NotFound, IllegalTransition, AssemblyRefused (bad_quantity, too_many, not_enough_stock); nothing is
    written then. Statements: about 40, whatever the number of components.
    """
    order = held_order(order_id, company_id)
    if order.status not in (AssemblyStatus.RELEASED, AssemblyStatus.IN_PROGRESS):
        check_transition(ASSEMBLY, "assembly order", order.status, "in_progress")
    if quantity < 0 or scrapped < 0 or not quantity + scrapped:
        raise AssemblyRefused(_("Give a quantity above zero."), code="bad_quantity")
    if order.kind == AssemblyKind.DISMANTLE and scrapped:
        raise AssemblyRefused(_("What is taken apart is not scrapped: write its parts off."), code="bad_quantity")
    if order.done + quantity + scrapped > order.quantity:
        raise AssemblyRefused(
            _("%(order)s has %(left)s units left to finish.")
            % {"order": order.number, "left": f"{(order.quantity - order.done).normalize():f}"},
            code="too_many",
        )
    books = books_of(company_id)
    run = AssemblyRun(
        order=order, quantity=quantity, scrapped=scrapped, effective_at=effective_at, actor_label=actor.label
    )
    run.save()
    costs = {}
    for what, units in (("take", quantity), ("scrap", scrapped)):
        costs[what] = _take(order, run, units, what, company_id, actor, books) if units else ZERO
    extra = round_money(
        (order.bom.labour_cost + order.bom.overhead_cost) * quantity, books.exponents[books.base_currency]
    )
    if order.kind == AssemblyKind.DISMANTLE:
        extra = ZERO
    if quantity:
        _absorb(run, extra, books, actor)
        _make(order, run, costs["take"] + extra, company_id, actor, books)
    run.cost, run.scrap_cost = costs["take"] + extra, costs["scrap"]
    run.save(update_fields=["cost", "scrap_cost"])
    order.done += quantity + scrapped
    order.save(update_fields=["done"])
    done = order.done == order.quantity
    move_on(order, AssemblyStatus.DONE if done else AssemblyStatus.IN_PROGRESS, actor)
    return run


def _take(
    order: AssemblyOrder, run: AssemblyRun, units: Decimal, what: str, company_id: int, actor: Actor, books: Books
) -> Decimal:
    """Claimed goods leave their bins into production; what they cost."""
    outside = counterpart(company_id, "production")
    moves = post_moves(
        [
            MoveRequest(
                sku_id=need.sku_id,
                quantity=claim.quantity,
                from_location_id=claim.location_id,
                to_location_id=outside,
                effective_at=run.effective_at,
                source_type=RUN,
                source_id=run.pk,
                lot_id=claim.lot_id,
                allocation_id=claim.allocation_id,
                bin_claim_id=claim.bin_claim_id,
                offset_role=AccountRole.WORK_IN_PROGRESS if what == "take" else AccountRole.INVENTORY_LOSS,
                reason="assembly" if what == "take" else "scrap",
                entry_key=f"assembly:{run.pk}:{what}",
            )
            for need, claim in _bins(order, units, company_id, actor)
        ],
        company_id=company_id,
        actor=actor,
        books=books,
    )
    return -sum((move.value for move in moves), ZERO)


def _bins(
    order: AssemblyOrder, units: Decimal, company_id: int, actor: Actor
) -> list[tuple[AssemblyNeed, BinClaimResult]]:
    needs = {need.demand_id: need for need in order.needs.select_related("sku")}
    left = {need.demand_id: need.quantity * units for need in needs.values()}
    wanted: list[tuple[int, Decimal]] = []
    of: dict[int, AssemblyNeed] = {}
    for claim in Allocation.objects.filter(demand__in=list(needs), open__gt=0).order_by("pk"):
        take = min(claim.open, left[claim.demand_id])
        if take > 0:
            left[claim.demand_id] -= take
            wanted.append((claim.pk, take))
            of[claim.pk] = needs[claim.demand_id]
    found = claim_bins(wanted, company_id=company_id, actor=actor, reserve=True)
    there: defaultdict[int, Decimal] = defaultdict(Decimal)
    for result in found:
        there[of[result.allocation_id].pk] += result.quantity
    for need in needs.values():
        if there[need.pk] < need.quantity * units:
            raise AssemblyRefused(
                _("%(sku)s: %(wanted)s needed, but %(there)s are claimed for this order and lie in bins.")
                % {
                    "sku": need.sku.code,
                    "wanted": f"{(need.quantity * units).normalize():f}",
                    "there": f"{there[need.pk].normalize():f}",
                },
                code="not_enough_stock",
                sku=need.sku.code,
            )
    return [(of[result.allocation_id], result) for result in found]


def _absorb(run: AssemblyRun, extra: Decimal, books: Books, actor: Actor) -> None:
    """Labour and overhead go into what is being made."""
    if not extra:
        return
    draft = Draft(run.effective_at, (RUN, run.pk))
    draft.put(books.account(AccountRole.WORK_IN_PROGRESS), extra, ())
    draft.put(books.account(AccountRole.ASSEMBLY_COST), -extra, ())
    post_drafts({f"assembly:{run.pk}:labour": draft}, books=books, actor=actor)


def _make(order: AssemblyOrder, run: AssemblyRun, cost: Decimal, company_id: int, actor: Actor, books: Books) -> None:
    """What is made comes in at what was taken; work in progress is even again."""
    outside = counterpart(company_id, "production")
    parts: Sequence[tuple[int, Decimal, Decimal]]
    if order.kind == AssemblyKind.ASSEMBLE:
        parts = [(order.sku_id, run.quantity, cost)]
    else:
        parts = _apart(order, run.quantity, cost, books)
    post_moves(
        [
            MoveRequest(
                sku_id=sku,
                quantity=quantity,
                from_location_id=outside,
                to_location_id=order.location_id,
                effective_at=run.effective_at,
                source_type=RUN,
                source_id=run.pk,
                value=value,
                offset_role=AccountRole.WORK_IN_PROGRESS,
                reason="assembly",
                entry_key=f"assembly:{run.pk}:make",
            )
            for sku, quantity, value in parts
        ],
        company_id=company_id,
        actor=actor,
        books=books,
    )


def _apart(order: AssemblyOrder, units: Decimal, cost: Decimal, books: Books) -> Sequence[tuple[int, Decimal, Decimal]]:
    rows = list(BomComponent.objects.filter(bom=order.bom).order_by("position"))
    weights = [row.weight for row in rows]
    if any(weight is None for weight in weights) or not sum(weight or ZERO for weight in weights):
        skus = [row.sku_id for row in rows]
        known = last_costs(order.company_id, skus) | unit_costs(order.company_id, skus)
        weights = [known.get(row.sku_id, ZERO) * row.quantity for row in rows]
        if not sum(weight or ZERO for weight in weights):
            weights = [row.quantity for row in rows]
    values = split_by_weight(cost, [weight or ZERO for weight in weights], books.exponents[books.base_currency])
    return [(row.sku_id, row.quantity * units, value) for row, value in zip(rows, values, strict=True)]
