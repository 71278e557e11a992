"""Connections and syncing over HTTP: standing, rules, login, pausing, running now, and trying again what went wrong."""

import datetime
import json

import pytest

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import AuditEvent, InboxMessage, User
from backoffice.core.proof import run_checks
from integrations import services, tasks
from integrations.connectors.fake.connector import FakeConnector
from integrations.connectors.registry import secrets_owner
from integrations.fake_channel.server import Fault
from integrations.models import CompletenessCheck, Connection, Listing, QuarantinedRow, SyncRun, TrackingPush
from integrations.secrets import unseal
from orders.models import Order
from tests.api.conftest import Caller
from tests.factories.channels import Clock, Connected, deliver_outbox, sample_shop
from tests.factories.messages import written_down
from tests.factories.sales import dispatch, make_channel, pack

pytestmark = pytest.mark.django_db(transaction=True)
READ, WRITE = "connections:read", "connections:write"


@pytest.fixture
def connected():
    clock = Clock()
    with sample_shop(clock) as (app, server):
        yield Connected(app, server, clock)


def key(channel, *scopes) -> Caller:
    robot, _made = User.objects.get_or_create(username="robot", defaults={"is_superuser": True})
    return Caller(make_api_key(name="test", user=robot, scopes=scopes, channel_id=channel.pk)[1])


@pytest.fixture
def api(connected):
    return key(connected.channel, READ, WRITE)


def pull(connected):
    services.pull_orders(connection_id=connected.id, force=True)
    services.import_orders(connection_id=connected.id)


