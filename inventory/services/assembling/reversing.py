"""A reported run of an assembly taken back: what was made leaves, what was taken returns, by counter-entries."""

import datetime
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import AccountRole
from accounting.selectors import Books, books_of
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO
from inventory.errors import AssemblyRefused, NotFound
from inventory.models import AssemblyRun, Location, StockMove
from inventory.selectors.places import counterpart
from inventory.services.arrivals import lock_lacking, serve_lacking
from inventory.services.assembling.records import OBJECT, RUN, held_order
from inventory.services.entries import Draft, post_drafts
from inventory.services.moves import post_moves
from inventory.services.requests import MoveRequest

REASON = "assembly_reversal"


@transaction.atomic(savepoint=False)
def reverse_assembly_run(
    run_id: int, *, company_id: int, effective_at: datetime.datetime, actor: Actor, reason: str
) -> AssemblyRun:
    """What a run made leaves the place it was put in, and what it took, scrap included, comes back to its bins at the
    cost it left at; labour and overhead are taken back. What the goods made cost otherwise by now is a price variance.

    The order keeps its count: what was taken back is made again by a new order. Goods that come back serve who waits.
    Raises NotFound, AssemblyRefused (no_reason, already_reversed), StockRefused (what was made has gone, lies
    elsewhere or is reserved); nothing is written then. Statements: about 35, whatever the number of components.
    """
    if not reason.strip():
        raise AssemblyRefused(_("Say why: the reason is kept with the change."), code="no_reason")
    run = AssemblyRun.objects.filter(pk=run_id, order__company_id=company_id).select_related("order").first()
    if run is None:
        raise NotFound(_("There is no such run of an assembly."), run_id=run_id)
    held_order(run.order_id, company_id)
    done = list(
        StockMove.objects.filter(company_id=company_id, source_type=RUN, source_id=run.pk)
        .prefetch_related("serials__serial")
        .order_by("pk")
    )
    if any(move.reason == REASON for move in done):
        raise AssemblyRefused(_("This run was taken back already."), code="already_reversed")
    _undo(run, done, company_id, effective_at, actor)
    what = f"{run.quantity.normalize():f} + {run.scrapped.normalize():f}"
    change = audit.Change(OBJECT, run.order_id, "run_reversed", "run", what, "", reason[:300], company_id)
    audit.record([change], actor=actor)
    return run


def _undo(
    run: AssemblyRun, done: Sequence[StockMove], company_id: int, effective_at: datetime.datetime, actor: Actor
) -> None:
    books, outside = books_of(company_id), counterpart(company_id, "production")
    made = [move for move in done if move.from_location_id == outside]
    taken = [move for move in done if move.to_location_id == outside]
    places = Location.objects.in_bulk([move.from_location_id for move in taken])
    waiting = lock_lacking(
        [(move.sku_id, move.quantity, None, move.from_location_id) for move in taken],
        places=places,
        company_id=company_id,
    )
    moves = post_moves(
        [_mirror(run, number, move, outside, effective_at) for number, move in enumerate([*made, *taken])],
        company_id=company_id,
        actor=actor,
        books=books,
    )
    spoilt = -_sum([move for move in taken if move.reason == "scrap"])
    labour = _sum(made) + _sum(taken) + spoilt
    _even(run, labour, spoilt - sum((move.value for move in moves), ZERO), books, effective_at, actor)
    serve_lacking(waiting, company_id=company_id, actor=actor)


def _mirror(
    run: AssemblyRun, number: int, move: StockMove, outside: int, effective_at: datetime.datetime
) -> MoveRequest:
    """The same goods the other way round; what was taken comes back as a return of its move."""
    return MoveRequest(
        sku_id=move.sku_id,
        quantity=move.quantity,
        from_location_id=move.to_location_id,
        to_location_id=move.from_location_id,
        effective_at=effective_at,
        source_type=RUN,
        source_id=run.pk,
        lot_id=move.lot_id,
        returns_move_id=move.pk if move.to_location_id == outside else None,
        offset_role=AccountRole.INVENTORY_LOSS if move.reason == "scrap" else AccountRole.WORK_IN_PROGRESS,
        reason=REASON,
        source_key=f"assembly:{run.pk}:undo:{number}",
        entry_key=f"assembly:{run.pk}:undo",
        serials=tuple(row.serial.code for row in move.serials.all()),
    )


def _sum(moves: Sequence[StockMove]) -> Decimal:
    return sum((move.value for move in moves), ZERO)


def _even(
    run: AssemblyRun, labour: Decimal, left: Decimal, books: Books, effective_at: datetime.datetime, actor: Actor
) -> None:
    """left in work in progress: labour goes back where it came from, the rest is a variance."""
    if not labour and not left:
        return
    draft = Draft(effective_at, (RUN, run.pk))
    parts = {
        AccountRole.WORK_IN_PROGRESS: -left,
        AccountRole.ASSEMBLY_COST: labour,
        AccountRole.PRICE_VARIANCE: left - labour,
    }
    for role, amount in parts.items():
        if amount:
            draft.put(books.account(role), amount, ())
    post_drafts({f"assembly:{run.pk}:undo:labour": draft}, books=books, actor=actor)
