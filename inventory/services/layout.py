"""Bins in bulk: made from a pattern, blocked and freed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from backoffice.core.errors import InvalidInput
from inventory.models import BinType, Location, LocationKind, StorageClass, Warehouse, Zone
from inventory.patterns import NamedBin, expand, walk

STEP = 10  # of the pick sequence, so that a bin fits between two
MAX_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class BinPlan:
    """Bins to be made from a pattern. sequence_from: of the first; None: after the last there is."""

    pattern: str
    zone_id: int | None = None
    bin_type_id: int | None = None
    storage_class_id: int | None = None
    is_pick_face: bool = False
    sequence_from: int | None = None
    serpentine: bool = False


@dataclass(frozen=True, slots=True)
class PlannedBin:
    """state: new, or already (a place of that code is there and stays as it is)."""

    bin: NamedBin
    pick_sequence: int
    state: str


@dataclass(frozen=True, slots=True)
class BlockResult:
    """state: blocked, freed, already, or unknown."""

    location_id: int
    state: str


def plan_bins(plan: BinPlan, *, warehouse: Warehouse) -> list[PlannedBin]:
    """What a pattern would make, in walking order; nothing is written. Statements: 2. Raises InvalidInput."""
    bins = walk(expand(plan.pattern), serpentine=plan.serpentine)
    _check_parts(plan, warehouse)
    there = _codes_there(warehouse.pk, [found.code for found in bins])
    start = plan.sequence_from
    if start is None:
        last = Location.objects.filter(warehouse=warehouse, kind=LocationKind.BIN).aggregate(n=Max("pick_sequence"))
        start = (last["n"] or 0) + STEP
    if start < 0 or start + STEP * len(bins) > 2**31 - 1:
        raise InvalidInput(_("The pick sequence is a whole number from 0 up."), errors=[{"field": "sequence_from"}])
    return [
        PlannedBin(found, start + STEP * number, "already" if found.code.upper() in there else "new")
        for number, found in enumerate(bins)
    ]


@transaction.atomic(savepoint=False)
def make_bins(plan: BinPlan, *, warehouse: Warehouse, actor: Actor) -> list[PlannedBin]:
    """Make what plan_bins shows; places that are there already stay as they are. Statements: 5, however many bins.

    Raises InvalidInput (the pattern, or a zone, type or class of another warehouse); nothing is written then.
    """
    planned = plan_bins(plan, warehouse=warehouse)
    fresh = [row for row in planned if row.state == "new"]
    rows = [
        (
            warehouse.company_id, warehouse.pk, "bin", row.bin.code, "", row.pick_sequence, True, plan.zone_id,
            row.bin.aisle, row.bin.rack, row.bin.level, row.bin.position, plan.bin_type_id, plan.storage_class_id,
            plan.is_pick_face,
        )
        for row in fresh
    ]  # fmt: skip
    made = insert_rows("inventory_location", _COLUMNS, rows, suffix="ON CONFLICT DO NOTHING RETURNING id, code")
    ids = {code: pk for pk, code in made}
    audit.record(
        [
            audit.Change(
                "inventory.location", pk, "created", new=code, reason=plan.pattern, company_id=warehouse.company_id
            )
            for code, pk in ids.items()
        ],
        actor=actor,
    )
    return [
        row if row.state == "already" or row.bin.code in ids else PlannedBin(row.bin, row.pick_sequence, "already")
        for row in planned
    ]


_COLUMNS = {
    "company_id": "bigint", "warehouse_id": "bigint", "kind": "text", "code": "text", "name": "text",
    "pick_sequence": "integer", "is_active": "boolean", "zone_id": "bigint", "aisle": "text", "rack": "text",
    "level": "text", "position": "text", "bin_type_id": "bigint", "storage_class_id": "bigint",
    "is_pick_face": "boolean",
}  # fmt: skip


def _codes_there(warehouse_id: int, codes: Sequence[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT upper(code) FROM inventory_location WHERE warehouse_id = %s AND upper(code) = ANY(%s)",
            [warehouse_id, [code.upper() for code in codes]],
        )
        return {code for (code,) in cursor.fetchall()}


def _check_parts(plan: BinPlan, warehouse: Warehouse) -> None:
    """That zone, type and class are of this warehouse and company. Statements: 1 for each that is named."""
    for name, found in (
        ("zone", plan.zone_id is None or Zone.objects.filter(pk=plan.zone_id, warehouse=warehouse).exists()),
        ("bin_type", _of_company(BinType, plan.bin_type_id, warehouse.company_id)),
        ("storage_class", _of_company(StorageClass, plan.storage_class_id, warehouse.company_id)),
    ):
        if not found:
            message = _("This warehouse has no such %(what)s.") % {"what": name}
            raise InvalidInput(message, errors=[{"field": name, "message": message, "code": "unknown"}])


def _of_company(model: Any, pk: int | None, company_id: int) -> bool:
    return pk is None or model.objects.filter(pk=pk, company_id=company_id).exists()


@transaction.atomic(savepoint=False)
def block_bins(location_ids: Sequence[int], *, reason: str, company_id: int, actor: Actor) -> list[BlockResult]:
    """Send nobody there any more, to put or to take; what lies there stays in the books. Statements: 3.

    One result each, in order. Raises InvalidInput without a reason.
    """
    reason = reason.strip()[:200]
    if not reason:
        raise InvalidInput(_("Say why: whoever stands before the bin reads it."), errors=[{"field": "reason"}])
    return _set_block(location_ids, reason, company_id, actor)


@transaction.atomic(savepoint=False)
def free_bins(location_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str = "") -> list[BlockResult]:
    """Use blocked bins again. Statements: 3."""
    return _set_block(location_ids, "", company_id, actor, said=reason.strip()[:200])


def _set_block(
    location_ids: Sequence[int], reason: str, company_id: int, actor: Actor, *, said: str = ""
) -> list[BlockResult]:
    if len(location_ids) > MAX_AT_ONCE:
        raise InvalidInput(_("At most %(most)s bins at once.") % {"most": MAX_AT_ONCE})
    rows = Location.objects.filter(pk__in=location_ids, company_id=company_id, warehouse__isnull=False).order_by("pk")
    found = {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True)}
    todo = [row for row in found.values() if row.blocked_reason != reason]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_location SET blocked_at = CASE WHEN %s = '' THEN NULL"
            " ELSE coalesce(blocked_at, clock_timestamp()) END, blocked_reason = %s WHERE id = ANY(%s)",
            [reason, reason, [row.pk for row in todo]],
        )
    action = "blocked" if reason else "freed"
    audit.record(
        [
            audit.Change(
                "inventory.location", row.pk, action, "blocked_reason", row.blocked_reason, reason, said or reason,
                company_id,
            )
            for row in todo
        ],
        actor=actor,
    )  # fmt: skip
    changed = {row.pk for row in todo}
    return [
        BlockResult(pk, action if pk in changed else "already" if pk in found else "unknown") for pk in location_ids
    ]
