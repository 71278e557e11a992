"""The read-only registry: what the storeys above add to the ground's pages, proofs and workers.

Filled in each AppConfig.ready(), frozen by the first reading. A registered part takes ids and returns rows;
it never writes in the caller's transaction.
"""

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from backoffice.core.actor import Actor

Text = str | Promise
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """One sentence of the standing proof.

    sql: a SELECT of the rows that differ (none: it holds), no parameters, readable as the ro role. Or
    find: a function of a cursor that returns the first differing row as a mapping, or None.
    """

    name: str  # e.g. "moves_equal_quants"
    storey: str  # core, accounting, inventory, orders, warehouse, integrations
    title: Text
    sql: str = ""
    find: Callable[[Any], Row | None] | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """A section on another storey's page. rows: the page's object id -> mappings with `columns` as keys.

    A row may carry "url", where the whole row leads to.
    """

    slot: str  # the page: the object type, e.g. "orders.order"
    name: str
    title: Text
    columns: tuple[tuple[str, Text], ...]  # (key, heading)
    rows: Callable[[int], Sequence[Row]]
    order: int = 100
    permission: str = ""  # whoever has not got it does not see the section


@dataclass(frozen=True, slots=True)
class Link:
    """Where a source document is shown."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class SourceLink:
    """How to name and find the documents of one source type, many at once (a constant number of queries)."""

    source_type: str  # e.g. "orders.shipment"
    resolve: Callable[[Sequence[int]], Mapping[int, Link]]


@dataclass(frozen=True, slots=True)
class EventConsumer:
    """A reader of the outbox. handle gets the events of its topics in (xid, id) order, in the transaction that
    moves its cursor: it only writes work rows, for it may be called again with the same events.
    """

    name: str
    topics: frozenset[str]
    handle: Callable[[Sequence[Any]], None]


@dataclass(frozen=True, slots=True)
class RolePermissions:
    """Permissions that one app gives to one staff role: "orders.view_order"; * matches, as in "orders.view_*"."""

    role: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row of a bulk action. state: done, already or refused (then with code and sentence)."""

    object_id: int
    state: str
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class BulkField:
    """Something that a bulk action asks for once, for all its rows, e.g. the reason of a hold.

    is_date: a day, as 2026-03-10.
    """

    name: str
    label: Text
    required: bool = True
    max_length: int = 300
    choices: tuple[tuple[str, Text], ...] = ()
    is_date: bool = False


@dataclass(frozen=True, slots=True)
class BulkFile:
    """A file made of a job's finished rows. chunks are sent as they come."""

    name: str  # e.g. "packing-slips.pdf"
    content_type: str
    chunks: Iterable[bytes]


BulkRun = Callable[[Sequence[int], Mapping[str, str], Actor], Sequence[RowResult]]


@dataclass(frozen=True, slots=True)
class BulkAction:
    """Something done to many rows by a background job (backoffice/core/bulk).

    run gets at most batch_size ids, the values of `fields` and who started it; it runs inside the batch's own
    transaction and returns one result per id. What it raises rolls the batch back, which is then tried in
    halves; of a single row it becomes that row's refusal. batch_size 1 where the service takes one at a time.
    permission: a person's; scope: a program's, beside jobs:run. file: makes a file of the rows that are done,
    at download.
    """

    name: str  # e.g. "orders.release"
    title: Text
    permission: str
    object_type: str  # the model's label in lower case
    run: BulkRun
    batch_size: int = 50
    fields: tuple[BulkField, ...] = ()
    scope: str = "orders:write"
    file: Callable[[Sequence[int], Mapping[str, str]], BulkFile] | None = None
    order: int = 100


@dataclass(frozen=True, slots=True)
class BulkTarget:
    """The rows of one type that a program may choose from: rows(request, filter) -> a queryset of what it sees.

    filter: the values of each parameter of the list's address.
    """

    object_type: str
    rows: Callable[[Any, Mapping[str, Sequence[str]]], Any]


@dataclass(frozen=True, slots=True)
class TableImport:
    """Things that people bring as a table file (backoffice/core/tabular): upload, preview, background job.

    columns: what a file may hold (tabular.Column), in the order of the export. checker: company id -> an object with
    look(rows), which gets all rows before the first check, and check(rows), a tabular.Plan for each. apply: (rows,
    company id, actor) -> a tabular.Outcome for each, inside the batch's transaction; it looks at what is there now,
    so that a row done twice changes nothing. export: company id -> rows of values in the columns' order, read as they
    are sent. companies: who there is to import for, as (id, code). permission: a person's; scope: a program's.
    """

    name: str  # e.g. "inventory.import_skus"; its background job has the same name
    title: Text
    permission: str
    columns: tuple[Any, ...]
    checker: Callable[[int], Any]
    apply: Callable[[Sequence[Any], int, Actor], Sequence[Any]]
    companies: Callable[[], Sequence[tuple[int, str]]]
    export: Callable[[int], Iterator[Sequence[Any]]] | None = None
    batch_size: int = 1_000
    scope: str = "catalogue:write"
    help: Text = ""
    order: int = 100


