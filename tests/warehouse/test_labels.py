"""Carriers: rates by weight and zone, labels that a scanner reads, voids, manifests, tracking; goods leave once."""

import re
from decimal import Decimal

import pytest

from backoffice.core.errors import IllegalTransition, InvalidInput
from orders.models import ReturnOrder, Shipment
from orders.services.holding import place_hold
from tests.factories.books import ACTOR, NOON
from tests.factories.carriers import address_for, make_box, make_carrier
from tests.factories.floor import broken_checks, facts, make_channel, make_order, make_packed, status_of
from tests.factories.goods import level, make_shop, make_sku, make_stock, rows
from tests.factories.pictures import barcodes
from tests.factories.refusals import refused, refused_as
from warehouse.carriers import CarrierRejected, ParcelFacts, Place, Service
from warehouse.carriers.house import check_digit, price_of, tracking_number
from warehouse.carriers.labels import label_pdf, label_zpl
from warehouse.errors import LabelRefused
from warehouse.label_papers import label_papers, live_labels
from warehouse.models import CarrierRate, Manifest, ManifestLine, Parcel, ParcelLabel
from warehouse.services import (
    buy_labels,
    hand_over,
    rate_shop,
    record_tracking,
    unpack,
    void_labels,
    waiting_shipments,
)

pytestmark = pytest.mark.django_db
D = Decimal


class Packed:
    """An order of 2 MUG, packed in one parcel of 800 g, with an address; a carrier at 4.50."""

    def __init__(self) -> None:
        self.shop = make_shop()
        self.mug = make_sku(self.shop, "MUG")
        make_stock(self.shop, self.mug, "10")
        self.channel = make_channel(self.shop)
        self.placed, self.shipment = self.pack("1")
        self.service = make_carrier(self.shop, g1000="4.50", g5000="9.00")
        self.at = {"company_id": self.shop.id, "actor": ACTOR}

    def pack(self, external_id: str):
        placed = make_order(self.channel, {self.mug: "2"}, external_id)
        address_for(placed.order_id)
        shipment = make_packed(self.shop, placed)
        Parcel.objects.filter(shipment=shipment).update(weight_g=800)
        return placed, shipment

    def buy(self, shipment: int | None = None):
        shipment = shipment or self.shipment
        return buy_labels({shipment: self.service.pk}, **self.at)[shipment][0]

    def hand_over(self, **values):
        where = {"warehouse_id": self.shop.warehouse.pk, "at": NOON}
        return hand_over(self.service.carrier_id, **where, **self.at, **values)


@pytest.fixture
def packed(db):
    return Packed()


def parcel(grams: int, country: str = "GB", postcode: str = "LS1") -> ParcelFacts:
    place = Place(("X",), postcode, "Leeds", country)
    return ParcelFacts("1", grams, place, place)


@pytest.mark.parametrize(
    ("grams", "country", "postcode", "price"),
    [
        (500, "GB", "LS1", "3"), (1000, "GB", "LS1", "3"), (1001, "GB", "LS1", "5"), (500, "GB", "BT1 1AA", "8"),
        (500, "LT", "01001", "12"), (3000, "LT", "01001", None), (6000, "GB", "LS1", None),
    ],
)  # fmt: skip
def test_rates_go_by_weight_and_zone_and_the_narrowest_zone_counts(grams, country, postcode, price):
    service = Service(
        1, "house", "std", "Standard", "GBP", 5000, 2,
        (
            (("GB",), (), 1000, D(3)), (("GB",), (), 5000, D(5)), (("GB",), ("BT",), 1000, D(8)), ((), (), 2000, D(12)),
        ),
    )  # fmt: skip

    assert price_of(parcel(grams, country, postcode), service) == (None if price is None else D(price))


def test_numbers_carry_the_check_digit_of_the_postal_union():
    assert check_digit(47312482) == 9  # RR473124829GB
    assert tracking_number("7") == tracking_number("7") != tracking_number("8")


def test_offers_are_shown_with_their_price_and_why_not(packed):
    dear = make_carrier(packed.shop, "dear", g1000="20.00")
    light = make_carrier(packed.shop, "light", g100="1.00")

    offers = rate_shop(packed.shipment, company_id=packed.shop.id)

    assert [(offer.service, offer.price) for offer in offers] == [
        (packed.service, D("4.50")),
        (dear, D(20)),
        (light, None),
    ]
    assert "No rate" in offers[2].refused


def test_a_label_is_bought_once_and_its_bars_are_read_by_a_decoder(packed):
    label = packed.buy()
    again = packed.buy()

    assert (again.pk, label.price, label.weight_g) == (label.pk, D("4.50"), 800)
    shipment = Shipment.objects.get(pk=packed.shipment)
    assert (shipment.tracking_number, shipment.carrier) == (label.tracking_number, "Carrier van")
    assert shipment.tracking_url == f"https://track.example/{label.tracking_number}"
    papers = label_papers(live_labels([packed.shipment]))
    assert ("Code128", label.tracking_number) in barcodes(label_pdf(papers, ppi=150))
    assert label_pdf(papers).startswith(b"%PDF")
    zpl = label_zpl(papers)
    assert re.findall(r"\^BCN[^^]*\^FH_\^FD([^^]*)\^FS", zpl) == [label.tracking_number]
    assert zpl.startswith("^XA") and zpl.endswith("^XZ\n") and "Long Street 1" in zpl


