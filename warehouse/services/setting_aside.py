"""What came damaged, or is to be looked at: put where nobody sells it, and told to whoever talks to the supplier."""

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from inventory.models import Location
from inventory.services import ensure_places
from warehouse.errors import ReceiptRefused
from warehouse.models import ProblemKind
from warehouse.services.problems import ProblemInput, report_problems
from warehouse.services.receiving import BlindLine, DeliveredLine, ReceiptResult
from warehouse.services.tracked import Line

ASIDE = ("damaged", "quarantine")


def set_aside(lines: Sequence[Line], *, warehouse_id: int | None, company_id: int) -> list[Line]:
    """The lines with the places where set-aside goods go; without a warehouse as they are. Statements: 0 to 7.

    Raises ReceiptRefused (unknown_condition).
    """
    wanted = {line.condition for line in lines if line.condition}
    if unknown := wanted - set(ASIDE):
        raise ReceiptRefused(
            _("“%(condition)s” is no condition of goods: damaged or quarantine.") % {"condition": min(unknown)[:30]},
            code="unknown_condition",
        )
    if warehouse_id is None or not wanted:
        return list(lines)
    places = {
        kind: ensure_places([warehouse_id], kind=kind, company_id=company_id)[warehouse_id] for kind in sorted(wanted)
    }
    given = dict(Location.objects.filter(pk__in={line.location_id for line in lines}).values_list("pk", "kind"))
    return [
        replace(line, location_id=places[line.condition])
        if line.condition and given.get(line.location_id) != line.condition
        else line
        for line in lines
    ]


def told(
    receipt: ReceiptResult,
    lines: Sequence[DeliveredLine | BlindLine],
    skus: Sequence[int],
    *,
    company_id: int,
    actor: Actor,
    device: str = "",
) -> ReceiptResult:
    """The receipt with the problems of its set-aside lines, told in their order. skus: of each line. Statements: 0 or 3."""
    aside = [
        (line, sku_id)
        for line, sku_id in zip(lines, skus, strict=True)
        if line.condition == "damaged" or (line.condition and line.note.strip())
    ]
    if not aside:
        return receipt
    made = report_problems(
        [
            ProblemInput(
                ProblemKind.DAMAGED if line.condition == "damaged" else ProblemKind.OTHER,
                receipt_id=receipt.receipt_id,
                line_id=line.po_line_id if isinstance(line, DeliveredLine) else None,
                sku_id=sku_id,
                lot_id=line.lot_id,
                quantity=line.quantity,
                note=line.note,
            )
            for line, sku_id in aside
        ],
        company_id=company_id,
        actor=actor,
        device=device,
    )
    return replace(receipt, problem_ids=(*(problem.pk for problem in made), *receipt.problem_ids))
