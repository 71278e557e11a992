"""What checks of files share: work on a row, twins in the file, codes of what has to be there."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.tabular.columns import Row, RowError
from backoffice.core.tabular.files import Plan
from backoffice.core.tabular.running import Outcome


@dataclass(slots=True)
class Work:
    """A row on its way in. old: what is there now; changes: (field, old, new) of what it would change.

    held: good by itself, but its file is taken whole or not at all, and what is wrong is said at another row.
    """

    row: Row
    old: Any = None
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    held: bool = False

    def wrong(self, name: str, message: str, code: str) -> None:
        self.errors.append(RowError(name, message, code))

    def changed(self, name: str, old: Any, new: Any) -> None:
        self.changes.append((name, shown(old), shown(new)))

    @property
    def state(self) -> str:
        if self.held or self.errors or self.row.errors:
            return "wrong"
        if self.old is None:
            return "new"
        return "changed" if self.changes else "unchanged"

    @property
    def plan(self) -> Plan:
        return Plan(self.state, tuple(self.changes) if self.old is not None else (), tuple(self.errors))


def outcome_of(work: Work) -> Outcome:
    """What became of a row whose new and changed rows were written."""
    if work.state == "wrong":
        if not (errors := work.row.errors + work.errors):
            return Outcome("refused", "held")
        error = errors[0]
        return Outcome("refused", error.code, f"{error.field}: {error.message}" if error.field else error.message)
    return Outcome("already" if work.state == "unchanged" else "done")


def shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(value) if isinstance(value, tuple) else str(value)


class Twins:
    """Which row of the file named a key first."""

    def __init__(self) -> None:
        self.rows: dict[Hashable, int] = {}

    def look(self, key: Hashable, number: int) -> None:
        self.rows.setdefault(key, number)

    def check(self, work: Work, name: str, key: Hashable) -> None:
        first = self.rows.get(key, work.row.number)
        if first != work.row.number:
            work.wrong(name, _("This stands in row %(row)s already.") % {"row": first}, "twice")


def known(work: Work, name: str, codes: Mapping[str, Any]) -> Any:
    """The id behind a code in the row, in any letter case; None if the row names none. An unknown one is wrong."""
    code = work.row.values.get(name)
    if not code:
        return None
    found = codes.get(code.upper())
    if found is None:
        work.wrong(name, _("There is no %(name)s “%(code)s”.") % {"name": name, "code": code[:60]}, f"unknown_{name}")
    return found
