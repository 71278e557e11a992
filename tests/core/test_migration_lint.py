"""D5: no migration since the last release point holds a busy table for long: squawk reads the SQL of each.

What it finds is done otherwise (CONCURRENTLY, NOT VALID and VALIDATE, a default), unless the table is in `SMALL`, with
the reason for which the lock is short. tests/flows/test_upgrade.py runs the same migrations under traffic.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from django.contrib.postgres.operations import NotInTransactionMixin
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from backoffice.core.batched_migrations import batched

OURS = ("core", "accounting", "inventory", "orders", "warehouse", "integrations")
MANIFEST = Path(__file__).resolve().parents[1] / "data" / "upgrade" / "backup" / "manifest.json"
RULES = frozenset(
    {
        "adding-field-with-default", "adding-foreign-key-constraint", "adding-not-nullable-field",
        "adding-required-field", "adding-serial-primary-key-field", "ban-drop-column", "ban-drop-not-null",
        "ban-drop-table", "changing-column-type", "constraint-missing-not-valid", "disallowed-unique-constraint",
        "renaming-column", "renaming-table", "require-concurrent-index-creation", "require-concurrent-index-deletion",
    }
)  # fmt: skip
SMALL = {
    "accounting_party": "ten thousands of rows: read in some 20 ms",
    "core_apikey": "a handful",
    "core_jobrun": "of the last 30 days only",
    "integrations_alarm": "what is wrong now",
    "integrations_listing": "SKUs times channels, 100,000 in 100 ms; its pushes wait, no request does",
    "integrations_listingcontent": "made by the migration itself",
    "orders_channel": "a handful",
}


def statements():
    """(app.name without its number, SQL) of every migration of ours that the release point has not."""
    executor = MigrationExecutor(connection)
    released = {tuple(one.split(".", 1)) for one in json.loads(MANIFEST.read_text())["migrations"]}
    graph = executor.loader.graph
    plan = executor.migration_plan(graph.leaf_nodes(), clean_start=True)
    state = executor._create_project_state(with_applied_migrations=False)
    only_told = patch.object(NotInTransactionMixin, "_ensure_not_in_transaction")  # the SQL is not run
    for migration, _backwards in plan:
        known = (migration.app_label, migration.name) in released
        if known or migration.app_label not in OURS:
            state = migration.mutate_state(state, preserve=False)
            continue
        with batched(), only_told, connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
            state = migration.apply(state, editor, collect_sql=True)
        yield f"{migration.app_label}.{migration.name.partition('_')[2]}", "\n".join(editor.collected_sql)


def found_in(sql: str) -> list[tuple[str, str]]:
    """(rule, table) of what squawk says of it, among RULES."""
    squawk = Path(sys.executable).with_name("squawk")
    done = subprocess.run(
        [squawk, "--assume-in-transaction", "--pg-version", "18", "--reporter", "Json"],
        input=sql, capture_output=True, text=True,
    )  # fmt: skip
    lines = sql.splitlines()
    return [
        (one["rule_name"], table_of(lines[one["line"]])) for one in json.loads(done.stdout) if one["rule_name"] in RULES
    ]


def table_of(statement: str) -> str:
    """Of ALTER TABLE and CREATE INDEX … ON; the whole statement where neither is seen."""
    found = re.search(r'(?:ALTER TABLE(?: ONLY)?|\bON(?: ONLY)?) "?(\w+)"?', statement)
    return found[1] if found else statement


@pytest.mark.django_db
def test_no_migration_holds_a_busy_table_for_long():
    sql = dict(statements())

    met = [(name, *found) for name in sql for found in found_in(sql[name])]

    assert [one for one in met if one[2] not in SMALL] == []
    assert set(SMALL) == {table for _name, _rule, table in met}  # none is excused that needs no excuse


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ('CREATE INDEX i ON "orders_order" ("x");', "require-concurrent-index-creation"),
        ('ALTER TABLE "orders_order" ADD CONSTRAINT c CHECK (x > 0);', "constraint-missing-not-valid"),
        ('ALTER TABLE "orders_order" ADD COLUMN x bigint NOT NULL;', "adding-required-field"),
        ('ALTER TABLE "orders_order" ALTER COLUMN x TYPE bigint;', "changing-column-type"),
        ('ALTER TABLE "orders_order" ADD FOREIGN KEY (x) REFERENCES y (id);', "adding-foreign-key-constraint"),
        ('ALTER TABLE "orders_order" DROP COLUMN x;', "ban-drop-column"),
        ('ALTER TABLE "orders_order" RENAME COLUMN x TO y;', "renaming-column"),
    ],
)
def test_negative_control_what_holds_a_table_is_found(sql, rule):
    assert (rule, "orders_order") in found_in(sql)


def test_what_is_made_in_the_migration_itself_is_nobodys_yet():
    assert found_in('CREATE TABLE "fresh" (id bigint PRIMARY KEY, x int); CREATE INDEX i ON "fresh" ("x");') == []
