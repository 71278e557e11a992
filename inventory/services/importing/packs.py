"""A file of packs: which SKU, how many of it, its size and its barcodes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from backoffice.core.tabular import Outcome, Plan, Row
from inventory.barcodes import is_gtin
from inventory.services.importing.lookups import barcodes_there
from inventory.services.importing.work import Twins, Work, check_barcodes, look_at_barcodes, outcome_of

SIZES = ("weight_g", "length_mm", "width_mm", "height_mm")


class PackThere(NamedTuple):
    id: int
    kind: str
    quantity: Any
    weight_g: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None


@dataclass(slots=True)
class PackWork(Work):
    sku_id: int | None = None
    fresh_barcodes: list[str] = field(default_factory=list)


class PackChecker:
    """See registry.TableImport. Statements for each portion of rows: 3."""

    def __init__(self, company_id: int) -> None:
        self.company_id = company_id
        self.packs, self.barcodes = Twins(), Twins()

    def look(self, rows: Sequence[Row]) -> None:
        look_at_barcodes(rows, self.barcodes)
        for row in rows:
            self.packs.look(_key(row), row.number)

    def check(self, rows: Sequence[Row]) -> list[Plan]:
        return [work.plan for work in self.work(rows)]

    def work(self, rows: Sequence[Row]) -> list[PackWork]:
        named = [(row.values.get("sku") or "", row.values.get("pack") or "") for row in rows]
        skus, packs = _there(self.company_id, named)
        taken = barcodes_there(self.company_id, [c for row in rows for c in row.values.get("barcodes") or ()])
        return [
            self._one(PackWork(row, packs.get(name), sku_id=skus.get(name[0])), taken)
            for row, name in zip(rows, named, strict=True)
        ]

    def _one(self, work: PackWork, taken: Any) -> PackWork:
        values, old = work.row.values, work.old
        self.packs.check(work, "pack", _key(work.row))
        if values.get("sku") and work.sku_id is None:
            work.wrong("sku", _("There is no SKU “%(code)s”.") % {"code": values["sku"]}, "unknown_sku")
        if old is None:
            for name in ("kind", "quantity"):
                if values.get(name) is None and not any(error.field == name for error in work.row.errors):
                    work.wrong(name, _("Fill this in."), "required")
        kind = values.get("kind") or (old.kind if old else "")
        quantity = values.get("quantity") or (old.quantity if old else None)
        if kind == "each" and quantity is not None and quantity != 1:
            work.wrong("quantity", _("A pack of the kind “each” holds one."), "invalid")
        own = old.id if old else None
        work.fresh_barcodes = check_barcodes(
            work, self.barcodes, taken, lambda _sku, pack: pack is not None and pack == own
        )
        if old is not None:
            for name in ("kind", "quantity", *SIZES):
                if (
                    name in values
                    and (values[name] is not None or name in SIZES)
                    and values[name] != getattr(old, name)
                ):
                    before = getattr(old, name)
                    work.changed(name, f"{before.normalize():f}" if name == "quantity" else before, values[name])
            if work.fresh_barcodes:
                work.changed("barcodes", "", tuple(work.fresh_barcodes))
        return work


def _key(row: Row) -> tuple[str, str]:
    return ((row.values.get("sku") or "").upper(), (row.values.get("pack") or "").upper())


def _there(
    company_id: int, named: Iterable[tuple[str, str]]
) -> tuple[dict[str, int], dict[tuple[str, str], PackThere]]:
    """SKU ids by code and packs by (SKU's code, pack's code), both as given. Statements: 1."""
    pairs = sorted(set(named))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.sku, w.pack, s.id, p.id, p.kind, p.quantity, p.weight_g, p.length_mm, p.width_mm, p.height_mm"
            " FROM unnest(%s::text[], %s::text[]) w (sku, pack)"
            " JOIN inventory_sku s ON s.company_id = %s AND upper(s.code) = upper(w.sku)"
            " LEFT JOIN inventory_pack p ON p.sku_id = s.id AND upper(p.code) = upper(w.pack)",
            [[sku for sku, _pack in pairs], [pack for _sku, pack in pairs], company_id],
        )
        found = cursor.fetchall()
    return {sku: pk for sku, _pack, pk, *_rest in found}, {
        (sku, pack): PackThere(*rest) for sku, pack, _pk, *rest in found if rest[0] is not None
    }


_PACK = {"kind": "text", "quantity": "numeric", **dict.fromkeys(SIZES, "integer")}


def import_packs(rows: Sequence[Row], company_id: int, actor: Actor) -> list[Outcome]:
    """Make and change packs with their barcodes. Statements: at most 7."""
    checker = PackChecker(company_id)
    checker.look(rows)
    works = checker.work(rows)
    todo = [work for work in works if work.state in ("new", "changed")]
    fresh = [work for work in todo if work.old is None]
    made = insert_rows(
        "inventory_pack",
        {"company_id": "bigint", "sku_id": "bigint", "code": "text", **_PACK},
        [
            (company_id, work.sku_id, work.row.values["pack"], *(work.row.values.get(name) for name in _PACK))
            for work in fresh
        ],
        suffix="RETURNING id",
    )
    ids = {id(work): pk for work, (pk,) in zip(fresh, made, strict=True)}
    ids |= {id(work): work.old.id for work in todo if work.old is not None}
    quantities = _change([work for work in todo if work.old is not None])
    insert_rows(
        "inventory_barcode",
        {
            "company_id": "bigint", "sku_id": "bigint", "pack_id": "bigint", "code": "text", "symbology": "text",
            "pack_quantity": "numeric",
        },
        [
            (
                company_id, work.sku_id, ids[id(work)], code, "gtin" if is_gtin(code) else "code128",
                quantities.get(ids[id(work)]) or work.row.values["quantity"],
            )
            for work in todo
            for code in work.fresh_barcodes
        ],
    )  # fmt: skip
    _record(todo, ids, company_id, actor)
    return [outcome_of(work) for work in works]


def _change(works: Sequence[PackWork]) -> dict[int, Any]:
    """The quantity of each changed pack; its barcodes follow it in the database."""
    rows = []
    for work in works:
        changed = {name for name, *_ in work.changes}
        values = [work.row.values[name] if name in changed else getattr(work.old, name) for name in _PACK]
        rows.append((work.old.id, *values))
    if rows:
        sets = ", ".join(f"{name} = n.{name}" for name in _PACK)
        arrays = ", ".join(f"%s::{kind}[]" for kind in _PACK.values())
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE inventory_pack p SET {sets} FROM unnest(%s::bigint[], {arrays}) AS n(id, {', '.join(_PACK)})"
                " WHERE p.id = n.id",
                list(map(list, zip(*rows, strict=True))),
            )
    return {row[0]: row[2] for row in rows}


def _record(works: Sequence[PackWork], ids: dict[int, int], company_id: int, actor: Actor) -> None:
    reason, changes = _("Import"), []
    for work in works:
        pk, code = ids[id(work)], work.row.values["pack"]
        if work.old is None:
            changes.append(
                audit.Change("inventory.pack", pk, "created", new=code, reason=reason, company_id=company_id)
            )
        else:
            changes += [
                audit.Change("inventory.pack", pk, "changed", name, old, new, reason, company_id)
                for name, old, new in work.changes
            ]
    audit.record(changes, actor=actor)
