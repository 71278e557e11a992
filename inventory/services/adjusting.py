"""Stock put right by a document: drafted, approved by value, posted with cost and journal, reversed by a mirror."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import AccountRole
from accounting.selectors import Books, books_of
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.approving import check_approver, needs_approval
from backoffice.core.db import prepared_cursor
from backoffice.core.money import ZERO, round_money
from backoffice.core.states import check_transition
from inventory.errors import AdjustmentRefused, NotFound
from inventory.models import (
    Adjustment,
    AdjustmentDirection,
    AdjustmentLine,
    AdjustmentReason,
    AdjustmentStatus,
    Location,
    Lot,
    Sku,
)
from inventory.selectors.places import counterpart
from inventory.selectors.stock import last_costs, unit_costs
from inventory.services.arrivals import lock_lacking, serve_lacking
from inventory.services.moves import post_moves
from inventory.services.requests import MoveRequest
from inventory.states import ADJUSTMENT

OBJECT, LINE = "inventory.adjustment", "inventory.adjustmentline"
ACTION = "adjustment"


@dataclass(frozen=True, slots=True)
class AdjustmentLineInput:
    """More (+) or less (-) of a SKU in a place, in base units. owner_id: another owner's goods, which have no value.
    serials: the numbers of the units, of a SKU that is tracked by serial number."""

    sku_id: int
    location_id: int
    quantity: Decimal
    lot_id: int | None = None
    owner_id: int | None = None
    note: str = ""
    serials: tuple[str, ...] = ()


@transaction.atomic(savepoint=False)
def create_adjustment(
    lines: Sequence[AdjustmentLineInput],
    *,
    company_id: int,
    warehouse_id: int,
    reason_id: int,
    actor: Actor,
    note: str = "",
) -> Adjustment:
    """A draft; nothing moves yet.

    Raises AdjustmentRefused (no_lines, unknown_reason, wrong_direction, unknown_sku, unknown_location, kit,
    bad_quantity, wrong_lot), naming the row; nothing is written. Statements: 8 at most.
    """
    reason = AdjustmentReason.objects.filter(company_id=company_id, pk=reason_id, is_active=True).first()
    if reason is None:
        raise AdjustmentRefused(_("Choose a reason of this company."), code="unknown_reason")
    check_lines(lines, reason, company_id, warehouse_id)
    adjustment = Adjustment.objects.create(
        company_id=company_id,
        warehouse_id=warehouse_id,
        reason=reason,
        note=note,
        created_by_id=actor.user_id,
        created_label=actor.label,
    )
    rows = lines_of(adjustment, lines)
    estimate(adjustment, rows, books_of(company_id))
    AdjustmentLine.objects.bulk_create(rows)
    adjustment.save(update_fields=["value"])
    _record(adjustment, "", adjustment.status, actor=actor, action="created")
    return adjustment


def lines_of(adjustment: Adjustment, lines: Sequence[AdjustmentLineInput]) -> list[AdjustmentLine]:
    """The document's lines, not written yet."""
    return [
        AdjustmentLine(
            adjustment=adjustment,
            position=position,
            sku_id=line.sku_id,
            location_id=line.location_id,
            lot_id=line.lot_id,
            owner_id=line.owner_id,
            quantity=line.quantity,
            note=line.note,
            serials=list(line.serials),
        )
        for position, line in enumerate(lines, start=1)
    ]


def check_lines(
    lines: Sequence[AdjustmentLineInput], reason: AdjustmentReason, company_id: int, warehouse_id: int
) -> None:
    if not lines:
        raise AdjustmentRefused(_("An adjustment needs a line."), code="no_lines")
    for row, (code, text) in refused_lines(lines, reason, company_id, warehouse_id).items():
        raise AdjustmentRefused(text, code=code, row=row)