@dataclass(frozen=True, slots=True)
class ApprovalAction:
    """Two steps that one person may not both take above a value (backoffice/core/approving).

    rule: who does not do what, as a sentence. from_start: companies begin with it on, at any value. jobs: the second
    step is also taken by jobs (a channel that reports a refund), which are nobody; elsewhere a person has to.
    """

    code: str  # e.g. "purchase_order"
    title: Text
    rule: Text = ""
    from_start: bool = False
    jobs: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseCalendar:
    """Who sells SKUs from days of their own on, such as sales channels.

    find(request, company id, code): a function of SKU ids that gives the days of the one with this code by SKU (empty
    code: the one that the caller is bound to, if any); None where the caller sees no such one.
    """

    name: str  # e.g. "channel"
    find: Callable[[Any, int, str], Callable[[Sequence[int]], Mapping[int, datetime.date]] | None]


@dataclass(frozen=True, slots=True)
class HeldTable:
    """A table whose rows workers claim: `held_by` names the holder (backoffice/core/holding).

    ends: the column of the claim's end. only: a condition that one of its indexes knows, for there may be many rows.
    also: what else is set when a dead worker's claim is let go, as SQL after a comma, the row being t.
    """

    table: str  # e.g. "core_bulkjob"
    only: str = "true"
    key: str = "id"
    ends: str = "lease_until"
    also: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """How the rows of a model lead to a warehouse, a channel, a company (backoffice/core/scopes).

    warehouse, channel, company: lookups; a row is seen where one of them leads to what the person may work with, or
    where all lead nowhere. many: lookups of a warehouse from rows that point here, as (model, its field, lookup).
    via: foreign keys whose row must be seen too, each the scope of its own model. sources: (source_type, model) of
    documents in source_type and source_id that must be seen too. free: why nothing limits the rows.
    """

    model: str  # e.g. "orders.Order"
    warehouse: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    company: tuple[str, ...] = ()
    many: tuple[tuple[str, str, str], ...] = ()
    via: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    free: str = ""


@dataclass(frozen=True, slots=True)
class PageObject:
    """Pages below a route whose `pk` is not that of the admin's model there (backoffice/core/scope_gate).

    model: its label, empty where nothing limits it; or by the value of the route's `kind`.
    """

    route: str  # e.g. "admin/warehouse/picklist/work/"
    model: str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BodyRow:
    """What a number under this name in a form or a body leads to (backoffice/core/scope_gate); the API's views add their
    own by `body_rows`. model: its label in lower case."""

    name: str
    model: str


@dataclass(frozen=True, slots=True)
class LimitedPage:
    """A page that is no row's and no model's list, and that people with limits may open (backoffice/core/scope_gate).

    What no entry names is the whole company's and refused to them. asks: what its address has to name ("warehouse",
    "channel"), for it shows that one alone; where none is named the person's first is taken. free_of: of what nothing
    is seen there. why: instead of both, how it keeps to what a person may work with.
    """

    route: str
    asks: tuple[str, ...] = ()
    free_of: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """A kind of trouble of a company's channels that raises an alarm, and that a rule may wait for."""

    name: str  # e.g. "channel_behind"
    label: Any


Entry = (
    TableImport
    | AlarmKind
    | BodyRow
    | LimitedPage
    | Scope
    | PageObject
    | Check
    | Panel
    | SourceLink
    | EventConsumer
    | RolePermissions
    | BulkAction
    | BulkTarget
    | ApprovalAction
    | ReleaseCalendar
    | HeldTable
)


