"""What every step of a transfer shares: its lock, its status, and what it tells the world."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO
from backoffice.core.outbox import Event, publish
from backoffice.core.states import check_transition
from inventory.errors import NotFound, TransferRefused
from inventory.models import Transfer, TransferLine, TransferStatus
from inventory.states import TRANSFER

OBJECT = "inventory.transfer"
LINE = "inventory.transferline"


@dataclass(slots=True)
class Held:
    """A locked transfer with its lines, in their order."""

    transfer: Transfer
    lines: list[TransferLine]

    def line(self, line_id: int) -> TransferLine:
        """Raises TransferRefused (unknown_line)."""
        for line in self.lines:
            if line.pk == line_id:
                return line
        raise TransferRefused(
            _("%(transfer)s has no line %(id)s.") % {"transfer": self.transfer.number, "id": line_id},
            code="unknown_line",
            line_id=line_id,
        )


def hold_transfers(transfer_ids: Sequence[int], *, company_id: int) -> list[Held]:
    """Lock transfers and read their lines, each in key order. Raises NotFound. Statements: 2."""
    locked = Transfer.objects.select_for_update(of=("self",), no_key=True)
    found = {row.pk: row for row in locked.filter(company_id=company_id, pk__in=set(transfer_ids)).order_by("pk")}
    for pk in transfer_ids:
        if pk not in found:
            raise NotFound(_("There is no such transfer."), transfer_id=pk)
    held = {pk: Held(transfer, []) for pk, transfer in found.items()}
    lines = TransferLine.objects.filter(transfer_id__in=list(found)).select_related("sku", "lot")
    for line in lines.order_by("transfer_id", "position"):
        held[line.transfer_id].lines.append(line)
    return [held[pk] for pk in sorted(held)]


def hold_transfer(transfer_id: int, *, company_id: int) -> Held:
    """Raises NotFound. Statements: 2."""
    return hold_transfers([transfer_id], company_id=company_id)[0]


def status_of(lines: Iterable[TransferLine]) -> str:
    """What a transfer of which goods have left is: computed from its lines."""
    rows = list(lines)
    waiting, moving = sum(line.to_ship for line in rows), sum(line.in_transit for line in rows)
    received, settled = sum(line.received for line in rows), sum(line.settled for line in rows)
    if waiting > 0:
        return TransferStatus.PARTLY_SHIPPED
    if moving > 0:
        return TransferStatus.PARTLY_RECEIVED if received + settled > 0 else TransferStatus.SHIPPED
    return TransferStatus.CLOSED if settled > 0 else TransferStatus.RECEIVED


def set_status(transfer: Transfer, status: str, *, actor: Actor, reason: str = "") -> None:
    """Raises IllegalTransition. Nothing is written if it has that status. Statements: 2."""
    if transfer.status == status:
        return
    check_transition(TRANSFER, "transfer", transfer.status, status)
    old, transfer.status = transfer.status, status
    transfer.save(update_fields=["status"])
    note(transfer, "status", old=old, new=status, field="status", actor=actor, reason=reason)


def note(
    transfer: Transfer, action: str, *, actor: Actor, field: str = "", old: str = "", new: str = "", reason: str = ""
) -> None:
    """A row of the transfer's trail."""
    change = audit.Change(
        OBJECT, transfer.pk, action, field=field, old=old, new=new, reason=reason, company_id=transfer.company_id
    )
    audit.record([change], actor=actor)


def publish_incoming(transfer: Transfer, lines: Iterable[TransferLine], *, what: str) -> None:
    """Say that what is on its way to a warehouse changed: promises made from it may move. Topic InboundChanged."""
    skus = sorted({line.sku_id for line in lines if line.owner_id is None})
    if skus:
        payload = {"purchase_order_id": None, "what": f"{transfer.number}: {what}", "sku_ids": skus}
        publish([Event("InboundChanged", f"transfer:{transfer.pk}", payload, transfer.company_id)])


def positive(quantity: Decimal, line: TransferLine) -> Decimal:
    """Raises TransferRefused (bad_quantity) for a quantity that is not above zero."""
    if not quantity > ZERO:
        raise TransferRefused(
            _("%(sku)s: give a quantity above zero.") % {"sku": line.sku.code},
            code="bad_quantity",
            row=line.position,
            sku=line.sku.code,
        )
    return quantity


def plain(quantity: Decimal) -> str:
    """A quantity for a sentence."""
    return f"{quantity.normalize():f}"
