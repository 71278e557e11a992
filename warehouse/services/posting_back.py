"""A receipt posted back: its goods return to the supplier as they came, while they are all still here."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.states import check_transition
from inventory.errors import PurchaseRefused
from inventory.models import SupplierReturn
from inventory.services import (
    SupplierReturnInput,
    approve_supplier_return,
    create_supplier_return,
    ship_supplier_return,
)
from warehouse.errors import NotFound, ReceiptRefused
from warehouse.models import FLOOR_OPEN, FloorTask, Receipt, ReceiptLine, ReceiptStatus
from warehouse.services.floor import cancel_tasks
from warehouse.states import RECEIPT


@dataclass(frozen=True, slots=True)
class PostedBack:
    receipt_id: int
    supplier_return: SupplierReturn


@transaction.atomic(savepoint=False)
def post_back(receipt_id: int, *, company_id: int, at: datetime, actor: Actor, reason: str) -> PostedBack:
    """All that a receipt brought goes back to its supplier: a shipped supplier return at the prices it came at, so
    that nothing is owed for it. Its put-away tasks are given up.

    Raises NotFound, IllegalTransition, ReceiptRefused (of_a_return; no_reason; set_aside: some of it lies in quarantine or
    damaged; not_there: some of it was sold, claimed or moved into a pallet: make a supplier return for what is left);
    nothing is written then. Statements: about 75, whatever the number of lines.
    """
    receipt = (
        Receipt.objects.select_for_update(of=("self",), no_key=True)
        .select_related("purchase_order")
        .filter(pk=receipt_id, company_id=company_id)
        .first()
    )
    if receipt is None:
        raise NotFound(_("There is no such receipt."), receipt_id=receipt_id)
    check_transition(RECEIPT, "receipt", receipt.status, ReceiptStatus.POSTED_BACK)
    supplier_id = receipt.purchase_order.supplier_id if receipt.purchase_order else receipt.supplier_id
    if supplier_id is None:
        raise ReceiptRefused(_("A customer's return is not posted back: sell or scrap its goods."), code="of_a_return")
    if not reason.strip():
        raise ReceiptRefused(_("Say why the goods go back."), code="no_reason")
    lines = list(ReceiptLine.objects.filter(receipt=receipt).select_related("sku", "location", "move").order_by("pk"))
    if any(line.location.kind in ("quarantine", "damaged", "refurbish") for line in lines):
        raise ReceiptRefused(
            _("Some of it was set aside: settle that first, then make a supplier return for the rest."),
            code="set_aside",
        )
    tasks = FloorTask.objects.filter(source_type="warehouse.receipt", source_id=receipt.pk)
    places = _places(lines, list(tasks.values_list("to_location_id", flat=True)))
    old = receipt.status
    cancel_tasks(
        list(tasks.filter(status__in=FLOOR_OPEN).values_list("pk", flat=True)),
        company_id=company_id,
        actor=actor,
        reason=reason,
    )
    try:
        sent = _send(receipt, supplier_id, lines, places, at, actor, reason)
    except PurchaseRefused as refusal:
        if refusal.context.get("code") != "not_there":
            raise
        raise ReceiptRefused(
            _("Not all of it is still here and free: make a supplier return for what is left."), code="not_there"
        ) from refusal
    Receipt.objects.filter(pk=receipt.pk).update(status=ReceiptStatus.POSTED_BACK)
    change = Change("warehouse.receipt", receipt.pk, "status", "status", old, "posted_back", reason[:300], company_id)
    record([change], actor=actor)
    return PostedBack(receipt.pk, sent)


def _send(
    receipt: Receipt,
    supplier_id: int,
    lines: Sequence[ReceiptLine],
    places: set[int],
    at: datetime,
    actor: Actor,
    reason: str,
) -> SupplierReturn:
    company_id = receipt.company_id
    made = create_supplier_return(
        [
            SupplierReturnInput(
                line.sku_id,
                line.quantity,
                line.purchase_order_line_id,
                None if line.purchase_order_line_id else line.move.value / line.quantity,
                line.lot_id,
            )
            for line in lines
        ],
        company_id=company_id,
        supplier_id=supplier_id,
        warehouse_id=receipt.warehouse_id,
        actor=actor,
        reason=reason,
        reference=receipt.reference,
    )
    approve_supplier_return(made.pk, company_id=company_id, actor=actor, wanted_at=at, reason=reason)
    return ship_supplier_return(
        made.pk, company_id=company_id, effective_at=at, actor=actor, reason=reason, from_places=places
    )


_THERE = """
SELECT sku_id, lot_id, sum(quantity - claimed) FROM inventory_stockquant
WHERE location_id = ANY(%s) AND sku_id = ANY(%s) AND owner_id IS NULL GROUP BY 1, 2
"""


def _places(lines: Sequence[ReceiptLine], put_into: Sequence[int | None]) -> set[int]:
    """Where it was received and put away. Raises ReceiptRefused (not_there) if less lies free there. Statements: 1."""
    places = {line.location_id for line in lines} | {place for place in put_into if place is not None}
    wanted: dict[tuple[int, int | None], Decimal] = defaultdict(Decimal)
    for line in lines:
        wanted[line.sku_id, line.lot_id] += line.quantity
    with connection.cursor() as cursor:
        cursor.execute(_THERE, [list(places), [line.sku_id for line in lines]])
        there = {(sku, lot): quantity for sku, lot, quantity in cursor.fetchall()}
    codes = {line.sku_id: line.sku.code for line in lines}
    for key, quantity in wanted.items():
        if there.get(key, Decimal(0)) < quantity:
            raise ReceiptRefused(
                _("%(sku)s is not all where it was put: make a supplier return for what is left.")
                % {"sku": codes[key[0]]},
                code="not_there",
            )
    return places
