"""Parcels under way at the pages: what carriers say stands on order and shipment; where they say nothing is a list."""

import pytest
from django.urls import reverse
from django.utils import timezone

from backoffice.core.proof import run_checks
from orders.models import Shipment, TrackingEvent
from tests.factories.carriers import address_for, make_carrier
from tests.factories.floor import make_packed, status_of
from tests.factories.parcels import SaidCarrier, said  # noqa: F401
from tests.factories.staff import said as told
from tests.factories.staff import sign_in
from warehouse.carriers import TrackEvent
from warehouse.models import CarrierAccount, ParcelLabel
from warehouse.tasks import follow_parcels


def text_of(response):
    return response.content.decode()


@pytest.fixture
def gone(world, said):  # noqa: F811
    """The shipment of an order, handed over at the page to a carrier that can be asked."""

    class Placed:
        fulfilment_id = world.fulfilment_of(world.ready)

    address_for(world.ready)
    service = make_carrier(world.house)
    CarrierAccount.objects.filter(pk=service.carrier_id).update(connector="said")
    shipment = make_packed(world.house, Placed)
    lead = sign_in("warehouse_lead")
    assert ">Draft<" in text_of(lead.get(reverse("admin:orders_shipment_change", args=[shipment])))
    lead.post(reverse("admin:warehouse_label_buy", args=[shipment]), {"service": service.pk})
    assert ">Labelled<" in text_of(lead.get(reverse("admin:orders_shipment_change", args=[shipment])))
    page = reverse("admin:warehouse_manifest_add")
    where = {"carrier": service.carrier_id, "warehouse": world.house.warehouse.pk, "shipment": shipment}
    lead.post(page, where)
    return Shipment.objects.get(pk=shipment)


def test_what_the_carrier_says_stands_on_the_order_and_the_shipment(world, gone, said):  # noqa: F811
    said.said[gone.tracking_number] = [
        TrackEvent("in_transit", timezone.now(), "Sorted in hub", "Leeds"),
        TrackEvent("delivered", timezone.now(), "Signed by Ana", "York"),
    ]

    follow_parcels()

    desk = sign_in("warehouse_lead")
    for url in (
        reverse("admin:orders_shipment_change", args=[gone.pk]),
        reverse("admin:orders_order_change", args=[world.ready]),
    ):
        page = text_of(desk.get(url))
        assert "Sorted in hub" in page and "Signed by Ana" in page and "York" in page, url
    assert status_of("orders_shipment", gone.pk) == "delivered"
    under_way = text_of(desk.get(reverse("admin:warehouse_trackingwatch_changelist"), {"view": "open"}))
    assert gone.number not in under_way
    assert run_checks().ok


def test_a_carrier_that_says_nothing_is_a_list_and_is_asked_again(world, gone, said):  # noqa: F811
    said.unknown = {gone.tracking_number}
    follow_parcels()
    lead, page = sign_in("warehouse_lead"), reverse("admin:warehouse_trackingwatch_changelist")

    listed = text_of(lead.get(page, {"view": "given_up"}))
    assert gone.number in listed and "does not know" in listed
    assert "asked no more" in text_of(lead.get(reverse("admin:orders_shipment_change", args=[gone.pk])))
    watch = world.one("SELECT id FROM warehouse_trackingwatch")
    press = {"action": "ask_again", "_selected_action": [watch]}
    picker = sign_in("picker").post(page, press)
    assert picker.status_code in (302, 200, 403) and world.one("SELECT given_up_at FROM warehouse_trackingwatch")
    done = lead.post(page, press)

    assert told(done) == ["1 shipment is asked about next."]
    assert world.one("SELECT given_up_at FROM warehouse_trackingwatch") is None
    lead.post(reverse("admin:warehouse_shipment_track", args=[gone.pk]), {"status": "delivered", "note": "By phone"})
    assert (TrackingEvent.objects.get().note, status_of("orders_shipment", gone.pk)) == ("By phone", "delivered")
    again = lead.post(page, press)
    assert "has arrived" in told(again)[0]
    assert ParcelLabel.objects.count() == 1
