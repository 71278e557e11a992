"""Rates, labels, manifests and tracking over the API."""

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from backoffice.core.proof import run_checks
from orders.models import Fulfilment
from tests.api.conftest import order_body
from tests.factories.carriers import make_box, make_carrier
from tests.factories.floor import facts, status_of
from tests.factories.parcels import SaidCarrier, said  # noqa: F401
from warehouse.carriers import TrackEvent
from warehouse.models import CarrierAccount, Manifest
from warehouse.tasks import follow_parcels


@pytest.fixture
def scanner(world):
    scopes = ("warehouse:read", "warehouse:write", "shipments:read")
    return world.caller(*scopes, bound=False, company_id=world.house.id)


@pytest.fixture
def shipment(world, scanner):
    world.caller("orders:write").post("orders/", order_body())
    work = Fulfilment.objects.get()
    [made] = scanner.post("pick-lists/", {"fulfilments": [work.pk]}).json()
    tasks = scanner.get(f"pick-lists/{made['pick_list']}/").json()["tasks"]
    scanner.post("pick-lists/confirm/", {"picks": [{"task": t["id"], "quantity": t["quantity"]} for t in tasks]})
    box = make_box(world.house)
    line = work.lines.get()
    parcel = {"lines": {str(line.pk): "2"}, "weight_g": 700, "box": box.pk}
    heavy = scanner.post(f"fulfilments/{work.pk}/pack/", {"parcels": [parcel | {"weight_g": 9000}]})
    assert (heavy.status_code, status_of("orders_fulfilment", work.pk)) == (400, "picked")
    return scanner.post(f"fulfilments/{work.pk}/pack/", {"parcels": [parcel]}).json()["shipment"]


def test_from_the_rate_to_the_signature(world, scanner, shipment):
    service = make_carrier(world.house)
    assert [box["code"] for box in scanner.get("boxes/").json()["results"]] == ["B1"]

    [rate] = scanner.get(f"shipments/{shipment}/rates/").json()
    assert (rate["service"], rate["price"], rate["refused"]) == (service.pk, "4.500000", "")
    [label] = scanner.post(f"shipments/{shipment}/label/", {"service": service.pk}).json()
    pdf = scanner.get(f"shipments/{shipment}/label-file/")
    assert (pdf.status_code, pdf["content-type"]) == (200, "application/pdf")
    assert (
        label["tracking_number"] in scanner.get(f"shipments/{shipment}/label-file/", **{"as": "zpl"}).content.decode()
    )
    made = scanner.post("manifests/", {"carrier": "van", "warehouse": world.house.warehouse.code, "driver": "Jo"})
    assert (made.status_code, made.json()["shipments"]) == (201, [shipment]), made.content
    [row] = scanner.get("manifests/").json()["results"]
    assert row["shipments"] == [shipment]
    late = scanner.post(f"shipments/{shipment}/void-label/", {"reason": "x"})
    assert (late.status_code, late.json()["code"]) == (409, "gone")
    told = scanner.post(f"shipments/{shipment}/track/", {"status": "delivered"})
    assert told.json()["status"] == "delivered" and told.json()["delivered_at"]
    [event] = scanner.get(f"shipments/{shipment}/tracking/").json()
    assert (event["status"], event["source"], event["note"]) == ("delivered", "hand", "")
    assert run_checks().ok


def test_what_a_carrier_says_and_where_it_says_nothing_is_read_and_asked_again(world, scanner, shipment, said):  # noqa: F811
    service = make_carrier(world.house)
    CarrierAccount.objects.filter(pk=service.carrier_id).update(connector="said")
    world.robot.user_permissions.add(Permission.objects.get(codename="change_trackingwatch"))
    [label] = scanner.post(f"shipments/{shipment}/label/", {"service": service.pk}).json()
    assert scanner.get(f"shipments/{shipment}/").json()["status"] == "labelled"
    scanner.post("manifests/", {"carrier": "van", "warehouse": world.house.warehouse.code})
    said.unknown = {label["tracking_number"]}
    follow_parcels()

    [watch] = scanner.get("tracking-watches/", given_up="true", failing="true").json()["results"]
    assert (watch["shipment"], watch["status"], watch["carrier"]) == (shipment, "in_transit", "van")
    assert "does not know" in watch["error"]
    said.unknown = set()
    said.said[label["tracking_number"]] = [TrackEvent("delivered", timezone.now(), "Signed", "Leeds")]
    assert scanner.post(f"tracking-watches/{watch['id']}/ask-again/", {}).json() == {"asked": 1}
    follow_parcels()

    [event] = scanner.get(f"shipments/{shipment}/tracking/").json()
    assert (event["source"], event["note"], event["place"]) == ("carrier", "Signed", "Leeds")
    assert scanner.get(f"shipments/{shipment}/").json()["status"] == "delivered"
    late = scanner.post(f"tracking-watches/{watch['id']}/ask-again/", {})
    future = scanner.post(f"shipments/{shipment}/track/", {"status": "exception", "at": "2999-01-01T00:00:00Z"})
    assert (late.status_code, future.status_code) == (400, 400)
    assert scanner.get("tracking-watches/", ended="false").json()["results"] == []
    assert run_checks().ok


def test_what_is_wrong_is_refused_and_nothing_is_written(world, scanner, shipment):
    make_carrier(world.house)
    before = facts()

    answers = [
        scanner.post(f"shipments/{shipment}/label/", {"service": 10**9}),
        scanner.post(f"shipments/{shipment}/track/", {"status": "teleported"}),
        scanner.post(f"shipments/{shipment}/track/", {"status": "delivered"}),
        scanner.post("manifests/", {"carrier": "nobody", "warehouse": world.house.warehouse.code}),
        scanner.post("manifests/", {"carrier": "van", "warehouse": world.house.warehouse.code}),
        scanner.get(f"shipments/{shipment}/label-file/"),
    ]

    assert [answer.status_code for answer in answers] == [409, 400, 409, 404, 409, 404]
    assert (facts(), Manifest.objects.count()) == (before, 0)