def refused_lines(
    lines: Sequence[AdjustmentLineInput], reason: AdjustmentReason, company_id: int, warehouse_id: int
) -> dict[int, tuple[str, str]]:
    """Code and sentence of every line that makes no sense, by its number from 1. Statements: 2 or 3."""
    found: dict[int, tuple[str, str]] = {}
    skus = Sku.objects.filter(company_id=company_id, pk__in={line.sku_id for line in lines})
    known = {pk: (code, kit) for pk, code, kit in skus.values_list("pk", "code", "kit_id")}
    places = set(
        Location.objects.filter(
            company_id=company_id, warehouse_id=warehouse_id, warehouse__is_transit=False,
            pk__in={line.location_id for line in lines},
        ).values_list("pk", flat=True)
    )  # fmt: skip
    lots = dict(Lot.objects.filter(pk__in={line.lot_id for line in lines if line.lot_id}).values_list("pk", "sku_id"))
    for row, line in enumerate(lines, start=1):
        code, kit = known.get(line.sku_id, ("", None))
        words = {"row": row, "sku": code, "reason": reason.name}
        if not code:
            refusal = "unknown_sku", _("Line %(row)s: unknown SKU.")
        elif kit is not None:
            refusal = "kit", _("Line %(row)s: %(sku)s is a kit: adjust its components.")
        elif line.location_id not in places:
            refusal = "unknown_location", _("Line %(row)s: choose a place of this warehouse.")
        elif not (line.quantity and abs(line.quantity) < 10**12 and line.quantity == round(line.quantity, 6)):
            refusal = "bad_quantity", _("Line %(row)s: %(sku)s: give a quantity above or below zero.")
        elif line.lot_id is not None and lots.get(line.lot_id) != line.sku_id:
            refusal = "wrong_lot", _("Line %(row)s: that is no lot of %(sku)s.")
        elif line.quantity > 0 and reason.direction == AdjustmentDirection.LOSS:
            refusal = "wrong_direction", _("Line %(row)s: “%(reason)s” is for losses: give a quantity below zero.")
        elif line.quantity < 0 and reason.direction == AdjustmentDirection.GAIN:
            refusal = "wrong_direction", _("Line %(row)s: “%(reason)s” is for gains: give a quantity above zero.")
        else:
            continue
        found[row] = refusal[0], refusal[1] % words
    return found


def estimate(adjustment: Adjustment, lines: Sequence[AdjustmentLine], books: Books) -> None:
    """What it would be worth at today's average cost, on the lines and, without signs, on the document. Statements: 1 or 2."""
    skus = {line.sku_id for line in lines}
    costs = unit_costs(adjustment.company_id, sorted(skus))
    costs |= last_costs(adjustment.company_id, sorted(skus - costs.keys()))
    exponent = books.exponents[books.base_currency]
    for line in lines:
        cost = ZERO if line.owner_id else costs.get(line.sku_id, ZERO)
        line.value = round_money(line.quantity * cost, exponent)
    adjustment.value = sum((abs(line.value) for line in lines), ZERO)


@transaction.atomic(savepoint=False)
def submit_adjustment(
    adjustment_id: int, *, company_id: int, effective_at: datetime.datetime, actor: Actor, reason: str = ""
) -> Adjustment:
    """Ask for approval; one whose value needs none is approved and posted at once.

    Raises NotFound, IllegalTransition, and what post raises; nothing is written then. Statements: 9; about 20 more
    if it is posted.
    """
    adjustment = hold_adjustment(adjustment_id, company_id=company_id)
    lines = _lines(adjustment)
    estimate(adjustment, lines, books_of(company_id))
    AdjustmentLine.objects.bulk_update(lines, ["value"])
    adjustment.save(update_fields=["value"])
    if _needs_approval(adjustment):
        _set_status(adjustment, AdjustmentStatus.SUBMITTED, actor=actor, reason=reason)
        return adjustment
    _set_status(adjustment, AdjustmentStatus.APPROVED, actor=actor, reason=reason)
    post_lines(adjustment, lines, effective_at, actor)
    return adjustment


