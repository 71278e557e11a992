"""The standing proof: every registered sentence about the books, asked of one snapshot as the read-only role."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction

from backoffice.core.registry import Check, registry
from backoffice.core.roles import RO

OK, DIFFERS, ERROR = "ok", "differs", "error"


@dataclass(frozen=True, slots=True)
class Result:
    """One check's answer. row: the first differing row, column names to values as text; error: why it failed."""

    name: str
    storey: str
    title: str
    state: str
    ms: int
    row: dict[str, str | None] | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """All checks' answers."""

    results: tuple[Result, ...]

    @property
    def ok(self) -> bool:
        return all(result.state == OK for result in self.results)

    def as_dict(self) -> dict[str, Any]:
        return {"ok": self.ok, "checks": [asdict(result) for result in self.results]}


def run_checks(*, names: Sequence[str] = (), progress: Callable[[str], None] = lambda name: None) -> Proof:
    """Run the registered checks (all, or those named) in one REPEATABLE READ READ ONLY transaction as ro.

    Called inside a transaction it looks at that transaction's view instead, still read-only and as ro; both
    end with a rollback. progress is called with each check's name before it starts.
    """
    checks = [check for check in registry.checks() if not names or check.name in names]
    unknown = set(names) - {check.name for check in checks}
    if unknown:
        raise ValueError(f"no such check: {', '.join(sorted(unknown))}")
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(f"SET LOCAL ROLE {RO}")
        cursor.execute("SET LOCAL transaction_read_only = on")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        results = []
        for check in checks:
            progress(check.name)
            results.append(_run(check, cursor))
        transaction.set_rollback(True)
    return Proof(tuple(results))


def _run(check: Check, cursor: Any) -> Result:
    started = time.monotonic()
    row, error = None, ""
    try:
        with transaction.atomic():
            row = check.find(cursor) if check.find else _first_row(check.sql, cursor)
    except DatabaseError as failure:  # the other checks still have their say
        error = str(failure).strip()
    state = ERROR if error else DIFFERS if row is not None else OK
    shown = {key: None if value is None else str(value) for key, value in row.items()} if row is not None else None
    ms = round((time.monotonic() - started) * 1000)
    return Result(check.name, check.storey, str(check.title), state, ms, shown, error)


def _first_row(sql: str, cursor: Any) -> dict[str, Any] | None:
    # MATERIALIZED: planned to be read whole, as it is when it holds; for a LIMIT alone the planner hopes to
    # find a row early and takes a nested loop over the whole book.
    cursor.execute(f"WITH differing AS MATERIALIZED ({sql.strip().rstrip(';')}) SELECT * FROM differing LIMIT 1", None)
    row = cursor.fetchone()
    return None if row is None else dict(zip([column.name for column in cursor.description], row, strict=True))
