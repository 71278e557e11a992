"""A connection is set up over the API: the same steps as on its pages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import AuditEvent, IdempotencyRecord, User
from backoffice.core.proof import run_checks
from integrations import services
from integrations.connectors.registry import CONNECTORS
from integrations.models import Connection, Listing
from orders.models import Order
from tests.api.conftest import Caller
from tests.factories import sales
from tests.pages.test_connecting import Setting
from tests.simulators.engine import running
from tests.simulators.vendure import VendureSimulator

SCOPES = ("connections:read", "connections:write")


@pytest.fixture
def shop(transactional_db):
    with running(VendureSimulator()) as simulator:
        yield Setting(simulator)


def caller(*scopes, channel=None, **bound):
    robot = User.objects.filter(username="robot").first() or User.objects.create_superuser("robot")
    _key, secret = make_api_key(
        name="test", user=robot, scopes=scopes or SCOPES, channel_id=channel.pk if channel else None, **bound
    )
    return Caller(secret)


def begin(program):
    answer = program.post("connection-setups/", {"channel": "web", "connector": "vendure"})
    assert answer.status_code == 201, answer.content
    return f"connection-setups/{answer.json()['id']}/"


def login(shop, **secrets):
    given = {"username": "user-a", "password": "secret"} | secrets
    return {"settings": {"base_url": shop.simulator.url, "location_id": "7"}, "secrets": given}


def test_a_shop_is_connected_step_by_step(shop):
    shop.sell(1, "MUG", days=40)
    shop.sell(2, "MUG", "CUPBLUE", days=2)
    program = caller(company_id=shop.house.id)
    asked = {row["code"]: row["login"] for row in program.get("connection-setups/connectors/").json()}
    assert set(asked) == set(CONNECTORS)
    assert {field["name"]: field["secret"] for field in asked["woocommerce"]}["consumer_key"] is True

    path = begin(program)
    assert [row["connector"] for row in program.get("connection-setups/").json()["results"]] == ["vendure"]
    program.post(f"{path}login/", login(shop, password="wrong"))
    tried = program.post(f"{path}try/", {}).json()["tried"]
    assert (tried["ok"], "credentials are invalid" in tried["steps"][0]["said"]) == (False, True)
    assert "Check the keys" in tried["steps"][0]["remedy"]
    answer = program.post(f"{path}login/", login(shop))
    assert "secret" not in str(answer.json()["settings"]) and "user-a" not in answer.content.decode()
    assert [step["ok"] for step in program.post(f"{path}try/", {}).json()["tried"]["steps"]] == [True] * 3
    assert program.post(f"{path}catalogue/", {}).json()["catalogue_read"] == 3
    found = {row["external_sku"]: row for row in program.get(f"{path}proposals/").json()}
    assert (found["MUG"]["state"], found["MUG"]["sku"]) == ("matched", "MUG")
    assert [row["code"] for row in found["CUPBLUE"]["suggestions"]] == ["CUP-BLUE"]
    assert program.post(f"{path}listings/", {"matched": True}).json() == {"new": 1}
    cup = {"external_id": found["CUPBLUE"]["external_id"], "sku": "cup-blue"}
    assert program.post(f"{path}listings/", {"listings": [cup]}).json() == {"new": 1}
    day = (timezone.now() - timedelta(days=7)).isoformat()
    assert [row["name"] for row in program.post(f"{path}first-day/", {"starts_at": day}).json()["open_steps"]] == [
        "preview"
    ]
    preview = program.post(f"{path}preview/", {}).json()["preview"]
    assert [(row["number"], row["outcome"], row["lines"]) for row in preview["rows"]] == [("C2", "imported", 2)]
    assert not Order.objects.exists()

    live = program.post(f"{path}go-live/", {}).json()

    assert (live["status"], live["open_steps"], bool(live["live_at"])) == ("active", [], True)
    assert program.get("connection-setups/").json()["results"] == []
    services.pull_orders(connection_id=live["id"])
    services.import_orders(connection_id=live["id"])
    assert [order.external_id for order in Order.objects.all()] == ["2"]
    assert not [row for row in IdempotencyRecord.objects.all() if b"secret" in bytes(row.response)]
    assert [result.name for result in run_checks().results if result.state != "ok"] == []


@pytest.mark.parametrize(
    ("step", "body", "field"),
    [
        ("login", {"settings": {"base_url": "shop.example"}}, "base_url"),
        ("login", {"settings": {"colour": "red"}}, "settings.colour"),
        ("listings", {"listings": [{"external_id": "77", "sku": "NOPE"}]}, "NOPE"),
        ("listings", {"listings": [{"external_id": "77", "sku": "MUG"}]}, "77"),
        ("first-day", {"starts_at": "2999-01-01T00:00:00Z"}, "future"),
        ("go-live", {}, "login"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(shop, step, body, field):
    program = caller(company_id=shop.house.id)
    path = begin(program)
    before, trail = Connection.objects.values().get(), AuditEvent.objects.count()

    answer = program.post(f"{path}{step}/", body)

    assert answer.status_code in (400, 409) and field in answer.content.decode()
    assert Connection.objects.values().get() == before
    assert not Listing.objects.exists() and AuditEvent.objects.count() == trail


def test_a_live_connection_is_not_set_up_again(shop):
    program = caller(company_id=shop.house.id)
    path = begin(program)
    Connection.objects.update(status="active")

    assert program.post("connection-setups/", {"channel": "web", "connector": "fake"}).status_code == 400
    for step, body in (("login", login(shop)), ("try", {}), ("catalogue", {}), ("preview", {}), ("go-live", {})):
        answer = program.post(f"{path}{step}/", body)
        assert answer.status_code == 400, step
    assert Connection.objects.get().connector == "vendure" and shop.simulator.requests == []


def test_foreign_keys_and_scopes_see_nothing(shop):
    path = begin(caller(company_id=shop.house.id))
    other = caller(channel=sales.make_channel(shop.house, "other"))

    assert other.get(path).status_code == 404 == other.post(f"{path}try/", {}).status_code
    assert other.get("connection-setups/").json()["results"] == []
    assert other.post("connection-setups/", {"channel": "web", "connector": "fake"}).status_code in (400, 409)
    reader = caller("connections:read", company_id=shop.house.id)
    assert reader.get(path).status_code == 200
    assert reader.post(f"{path}go-live/", {}).status_code == 403
    assert caller("orders:read", company_id=shop.house.id).get(path).status_code == 403
