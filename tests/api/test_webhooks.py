"""Webhook endpoints over the API: a channel's key has its own, secrets are told once asked for, messages told again."""

import pytest

from backoffice.core.models import IdempotencyRecord
from integrations.models import WebhookDelivery, WebhookEndpoint
from tests.factories.sales import make_channel

SCOPES = ("webhooks:read", "webhooks:write")
BODY = {"name": "Shop", "url": "https://shop.example/hooks", "events": ["order.placed"]}


def make(caller, **changes):
    response = caller.post("webhook-endpoints/", BODY | changes)
    assert response.status_code == 201, response.content
    return response.json()


def test_an_endpoint_is_made_read_changed_and_removed(world):
    caller = world.caller(*SCOPES)
    made = make(caller)
    path = f"webhook-endpoints/{made['id']}/"
    read = caller.get(path)
    [secret] = caller.get(f"{path}secret/").json()["secrets"]

    assert read.json() == made and made["channel"] == "web" and made["status"] == "active"
    assert secret.startswith("whsec_")
    assert not [row for row in IdempotencyRecord.objects.all() if secret.encode() in bytes(row.response)]
    headers = {"authorization": f"Api-Key {caller.key}"}
    send = {"content_type": "application/json", "headers": headers}
    stale = caller.client.patch(f"/api/v1/{path}", {"name": "B"}, **send | {"headers": headers | {"if-match": '"x"'}})
    changed = caller.client.patch(
        f"/api/v1/{path}", {"name": "B"}, **send | {"headers": headers | {"if-match": read["ETag"]}}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    assert (changed.status_code, changed.json()["name"]) == (200, "B")
    assert caller.client.delete(f"/api/v1/{path}", headers=headers).status_code == 204
    assert caller.get(path).status_code == 404
    assert caller.get("webhook-endpoints/").json()["results"] == []
    assert "order.placed" in [row["type"] for row in caller.get("webhook-endpoints/events/").json()]


def test_a_secret_is_rotated_and_two_are_valid(world):
    caller = world.caller(*SCOPES)
    path = f"webhook-endpoints/{make(caller)['id']}/"
    [old] = caller.get(f"{path}secret/").json()["secrets"]

    assert caller.post(f"{path}rotate/", {"keep_former_s": 60}).status_code == 200

    new, former = caller.get(f"{path}secret/").json()["secrets"]
    assert former == old != new
    assert caller.post(f"{path}rotate/", {"keep_former_s": -1}).status_code == 400
    assert caller.get(f"{path}secret/").json()["secrets"] == [new, former]


def test_a_key_of_another_channel_finds_nothing_and_changes_nothing(world):
    made = make(world.caller(*SCOPES))
    stranger = world.caller(*SCOPES, channel=make_channel(world.house, "other"))
    path = f"webhook-endpoints/{made['id']}/"

    assert stranger.get("webhook-endpoints/").json()["results"] == []
    for name in ("", "secret/"):
        assert stranger.get(path + name).status_code == 404
    for name in ("pause/", "resume/", "rotate/", "ping/"):
        assert stranger.post(path + name, {}).status_code == 404
    assert stranger.post(f"{path}replay/", {"since": "2026-01-01T00:00:00Z"}).status_code == 404
    refused = stranger.post("webhook-endpoints/", BODY | {"channel": "web"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "channel")
    assert make(stranger)["channel"] == "other"
    assert WebhookEndpoint.objects.get(pk=made["id"]).status == "active"
    assert WebhookEndpoint.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"url": "http://shop.example/"}, ["url"]),
        ({"url": "https://10.0.0.1/"}, ["url"]),
        ({"url": "https://u:p@shop.example/"}, ["url"]),
        ({"events": ["order.placed", "nonsense"]}, ["events.1"]),
        ({"name": "", "events": ["nonsense"]}, ["name", "events.0"]),
    ],
)
def test_wrong_input_is_told_by_field_and_nothing_is_written(world, settings, changes, fields):
    settings.EGRESS_ALLOW = []

    response = world.caller(*SCOPES).post("webhook-endpoints/", BODY | changes)

    assert response.status_code == 400, response.content
    assert [error["field"] for error in response.json()["errors"]] == fields
    assert not WebhookEndpoint.objects.exists()


def test_the_scope_decides(world):
    made = make(world.caller(*SCOPES))
    reader = world.caller("webhooks:read")

    assert reader.get("webhook-endpoints/").status_code == 200
    assert reader.get(f"webhook-endpoints/{made['id']}/secret/").status_code == 403
    assert reader.post("webhook-endpoints/", BODY).status_code == 403
    assert WebhookEndpoint.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_log_is_read_and_told_again(world):
    from tests.api.conftest import order_body
    from tests.factories.channels import deliver_outbox

    caller = world.caller(*SCOPES, "orders:write")
    path = f"webhook-endpoints/{make(caller)['id']}/"
    assert caller.post(f"{path}pause/", {"reason": "Move"}).json()["status"] == "paused"
    assert caller.post("orders/", order_body()).status_code == 201
    assert caller.post(f"{path}ping/", None).status_code == 202
    deliver_outbox()

    log = caller.get("webhook-deliveries/", type=["order.placed", "ping"]).json()["results"]
    assert [row["type"] for row in log] == ["ping", "order.placed"]
    WebhookDelivery.objects.update(status="sent")
    assert caller.post(f"{path}replay/", {"deliveries": [log[1]["id"]]}).json() == {"replayed": 1}
    assert caller.get(f"webhook-deliveries/{log[1]['id']}/").json()["log"] == []
    assert [row["id"] for row in caller.get("webhook-deliveries/", status="due").json()["results"]] == [log[1]["id"]]
    assert caller.post(f"{path}replay/", {"since": log[1]["created_at"][:10] + "T00:00:00Z"}).json() == {"replayed": 1}
    missing = caller.post(f"{path}replay/", {"deliveries": [999_999]})
    assert (missing.status_code, missing.json()["errors"][0]["field"]) == (400, "deliveries")
    both = caller.post(f"{path}replay/", {"deliveries": [1], "since": "2026-01-01T00:00:00Z"})
    assert both.status_code == 400
    assert caller.post(f"{path}resume/", {}).json()["status"] == "active"
