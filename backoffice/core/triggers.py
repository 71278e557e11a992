"""Migration operations for the books' plain SQL functions and triggers.

Functions belong to the owner role, run with its rights (SECURITY DEFINER), look names up in a fixed
search_path (pg_temp last, so that a temporary table shadows nothing), and PUBLIC may not execute them.
A function that the app calls is listed in `grants.FUNCTIONS`; trigger functions need no grant.
"""

from typing import Any

from django.db.migrations.operations.base import Operation

from backoffice.core.roles import OWNER

SEARCH_PATH = "pg_catalog, public, pg_temp"


class Sql(Operation):
    """An operation that changes the database only, never Django's state."""

    reversible = True
    reduces_to_sql = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for statement in self.forwards():
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for statement in self.backwards():
            schema_editor.execute(statement, params=None)

    def forwards(self) -> list[str]:
        raise NotImplementedError

    def backwards(self) -> list[str]:
        raise NotImplementedError


class BookFunction(Sql):
    """CREATE OR REPLACE one function of the books.

    body: from DECLARE or BEGIN to END (plpgsql), or the query (language="sql").
    args: as in CREATE FUNCTION, e.g. "ids bigint[], at timestamptz".
    previous: the body that this version replaces; going back restores it instead of dropping the function.
    security_definer=False only where the function must see who really calls (current_user).
    settings: further SET clauses, e.g. ("enable_hashjoin = off",) where a plan cached on small tables goes bad.
    """

    def __init__(
        self,
        name: str,
        body: str,
        *,
        returns: str = "trigger",
        args: str = "",
        language: str = "plpgsql",
        volatility: str = "VOLATILE",
        security_definer: bool = True,
        settings: tuple[str, ...] = (),
        previous: str | None = None,
    ) -> None:
        self.name, self.body, self.returns, self.args = name, body, returns, args
        self.language, self.volatility = language, volatility
        self.security_definer, self.settings, self.previous = security_definer, settings, previous

    def forwards(self) -> list[str]:
        return self._create(self.body)

    def backwards(self) -> list[str]:
        if self.previous is not None:
            return self._create(self.previous)
        return [f"DROP FUNCTION {self.name}({self.args})"]

    def describe(self) -> str:
        return f"Book function {self.name}"

    def _create(self, body: str) -> list[str]:
        signature = f"{self.name}({self.args})"
        security = "SECURITY DEFINER" if self.security_definer else "SECURITY INVOKER"
        settings = " ".join(f"SET {setting}" for setting in (f"search_path = {SEARCH_PATH}", *self.settings))
        return [
            f"CREATE OR REPLACE FUNCTION {signature} RETURNS {self.returns} LANGUAGE {self.language} "
            f"{self.volatility} {security} {settings} AS $book${body.strip()}$book$",
            f"ALTER FUNCTION {signature} OWNER TO {OWNER}",
            f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC",
        ]


class ReplacedFunction(Sql):
    """Drop a function and make another of its name, where what it takes or returns changes."""

    def __init__(self, old: BookFunction, new: BookFunction) -> None:
        self.old, self.new = old, new

    def forwards(self) -> list[str]:
        return [*self.old.backwards(), *self.new.forwards()]

    def backwards(self) -> list[str]:
        return [*self.new.backwards(), *self.old.forwards()]

    def describe(self) -> str:
        return f"Book function {self.new.name} with another signature"


class BookTrigger(Sql):
    """CREATE TRIGGER on a book; several of one table and kind fire in the order of their names.

    when: e.g. "AFTER INSERT", "BEFORE UPDATE OF status". level: "statement" or "row".
    referencing: e.g. "NEW TABLE AS new_rows" (AFTER, one event, not for constraint triggers).
    deferred=True makes a row-level CONSTRAINT TRIGGER, DEFERRABLE INITIALLY DEFERRED.
    condition: SQL of WHEN (…), without the brackets.
    """

    def __init__(
        self,
        table: str,
        name: str,
        function: str,
        *,
        when: str = "AFTER INSERT",
        level: str = "statement",
        referencing: str = "",
        deferred: bool = False,
        condition: str = "",
    ) -> None:
        if level not in ("statement", "row"):
            raise ValueError(f"level must be statement or row, not {level!r}")
        if deferred and (level != "row" or referencing):
            raise ValueError("a deferred trigger is row-level and takes no transition tables")
        self.table, self.name, self.function, self.when, self.level = (
            table,
            name,
            function,
            when,
            level,
        )
        self.referencing, self.deferred, self.condition = (
            referencing,
            deferred,
            condition,
        )

    def forwards(self) -> list[str]:
        kind = "CONSTRAINT TRIGGER" if self.deferred else "TRIGGER"
        parts = [f"CREATE {kind} {self.name} {self.when} ON {self.table}"]
        if self.deferred:
            parts.append("DEFERRABLE INITIALLY DEFERRED")
        if self.referencing:
            parts.append(f"REFERENCING {self.referencing}")
        parts.append(f"FOR EACH {self.level.upper()}")
        if self.condition:
            parts.append(f"WHEN ({self.condition})")
        parts.append(f"EXECUTE FUNCTION {self.function}()")
        return [" ".join(parts)]

    def backwards(self) -> list[str]:
        return [f"DROP TRIGGER {self.name} ON {self.table}"]

    def describe(self) -> str:
        return f"Book trigger {self.name} on {self.table}"


_REFUSE_CHANGE = BookFunction(
    "core_refuse_change",
    """
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_user = 'backoffice_owner' THEN
        RETURN NULL;  -- emptying a whole database, as between tests, is the owner's right
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END
""",
    security_definer=False,
)


class AppendOnly(Sql):
    """Refuse UPDATE and DELETE on a table for everybody, the owner too, and TRUNCATE for all but the owner.

    The refusal is SQLSTATE 23001 (restrict_violation) and names the table.
    """

    def __init__(self, table: str) -> None:
        self.table = table

    def forwards(self) -> list[str]:
        each = f"ON {self.table} FOR EACH STATEMENT EXECUTE FUNCTION {_REFUSE_CHANGE.name}()"
        return [
            *_REFUSE_CHANGE.forwards(),
            f"CREATE TRIGGER {self.table}_append_only BEFORE UPDATE OR DELETE {each}",
            f"CREATE TRIGGER {self.table}_no_truncate BEFORE TRUNCATE {each}",
        ]

    def backwards(self) -> list[str]:
        return [
            f"DROP TRIGGER {self.table}_append_only ON {self.table}",
            f"DROP TRIGGER {self.table}_no_truncate ON {self.table}",
        ]

    def describe(self) -> str:
        return f"Append-only {self.table}"
