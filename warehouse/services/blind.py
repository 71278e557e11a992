"""Goods that nobody ordered: taken in under their supplier's name, at a cost that is known or given."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import Party
from accounting.selectors import books_of
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from inventory.models import Location, Sku
from inventory.selectors import offers_of, unit_costs
from inventory.selectors.stock import last_costs
from inventory.services import receiving as inventory_receiving
from inventory.states import RECEIVABLE_SKUS
from warehouse.errors import ReceiptRefused
from warehouse.models import Receipt, ReceiptLine, ReceiptStatus
from warehouse.services.floor import plan_put_aways
from warehouse.services.floor.reading import docks_of, lock_warehouse
from warehouse.services.receiving import BlindLine, ReceiptResult
from warehouse.services.setting_aside import set_aside, told
from warehouse.services.tracked import with_lots


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
    """Book goods in that came without an order: stock rises at their cost, and it stands as received, not invoiced.

    A cost that nobody gave is what the supplier's list asks, else what the SKU costs on average, else what it cost
    last. Who waits for the goods claims them; from a dock they get put-away tasks. Lots named by code are made; what is
    damaged or to be looked at is set aside and told as a problem of the receipt. The same delivery note of the same
    supplier again is `already`.

    Raises ReceiptRefused naming the lines that cannot be (an unknown or inactive SKU, a place that takes none, no
    known cost) and InvalidInput for a lot, date or serial number that is wrong; nothing is written then.
    Statements: 7 and inventory's, and those of the plan; up to 4 more for costs, 8 where goods are tracked, 10 where
    some is set aside.
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
    skus = [line.sku_id for line in lines]
    lines = set_aside(lines, warehouse_id=warehouse_id, company_id=company_id)
    lines = with_lots(lines, skus=skus, company_id=company_id, effective_at=effective_at)
    lines = _costed(lines, supplier_id, company_id, effective_at)
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
    result = ReceiptResult(
        receipt.pk,
        "received",
        tuple(move.move_id for move in received.moves),
        tuple(claim.demand_id for claim in received.claims if claim.claimed),
    )
    return told(result, lines, skus, company_id=company_id, actor=actor, device=device)


def _costed(lines: Sequence[BlindLine], supplier_id: int, company_id: int, at: datetime) -> list[BlindLine]:
    """The lines with a cost each. Raises ReceiptRefused (no_cost). Statements: 0 to 4."""
    wanted = [(line.sku_id, line.quantity) for line in lines if line.unit_cost is None]
    if not wanted:
        return list(lines)
    skus, day = sorted({sku_id for sku_id, _quantity in wanted}), books_of(company_id).local_date(at)
    offers = offers_of(supplier_id, wanted, company_id=company_id, on=day)
    asked = {sku_id: offer.base_price for sku_id, offer in offers.items() if offer.base_price is not None}
    known: dict[int, Decimal] = last_costs(company_id, skus) | unit_costs(company_id, skus) | asked
    if lacking := [sku_id for sku_id in skus if sku_id not in known]:
        codes = ", ".join(Sku.objects.filter(pk__in=lacking).order_by("code").values_list("code", flat=True)[:5])
        raise ReceiptRefused(
            _(
                "Nobody knows what %(skus)s costs: enter the supplier's price, or receive it in the office with its cost."
            )
            % {"skus": codes},
            code="no_cost",
        )
    return [replace(line, unit_cost=known[line.sku_id]) if line.unit_cost is None else line for line in lines]


def _check(lines: Sequence[BlindLine], supplier_id: int, warehouse_id: int, company_id: int) -> None:
    if not lines:
        raise ReceiptRefused(_("A delivery needs a line."), lines=[])
    if not Party.objects.filter(pk=supplier_id, company_id=company_id, is_supplier=True).exists():
        raise ReceiptRefused(_("Name the supplier who brought it."), code="unknown_supplier")
    skus = {sku.pk: sku for sku in Sku.objects.filter(pk__in={line.sku_id for line in lines}, company_id=company_id)}
    closed = next((sku for sku in skus.values() if sku.status not in RECEIVABLE_SKUS), None)
    if closed is not None:
        raise ReceiptRefused(
            _("%(sku)s is not taken in, its status is “%(status)s”: put it aside and ask your lead.")
            % {"sku": closed.code, "status": closed.get_status_display()},
            code="inactive_sku",
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
            else "cost_negative" if line.unit_cost is not None and line.unit_cost < 0
            else ""
        )  # fmt: skip
        if code:
            wrong.append({"row": row, "code": code})
    if wrong:
        raise ReceiptRefused(_("Line %(row)s of the delivery cannot be booked: %(code)s.") % wrong[0], lines=wrong)
