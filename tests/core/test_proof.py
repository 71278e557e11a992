"""The standing proof: OK, or the first row that differs; drift is planted as superuser."""

import json

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection

from backoffice.core import inbox, proof, tasks
from backoffice.core.models import JobRun, User
from backoffice.core.outbox import Event, deliver, publish
from backoffice.core.registry import Check, registry
from backoffice.core.roles import role

HOLDS = Check("holds", "core", "Holds", sql="SELECT 1 AS one WHERE false")
DIFFERS = Check("differs", "core", "Differs", sql="SELECT n AS number, NULL AS nothing FROM generate_series(5, 9) n")
BROKEN = Check("broken", "core", "Broken", sql="SELECT nonsense")


def as_superuser(*statements):
    with role(connection, "none"), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # goes round every trigger
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("RESET session_replication_role")


def problems():
    found = proof.run_checks(names=["inbox_whole", "outbox_readable", "outbox_readers_here"])
    return {result.name: result.row for result in found.results if result.state != "ok"}


@pytest.fixture
def some_messages(db):
    inbox.receive([inbox.Message("connection:1", "orders", f"A-{n}", b"{}") for n in range(3)])
    publish([Event("OrderPlaced", "order:1")])


def test_core_holds_on_honest_data(some_messages):
    assert problems() == {}


def test_a_lost_payload_is_found(some_messages):
    as_superuser("DELETE FROM core_payloadbody WHERE message_id = (SELECT max(id) FROM core_inboxmessage)")

    assert problems()["inbox_whole"]["external_id"] == "A-2"
    assert problems()["inbox_whole"]["problem"] == "no payload"


def test_a_changed_payload_is_found(some_messages):
    as_superuser("UPDATE core_payloadbody SET body = 'x' WHERE message_id = (SELECT min(id) FROM core_inboxmessage)")

    assert problems()["inbox_whole"]["problem"] == "payload is not what was received"


def test_an_event_out_of_reach_is_found(some_messages):
    as_superuser("UPDATE core_outboxevent SET xid = '999999999999'")

    assert problems()["outbox_readable"]["topic"] == "OrderPlaced"


def test_a_reader_of_another_cluster_is_found(some_messages):
    deliver(consumer="stock", handle=lambda events: None)
    as_superuser("UPDATE core_outboxcursor SET system_identifier = 1")

    assert problems()["outbox_readers_here"]["reader_cluster"] == "1"


@pytest.mark.django_db(transaction=True)
def test_checks_run_as_ro_in_one_read_only_snapshot():
    probe = Check(
        "probe",
        "core",
        "Probe",
        sql="SELECT current_user AS who, current_setting('transaction_isolation') AS isolation,"
        " current_setting('transaction_read_only') AS read_only",
    )
    with registry.replaced(Check, probe):
        [result] = proof.run_checks().results

    assert result.row == {"who": "backoffice_ro", "isolation": "repeatable read", "read_only": "on"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('transaction_read_only')")
        assert cursor.fetchone() == ("backoffice_app", "off")


def test_inside_a_transaction_the_proof_leaves_no_trace(db):
    with registry.replaced(Check, BROKEN, HOLDS):
        states = [result.state for result in proof.run_checks().results]

    assert states == ["error", "ok"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('transaction_read_only')")
        assert cursor.fetchone() == ("backoffice_app", "off")


def test_prove_prints_ok(db, capsys):
    with registry.replaced(Check, HOLDS):
        call_command("prove")

    assert capsys.readouterr().out == "OK\n"


def test_prove_prints_the_first_differing_row_of_each_and_exits_1(db, capsys):
    with registry.replaced(Check, HOLDS, DIFFERS, BROKEN), pytest.raises(SystemExit) as exit:
        call_command("prove")

    assert exit.value.code == 1
    out = capsys.readouterr().out
    assert "core.differs: Differs" in out and "number = 5" in out and "nothing = None" in out
    assert "core.broken: Broken" in out and 'column "nonsense" does not exist' in out
    assert "OK" not in out and "holds" not in out


def test_prove_as_json(db, capsys):
    with registry.replaced(Check, HOLDS, DIFFERS), pytest.raises(SystemExit):
        call_command("prove", json=True)

    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    assert [(c["name"], c["state"], c["row"]) for c in answer["checks"]] == [
        ("holds", "ok", None),
        ("differs", "differs", {"number": "5", "nothing": None}),
    ]


def test_the_scheduled_proof_is_kept_once_per_tick(db):
    with registry.replaced(Check, DIFFERS):
        ran = [tasks.prove.apply().result for _n in range(2)]

    assert ran == [True, False]
    run = JobRun.objects.get(job="prove")
    assert (run.status, run.detail["ok"]) == ("failed", False)
    assert run.due_at.minute == run.due_at.second == 0 and run.finished_at is not None


@pytest.fixture
def accountant(db, client):
    user = User.objects.create_user("accountant", is_staff=True)
    user.groups.add(Group.objects.get(name="accountant"))
    client.force_login(user)
    return client


def test_the_page_shows_the_last_run_and_the_first_difference_of_one_run_now(accountant):
    with registry.replaced(Check, HOLDS):
        tasks.prove.apply()
    kept = accountant.get("/admin/proof/").content.decode()

    with registry.replaced(Check, HOLDS, DIFFERS):
        page = accountant.post("/admin/proof/", follow=True).content.decode()

    assert "Holds" in kept and "Differs" not in kept
    assert "Holds" in page and "Differs" in page and "<dt>number</dt><dd>5</dd>" in page


def test_the_page_is_for_those_who_may_see_it(client, db):
    assert client.get("/admin/proof/").status_code == 302
    client.force_login(User.objects.create_user("picker", is_staff=True))
    assert client.get("/admin/proof/").status_code == 403
    assert client.post("/admin/proof/").status_code == 403
