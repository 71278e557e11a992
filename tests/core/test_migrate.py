"""migrate from nothing, with two logins that are no superusers, and back."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection

from backoffice.core.roles import ROLES

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "migrated_with_two_logins"


def address(user):
    given = connection.settings_dict
    return f"postgresql://{user}@/{DATABASE}?host={quote(given['HOST'], safe='')}&port={given['PORT'] or 5432}"


def manage(*words):
    env = os.environ | {"DATABASE_URL": address("shop_app"), "DATABASE_OWNER_URL": address("shop_owner")}
    env.pop("BACKOFFICE_AS_OWNER", None)
    done = subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="session")
def two_logins(django_db_setup):
    """As an administrator sets it up: a database owned by one plain login, used by another."""
    given = connection.settings_dict
    login = {key: given[key.upper()] or None for key in ("host", "port", "user", "password")}
    with psycopg.connect(**login, dbname="postgres", autocommit=True) as admin:
        if not admin.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()[0]:
            pytest.skip("making logins needs a superuser")
        _remove(admin)
        admin.execute("CREATE ROLE shop_owner LOGIN; CREATE ROLE shop_app LOGIN")
        admin.execute(f"GRANT {', '.join(ROLES)} TO shop_owner WITH ADMIN TRUE, INHERIT FALSE, SET TRUE")
        admin.execute(f"CREATE DATABASE {DATABASE} OWNER shop_owner")
        try:
            manage("migrate", "-v0")
            yield
        finally:
            _remove(admin)


def _remove(admin):
    admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    if admin.execute("SELECT FROM pg_roles WHERE rolname = 'shop_owner'").fetchone() is not None:
        admin.execute(f"REVOKE {', '.join(ROLES)} FROM shop_owner CASCADE")
    admin.execute("DROP ROLE IF EXISTS shop_owner, shop_app")


@pytest.fixture
def as_app_login(two_logins):
    given = connection.settings_dict
    with psycopg.connect(host=given["HOST"] or None, user="shop_app", dbname=DATABASE, autocommit=True) as app:
        yield app


def test_the_app_login_works_without_taking_a_role(as_app_login):
    as_app_login.execute(
        "INSERT INTO core_auditevent (actor_label, object_type, object_id, action, field, old_value, new_value, reason,"
        " request_id) VALUES ('x', 'x', 1, 'x', '', '', '', '', '')"
    )

    assert as_app_login.execute("SELECT count(*) FROM core_auditevent").fetchone()[0] >= 1
    assert as_app_login.execute("SELECT count(*) FROM auth_group").fetchone() == (8,)


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE backoffice_owner",
        "SET ROLE shop_owner",
        "UPDATE core_auditevent SET reason = 'x'",
        "DELETE FROM core_auditevent",
        "TRUNCATE core_auditevent",
        "UPDATE core_payloadbody SET body = ''",  # only after SET ROLE backoffice_erase
        "ALTER TABLE core_auditevent DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DROP TABLE core_auditevent",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "GRANT backoffice_owner TO shop_app",
    ],
)
def test_the_app_login_cannot_become_more(as_app_login, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_app_login.execute(statement)


def test_the_app_login_reads_as_ro_and_blanks_as_erase(as_app_login):
    as_app_login.execute("SET ROLE backoffice_ro")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_app_login.execute("UPDATE core_jobrun SET status = 'ok'")
    as_app_login.execute("SET ROLE backoffice_erase")
    as_app_login.execute("UPDATE core_payloadbody SET body = ''")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_app_login.execute("UPDATE core_payloadbody SET content_type = ''")


def test_all_belongs_to_the_owner_role_and_a_second_run_changes_nothing(two_logins, as_app_login):
    assert as_app_login.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall() == [
        ("backoffice_owner",)
    ]

    assert "No migrations to apply" in manage("migrate")
    assert "No planned migration operations" in manage("migrate", "--plan")


@pytest.mark.skipif(not os.environ.get("BACKOFFICE_SOAK"), reason="all of the house back and forth: make soak")
def test_core_migrates_back_and_forth(two_logins):
    assert "Unapplying core.0002_append_only... OK" in manage("migrate", "core", "0001")
    assert "Applying core.0002_append_only... OK" in manage("migrate", "core")


def test_an_app_is_taken_away_and_made_again(two_logins):
    assert "Unapplying integrations.0001_initial... OK" in manage("migrate", "integrations", "zero")
    assert "Applying integrations.0003_channel_machinery... OK" in manage("migrate", "integrations")


def test_the_schema_is_the_same_as_with_one_login(two_logins, as_app_login, db):
    from backoffice.core import fingerprint

    with connection.cursor() as cursor, as_app_login.cursor() as theirs:
        assert fingerprint.lines(theirs) == fingerprint.lines(cursor)