class Registry:
    """Entries by kind, in the order of their apps."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._frozen = False

    def add(self, *entries: Entry) -> None:
        """Add entries; only while the apps are being loaded."""
        if self._frozen:
            raise RuntimeError("The registry is filled in AppConfig.ready() and frozen once it has been read.")
        for entry in entries:
            if any(_key(entry) == _key(other) for other in self._entries):
                raise ValueError(f"registered twice: {_key(entry)}")
            self._entries.append(entry)

    def _all(self, kind: type) -> list[Any]:
        self._frozen = True
        return [entry for entry in self._entries if isinstance(entry, kind)]

    def checks(self) -> list[Check]:
        return self._all(Check)

    def panels(self, slot: str) -> list[Panel]:
        """The panels of a page, in their order."""
        return sorted((p for p in self._all(Panel) if p.slot == slot), key=lambda p: (p.order, p.name))

    def source_links(self) -> dict[str, SourceLink]:
        return {link.source_type: link for link in self._all(SourceLink)}

    def event_consumers(self) -> dict[str, EventConsumer]:
        return {consumer.name: consumer for consumer in self._all(EventConsumer)}

    def alarm_kinds(self) -> list[AlarmKind]:
        return self._all(AlarmKind)

    def role_permissions(self) -> dict[str, set[str]]:
        """Permission patterns by staff role."""
        found: dict[str, set[str]] = {}
        for entry in self._all(RolePermissions):
            found.setdefault(entry.role, set()).update(entry.permissions)
        return found

    def bulk_actions(self, object_type: str = "") -> dict[str, BulkAction]:
        """Bulk actions by name, in their order; those of one type, or all."""
        wanted = [a for a in self._all(BulkAction) if not object_type or a.object_type == object_type]
        return {action.name: action for action in sorted(wanted, key=lambda a: (a.order, a.name))}

    def table_imports(self) -> dict[str, TableImport]:
        """What can be imported from a file, by name, in their order."""
        return {noun.name: noun for noun in sorted(self._all(TableImport), key=lambda noun: (noun.order, noun.name))}

    def bulk_targets(self) -> dict[str, BulkTarget]:
        return {target.object_type: target for target in self._all(BulkTarget)}

    def held_tables(self) -> list[HeldTable]:
        return self._all(HeldTable)

    def page_objects(self) -> list[PageObject]:
        """The longest routes first."""
        return sorted(self._all(PageObject), key=lambda page: -len(page.route))

    def limited_pages(self) -> dict[str, LimitedPage]:
        """By their route."""
        return {page.route: page for page in self._all(LimitedPage)}

    def body_rows(self) -> dict[str, str]:
        """The model's label by the name."""
        return {row.name: row.model for row in self._all(BodyRow)}

    def scopes(self) -> dict[str, Scope]:
        """By the model's label in lower case."""
        return {scope.model.lower(): scope for scope in self._all(Scope)}

    def release_calendars(self) -> dict[str, ReleaseCalendar]:
        return {calendar.name: calendar for calendar in self._all(ReleaseCalendar)}

    def approval_actions(self) -> dict[str, ApprovalAction]:
        """What may need approval, by code, in the order of the apps."""
        return {action.code: action for action in self._all(ApprovalAction)}

    @contextmanager
    def replaced(self, kind: type, *entries: Entry) -> Iterator[None]:
        """For tests: within the block the only entries of this kind."""
        before = self._entries
        self._entries = [entry for entry in before if not isinstance(entry, kind)] + list(entries)
        try:
            yield
        finally:
            self._entries = before


def _key(entry: Entry) -> tuple[Any, ...]:
    if isinstance(entry, RolePermissions):
        return (RolePermissions, entry.role, entry.permissions)
    if isinstance(entry, SourceLink):
        return (SourceLink, entry.source_type)
    if isinstance(entry, BulkTarget):
        return (BulkTarget, entry.object_type)
    if isinstance(entry, ApprovalAction):
        return (ApprovalAction, entry.code)
    if isinstance(entry, BodyRow):
        return (BodyRow, entry.name)
    if isinstance(entry, LimitedPage):
        return (LimitedPage, entry.route)
    if isinstance(entry, HeldTable):
        return (HeldTable, entry.table)
    if isinstance(entry, PageObject):
        return (PageObject, entry.route)
    if isinstance(entry, Scope):
        return (Scope, entry.model.lower())
    if isinstance(entry, Panel):
        return (Panel, entry.slot, entry.name)
    return (type(entry), entry.name)


registry = Registry()


def links_of(sources: Sequence[tuple[str, int | None]]) -> dict[tuple[str, int], Link]:
    """The pages of many source documents at once; those of unregistered types are left out."""
    ids: dict[str, set[int]] = {}
    for source_type, source_id in sources:
        if source_id is not None:
            ids.setdefault(source_type, set()).add(source_id)
    resolvers = registry.source_links()
    return {
        (source_type, source_id): link
        for source_type, wanted in ids.items()
        if source_type in resolvers
        for source_id, link in resolvers[source_type].resolve(sorted(wanted)).items()
    }
