"""Walking a round: taking it, choosing its totes, and picking for several orders with one scan."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import prepared_cursor
from inventory.models import Location, StockQuant
from warehouse.errors import RoundRefused
from warehouse.models import PickRound, PickTask, RoundTote
from warehouse.services.picking import Pick, PickResult, confirm_picks

UNFINISHED = ("open", "assigned", "in_progress")
OPEN = ("open", "in_progress")


def _lock_round(round_id: int, company_id: int) -> PickRound:
    """Its unfinished tasks, then itself. Statements: 2. Raises RoundRefused."""
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT id FROM warehouse_picktask WHERE round_id = %s::bigint AND status IN ('open', 'assigned', 'in_progress')"
            " ORDER BY pick_list_id, id FOR NO KEY UPDATE",
            [round_id],
        )
        cursor.fetchall()
    found = (
        PickRound.objects.select_for_update(of=("self",), no_key=True)
        .select_related("assigned_to")
        .filter(pk=round_id, company_id=company_id)
        .first()
    )
    if found is None:
        raise RoundRefused(_("There is no such round: load the list again."), code="not_found")
    if found.status not in OPEN:
        raise RoundRefused(_("This round is finished or cancelled: take another."), code="closed")
    return found


@transaction.atomic(savepoint=False)
def take_round(round_id: int, *, company_id: int, actor: Actor, over: bool = False) -> PickRound:
    """It is this person's: its tasks are assigned. over: take it over from somebody else.

    Raises RoundRefused (not_found, closed, taken), nothing written. Statements: 5.
    """
    found = _lock_round(round_id, company_id)
    before = found.assigned_to
    if before is not None and before.pk != actor.user_id and not over:
        raise RoundRefused(
            _("%(user)s has this round: take another, or take it over.") % {"user": before.get_username()}, code="taken"
        )
    if before is None or before.pk != actor.user_id:
        _assign(found, actor.user_id, before.get_username() if before else "", actor.label, actor)
    return found


@transaction.atomic(savepoint=False)
def give_round_back(round_id: int, *, company_id: int, actor: Actor) -> PickRound:
    """Nobody's again: what is picked stays picked, the rest waits. Statements: 5. Raises RoundRefused."""
    found = _lock_round(round_id, company_id)
    if found.assigned_to is not None:
        _assign(found, None, found.assigned_to.get_username(), "", actor)
    return found


def _assign(found: PickRound, user_id: int | None, old: str, new: str, actor: Actor) -> None:
    PickRound.objects.filter(pk=found.pk).update(assigned_to_id=user_id)
    was, now = ("open", "assigned") if user_id else ("assigned", "open")
    PickTask.objects.filter(round=found, status=was).update(status=now)
    change = Change("warehouse.pickround", found.pk, "assigned", "assigned_to", old, new, company_id=found.company_id)
    record([change], actor=actor)


@transaction.atomic(savepoint=False)
def choose_tote(round_id: int, *, pick_list_id: int, code: str, company_id: int, actor: Actor) -> RoundTote:
    """The goods of one order of a cluster round go into the tote with this code.

    Raises RoundRefused (wrong_tote: no tote of this warehouse; tote_in_use: on another round, or not empty),
    nothing written. Statements: 8 at most.
    """
    found = _lock_round(round_id, company_id)
    place = RoundTote.objects.filter(round=found, pick_list_id=pick_list_id).first()
    if place is None:
        raise RoundRefused(_("This order is not on this round."), code="not_found")
    tote = (
        Location.objects.select_for_update(of=("self",), no_key=True)
        .filter(warehouse_id=found.warehouse_id, kind="tote", code__iexact=code.strip(), is_active=True)
        .first()
    )
    if tote is None:
        raise RoundRefused(
            _("%(code)s is no tote of this warehouse: scan the label of an empty tote.") % {"code": code[:40]},
            code="wrong_tote",
        )
    if tote.pk == place.location_id:
        return place
    if (
        StockQuant.objects.filter(location=tote, quantity__gt=0).exists()
        or RoundTote.objects.filter(location=tote, is_open=True).exists()
    ):
        raise RoundRefused(
            _("Tote %(code)s is in use: take an empty one.") % {"code": tote.code}, code="tote_in_use", tote=tote.code
        )
    if tote.stands_in_id is not None:  # a carton of stock that is empty now: what is picked into it is no stock
        Location.objects.filter(pk=tote.pk).update(stands_in=None)
    RoundTote.objects.filter(pk=place.pk).update(location=tote)
    PickTask.objects.filter(round=found, pick_list_id=pick_list_id, status__in=UNFINISHED).update(to_location=tote)
    place.location = tote
    return place


def pick_together(
    task_ids: Sequence[int],
    *,
    quantity: Decimal,
    company_id: int,
    effective_at: datetime,
    actor: Actor,
    device: str = "",
    lot_id: int | None = None,
) -> list[PickResult]:
    """What was taken from one bin for several orders at once, given to them in the order of the tasks.

    The tasks must be of one SKU, lot and bin, or ValueError; less than all of them ask for leaves the last ones
    short, so that as few orders as possible wait. Statements: 1 and those of confirm_picks.
    """
    rows = list(
        PickTask.objects.filter(pk__in=task_ids, pick_list__company_id=company_id).values_list(
            "pk", "quantity", "sku_id", "lot_id", "from_location_id", "status"
        )
    )
    if len({row[2:5] for row in rows}) > 1:
        raise ValueError("tasks that are picked together are of one SKU, lot and bin")
    asked = {row[0]: row[1] for row in rows}
    left, picks = quantity, []
    for pk in dict.fromkeys(task_ids):
        part = min(left, asked.get(pk, Decimal(0)))
        picks.append(Pick(pk, part, lot_id))
        left -= part
    if left > 0 and picks:  # more than all of them ask for: refused by the last one's name
        picks[-1] = Pick(picks[-1].task_id, picks[-1].quantity + left, lot_id)
    return confirm_picks(picks, company_id=company_id, effective_at=effective_at, actor=actor, device=device)
