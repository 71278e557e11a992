"""The plugin gives each run real servers of its own."""

import os

from django.core.cache import cache
from django.db import connection


def test_tests_run_on_real_postgresql_18(db):
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('server_version_num')::int / 10000")
        assert cursor.fetchone() == (18,)


def test_cache_is_a_real_valkey():
    cache.set("kept", 7, timeout=30)

    assert cache.get("kept") == 7


def test_addresses_are_published():
    assert os.environ["DATABASE_URL"].startswith("postgres")
    assert "redis" in os.environ["REDIS_URL"] or os.environ["REDIS_URL"].startswith("unix://")
