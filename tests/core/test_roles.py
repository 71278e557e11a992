"""The roles: tests run as the app, append-only tables refuse every way round."""

import pytest
from django.core.management import call_command
from django.db import (
    DatabaseError,
    IntegrityError,
    ProgrammingError,
    connection,
    transaction,
)

from backoffice.core.models import AuditEvent, User
from backoffice.core.roles import OWNER, role


def sql(statement, params=None):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def make_event():
    return AuditEvent.objects.create(actor_label="test", object_type="core.user", object_id=1, action="change")


def test_tests_run_as_the_app_role_on_tables_of_the_owner(db):
    assert sql("SELECT current_user") == [("backoffice_app",)]
    assert sql("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == [(OWNER,)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditevent SET reason = 'x'",
        "DELETE FROM core_auditevent",
        "TRUNCATE core_auditevent",
        "INSERT INTO core_auditevent (id, actor_label, object_type, object_id, action, field, old_value, new_value,"
        " reason, request_id) OVERRIDING SYSTEM VALUE SELECT id, '', '', 0, '', '', '', '', '', '' FROM core_auditevent"
        " ON CONFLICT (id) DO UPDATE SET reason = 'x'",
        "MERGE INTO core_auditevent a USING (SELECT 1) b ON true WHEN MATCHED THEN DELETE",
        "ALTER TABLE core_auditevent DISABLE TRIGGER ALL",
        "DROP TRIGGER core_auditevent_append_only ON core_auditevent",
        "CREATE TRIGGER t BEFORE INSERT ON core_auditevent EXECUTE FUNCTION core_refuse_change()",
        "SET session_replication_role = replica",
        "CREATE TABLE public.mine (id int)",
    ],
)
def test_the_app_cannot_go_round_an_append_only_table(db, statement):
    event = make_event()

    with (
        pytest.raises(ProgrammingError, match="permission denied|must be owner"),
        transaction.atomic(),
    ):
        sql(statement)

    assert AuditEvent.objects.get().pk == event.pk
    assert AuditEvent.objects.get().reason == ""


@pytest.mark.parametrize(
    "statement",
    ["UPDATE core_auditevent SET reason = 'x'", "DELETE FROM core_auditevent"],
)
def test_even_the_owner_cannot_change_an_append_only_table(db, statement):
    make_event()

    with (
        pytest.raises(IntegrityError, match="core_auditevent is append-only") as refusal,
        transaction.atomic(),
        role(connection, OWNER),
    ):
        sql(statement)

    assert refusal.value.__cause__.sqlstate == "23001"
    assert sql("SELECT current_user") == [("backoffice_app",)]
    assert AuditEvent.objects.get().reason == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_the_flush_between_tests_empties_append_only_tables(turn):
    assert not AuditEvent.objects.exists()

    make_event()

    assert sql("SELECT current_user") == [("backoffice_app",)]


@pytest.mark.django_db(transaction=True)
def test_migrate_again_changes_nothing_and_leaves_the_connection_as_app(capsys):
    call_command("migrate", verbosity=0)
    call_command("migrate", plan=True)

    assert "No planned migration operations" in capsys.readouterr().out
    assert sql("SELECT current_user") == [("backoffice_app",)]
    with pytest.raises(DatabaseError):
        sql("TRUNCATE core_auditevent")


def test_a_login_without_membership_cannot_become_owner(db):
    with role(connection, "none"):
        sql("CREATE ROLE plain_app_login LOGIN IN ROLE backoffice_app")
        sql("SET SESSION AUTHORIZATION plain_app_login")
    try:
        with (
            pytest.raises(DatabaseError, match="permission denied to set role"),
            transaction.atomic(),
        ):
            sql(f"SET ROLE {OWNER}")
        assert User.objects.count() == 0  # works by inheritance
    finally:
        sql("RESET SESSION AUTHORIZATION")
        sql("DROP ROLE plain_app_login")
        sql("SET ROLE backoffice_app")


@pytest.mark.django_db(transaction=True)
def test_the_owner_may_empty_an_append_only_table_as_a_whole():
    make_event()

    with role(connection, OWNER):
        sql("TRUNCATE core_auditevent")

    assert not AuditEvent.objects.exists()
