"""The stock explorer over HTTP."""

import pytest
from django.contrib.auth.models import Permission

from tests.factories.goods import rows
from tests.factories.sales import line, order, place
from tests.factories.tracking import make_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def claimed(world):
    """Two mugs are wanted by an order."""
    place(world.channel, order("X-1", line("MUG", "2", "10")))
    world.robot.user_permissions.set(Permission.objects.filter(codename="view_stocklevel"))
    return world


def test_the_explorer_over_http(claimed):
    api = claimed.caller("stock:read")
    here = claimed.house.warehouse.code

    listed = api.get("stock-explorer/", search="mug").json()

    assert [row["sku"] for row in listed["results"]] == ["MUG"] and listed["more"] is False
    assert listed["results"][0]["places"][0]["claimed"] == "2.000000"
    told = api.get("stock-explorer/place/", sku="MUG", warehouse=here).json()
    assert api.get("stock-explorer/", search="mug", owner="own").json()["results"] == listed["results"]
    owner = make_owner(claimed.house)
    assert api.get("stock-explorer/", owner=owner.party.code).json()["results"] == []
    assert told["claims"][0]["quantity"] == "2.000000" and told["quants"] and told["moves"]


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("stock-explorer/", {"holding": "luck"}, "holding"),
        ("stock-explorer/", {"warehouse": "NONE"}, "warehouse"),
        ("stock-explorer/", {"owner": "NONE"}, "owner"),
        ("stock-explorer/", {"page": "0"}, "page"),
        ("stock-explorer/place/", {"sku": "NONE", "warehouse": "MAIN"}, "sku"),
        ("stock-explorer/place/", {"sku": "MUG"}, "warehouse"),
    ],
)
def test_a_wrong_question_is_named_by_field(claimed, path, query, field):
    before = rows("SELECT count(*) FROM inventory_stockmove")

    answer = claimed.caller("stock:read").get(path, **query)

    assert answer.status_code == 400 and field in {error["field"] for error in answer.json()["errors"]}
    assert claimed.caller("orders:read").get(path, **query).status_code == 403
    assert rows("SELECT count(*) FROM inventory_stockmove") == before
