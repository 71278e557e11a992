"""Who, when, from, to, why of each document; and the standing proof: page and API, with their refusals."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import JobRun, User
from backoffice.core.roles import role
from tests.factories.goods import make_shop
from tests.factories.staff import sign_in

AUDIT, PROOF = "/api/v1/audit/", "/api/v1/proof/"


def key(*scopes, **bound):
    user = User.objects.filter(username="robot").first() or User.objects.create_superuser("robot")
    _key, secret = make_api_key(name="t", user=user, scopes=scopes, **bound)
    return {"headers": {"authorization": f"Api-Key {secret}"}}


@pytest.fixture
def cancelled(world):
    desk = sign_in("order_desk")
    desk.post(reverse("admin:orders_order_cancel", args=[world.ready]), {"reason": "Buyer asked"})
    return world


def test_the_page_and_the_api_tell_who_when_from_to_why(cancelled):
    auditor = sign_in("auditor")

    page = auditor.get(reverse("admin:orders_order_change", args=[cancelled.ready])).content.decode()
    trail = auditor.get(AUDIT, {"object_type": "orders.order", "object_id": cancelled.ready}).json()["results"]

    assert "order_desk · Buyer asked" in page
    [change] = [event for event in trail if event["field"] == "status" and event["new_value"] == "cancelled"]
    assert (change["who"], change["old_value"], change["reason"]) == ("order_desk", "released", "Buyer asked")
    assert change["recorded_at"]
    assert [event["id"] for event in trail] == sorted((event["id"] for event in trail), reverse=True)


def test_the_trail_is_refused_without_the_right(cancelled):
    query = {"object_type": "orders.order", "object_id": cancelled.ready}

    assert Client().get(AUDIT, query).status_code == 401
    for response in (sign_in("picker").get(AUDIT, query), Client().get(AUDIT, query, **key("orders:read"))):
        assert response.status_code == 403
        assert "Buyer asked" not in response.content.decode()
    other = make_shop("other", "PAR")
    foreign = Client().get(AUDIT, query, **key("audit:read", company_id=other.id))
    assert foreign.json()["results"] == []
    bound = Client().get(AUDIT, query, **key("audit:read", channel_id=cancelled.channel.pk))
    assert bound.json()["results"] == []
    own = Client().get(AUDIT, query, **key("audit:read", company_id=cancelled.house.id))
    assert own.json()["results"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"object_id": "1"}, "object_type"),
        ({"object_type": "orders.order"}, "object_id"),
        ({"object_type": "orders.order", "object_id": "x"}, "object_id"),
    ],
)
def test_the_trail_says_which_field_is_missing(world, query, field):
    response = sign_in("owner").get(AUDIT, query)

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == field


def test_the_trail_has_no_way_to_be_written(world):
    client = sign_in("owner")

    for method in (client.post, client.put, client.patch, client.delete):
        assert method(AUDIT).status_code in (403, 405)


def test_the_proof_is_run_and_read_by_api_and_page(world):
    client = sign_in("accountant")
    assert client.get(PROOF).status_code == 404

    ran = client.post(PROOF)
    read = Client().get(PROOF, **key("proof:read"))
    page = sign_in("auditor").get(reverse("proof")).content.decode()

    assert ran.status_code == read.status_code == 200
    body = read.json()
    assert (body["state"], body["ok"]) == ("ok", True)
    assert {check["state"] for check in body["checks"]} == {"ok"}
    assert {check["storey"] for check in body["checks"]} >= {"accounting", "inventory", "orders"}
    assert JobRun.objects.filter(job="prove", status="ok").count() == 1
    assert page.count('<span class="bo-pill success">OK</span>') == len(body["checks"]) + 1
    assert "Prove now" not in page  # an auditor reads, the accountant runs it


def test_the_page_runs_the_proof_and_shows_the_first_differing_row(world):
    with role(connection, "none"), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE inventory_stocklevel SET on_hand = on_hand + 7 WHERE sku_id = %s", [world.mug])
        cursor.execute("RESET session_replication_role")
    client = sign_in("owner")

    page = client.post(reverse("proof"), follow=True).content.decode()

    assert "Something differs" in page
    assert '<span class="bo-pill danger">differs</span>' in page
    assert JobRun.objects.get(job="prove").status == "failed"
    assert client.get(PROOF).json()["ok"] is False


def test_the_proof_is_refused_without_the_right(world):
    assert Client().post(PROOF).status_code == 401
    assert sign_in("picker").get(PROOF).status_code == 403
    assert sign_in("auditor").post(PROOF).status_code == 403
    assert sign_in("auditor").post(reverse("proof")).status_code == 403
    assert Client().post(PROOF, **key("proof:read")).status_code == 403
    assert not JobRun.objects.filter(job="prove").exists()
