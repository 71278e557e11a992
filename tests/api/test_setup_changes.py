"""What is set up is changed over HTTP as it was read: of two who read it one is told, and what is wrong changes nothing."""

import pytest

from inventory.models import Location
from tests.api.test_ends_of_goods import made, two
from tests.factories.carriers import make_carrier
from warehouse.models import CarrierRate

__all__ = ["two"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "body", "change", "wrong"),
    [
        ("zones/", {"warehouse": "LON", "code": "FAST", "use": "pick"}, {"name": "Fast"}, {"use": "nothing"}),
        ("storage-classes/", {"code": "COLD", "name": "Cold"}, {"takes_others": True}, {"code": "x" * 99}),
        ("bin-types/", {"code": "SHELF", "name": "Shelf"}, {"max_weight_g": 900}, {"max_weight_g": -1}),
        ("locations/", {"warehouse": "LON", "code": "N1", "kind": "bin"}, {"name": "New"}, {"zone": "NONE"}),
        ("categories/", {"code": "wear", "name": "Wear"}, {"name": "To wear"}, {"parent": "NONE"}),
        ("brands/", {"code": "loom", "name": "Loom"}, {"name": "The Loom"}, {"name": ""}),
        ("products/", {"code": "TEE", "name": "T-shirt"}, {"description": "Soft"}, {"category": "NONE"}),
        ("packs/", {"sku": "MUG", "code": "CASE", "kind": "case", "quantity": "12"}, {"weight_g": 90}, {"quantity": "0"}),
        (
            "put-away-rules/",
            {"warehouse": "LON", "name": "All", "position": 1, "strategy": "same_sku"},
            {"name": "The rest"},
            {"strategy": "luck"},
        ),
        ("carriers/", {"code": "van", "name": "Own van"}, {"name": "Van"}, {"connector": "owl"}),
        (
            "count-plans/",
            {"warehouse": "LON", "name": "All bins", "unit": "bin", "period_days": 90, "daily_limit": 10},
            {"daily_limit": 5},
            {"daily_limit": -5},
        ),
    ],
)  # fmt: skip
def test_a_row_is_changed_as_it_was_read(two, path, body, change, wrong):
    address, row = made(two.desk, path, body)
    read = two.desk.get(address)
    [field] = change

    refused = two.desk.patch(address, wrong, match=read["ETag"])
    assert refused.status_code == 400 and two.desk.get(address).json() == read.json()
    done = two.desk.patch(address, change, match=read["ETag"])
    late = two.desk.patch(address, {field: row[field]}, match=read["ETag"])

    assert (done.status_code, done.json()[field], late.status_code) == (200, change[field], 412), done.content
    assert two.desk.get(address).json()[field] == change[field]
    assert [found["id"] for found in two.desk.get(path).json()["results"] if found["id"] == row["id"]]


def test_a_carriers_service_and_rate_are_changed(two):
    service = make_carrier(two.house)
    rate = CarrierRate.objects.get()
    for address, change, wrong in (
        (f"carrier-services/{service.pk}/", {"transit_days": 3}, {"transit_days": -3}),
        (f"carrier-rates/{rate.pk}/", {"price": "5.500000"}, {"price": "-1"}),
    ):
        [field] = change
        tag = two.desk.get(address)["ETag"]
        assert two.desk.patch(address, wrong, match=tag).status_code == 400
        done = two.desk.patch(address, change, match=tag)
        assert (done.status_code, str(done.json()[field])) == (200, str(change[field])), done.content
    assert Location.objects.filter(code="A1").count() == 1
