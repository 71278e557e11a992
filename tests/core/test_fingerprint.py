"""The released fingerprint is the schema that the migrations make; every weakening is named."""

import os

import pytest
from django.core.management import call_command
from django.db import connection

from backoffice.core import fingerprint
from backoffice.core.roles import OWNER, role


def test_the_released_fingerprint_is_the_migrated_schema(db):
    with connection.cursor() as cursor:
        if os.environ.get("WRITE_SCHEMA_FINGERPRINT") == "1":
            fingerprint.write(cursor)
        assert fingerprint.released() is not None, "run this test once with WRITE_SCHEMA_FINGERPRINT=1"
        assert fingerprint.differences(cursor) == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("ALTER TABLE core_auditevent DISABLE TRIGGER core_auditevent_append_only", "trigger core_auditevent."),
        ("DROP TRIGGER core_outboxevent_no_truncate ON core_outboxevent", "trigger core_outboxevent."),
        ("GRANT UPDATE ON core_auditevent TO backoffice_app", "grant core_auditevent to backoffice_app"),
        ("GRANT UPDATE (reason) ON core_auditevent TO backoffice_app", "column grant core_auditevent"),
        ("GRANT SELECT ON core_user TO PUBLIC", "grant core_user to PUBLIC"),
        ("ALTER FUNCTION core_refuse_change() SET search_path = public", "function core_refuse_change()"),
        ("ALTER FUNCTION core_refuse_change() SECURITY DEFINER", "function core_refuse_change()"),
        ("ALTER TABLE core_jobrun DROP CONSTRAINT jobrun_one_per_tick", "constraint core_jobrun.jobrun_one_per_tick"),
        ("DROP INDEX user_email_once", "unique index user_email_once"),
        ("ALTER TABLE core_outboxevent ALTER xid SET DEFAULT '0'", "default core_outboxevent.xid"),
    ],
)
def test_each_weakening_is_named(db, statement, named):
    with connection.cursor() as cursor:
        before = set(fingerprint.lines(cursor))
        with role(connection, OWNER):
            cursor.execute(statement)
        changed = before ^ set(fingerprint.lines(cursor))

    assert changed and all(line.startswith(named) for line in changed)


@pytest.mark.parametrize(
    ("written", "read_back"),
    [
        ("CHECK ((k)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
         "CHECK ((k)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))"),
        ("WHEN (((a IS NULL) OR (b IS NULL)) OR (c IS NULL))", "WHEN ((a IS NULL) OR (b IS NULL) OR (c IS NULL))"),
    ],
)  # fmt: skip
def test_a_definition_is_the_same_after_a_dump_and_a_restore(written, read_back):
    assert fingerprint.canonical(written) == fingerprint.canonical(read_back)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(a AND (b OR c))", "((a AND b) OR c)"),
        ("(NOT (a OR b) OR c)", "((NOT a OR b) OR c)"),
        ("(a = 'x)' OR b)", "(a = 'x' OR b)"),
        ("f((a OR b), c)", "f(a OR (b), c)"),
    ],
)
def test_what_means_something_else_stays_different(one, other):
    assert fingerprint.canonical(one) != fingerprint.canonical(other)


def test_the_command_says_what_differs_and_fails(db, capsys):
    call_command("schema_fingerprint")
    assert capsys.readouterr().out == "OK\n"

    with role(connection, OWNER), connection.cursor() as cursor:
        cursor.execute("REVOKE INSERT ON core_auditevent FROM backoffice_app")
    with pytest.raises(SystemExit):
        call_command("schema_fingerprint")
    assert "core_auditevent" in capsys.readouterr().out