@transaction.atomic(savepoint=False)
def approve_adjustment(
    adjustment_id: int, *, company_id: int, effective_at: datetime.datetime, actor: Actor, reason: str = ""
) -> Adjustment:
    """submitted -> approved -> posted: the goods move, with their cost and journal entry, in one transaction.

    Raises NotFound, IllegalTransition, ApprovalRefused (own_document, over_limit, person_needed), StockRefused (less
    is there, or it is reserved); nothing is written then. Statements: about 25, whatever the number of lines.
    """
    adjustment = hold_adjustment(adjustment_id, company_id=company_id)
    check_transition(
        {**ADJUSTMENT, "draft": frozenset({"submitted"})}, "stock adjustment", adjustment.status, "approved"
    )
    lines = _lines(adjustment)
    estimate(adjustment, lines, books_of(company_id))
    check_approver(
        ACTION,
        actor=actor,
        creator_id=adjustment.created_by_id,
        amount=adjustment.value,
        company_id=company_id,
        free_up_to=adjustment.reason.approval_above,
    )
    _set_status(adjustment, AdjustmentStatus.APPROVED, actor=actor, reason=reason)
    post_lines(adjustment, lines, effective_at, actor)
    return adjustment


def _needs_approval(adjustment: Adjustment) -> bool:
    return needs_approval(
        ACTION,
        amount=adjustment.value,
        company_id=adjustment.company_id,
        free_up_to=adjustment.reason.approval_above,
    )


def post_lines(
    adjustment: Adjustment,
    lines: Sequence[AdjustmentLine],
    effective_at: datetime.datetime,
    actor: Actor,
    returned: Mapping[int, int] | None = None,
    instants: Sequence[datetime.datetime] = (),
) -> None:
    """returned: the move that each line gives back, by the line's position. instants: when each line was found, if
    not all at effective_at."""
    company_id = adjustment.company_id
    outside = counterpart(company_id, "adjustment")
    gains = [line for line in lines if line.quantity > 0]
    places = {place.pk: place for place in Location.objects.filter(pk__in={line.location_id for line in gains})}
    waiting = lock_lacking(
        [(line.sku_id, line.quantity, line.owner_id, line.location_id) for line in gains],
        places=places,
        company_id=company_id,
    )
    moves = post_moves(
        [
            MoveRequest(
                sku_id=line.sku_id,
                quantity=abs(line.quantity),
                from_location_id=line.location_id if line.quantity < 0 else outside,
                to_location_id=outside if line.quantity < 0 else line.location_id,
                effective_at=instants[index] if instants else effective_at,
                source_type=LINE,
                source_id=line.pk,
                lot_id=line.lot_id,
                owner_id=line.owner_id,
                reason=adjustment.reason.code,
                offset_role=adjustment.reason.offset_role or _mirrored(line, returned),
                returns_move_id=(returned or {}).get(line.position),
                entry_key=f"adjustment:{adjustment.pk}",
                entry_source=(OBJECT, adjustment.pk),
                serials=tuple(line.serials),
            )
            for index, line in enumerate(lines)
        ],
        company_id=company_id,
        actor=actor,
    )
    for line, move in zip(lines, moves, strict=True):
        line.move_id, line.value = move.move_id, move.value
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_adjustmentline l SET move_id = n.move, value = n.value"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[]) n (id, move, value) WHERE l.id = n.id",
            [[line.pk for line in lines], [line.move_id for line in lines], [line.value for line in lines]],
        )
    adjustment.value = sum((abs(line.value) for line in lines), ZERO)
    adjustment.posted_at = effective_at
    adjustment.save(update_fields=["value", "posted_at"])
    _set_status(adjustment, AdjustmentStatus.POSTED, actor=actor)
    serve_lacking(waiting, company_id=company_id, actor=actor)


def _mirrored(line: AdjustmentLine, returned: Mapping[int, int] | None) -> str | None:
    """A mirror takes back from the account that the adjustment went to; others go where gains and losses go."""
    if returned is None:
        return None
    return AccountRole.INVENTORY_GAIN if line.quantity < 0 else AccountRole.INVENTORY_LOSS


