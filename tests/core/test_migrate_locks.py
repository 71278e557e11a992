"""A migration that has to wait for a table gives way to those who use it, and is tried again."""

import psycopg
import pytest
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import OperationalError, connection, transaction

from backoffice.core.management.commands import migrate
from backoffice.core.roles import role


@pytest.fixture
def someone_else(transactional_db):
    """Somebody who reads a table in an open transaction."""
    given = connection.settings_dict
    login = {key: given[key.upper()] or None for key in ("host", "port", "user", "password")}
    with psycopg.connect(**login, dbname=given["NAME"]) as other:
        other.execute("SELECT count(*) FROM core_jobrun")
        yield other


def applying(monkeypatch, work):
    """Have `work` be the migration, run as migrate runs it; the command's own settings but the pause."""
    monkeypatch.setattr(DjangoMigrate, "handle", work)
    monkeypatch.setattr(migrate, "PAUSE_S", 0.01)
    with role(connection, "none"), connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{migrate.LOCK_TIMEOUT_MS}ms'")
        try:
            migrate.Command()._apply()
        finally:
            cursor.execute("RESET lock_timeout")


def test_it_gives_way_and_is_tried_again(someone_else, monkeypatch):
    tries = []

    def change(self, *args, **options):
        tries.append(1)
        if len(tries) == 3:
            someone_else.rollback()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE core_jobrun IN ACCESS EXCLUSIVE MODE")

    applying(monkeypatch, change)

    assert len(tries) == 3 and migrate.LOCK_TIMEOUT_MS < 1000


def test_it_gives_up_in_the_end_and_other_errors_at_once(someone_else, monkeypatch):
    tries = []
    monkeypatch.setattr(migrate, "TRIES", 2)

    def change(self, *args, **options):
        tries.append(1)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE core_jobrun IN ACCESS EXCLUSIVE MODE")

    with pytest.raises(OperationalError, match="lock timeout"):
        applying(monkeypatch, change)
    assert len(tries) == 2

    def away(self, *args, **options):
        tries.append(1)
        raise OperationalError("the server is away")

    with pytest.raises(OperationalError, match="away"):
        applying(monkeypatch, away)
    assert len(tries) == 3
