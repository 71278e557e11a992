"""Goods that nobody ordered: taken in under their supplier's name, at a cost that is known or given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import Party
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from inventory.models import Location, Sku
from inventory.services import receiving as inventory_receiving
from warehouse.errors import ReceiptRefused
from warehouse.models import Receipt, ReceiptLine, ReceiptStatus
from warehouse.services.floor import plan_put_aways
from warehouse.services.floor.reading import docks_of, lock_warehouse
from warehouse.services.receiving import ReceiptResult


@dataclass(frozen=True, slots=True)
class BlindLine:
    """unit_cost: in the base currency; what the supplier will bill."""

    sku_id: int
    quantity: Decimal
    location_id: int
    unit_cost: Decimal
    lot_id: int | None = None
    serials: tuple[str, ...] = ()


@transaction.atomic(savepoint=False)
def receive_blind(
    lines: Sequence[BlindLine],
    *,
    supplier_id: int,
    warehouse_id: int,
    company_id: int,
    effective_at: datetime,
    actor: Actor,
    reference: str = "",
    note: str = "",
    device: str = "",
) -> ReceiptResult:
    """Book goods in that came without an order: stock rises at the given cost, and it stands as received, not invoiced.

    Who waits for them claims them; from a dock they get put-away tasks. The same delivery note of the same supplier
    again is `already`. Raises ReceiptRefused naming the lines that cannot be; nothing is written then.
    Statements: 6 and inventory's, and those of the plan.
    """
    lock_warehouse(warehouse_id)
    if reference:
        known = Receipt.objects.filter(
            company_id=company_id, supplier_id=supplier_id, is_blind=True, reference=reference
        ).first()
        if known is not None:
            return ReceiptResult(
                known.pk, "already", tuple(known.lines.order_by("id").values_list("move_id", flat=True))
            )
    _check(lines, supplier_id, warehouse_id, company_id)
    receipt = Receipt.objects.create(
        company_id=company_id, warehouse_id=warehouse_id, supplier_id=supplier_id, is_blind=True,
        status=ReceiptStatus.RECEIVED, reference=reference[:60], note=note.strip()[:500], received_by_id=actor.user_id,
        device=device, arrived_at=effective_at, started_at=effective_at, finished_at=effective_at,
    )  # fmt: skip
    received = inventory_receiving.receive(
        [
            inventory_receiving.ReceiptLine(
                line.sku_id, line.quantity, line.location_id, unit_cost=line.unit_cost, lot_id=line.lot_id,
                serials=line.serials, supplier_id=supplier_id,
            )
            for line in lines
        ],
        company_id=company_id, effective_at=effective_at, source_type="warehouse.receipt", source_id=receipt.pk,
        source_key=f"receipt:{receipt.pk}", actor=actor,
    )  # fmt: skip
    ReceiptLine.objects.bulk_create(
        ReceiptLine(
            receipt=receipt, sku_id=line.sku_id, lot_id=line.lot_id, location_id=place, quantity=line.quantity,
            move_id=move.move_id,
        )
        for line, move, place in zip(lines, received.moves, received.places, strict=True)
    )  # fmt: skip
    record(
        [Change("warehouse.receipt", receipt.pk, "received", "blind", reason=note[:300], company_id=company_id)],
        actor=actor,
    )
    if docks_of({line.location_id for line in lines}, company_id):
        plan_put_aways(warehouse_id, company_id=company_id, actor=actor, receipt_ids=[receipt.pk], device=device)
    return ReceiptResult(
        receipt.pk,
        "received",
        tuple(move.move_id for move in received.moves),
        tuple(claim.demand_id for claim in received.claims if claim.claimed),
    )


def _check(lines: Sequence[BlindLine], supplier_id: int, warehouse_id: int, company_id: int) -> None:
    if not lines:
        raise ReceiptRefused(_("A delivery needs a line."), lines=[])
    if not Party.objects.filter(pk=supplier_id, company_id=company_id, is_supplier=True).exists():
        raise ReceiptRefused(_("Name the supplier who brought it."), code="unknown_supplier")
    skus = set(
        Sku.objects.filter(pk__in={line.sku_id for line in lines}, company_id=company_id).values_list("pk", flat=True)
    )
    places = set(
        Location.objects.filter(
            pk__in={line.location_id for line in lines}, warehouse_id=warehouse_id, company_id=company_id,
            kind__in=("bin", "dock", "quarantine"), is_active=True, blocked_at=None,
        ).values_list("pk", flat=True)
    )  # fmt: skip
    wrong = []
    for row, line in enumerate(lines, 1):
        code = (
            "unknown_sku" if line.sku_id not in skus
            else "unknown_place" if line.location_id not in places
            else "quantity_not_positive" if line.quantity <= 0
            else "cost_negative" if line.unit_cost < 0
            else ""
        )  # fmt: skip
        if code:
            wrong.append({"row": row, "code": code})
    if wrong:
        raise ReceiptRefused(_("Line %(row)s of the delivery cannot be booked: %(code)s.") % wrong[0], lines=wrong)
