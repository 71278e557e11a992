"""A file of places: bins and docks of warehouses, where they stand and what they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from backoffice.core.tabular import Outcome, Plan, Row
from inventory.models import BinType, Location, StorageClass, Warehouse, Zone
from inventory.services.importing.work import Twins, Work, known, outcome_of

_PLAIN = {
    "kind": "text", "name": "text", "aisle": "text", "rack": "text", "level": "text", "position": "text",
    "pick_sequence": "integer", "is_pick_face": "boolean", "is_active": "boolean", "max_volume_l": "numeric",
    "max_weight_g": "integer", "max_pallets": "integer",
}  # fmt: skip
_NAMED = ("zone", "bin_type", "storage_class")
_WRITTEN = {**_PLAIN, **{f"{name}_id": "bigint" for name in _NAMED}}
_NEW: dict[str, Any] = {
    "kind": "bin", "name": "", "aisle": "", "rack": "", "level": "", "position": "", "pick_sequence": 0,
    "is_pick_face": False, "is_active": True,
}  # fmt: skip
# An empty cell means "no such limit" or "nothing"; of these it means "as it is".
_KEPT = ("kind", "pick_sequence", "is_pick_face", "is_active")


@dataclass(slots=True)
class PlaceWork(Work):
    """values: what is to be written, by column."""

    warehouse_id: int | None = None
    values: dict[str, Any] | None = None


class LocationChecker:
    """See registry.TableImport. Statements: 4, and 1 for each portion of rows."""

    def __init__(self, company_id: int) -> None:
        self.company_id = company_id
        self.warehouses = _by_code(Warehouse.objects.filter(company_id=company_id, is_transit=False))
        zones = Zone.objects.filter(company_id=company_id).values_list("warehouse_id", "code", "pk")
        self.zones = {(warehouse, code.upper()): pk for warehouse, code, pk in zones}
        self.named = {
            "bin_type": _by_code(BinType.objects.filter(company_id=company_id)),
            "storage_class": _by_code(StorageClass.objects.filter(company_id=company_id)),
        }
        self.twins = Twins()

    def look(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.twins.look(_key(row), row.number)

    def check(self, rows: Sequence[Row]) -> list[Plan]:
        return [work.plan for work in self.work(rows)]

    def work(self, rows: Sequence[Row]) -> list[PlaceWork]:
        there = {
            (place.warehouse_id, place.code.upper()): place
            for place in Location.objects.annotate(key=Upper("code")).filter(
                company_id=self.company_id, key__in={_key(row)[1] for row in rows}
            )
        }
        return [self._one(row, there) for row in rows]

    def _one(self, row: Row, there: Mapping[tuple[int | None, str], Location]) -> PlaceWork:
        work = PlaceWork(row)
        work.warehouse_id = known(work, "warehouse", self.warehouses)
        work.old = there.get((work.warehouse_id, (row.values.get("code") or "").upper()))
        self.twins.check(work, "code", _key(row))
        if work.errors or row.errors:
            return work
        values = {} if work.old is not None else dict(_NEW)
        for name in _PLAIN:
            if name in row.values and not (row.values[name] is None and name in _KEPT):
                value = row.values[name]
                values[name] = "" if value is None and _PLAIN[name] == "text" else value
        for name in _NAMED:
            if name in row.values:
                values[f"{name}_id"] = self._named(work, name)
        kind, face = (values.get(name, getattr(work.old, name, None)) for name in ("kind", "is_pick_face"))
        if face and kind != "bin":
            work.wrong("is_pick_face", _("Only a bin can be a pick face."), "invalid")
        if work.old is not None:
            if kind != work.old.kind:
                work.wrong("kind", _("A place that is there stays what it is: goods may lie in it."), "fixed")
            for name, value in values.items():
                if value != getattr(work.old, name):
                    work.changed(name.removesuffix("_id"), getattr(work.old, name), value)
        work.values = values
        return work

    def _named(self, work: PlaceWork, name: str) -> int | None:
        if name != "zone":
            return known(work, name, self.named[name])
        code = work.row.values.get("zone")
        found = self.zones.get((work.warehouse_id or 0, (code or "").upper()))
        if code and found is None:
            work.wrong("zone", _("This warehouse has no zone “%(code)s”.") % {"code": code}, "unknown_zone")
        return found


def _by_code(rows: Any) -> dict[str, int]:
    return {code.upper(): pk for code, pk in rows.values_list("code", "pk")}


def _key(row: Row) -> tuple[str, str]:
    return ((row.values.get("warehouse") or "").upper(), (row.values.get("code") or "").upper())


def import_locations(rows: Sequence[Row], company_id: int, actor: Actor) -> list[Outcome]:
    """Make and change places. Statements: at most 8."""
    checker = LocationChecker(company_id)
    checker.look(rows)
    works = checker.work(rows)
    fresh = [work for work in works if work.state == "new"]
    changed = [work for work in works if work.state == "changed"]
    made = insert_rows(
        "inventory_location",
        {"company_id": "bigint", "warehouse_id": "bigint", "code": "text", **_WRITTEN},
        [
            (
                company_id, work.warehouse_id, work.row.values["code"],
                *((work.values or {}).get(name) for name in _WRITTEN),
            )
            for work in fresh
        ],
        suffix="RETURNING id",
    )  # fmt: skip
    ids = {id(work): pk for work, (pk,) in zip(fresh, made, strict=True)}
    ids |= {id(work): work.old.pk for work in changed}
    _change(changed)
    reason = _("Import")
    audit.record(
        [
            audit.Change("inventory.location", ids[id(work)], "created", new=work.row.values["code"], reason=reason,
                         company_id=company_id)
            for work in fresh
        ]
        + [
            audit.Change("inventory.location", ids[id(work)], "changed", name, old, new, reason, company_id)
            for work in changed
            for name, old, new in work.changes
        ],
        actor=actor,
    )  # fmt: skip
    return [outcome_of(work) for work in works]


def _change(works: Sequence[PlaceWork]) -> None:
    if not works:
        return
    rows = [
        (work.old.pk, *((work.values or {}).get(name, getattr(work.old, name)) for name in _WRITTEN)) for work in works
    ]
    columns = ["id", *_WRITTEN]
    kinds = ["bigint", *_WRITTEN.values()]
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
    sets = ", ".join(f"{name} = n.{name}" for name in _WRITTEN)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM inventory_location WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [[work.old.pk for work in works]],
        )
        cursor.execute(
            f"UPDATE inventory_location l SET {sets} FROM unnest({arrays}) AS n({', '.join(columns)})"
            " WHERE l.id = n.id",
            [list(column) for column in zip(*rows, strict=True)],
        )
