"""Goods that are looked at before they can be sold."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, NamedTuple, Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows, prepared_cursor
from inventory.errors import InspectionRefused, NotFound
from inventory.models import Inspection, InspectionMode, Location, Verdict
from inventory.selectors.places import counterpart
from inventory.services.arrivals import lock_lacking, serve_lacking
from inventory.services.checking import SELLABLE
from inventory.services.moves import post_moves
from inventory.services.requests import MoveRequest
from inventory.services.setup import ensure_places

# The most particular rule: SKU before category before supplier.
_RULES = """
SELECT w.n - 1, r.mode, r.sample_percent, r.note, (
    SELECT min(q.id) FROM inventory_location q
    WHERE q.warehouse_id = l.warehouse_id AND q.kind = 'quarantine' AND q.is_active)
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) WITH ORDINALITY w (sku, place, supplier, n)
JOIN inventory_location l ON l.id = w.place AND l.kind IN ('bin', 'dock', 'staging', 'tote')
JOIN inventory_sku s ON s.id = w.sku
JOIN inventory_product p ON p.id = s.product_id
CROSS JOIN LATERAL (
    SELECT * FROM inventory_inspectionrule r
    WHERE r.company_id = %s AND (r.sku_id IS NULL OR r.sku_id = s.id)
        AND (r.category_id IS NULL OR r.category_id = p.category_id)
        AND (r.supplier_id IS NULL OR r.supplier_id = w.supplier)
    ORDER BY r.sku_id IS NULL, r.category_id IS NULL, r.supplier_id IS NULL LIMIT 1
) r
"""
_INSPECTION = {
    "company_id": "bigint",
    "warehouse_id": "bigint",
    "sku_id": "bigint",
    "lot_id": "bigint",
    "owner_id": "bigint",
    "supplier_id": "bigint",
    "location_id": "bigint",
    "target_id": "bigint",
    "move_id": "bigint",
    "quantity": "numeric",
    "sample": "numeric",
    "source_type": "text",
    "source_id": "bigint",
    "note": "text",
}
_RESULT = {
    "company_id": "bigint",
    "inspection_id": "bigint",
    "verdict": "text",
    "quantity": "numeric",
    "reason": "text",
    "note": "text",
    "move_id": "bigint",
    "actor_id": "bigint",
    "actor_label": "text",
}


class Hold(NamedTuple):
    """What a rule wants of arriving goods, and where they wait."""

    place_id: int
    sample_percent: Decimal | None
    note: str


class Arrived(Protocol):
    @property
    def sku_id(self) -> int: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def location_id(self) -> int: ...
    @property
    def lot_id(self) -> int | None: ...
    @property
    def owner_id(self) -> int | None: ...


class Held(NamedTuple):
    """A line that was put in quarantine by a move."""

    line: Arrived
    hold: Hold
    move_id: int
    supplier_id: int | None
    source: tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was found of a part. reason: needed of what fails. location_id: of what passes, if not its first place."""

    verdict: str
    quantity: Decimal
    reason: str = ""
    note: str = ""
    location_id: int | None = None
    serials: tuple[str, ...] = ()


def find_held(lines: Sequence[tuple[int, int, int | None]], company_id: int) -> list[Hold | None]:
    """For each (SKU, place, supplier) whether it is to be inspected and where it waits. Statements: 1.

    Raises InspectionRefused (no_quarantine) if the warehouse has no active quarantine.
    """
    found: list[Hold | None] = [None] * len(lines)
    with prepared_cursor() as cursor:
        cursor.execute(_RULES, [*map(list, zip(*lines, strict=True)), company_id])
        for index, mode, percent, note, place_id in cursor.fetchall():
            if mode == InspectionMode.NEVER:
                continue
            if place_id is None:
                raise InspectionRefused(
                    _("The goods are to be inspected, but the warehouse has no active quarantine."),
                    code="no_quarantine",
                )
            found[index] = Hold(place_id, percent if mode == InspectionMode.SAMPLE else None, note)
    return found


def open_inspections(held: Sequence[Held], *, company_id: int) -> list[int]:
    """Inspections of what was put in quarantine, in order. Statements: 2, or 0 with none."""
    if not held:
        return []
    warehouses = dict(
        Location.objects.filter(pk__in={item.hold.place_id for item in held}).values_list("pk", "warehouse_id")
    )
    rows = [
        (
            company_id,
            warehouses[item.hold.place_id],
            item.line.sku_id,
            item.line.lot_id,
            item.line.owner_id,
            item.supplier_id,
            item.hold.place_id,
            item.line.location_id,
            item.move_id,
            item.line.quantity,
            _sample(item.line.quantity, item.hold.sample_percent),
            *item.source,
            item.hold.note,
        )
        for item in held
    ]
    return [pk for (pk,) in insert_rows("inventory_inspection", _INSPECTION, rows, suffix="RETURNING id")]


