"""Files of categories and of brands: a code, a name, and where a category stands."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from backoffice.core.tabular import Outcome, Plan, Row
from inventory.models import Brand, Category
from inventory.services.importing.work import Twins, Work, outcome_of


class CategoryChecker:
    """The tree as it would be after the file: a parent that leads back to its child is wrong. Statements: 1."""

    def __init__(self, company_id: int) -> None:
        rows = Category.objects.filter(company_id=company_id).select_related("parent")
        self.there = {row.code.upper(): row for row in rows}
        self.parents = {code: row.parent.code.upper() if row.parent else "" for code, row in self.there.items()}
        self.known = set(self.parents)
        self.twins = Twins()

    def look(self, rows: Sequence[Row]) -> None:
        for row in rows:
            code = (row.values.get("code") or "").upper()
            if code:
                self.twins.look(code, row.number)
                self.known.add(code)
                if "parent" in row.values:
                    self.parents[code] = (row.values["parent"] or "").upper()

    def check(self, rows: Sequence[Row]) -> list[Plan]:
        return [work.plan for work in self.work(rows)]

    def work(self, rows: Sequence[Row]) -> list[Work]:
        return [self._one(row) for row in rows]

    def _one(self, row: Row) -> Work:
        code, values = (row.values.get("code") or "").upper(), row.values
        work = Work(row, self.there.get(code))
        self.twins.check(work, "code", code)
        parent = values.get("parent")
        if parent and parent.upper() not in self.known:
            work.wrong("parent", _("There is no category “%(code)s”.") % {"code": parent}, "unknown_category")
        elif parent and self._leads_back(code):
            work.wrong("parent", _("A category cannot stand below itself."), "cyclic")
        if work.old is None and not values.get("name"):
            work.wrong("name", _("Fill this in."), "required")
        if work.old is not None:
            for name, before in (
                ("name", work.old.name),
                ("parent", work.old.parent.code if work.old.parent else ""),
                ("cost_method", work.old.cost_method),
            ):
                if name in values and (values[name] or name != "name") and (values[name] or "") != before.strip():
                    work.changed(name, before, values[name] or "")
        return work

    def _leads_back(self, code: str) -> bool:
        seen, at = {code}, self.parents.get(code, "")
        while at and at not in seen:
            seen.add(at)
            at = self.parents.get(at, "")
        return at == code


def import_categories(rows: Sequence[Row], company_id: int, actor: Actor) -> list[Outcome]:
    """Make and change categories: all are made first, then each gets its parent. Statements: at most 6."""
    checker = CategoryChecker(company_id)
    checker.look(rows)
    works = checker.work(rows)
    todo = [work for work in works if work.state in ("new", "changed")]
    fresh = [work for work in todo if work.old is None]
    insert_rows(
        "inventory_category",
        {"company_id": "bigint", "code": "text", "name": "text", "cost_method": "text"},
        [
            (company_id, w.row.values["code"], w.row.values["name"], w.row.values.get("cost_method") or "")
            for w in fresh
        ],
    )
    if todo:
        _place(todo, company_id)
        ids = dict(Category.objects.filter(company_id=company_id).values_list("code", "pk"))
        _record("inventory.category", todo, {code.upper(): pk for code, pk in ids.items()}, company_id, actor)
    return [outcome_of(work) for work in works]


def _place(works: Sequence[Work], company_id: int) -> None:
    rows = []
    for work in works:
        values, old = work.row.values, work.old
        named = values.get("parent") if "parent" in values else (old.parent.code if old and old.parent else "")
        name = values.get("name") or (old.name if old else "")
        method = values.get("cost_method") if "cost_method" in values else (old.cost_method if old else "")
        rows.append((values["code"], name, named or "", method or ""))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_category c SET name = n.name, cost_method = n.method, parent_id = p.id"
            " FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS n(code, name, parent, method)"
            " LEFT JOIN inventory_category p ON p.company_id = %s AND upper(p.code) = upper(n.parent) AND n.parent <> ''"
            " WHERE c.company_id = %s AND upper(c.code) = upper(n.code)",
            [*map(list, zip(*rows, strict=True)), company_id, company_id],
        )


class BrandChecker:
    """Statements: 1."""

    def __init__(self, company_id: int) -> None:
        self.there = {row.code.upper(): row for row in Brand.objects.filter(company_id=company_id)}
        self.twins = Twins()

    def look(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if row.values.get("code"):
                self.twins.look(row.values["code"].upper(), row.number)

    def check(self, rows: Sequence[Row]) -> list[Plan]:
        return [work.plan for work in self.work(rows)]

    def work(self, rows: Sequence[Row]) -> list[Work]:
        works = []
        for row in rows:
            code = (row.values.get("code") or "").upper()
            work = Work(row, self.there.get(code))
            self.twins.check(work, "code", code)
            name = row.values.get("name")
            if work.old is None and not name:
                work.wrong("name", _("Fill this in."), "required")
            elif work.old is not None and name and name != work.old.name.strip():
                work.changed("name", work.old.name, name)
            works.append(work)
        return works


def import_brands(rows: Sequence[Row], company_id: int, actor: Actor) -> list[Outcome]:
    """Make and rename brands. Statements: at most 4."""
    checker = BrandChecker(company_id)
    checker.look(rows)
    works = checker.work(rows)
    todo = [work for work in works if work.state in ("new", "changed")]
    made = insert_rows(
        "inventory_brand",
        {"company_id": "bigint", "code": "text", "name": "text"},
        [(company_id, w.row.values["code"], w.row.values["name"]) for w in todo if w.old is None],
        suffix="RETURNING id",
    )
    changed = [work for work in todo if work.old is not None]
    for work in changed:
        work.old.name = work.row.values["name"]
    Brand.objects.bulk_update([work.old for work in changed], ["name"])
    fresh = [work for work in todo if work.old is None]
    ids = {work.row.values["code"].upper(): pk for work, (pk,) in zip(fresh, made, strict=True)}
    ids |= {work.row.values["code"].upper(): work.old.pk for work in changed}
    _record("inventory.brand", todo, ids, company_id, actor)
    return [outcome_of(work) for work in works]


def _record(kind: str, works: Sequence[Work], ids: dict[str, Any], company_id: int, actor: Actor) -> None:
    reason, changes = _("Import"), []
    for work in works:
        code = work.row.values["code"]
        if work.old is None:
            changes.append(
                audit.Change(kind, ids[code.upper()], "created", new=code, reason=reason, company_id=company_id)
            )
        changes += [
            audit.Change(kind, ids[code.upper()], "changed", name, old, new, reason, company_id)
            for name, old, new in work.changes
            if work.old is not None
        ]
    audit.record(changes, actor=actor)
