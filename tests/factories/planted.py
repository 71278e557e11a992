"""What comes from outside, planted as text in every row: for walks that look where it comes out again."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

# What people and shops write freely; names that the house made and codes that it reads stay as they are.
FREE = ("name", "description", "text", "note", "reason", "title", "line1", "line2", "city", "region", "postcode", "phone",
        "email", "organisation", "external_number", "tracking_number", "label", "error", "message", "counterparty",
        "reference", "carrier", "body", "content", "comment", "subject", "summary", "status_reason", "placed_by",
        "actor_label", "release_reason", "old_value", "new_value", "buyer", "brand", "address")  # fmt: skip
KEPT_TABLES = (
    "django_",
    "auth_",
    "core_user",
    "accounting_currency",
    "accounting_account",
    "inventory_unit",
    "core_jobrun",
)


def plant(payloads: Sequence[str]) -> int:
    """The payloads in every free text column, row by row in turn, as far as it is long and no rule of the database
    forbids it; in how many columns there are some now.
    """
    told = ", ".join("'" + payload.replace("'", "''") + "'" for payload in payloads)
    done = 0
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        cursor.execute("SET session_replication_role = replica")
        for table, column, length in columns_of_text(cursor):
            cursor.execute(
                f'DO $do$ BEGIN UPDATE "{table}" SET "{column}" = left((ARRAY[{told}])[1 + id % {len(payloads)}]'
                f" || left(id::text, 3), {length}); EXCEPTION WHEN OTHERS THEN NULL; END $do$"
            )
            starts = [payload[:12] for payload in payloads]
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}" WHERE left("{column}", 12) = ANY(%s))', [starts])
            done += cursor.fetchone()[0]
        cursor.execute("SET session_replication_role = origin")
    return done


def columns_of_text(cursor: Any) -> list[tuple[str, str, int]]:
    """(table, column, its length) of what people and shops write freely."""
    cursor.execute(
        "SELECT table_name, column_name, coalesce(character_maximum_length, 1000) FROM information_schema.columns"
        " JOIN information_schema.tables USING (table_schema, table_name)"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'"
        " AND data_type IN ('character varying', 'text') AND column_name = ANY(%s) ORDER BY 1, 2",
        [list(FREE)],
    )
    return [row for row in cursor.fetchall() if not row[0].startswith(KEPT_TABLES) and row[2] >= 20]