def _sample(quantity: Decimal, percent: Decimal | None) -> Decimal:
    """So many are looked at: whole units, one at least."""
    if percent is None:
        return quantity
    return min(quantity, (quantity * percent / 100).to_integral_value(ROUND_CEILING) or Decimal(1))


@transaction.atomic(savepoint=False)
def decide_inspection(
    decisions: Sequence[Decision],
    *,
    inspection_id: int,
    company_id: int,
    effective_at: datetime.datetime,
    actor: Actor,
) -> Inspection:
    """Say what was found, in parts or all at once: what passes can be sold and goes to those who wait for it, what
    fails goes to the damaged goods or back to its supplier.

    Raises InspectionRefused (no_decisions, unknown_verdict, quantity_not_positive, more_than_open, reason_needed,
    wrong_place), NotFound and StockRefused (not_enough_stock: somebody took the goods away); nothing is written
    then. Statements: about 20, whatever the number of decisions.
    """
    locked = Inspection.objects.select_for_update(of=("self",), no_key=True)
    inspection = locked.filter(company_id=company_id, pk=inspection_id).first()
    if inspection is None:
        raise NotFound(_("There is no such inspection."), inspection_id=inspection_id)
    places = _check(inspection, decisions)
    goods = [
        (inspection.sku_id, decision.quantity, inspection.owner_id, place)
        for decision, place in zip(decisions, places, strict=True)
        if decision.verdict == Verdict.PASS
    ]
    targets = Location.objects.filter(company_id=company_id).in_bulk({place for *_goods, place in goods})
    waiting = lock_lacking(goods, places=targets, company_id=company_id)
    moves = post_moves(
        [
            MoveRequest(
                sku_id=inspection.sku_id,
                quantity=decision.quantity,
                from_location_id=inspection.location_id,
                to_location_id=place,
                effective_at=effective_at,
                source_type="inventory.inspection",
                source_id=inspection.pk,
                lot_id=inspection.lot_id,
                owner_id=inspection.owner_id,
                reason=f"inspection_{decision.verdict}",
                serials=decision.serials,
            )
            for decision, place in zip(decisions, places, strict=True)
        ],
        company_id=company_id,
        actor=actor,
    )
    insert_rows(
        "inventory_inspectionresult",
        _RESULT,
        [
            (
                company_id,
                inspection.pk,
                decision.verdict,
                decision.quantity,
                decision.reason[:120],
                decision.note,
                move.move_id,
                actor.user_id,
                actor.label,
            )
            for decision, move in zip(decisions, moves, strict=True)
        ],
    )
    serve_lacking(waiting, company_id=company_id, actor=actor)
    inspection.refresh_from_db()
    return inspection


def _check(inspection: Inspection, decisions: Sequence[Decision]) -> list[int]:
    """Where each part goes. Raises InspectionRefused naming the first decision that is wrong."""
    left = inspection.left
    if not decisions:
        raise InspectionRefused(_("Say what was found: a quantity that passed or failed."), code="no_decisions")
    asked = Decimal(0)
    for row, decision in enumerate(decisions, 1):
        asked += decision.quantity
        words: dict[str, Any] = {"row": row, "number": inspection.number, "left": f"{left.normalize():f}"}
        if decision.verdict not in Verdict.values:
            code, detail = "unknown_verdict", _("Row %(row)s: say whether it passed or failed.")
        elif decision.quantity <= 0:
            code, detail = "quantity_not_positive", _("Row %(row)s: the quantity must be above zero.")
        elif asked > left:
            code, detail = "more_than_open", _("Row %(row)s: only %(left)s of %(number)s are still to be decided.")
        elif decision.verdict != Verdict.PASS and not decision.reason.strip():
            code, detail = "reason_needed", _("Row %(row)s: say why it failed.")
        else:
            continue
        raise InspectionRefused(detail % words, code=code, **words)
    return _targets(inspection, decisions)


def _targets(inspection: Inspection, decisions: Sequence[Decision]) -> list[int]:
    verdicts = {decision.verdict for decision in decisions}
    failed = {}
    if Verdict.DAMAGED in verdicts:
        (damaged,) = ensure_places([inspection.warehouse_id], kind="damaged", company_id=inspection.company_id).values()
        failed[Verdict.DAMAGED.value] = damaged
    if Verdict.RETURN in verdicts:
        failed[Verdict.RETURN.value] = counterpart(inspection.company_id, "supplier")
    wanted = {d.location_id or inspection.target_id for d in decisions if d.verdict == Verdict.PASS}
    places = Location.objects.filter(warehouse=inspection.warehouse_id, kind__in=SELLABLE, is_active=True)
    if wanted and set(places.filter(pk__in=wanted).values_list("pk", flat=True)) != wanted:
        raise InspectionRefused(
            _("What passes goes to an active bin, dock or staging place of the same warehouse."), code="wrong_place"
        )
    return [failed.get(d.verdict) or d.location_id or inspection.target_id for d in decisions]
