"""The read-only registry: what the storeys above add to the ground's pages, proofs and workers.

Filled in each AppConfig.ready(), frozen by the first reading. A registered part takes ids and returns rows;
it never writes in the caller's transaction.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

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


Entry = Check | Panel | SourceLink | EventConsumer | RolePermissions


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

    def role_permissions(self) -> dict[str, set[str]]:
        """Permission patterns by staff role."""
        found: dict[str, set[str]] = {}
        for entry in self._all(RolePermissions):
            found.setdefault(entry.role, set()).update(entry.permissions)
        return found

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
