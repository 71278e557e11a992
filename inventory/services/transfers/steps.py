"""The steps of a transfer that move nothing: approved, called off, closed, expected on another day."""

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from inventory.errors import TransferRefused
from inventory.models import DemandKind, Transfer, TransferLine, TransferStatus
from inventory.services.demands import DemandRequest, create_demands, reduce_demands
from inventory.services.transfers.common import (
    LINE,
    hold_transfer,
    hold_transfers,
    note,
    publish_incoming,
    set_status,
)
from inventory.states import TRANSFER


@transaction.atomic(savepoint=False)
def approve_transfers(transfer_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str = "") -> None:
    """draft -> approved: from now on the goods are wanted at the source warehouse, in turn with customers' orders.

    Raises NotFound, IllegalTransition; nothing is written. Statements: 4, 2 more for each transfer.
    """
    held = hold_transfers(transfer_ids, company_id=company_id)
    for one in held:
        set_status(one.transfer, TransferStatus.APPROVED, actor=actor, reason=reason)
    rows = [(one.transfer, line) for one in held for line in one.lines]
    demands = create_demands(
        [
            DemandRequest(
                sku_id=line.sku_id,
                quantity=line.quantity,
                kind=DemandKind.TRANSFER,
                source_type=LINE,
                source_id=line.pk,
                wanted_at=timezone.now(),
                priority=transfer.priority,
                promise_date=transfer.expected_date,
                warehouse_id=transfer.source_id,
                owner_id=line.owner_id,
            )
            for transfer, line in rows
        ],
        company_id=company_id,
    )
    for (_transfer, line), demand_id in zip(rows, demands, strict=True):
        line.demand_id = demand_id
    TransferLine.objects.bulk_update([line for _transfer, line in rows], ["demand"])


@transaction.atomic(savepoint=False)
def cancel_transfers(transfer_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> None:
    """Call transfers off of which nothing has left; their claims go to those who wait.

    Raises NotFound, IllegalTransition (goods have left), TransferRefused (no_reason); nothing is written.
    """
    if not reason.strip():
        raise TransferRefused(_("Say why: the reason is kept with the change."), code="no_reason")
    held = hold_transfers(transfer_ids, company_id=company_id)
    for one in held:
        set_status(one.transfer, TransferStatus.CANCELLED, actor=actor, reason=reason)
    lines = [line for one in held for line in one.lines]
    wanted = [(line.demand_id, line.to_ship) for line in lines if line.demand_id and line.to_ship > 0]
    reduce_demands(wanted, company_id=company_id, actor=actor)
    for line in lines:
        line.cancelled += line.to_ship
    TransferLine.objects.bulk_update(lines, ["cancelled"])


@transaction.atomic(savepoint=False)
def close_transfers(transfer_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str = "") -> None:
    """received -> closed. What is still in transit is settled first (settle_transfer closes the transfer itself).

    Raises NotFound, IllegalTransition, TransferRefused (in_transit); nothing is written.
    """
    for one in hold_transfers(transfer_ids, company_id=company_id):
        moving = [line for line in one.lines if line.in_transit > 0]
        if moving:
            raise TransferRefused(
                _("%(transfer)s: %(sku)s is still in transit. Receive it, or say what became of it.")
                % {"transfer": one.transfer.number, "sku": ", ".join(line.sku.code for line in moving)},
                code="in_transit",
                transfer_id=one.transfer.pk,
            )
        set_status(one.transfer, TransferStatus.CLOSED, actor=actor, reason=reason)


@transaction.atomic(savepoint=False)
def set_transfer_date(
    transfer_id: int, *, company_id: int, date: datetime.date | None, actor: Actor, reason: str = ""
) -> Transfer:
    """Say when a transfer arrives; promises made from it are counted again (topic InboundChanged).

    Raises NotFound, TransferRefused (ended); nothing is written. Statements: 5.
    """
    held = hold_transfer(transfer_id, company_id=company_id)
    transfer = held.transfer
    if not TRANSFER[transfer.status] or transfer.status == TransferStatus.RECEIVED:
        raise TransferRefused(
            _("%(transfer)s is %(status)s: nothing more is expected of it.")
            % {"transfer": transfer.number, "status": transfer.get_status_display()},
            code="ended",
        )
    old, transfer.expected_date = transfer.expected_date, date
    transfer.save(update_fields=["expected_date"])
    words = ["" if day is None else str(day) for day in (old, date)]
    note(transfer, "changed", field="expected_date", old=words[0], new=words[1], actor=actor, reason=reason)
    publish_incoming(transfer, held.lines, what="expected")
    return transfer