@transaction.atomic(savepoint=False)
def reverse_adjustment(
    adjustment_id: int, *, company_id: int, effective_at: datetime.datetime, actor: Actor, reason: str
) -> Adjustment:
    """Undo a posted adjustment by its mirror, which is posted too; what was lost comes back at the cost it left at.

    Above the free value the author of the adjustment cannot reverse it. Raises NotFound, IllegalTransition,
    ApprovalRefused, AdjustmentRefused (no_reason), StockRefused (what was found has been sold meanwhile); nothing is
    written then.
    """
    if not reason.strip():
        raise AdjustmentRefused(_("Say why: the reason is kept with the change."), code="no_reason")
    adjustment = hold_adjustment(adjustment_id, company_id=company_id)
    check_transition(ADJUSTMENT, "stock adjustment", adjustment.status, AdjustmentStatus.REVERSED)
    check_approver(
        ACTION,
        actor=actor,
        creator_id=adjustment.created_by_id,
        amount=adjustment.value,
        company_id=company_id,
        free_up_to=adjustment.reason.approval_above,
    )
    before = _lines(adjustment)
    mirror = Adjustment.objects.create(
        company_id=company_id,
        warehouse_id=adjustment.warehouse_id,
        reason=adjustment.reason,
        status=AdjustmentStatus.APPROVED,
        note=reason[:500],
        created_by_id=actor.user_id,
        created_label=actor.label,
        reverses=adjustment,
    )
    lines = AdjustmentLine.objects.bulk_create(
        AdjustmentLine(
            adjustment=mirror,
            position=line.position,
            sku_id=line.sku_id,
            location_id=line.location_id,
            lot_id=line.lot_id,
            owner_id=line.owner_id,
            quantity=-line.quantity,
            note=line.note,
            serials=line.serials,
        )
        for line in before
    )
    _record(mirror, "", mirror.status, actor=actor, action="created", reason=reason)
    returned = {line.position: line.move_id for line in before if line.quantity < 0 and line.move_id}
    post_lines(mirror, lines, effective_at, actor, returned)
    _set_status(adjustment, AdjustmentStatus.REVERSED, actor=actor, reason=reason)
    return mirror


def send_back_adjustment(adjustment_id: int, *, company_id: int, actor: Actor, reason: str) -> Adjustment:
    """submitted -> draft: not approved like this. Raises NotFound, IllegalTransition, AdjustmentRefused (no_reason)."""
    return _step(adjustment_id, AdjustmentStatus.DRAFT, company_id, actor, reason)


def cancel_adjustment(adjustment_id: int, *, company_id: int, actor: Actor, reason: str) -> Adjustment:
    """Give up one that is not posted. Raises NotFound, IllegalTransition, AdjustmentRefused (no_reason)."""
    return _step(adjustment_id, AdjustmentStatus.CANCELLED, company_id, actor, reason)


@transaction.atomic(savepoint=False)
def _step(adjustment_id: int, status: str, company_id: int, actor: Actor, reason: str) -> Adjustment:
    if not reason.strip():
        raise AdjustmentRefused(_("Say why: the reason is kept with the change."), code="no_reason")
    adjustment = hold_adjustment(adjustment_id, company_id=company_id)
    _set_status(adjustment, status, actor=actor, reason=reason)
    return adjustment


def hold_adjustment(adjustment_id: int, *, company_id: int) -> Adjustment:
    """The adjustment, locked, with its reason. Raises NotFound. Statements: 1."""
    found = (
        Adjustment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("reason")
        .filter(company_id=company_id, pk=adjustment_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such adjustment."), adjustment_id=adjustment_id)
    return found


def _lines(adjustment: Adjustment) -> list[AdjustmentLine]:
    return list(AdjustmentLine.objects.filter(adjustment=adjustment).order_by("position"))


def _set_status(adjustment: Adjustment, status: str, *, actor: Actor, reason: str = "") -> None:
    check_transition(ADJUSTMENT, "stock adjustment", adjustment.status, status)
    old, adjustment.status = adjustment.status, status
    adjustment.save(update_fields=["status"])
    _record(adjustment, old, status, actor=actor, reason=reason)


def _record(
    adjustment: Adjustment, old: str, new: str, *, actor: Actor, reason: str = "", action: str = "status"
) -> None:
    change = audit.Change(
        OBJECT, adjustment.pk, action, field="status", old=old, new=new, reason=reason, company_id=adjustment.company_id
    )
    audit.record([change], actor=actor)
