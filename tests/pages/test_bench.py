"""The packing bench, labels and the hand-over at the pages: from the scan to the signature; wrong things write nothing."""

import json

import pytest
from django.urls import reverse

from backoffice.core.proof import run_checks
from inventory.models import Barcode
from orders.models import Shipment
from tests.factories.carriers import address_for, make_box, make_carrier
from tests.factories.floor import make_picked, status_of
from tests.factories.staff import said, sign_in
from warehouse.models import CarrierRate, Manifest, Parcel, ParcelLabel


class Work:
    def __init__(self, world) -> None:
        self.world = world
        self.pk = world.fulfilment_of(world.ready)
        address_for(world.ready)
        self.service = make_carrier(world.house)
        self.box = make_box(world.house)
        Barcode.objects.create(company=world.house.company, sku_id=world.mug, code="5000001", pack_quantity=1)

        class Placed:
            fulfilment_id = self.pk

        make_picked(world.house, Placed)
        self.client = sign_in("picker")

    def find(self, text):
        return self.client.get(reverse("admin:warehouse_bench_find"), {"q": text})

    def pack(self, quantity="4", line=None, **values):
        line = line or self.world.one("SELECT id FROM orders_fulfilmentline WHERE fulfilment_id = %s", self.pk)
        parcel = {"lines": {str(line): quantity}, "weight_g": "900", "box": str(self.box.pk)} | values.pop("parcel", {})
        body = {"fulfilment": self.pk, "parcels": [parcel], "service": str(self.service.pk)} | values
        return self.client.post(
            reverse("admin:warehouse_bench_pack"), json.dumps(body), content_type="application/json"
        )


@pytest.fixture
def work(world):
    return Work(world)


def test_a_packer_scans_weighs_labels_and_a_carrier_takes_it(work):
    assert "bench-scan" in work.client.get(reverse("admin:warehouse_bench")).content.decode()
    found = work.find(f"FO-{work.pk:06d}").json()
    [line] = found["lines"]
    assert (line["quantity"], line["codes"]) == ("4", {"5000001": "1", "MUG": "1"})
    assert found["services"][0]["proposed"] and found["boxes"][0]["code"] == "B1"
    assert work.find("R-1").json()["fulfilment"] == work.pk  # the channel's own number

    packed = work.pack().json()

    parcel = Parcel.objects.get(shipment=packed["shipment"])
    assert (parcel.weight_g, parcel.box, parcel.device) == (900, work.box, "bench")
    label = ParcelLabel.objects.get()
    pdf = work.client.get(packed["label"])
    assert (pdf.status_code, pdf["content-type"]) == (200, "application/pdf")
    assert (
        label.tracking_number
        in work.client.get(reverse("admin:warehouse_labels_zpl", args=[packed["shipment"]])).content.decode()
    )
    assert work.client.get(packed["slip"]).status_code == 200
    desk = sign_in("order_desk")
    page = reverse("admin:orders_order_change", args=[work.world.ready])
    assert "Packed and labelled: it waits for the carrier." in desk.get(page).content.decode()
    add = reverse("admin:warehouse_manifest_add")
    assert label.tracking_number in work.client.get(add).content.decode()
    data = {
        "carrier": work.service.carrier_id, "warehouse": work.world.house.warehouse.pk, "driver": "Jo",
        "shipment": [packed["shipment"]],
    }  # fmt: skip
    left = work.client.post(add, data)
    manifest = Manifest.objects.get()
    assert left.url == reverse("admin:warehouse_manifest_change", args=[manifest.pk])
    assert label.tracking_number in work.client.get(left.url).content.decode()
    assert status_of("orders_shipment", packed["shipment"]) == "in_transit"
    assert "Everything has left the building." in desk.get(page).content.decode()
    work.client.post(
        reverse("admin:warehouse_shipment_track", args=[packed["shipment"]]), {"status": "delivered", "note": ""}
    )
    assert status_of("orders_shipment", packed["shipment"]) == "delivered"
    assert run_checks().ok


@pytest.mark.parametrize(
    ("text", "words"), [("NOBODY", "Nobody knows"), ("FO-999999", "Nobody knows"), ("", "Nobody knows")]
)
def test_what_nobody_knows_is_said(work, text, words):
    answer = work.find(text)

    assert answer.status_code == 404 and words in answer.json()["detail"]


def test_work_that_is_not_picked_is_said_with_its_status(work):
    shipped = work.find(f"FO-{work.world.fulfilment_of(work.world.shipped):06d}")

    assert (shipped.status_code, "Shipped" in shipped.json()["detail"]) == (404, True)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"quantity": "3"}, "not what was picked"),
        ({"quantity": "5"}, "not what was picked"),
        ({"line": 10**9}, "not what was picked"),
        ({"parcel": {"weight_g": "9000"}}, "too heavy"),
        ({"parcel": {"weight_g": "50"}}, "weigh it again"),
        ({"parcel": {"lines": "x"}}, "cannot be read"),
        ({"parcel": {"weight_g": "heavy"}}, "cannot be read"),
    ],
)
def test_a_wrong_parcel_is_refused_in_words_and_nothing_is_written(work, values, words):
    written = work.world.written()

    answer = work.pack(**values)

    assert answer.status_code == 409 and words in answer.json()["detail"]
    assert work.world.written() == written


def test_a_label_that_no_carrier_sells_leaves_the_parcel_packed_and_says_why(work):
    CarrierRate.objects.all().delete()

    answer = work.pack().json()

    assert "no rate" in answer["label_refused"] and answer["label"] == ""
    assert status_of("orders_fulfilment", work.pk) == "packed"
    CarrierRate.objects.create(service=work.service, up_to_g=5000, price=7)
    buy = reverse("admin:warehouse_label_buy", args=[answer["shipment"]])
    told = said(work.client.post(buy, {"service": work.service.pk}, follow=True))
    assert any("The label is ready" in text for text in told)
    void = reverse("admin:warehouse_label_void", args=[answer["shipment"]])
    assert any("Say why" in text for text in said(work.client.post(void, {"reason": ""}, follow=True)))
    work.client.post(void, {"reason": "Torn"})
    assert ParcelLabel.objects.get().void_reason == "Torn"


def test_shipping_by_hand_keeps_the_number_of_the_label(work):
    shipment = work.pack().json()["shipment"]

    work.client.post(reverse("admin:warehouse_ship", args=[work.pk]), {"carrier": "", "tracking_number": ""})

    sent = Shipment.objects.get(pk=shipment)
    assert (sent.status, sent.tracking_number) == ("in_transit", ParcelLabel.objects.get().tracking_number)
    assert sent.carrier == "Carrier van"


def test_two_packers_of_one_order_pack_it_once(work):
    assert work.pack().status_code == 200

    again = work.pack()

    assert again.status_code == 409
    assert Parcel.objects.filter(shipment__fulfilment=work.pk).count() == 1


def test_who_may_not_pack_is_sent_away(work):
    desk = sign_in("order_desk")

    assert desk.get(reverse("admin:warehouse_bench")).status_code == 403
    assert desk.get(reverse("admin:warehouse_manifest_add")).status_code == 403