def test_commands_in_an_address_stay_text(packed):
    address_for(packed.placed.order_id, name="^XZ~JA_", line1="ქუჩა 1")
    packed.buy()

    zpl = label_zpl(label_papers(live_labels([packed.shipment])))

    assert zpl.count("^XZ") == 1 and "~JA" not in zpl
    assert "_5EXZ_7EJA_5F" in zpl and "ქუჩა 1" in zpl


def test_what_no_rate_carries_is_refused_and_nothing_is_written(packed):
    CarrierRate.objects.filter(service=packed.service).update(countries="LT")
    before = facts()

    with refused(CarrierRejected, match="no rate for 800 g to GB"):
        packed.buy()
    with refused_as(LabelRefused, "unknown_service"):
        buy_labels({packed.shipment: 10**9}, **packed.at)
    address_for(packed.placed.order_id, city="")
    with refused_as(LabelRefused, "no_address"):
        packed.buy()

    assert (facts(), ParcelLabel.objects.count()) == (before, 0)


def test_unpacking_voids_the_label_and_the_next_one_has_another_number(packed):
    first = packed.buy()

    unpack([packed.placed.fulfilment_id], reason="Wrong box", **packed.at)

    first.refresh_from_db()
    assert first.voided_at is not None and first.void_reason == "Wrong box"
    assert status_of("orders_shipment", packed.shipment) == "voided"
    other = make_packed_again(packed)
    assert packed.buy(other).tracking_number != first.tracking_number


def make_packed_again(packed: Packed) -> int:
    from warehouse.services import Pack, pack

    [made] = pack([Pack(packed.placed.fulfilment_id)], effective_at=NOON, **packed.at)
    assert made.shipment_id
    return made.shipment_id


def test_a_label_is_voided_and_bought_anew_until_the_goods_have_left(packed):
    first = packed.buy()
    void_labels([packed.shipment], reason="Wrong service", **packed.at)
    assert Shipment.objects.get(pk=packed.shipment).tracking_number == ""

    second = packed.buy()
    packed.hand_over()

    assert second.tracking_number != first.tracking_number
    with refused_as(LabelRefused, "gone"):
        void_labels([packed.shipment], reason="Too late", **packed.at)


def test_goods_and_cost_leave_once_at_the_hand_over(packed):
    label = packed.buy()
    _placed, bare = packed.pack("2")  # packed, without a label
    assert [row.pk for row in waiting_shipments(packed.service.carrier_id, warehouse_id=packed.shop.warehouse.pk)] == [
        packed.shipment
    ]

    done = packed.hand_over(driver="Jo")

    assert [(each.shipment_id, each.state) for each in done.results] == [(packed.shipment, "shipped")]
    manifest = Manifest.objects.get(pk=done.manifest_id)
    assert (manifest.driver, [line.shipment_id for line in manifest.lines.all()]) == ("Jo", [packed.shipment])
    assert Shipment.objects.get(pk=packed.shipment).tracking_number == label.tracking_number
    trail = rows(
        "SELECT new_value FROM core_auditevent WHERE object_type = 'orders.shipment' AND object_id = %s"
        " AND field = 'status' ORDER BY id", packed.shipment,
    )  # fmt: skip
    assert [new for (new,) in trail] == ["labelled", "manifested", "in_transit"]
    assert level(packed.shop, packed.mug) == (8, 8, 2)
    assert status_of("orders_shipment", bare) == "draft"
    assert broken_checks() == []
    before = facts()
    with refused_as(LabelRefused, "nothing_waits"):
        packed.hand_over()
    with refused(InvalidInput, match="has no label of"):
        packed.hand_over(shipment_ids=[bare])
    assert (facts(), ManifestLine.objects.count()) == (before, 1)


def test_what_may_not_leave_stays_behind_and_the_rest_goes(packed):
    packed.buy()
    placed, other = packed.pack("2")
    packed.buy(other)
    place_hold(placed.order_id, company_id=packed.shop.id, kind="manual", reason="Call", actor=ACTOR)

    done = packed.hand_over()

    assert {each.shipment_id: each.code for each in done.results} == {packed.shipment: "", other: "order_held"}
    assert [line.shipment_id for line in ManifestLine.objects.all()] == [packed.shipment]


def test_a_parcel_is_followed_and_one_that_comes_back_opens_a_return(packed):
    packed.buy()
    with refused(IllegalTransition):
        record_tracking([packed.shipment], status="delivered", **packed.at)
    packed.hand_over()

    record_tracking([packed.shipment], status="exception", note="Nobody home", **packed.at)
    record_tracking([packed.shipment], status="in_transit", **packed.at)
    changed = record_tracking([packed.shipment], status="returned_to_sender", **packed.at)

    assert changed == [packed.shipment]
    assert status_of("orders_shipment", packed.shipment) == "returned_to_sender"
    back = ReturnOrder.objects.get()
    assert back.order_id == packed.placed.order_id
    with refused(IllegalTransition):
        record_tracking([packed.shipment], status="delivered", **packed.at)
    assert broken_checks() == []


def test_a_box_weighs_something_and_carries_so_much():
    from warehouse.bench import check_weight

    box = make_box(make_shop())

    with pytest.raises(InvalidInput, match="too heavy"):
        check_weight(box, 5001)
    with pytest.raises(InvalidInput, match="weigh it again"):
        check_weight(box, 99)
    check_weight(box, 5000)
