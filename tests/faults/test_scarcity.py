"""D4: a full disk and no connection left are told as such, write nothing, and it all goes on once there is room."""

import os
import shutil
import subprocess
import threading
import time
from collections import Counter
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection
from django.test import Client

from backoffice.core.proof import run_checks
from backoffice.core.roles import APP, role
from backoffice.embedded.account import ServiceAccount
from orders.models import Order
from tests.api.conftest import World, order_body
from tests.factories.sales import orders_written
from tests.infra.servers import reachable_folder

CLIENTS, CONNECTIONS, ROOM_MB = 200, 20, 48


@contextmanager
def as_superuser():
    with role(connection, "none"), connection.cursor() as cursor:
        yield cursor


@pytest.fixture
def few_connections(transactional_db, monkeypatch):
    """From now on every new connection is of a login that may have no more than twenty."""
    with as_superuser() as cursor:
        cursor.execute(f"CREATE ROLE bo_few LOGIN CONNECTION LIMIT {CONNECTIONS}")
        cursor.execute(f"GRANT {APP} TO bo_few")
    before = connection.settings_dict["USER"]
    connection.settings_dict["USER"] = "bo_few"  # the main thread's connection stays
    yield
    connection.settings_dict["USER"] = before
    with as_superuser() as cursor:
        cursor.execute("DROP ROLE bo_few")


def test_two_hundred_buyers_on_twenty_connections_are_served_or_told_to_wait(few_connections):
    shop = World().caller("orders:write")
    first, last, gate = Counter(), Counter(), threading.Barrier(CLIENTS)

    def buy(number):
        gate.wait()
        answer = None
        for attempt in range(100):
            answer = shop.post("orders/", order_body(f"B-{number}"), key=f"b-{number}")
            connection.close()
            if attempt == 0:
                first[answer.status_code] += 1
            if answer.status_code != 503:
                break
            assert answer.headers["Retry-After"] == "5" and answer.json()["code"] == "unavailable"
            time.sleep(0.3 * (1 + number % 7))
        last[answer.status_code] += 1

    threads = [threading.Thread(target=buy, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(first) == {201, 503}, first  # the limit was met, and nobody saw anything else
    assert last == {201: CLIENTS}
    assert Order.objects.count() == CLIENTS and run_checks().ok


def test_without_any_database_pages_and_api_say_so(transactional_db, monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "x" * 32
    page = client.get("/admin/orders/order/")
    answer = client.get("/api/v1/orders/", headers={"authorization": "Api-Key none.none"})
    monkeypatch.undo()
    connection.close()

    assert (page.status_code, page.headers["Retry-After"]) == (503, "5") and "Back in a moment" in page.content.decode()
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert Client().get("/readyz").status_code == 200


@pytest.fixture
def small_disk(transactional_db):
    """The database, copied to a disk of its own that is soon full; the connection is its."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a small disk can be mounted by root only")
    name, account = connection.settings_dict["NAME"], ServiceAccount()
    with as_superuser() as cursor:  # a template is one's own: what earlier tests' threads left goes
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        cursor.execute("SELECT pg_database_size(current_database()) / (1024 * 1024)")
        size_mb = int(cursor.fetchone()[0]) + ROOM_MB
    with reachable_folder() as folder:
        disk = folder / "disk"
        disk.mkdir()
        if subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", disk], capture_output=True
        ).returncode:
            pytest.skip("this machine lets nobody mount a tmpfs")
        space = disk / "space"
        space.mkdir(mode=0o700)
        os.chown(space, account.uid, -1)
        connection.close()
        url = f"host={connection.settings_dict['HOST']} user={connection.settings_dict['USER']} dbname=postgres"
        try:
            with psycopg.connect(url, autocommit=True) as server:
                server.execute(f"CREATE TABLESPACE tiny LOCATION '{space}'")
                server.execute(f"CREATE DATABASE full_disk TEMPLATE {name} TABLESPACE tiny STRATEGY file_copy")
            connection.settings_dict["NAME"] = "full_disk"
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = name
            with psycopg.connect(url, autocommit=True) as server:
                server.execute("DROP DATABASE IF EXISTS full_disk WITH (FORCE)")
                server.execute("DROP TABLESPACE IF EXISTS tiny")
            subprocess.run(["umount", disk], check=True)


def fill():
    """Take all room but a few pages."""
    with as_superuser() as cursor:
        cursor.execute("CREATE TABLE junk (filler text)")
        cursor.execute("ALTER TABLE junk ALTER filler SET STORAGE PLAIN")
        for rows in (5000, 500, 50, 5, 1):
            while True:
                try:
                    cursor.execute("INSERT INTO junk SELECT repeat('x', 7000) FROM generate_series(1, %s)", [rows])
                except Exception as error:
                    assert "No space left on device" in str(error)
                    break


def test_a_full_disk_refuses_writes_keeps_reads_and_goes_on_when_there_is_room(small_disk):
    shop = World().caller("orders:write", "orders:read")
    fill()

    refused = None
    for number in range(300):  # what fits into pages that are there already is still taken
        before = orders_written()
        answer = shop.post("orders/", order_body(f"F-{number}"), key=f"f-{number}")
        if answer.status_code == 503:
            refused = number
            break
        assert answer.status_code == 201, answer.content

    assert refused is not None
    assert answer.headers["Retry-After"] == "5" and answer.json()["code"] == "unavailable"
    assert orders_written() == before
    assert shop.get("orders/").status_code == 200
    with as_superuser() as cursor:
        cursor.execute("DROP TABLE junk")
    again = shop.post("orders/", order_body(f"F-{refused}"), key=f"f-{refused}")
    assert again.status_code == 201, again.content
    assert Order.objects.count() == refused + 1 and run_checks().ok