def test_rules_and_login_are_changed_and_secrets_never_told(connected, api):
    path = f"connections/{connected.id}/"
    read = api.get(path)

    changed = api.patch(
        path,
        {"buffer": "2", "share_percent": 80, "keep_personal_days": 30, "secrets": {"token": "new-token"}},
        match=read["ETag"],
    )

    assert changed.status_code == 200, changed.content
    assert (changed.json()["buffer"], changed.json()["share_percent"]) == ("2.000000", 80)
    row = Connection.objects.get(pk=connected.id)
    assert (changed.json()["keep_personal_days"], row.keep_personal_days) == (30, 30)
    assert unseal(row.secrets, owner=secrets_owner(row)) == {"token": "new-token"}
    everything = [changed, api.get(path), api.get("connections/"), api.get(f"{path}standing/")]
    assert all(b"new-token" not in answer.content for answer in everything)
    assert set(AuditEvent.objects.filter(object_type="integrations.connection").values_list("action", flat=True)) >= {
        "rules",
        "secrets",
    }
    assert api.patch(path, {"buffer": "3"}, match=read["ETag"]).status_code == 412


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"share_percent": 101}, "share_percent"),
        ({"buffer": "-1"}, "buffer"),
        ({"keep_personal_days": -1}, "keep_personal_days"),
        ({"secrets": {"no": "x"}}, "secrets.no"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(connected, api, values, field):
    before = Connection.objects.values().get(pk=connected.id)

    answer = api.patch(f"connections/{connected.id}/", {"floor": "1"} | values)

    assert answer.status_code == 400 and field in {error["field"] for error in answer.json()["errors"]}, answer.content
    assert Connection.objects.values().get(pk=connected.id) == before


def test_it_is_paused_resumed_and_run_now(connected, api, monkeypatch):
    asked = written_down(monkeypatch)
    path = f"connections/{connected.id}"
    services.pull_orders(connection_id=connected.id, force=True)

    paused = api.post(f"{path}/pause/", {"reason": "Stocktake"})
    refused = api.post(f"{path}/run/", {"job": "pull_orders"})
    resumed = api.post(f"{path}/resume/", {})
    run = api.post(f"{path}/run/", {"job": "pull_orders"})

    assert (paused.json()["status"], paused.json()["status_reason"]) == ("paused", "Stocktake")
    assert (refused.status_code, refused.json()["code"]) == (409, "connection_not_active")
    assert (resumed.json()["status"], run.status_code, asked) == (
        "active",
        202,
        [(tasks.pull_orders.name, connected.id)],
    )
    assert services.connections_to_pull() == [connected.id]  # though it was read a moment ago


def test_a_catalogue_that_cannot_be_read_is_not_asked_for(connected, api, monkeypatch):
    asked = written_down(monkeypatch)

    refused = api.post(f"connections/{connected.id}/run/", {"job": "match_listings"})

    assert (refused.status_code, refused.json()["code"], asked) == (409, "no_catalogue", [])


def test_runs_are_told_with_their_progress_and_stopped(connected, api):
    connected.sell(1)
    pull(connected)
    running = SyncRun.objects.create(
        company_id=connected.house.id, connection=connected.connection, job="push_stock", total=10, done=4
    )

    found = api.get("sync-runs/", job="pull_orders").json()["results"]
    stopped = api.post(f"sync-runs/{running.pk}/stop/", {})
    ended = api.post(f"sync-runs/{found[0]['id']}/stop/", {})

    assert [(run["job"], run["status"], run["done"]) for run in found] == [("pull_orders", "done", 1)]
    assert (stopped.json()["stop_requested"], stopped.json()["done"], stopped.json()["total"]) == (True, 4, 10)
    assert (ended.status_code, ended.json()["code"]) == (409, "nothing_open")


def test_what_was_kept_apart_is_seen_replayed_and_dropped(connected, api):
    connected.sell(1, items=[])
    connected.sell(2, items=[])
    pull(connected)
    rows = api.get("quarantined-rows/", status="open").json()["results"]
    ids = sorted(row["id"] for row in rows)
    assert [(row["code"], row["channel"]) for row in rows] == [("payload_unreadable", "sample")] * 2
    [_first, dead] = api.get("received-messages/", status="dead").json()["results"]
    assert "body" not in dead and dead["attempts"] == 1

    dropped = api.post("quarantined-rows/drop/", {"ids": ids[:1], "reason": "A test of theirs"})
    replayed = api.post("quarantined-rows/replay/", {"ids": ids, "reason": "Repaired"})
    again = api.post("quarantined-rows/drop/", {"ids": ids[:1], "reason": "Once more"})

    assert (dropped.json(), replayed.json()) == ({"changed": 1}, {"resolved": 0, "still_open": 1})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_open")
    assert QuarantinedRow.objects.get(pk=ids[0]).status == "dropped"
    assert services.connections_to_import() == [connected.id]  # the other is due again
    message = api.post("received-messages/replay/", {"ids": [dead["id"]], "reason": "Look again"})
    assert message.status_code == 200 and api.get(f"received-messages/{dead['id']}/").json()["status"] != "dead"
    assert run_checks().ok


def test_shipments_and_listings_that_failed_are_told_again(connected, api):
    services.list_skus(connection_id=connected.id, listings={"L1": (connected.mug, "MUG")})
    connected.sell(1)
    pull(connected)
    work = list(Order.objects.get().fulfilments.values_list("pk", flat=True))
    dispatch(connected.house, [one.shipment_id for one in pack(connected.house, work)])
    deliver_outbox()
    connected.app.faults += [Fault("fulfilments", status=422), Fault("PUT /api/stock", status=422)]
    services.push_tracking(connection_id=connected.id)
    services.push_stock(connection_id=connected.id)
    [push] = api.get("tracking-pushes/", status="dead").json()["results"]
    [listing] = api.get("channel-listings/").json()["results"]
    assert push["error"] and listing["push_error"] and not listing["waiting"]
    standing = api.get(f"connections/{connected.id}/standing/").json()
    assert (standing["tracking_dead"], standing["push_errors"], len(standing["problems"])) == (1, 1, 2)

    told = api.post("tracking-pushes/retry/", {"ids": [push["id"]], "reason": "Carrier mapped"})
    due = api.post("channel-listings/push-again/", {"ids": [listing["id"]], "reason": "Listed there now"})
    services.push_tracking(connection_id=connected.id)
    services.push_stock(connection_id=connected.id)

    assert (told.json(), due.json()) == ({"changed": 1}, {"changed": 1})
    assert TrackingPush.objects.get().status == "sent" and Listing.objects.get().push_error == ""
    assert connected.app.shop.stock() == {"MUG": 999}
    assert api.post("tracking-pushes/retry/", {"ids": [push["id"]], "reason": "x"}).status_code == 409


def test_a_key_of_another_channel_finds_nothing_and_changes_nothing(connected, api):
    connected.sell(1, items=[])
    pull(connected)
    services.list_skus(connection_id=connected.id, listings={"L1": (connected.mug, "MUG")})
    stranger = key(make_channel(connected.house, "other"), READ, WRITE)
    own = {name: json.loads(api.get(f"{name}/").content)["results"] for name in NOUNS}
    assert all(own[name] for name in NOUNS if name != "tracking-pushes")
    before = list(InboxMessage.objects.values_list("work__status", flat=True))

    assert {name: json.loads(stranger.get(f"{name}/").content)["results"] for name in NOUNS} == dict.fromkeys(NOUNS, [])
    for name in NOUNS:
        for row in own[name]:
            assert stranger.get(f"{name}/{row['id']}/").status_code == 404
    ids = {"ids": [row["id"] for row in own["quarantined-rows"]], "reason": "mine"}
    messages = {"ids": [row["id"] for row in own["received-messages"]], "reason": "mine"}
    assert stranger.patch(f"connections/{connected.id}/", {"buffer": "5"}).status_code == 404
    assert stranger.post("quarantined-rows/drop/", ids).status_code == 409
    assert stranger.post("received-messages/replay/", messages).status_code == 409
    assert list(InboxMessage.objects.values_list("work__status", flat=True)) == before


NOUNS = ("connections", "sync-runs", "channel-listings", "tracking-pushes", "quarantined-rows", "received-messages")


def test_whether_every_order_came_and_that_a_version_ends_are_told(connected, api, monkeypatch):
    CompletenessCheck.objects.create(
        company=connected.house.company, connection=connected.connection, day="2026-03-09", there=3, missing=2, fetched=1,
        missing_ids=["S9"],
    )  # fmt: skip
    monkeypatch.setattr(FakeConnector, "api_ends", datetime.date(2020, 1, 1))
    monkeypatch.setattr(FakeConnector, "api_version", "2019-01")

    counts = api.get(f"connections/{connected.id}/counts/")
    standing = api.get(f"connections/{connected.id}/standing/").json()

    [day] = counts.json()
    assert (day["day"], day["there"], day["missing"], day["fetched"], day["missing_ids"]) == (
        "2026-03-09",
        3,
        2,
        1,
        ["S9"],
    )
    assert any("ended its API version 2019-01 on 2020-01-01" in text for text in standing["problems"])
    stranger = key(make_channel(connected.house, "other"), READ)
    assert stranger.get(f"connections/{connected.id}/counts/").status_code == 404
