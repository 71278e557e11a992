"""Claiming a transfer's goods at the warehouse that they leave."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.money import ZERO
from backoffice.core.states import check_transition
from inventory.errors import TransferRefused
from inventory.models import Demand, TransferLine, TransferStatus
from inventory.services.allocation import Claim, allocate
from inventory.services.demands import reduce_demands
from inventory.services.transfers.common import Held, hold_transfers, note, plain, set_status
from inventory.states import TRANSFER

Short = Literal["refuse", "wait", "cut"]


@transaction.atomic(savepoint=False)
def allocate_transfers(
    transfer_ids: Sequence[int], *, company_id: int, actor: Actor, short: Short = "refuse"
) -> list[str]:
    """approved -> allocated: claim every line at the source warehouse; the new status of each, in key order.

    short, where there is less than wanted: refuse the whole call; wait (claim what there is, the transfer stays
    approved and its lines are served when goods come in); cut (bring what there is, give the rest up).

    Raises NotFound, IllegalTransition, TransferRefused (not_enough_stock: context["items"] names each SKU, what is
    wanted and what is there); nothing is written. Statements: 8, 2 more for each transfer.
    """
    held = hold_transfers(transfer_ids, company_id=company_id)
    for one in held:
        check_transition(TRANSFER, "transfer", one.transfer.status, TransferStatus.ALLOCATED)
    claims = [
        Claim(line.demand_id, line.sku_id, one.transfer.source_id, line.to_ship, line.lot_id, line.owner_id)
        for one in held
        for line in one.lines
        if line.demand_id and line.to_ship > 0
    ]
    allocate(claims, company_id=company_id, actor=actor)
    unmet = _unmet(held)
    lacking = [(one, line) for one in held for line in one.lines if unmet.get(line.demand_id or 0, ZERO) > 0]
    if lacking and short == "refuse":
        raise _not_enough(lacking, unmet)
    if lacking and short == "cut":
        _cut(lacking, unmet, company_id, actor)
    for one in held:
        if short == "cut" and not any(line.to_ship for line in one.lines):
            raise _not_enough([(one, line) for line in one.lines], unmet)
        if short == "cut" or not any(unmet.get(line.demand_id or 0, ZERO) for line in one.lines):
            set_status(one.transfer, TransferStatus.ALLOCATED, actor=actor)
    return [one.transfer.status for one in held]


def _unmet(held: Sequence[Held]) -> dict[int, Decimal]:
    demands = [line.demand_id for one in held for line in one.lines if line.demand_id]
    return dict(Demand.objects.filter(pk__in=demands).values_list("pk", "unmet"))


def _cut(
    lacking: Sequence[tuple[Held, TransferLine]], unmet: dict[int, Decimal], company_id: int, actor: Actor
) -> None:
    rest = [(line.demand_id, unmet[line.demand_id]) for _one, line in lacking if line.demand_id]
    reduce_demands(rest, company_id=company_id, actor=actor)
    for one, line in lacking:
        less = unmet[line.demand_id or 0]
        line.cancelled += less
        words = {"sku": line.sku.code, "less": plain(less)}
        note(
            one.transfer,
            "cut",
            actor=actor,
            field=line.sku.code,
            reason=_("%(less)s of %(sku)s are not there.") % words,
        )
    TransferLine.objects.bulk_update([line for _one, line in lacking], ["cancelled"])


def _not_enough(lacking: Sequence[tuple[Held, TransferLine]], unmet: dict[int, Decimal]) -> TransferRefused:
    items = [
        {
            "transfer": one.transfer.number,
            "row": line.position,
            "sku": line.sku.code,
            "wanted": plain(line.quantity - line.shipped),
            "there": plain(line.quantity - line.shipped - unmet.get(line.demand_id or 0, ZERO)),
        }
        for one, line in lacking
    ]
    said = "; ".join(_("%(sku)s: %(wanted)s wanted, %(there)s available") % item for item in items[:5])
    return TransferRefused(
        _("There is not enough at the source warehouse. %(items)s. Bring what there is, or wait for more.")
        % {"items": said},
        code="not_enough_stock",
        items=items,
    )
