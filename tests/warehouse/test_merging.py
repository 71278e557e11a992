"""Orders of one buyer in one parcel, and one order in several by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest

from accounting.models import Invoice
from orders.errors import MergedApart, NotMergeable, NotSplittable
from orders.inputs import AddressInput, ContactInput, LineInput, OrderInput
from orders.models import Fulfilment, FulfilmentLine, Order, Shipment
from orders.selectors.merges import mergeable_with
from orders.services import merge_fulfilments, place_hold, place_orders, split_fulfilment, unmerge_fulfilments
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import Placed, broken_checks, facts, make_channel, make_picked
from tests.factories.goods import level, make_shop, make_sku, make_stock
from tests.factories.refusals import refused
from warehouse.models import Parcel
from warehouse.services import Dispatch, Pack, fulfil_straight, pack, ship

pytestmark = pytest.mark.django_db
D = Decimal
HOME = AddressInput("Ann", line1="1, High St.", city="London", postcode="E1", country="GB")


def make_world():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "20")
    return shop, mug, make_channel(shop)


def place(channel, sku, external_id, **values) -> Placed:
    given = OrderInput(
        external_id,
        NOON,
        channel.currency,
        [LineInput("MUG", D(2), D(20), sku_id=sku)],
        contact=ContactInput("ann", "Ann", "ann@example.test"),
        shipping_address=HOME,
        shipping_service="standard",
    )
    (made,) = place_orders([replace(given, **values)], channel_id=channel.pk, actor=ACTOR)
    return Placed(made.order_id, made.fulfilment_ids[0])


def merge(shop, *placed):
    return merge_fulfilments([each.fulfilment_id for each in placed], company_id=shop.id, actor=ACTOR)


def test_two_orders_leave_in_one_parcel_with_an_invoice_each():
    shop, mug, channel = make_world()
    first, second = (
        place(channel, mug, "A"),
        place(channel, mug, "B", shipping_address=replace(HOME, line1="1 high st")),
    )

    merge(shop, first, second)
    for each in (first, second):
        make_picked(shop, each)
    packs = [Pack(each.fulfilment_id) for each in (first, second)]
    packed = pack(packs, company_id=shop.id, effective_at=NOON, actor=ACTOR)
    shipped = ship([Dispatch(p.shipment_id, "DHL", "", "T1", NOON) for p in packed], company_id=shop.id, actor=ACTOR)

    assert [result.state for result in shipped] == ["shipped", "shipped"]
    parcel = Parcel.objects.get()
    assert parcel.lines.count() == 2
    assert set(Shipment.objects.values_list("tracking_number", flat=True)) == {"T1"}
    assert sorted(Invoice.objects.values_list("source_id", "total")) == [(p.shipment_id, 40) for p in packed]
    assert set(Order.objects.values_list("status", flat=True)) == {"shipped"}
    assert level(shop, mug) == (16, 16, 0)
    assert broken_checks() == []


def test_what_shares_a_parcel_is_neither_packed_nor_shipped_apart():
    shop, mug, channel = make_world()
    first, second = place(channel, mug, "A"), place(channel, mug, "B")
    merge(shop, first, second)
    make_picked(shop, first)
    before = facts()
    with refused(MergedApart):
        fulfil_straight([second.fulfilment_id], company_id=shop.id, actor=ACTOR, effective_at=NOON)
    (alone,) = pack([Pack(first.fulfilment_id)], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    assert (alone.code, facts()) == ("merged_apart", before)
    make_picked(shop, second)
    packed = pack(
        [Pack(first.fulfilment_id), Pack(second.fulfilment_id)], company_id=shop.id, effective_at=NOON, actor=ACTOR
    )
    before = facts()

    (alone,) = ship([Dispatch(packed[0].shipment_id, "DHL", "", "T1", NOON)], company_id=shop.id, actor=ACTOR)
    differing = ship(
        [Dispatch(p.shipment_id, "DHL", "", f"T{n}", NOON) for n, p in enumerate(packed)],
        company_id=shop.id,
        actor=ACTOR,
    )
    place_hold(second.order_id, company_id=shop.id, kind="fraud", reason="odd", actor=ACTOR)
    after_hold = facts()
    held = ship([Dispatch(p.shipment_id, "DHL", "", "T1", NOON) for p in packed], company_id=shop.id, actor=ACTOR)

    assert alone.code == "merged_apart"
    assert [result.code for result in differing] == ["labels_differ", "labels_differ"]
    assert [result.code for result in held] == ["merged_apart", "order_held"]
    assert facts() == after_hold
    assert Shipment.objects.filter(status="in_transit").count() == 0 and before[-4] == facts()[-4]


def test_the_order_page_suggests_those_of_the_same_buyer_address_and_service():
    shop, mug, channel = make_world()
    first, second = place(channel, mug, "A"), place(channel, mug, "B")
    place(channel, mug, "C", shipping_service="express")
    place(channel, mug, "D", shipping_address=replace(HOME, postcode="E2"))
    place(channel, mug, "E", contact=ContactInput("bo", "Bo", "bo@example.test"))

    [(mine, others)] = mergeable_with(first.order_id)

    assert mine.fulfilment_id == first.fulfilment_id
    assert [other.order_id for other in others] == [second.order_id]


def test_others_are_refused_with_the_reason_and_nothing_is_written():
    shop, mug, channel = make_world()
    first = place(channel, mug, "A")
    express = place(channel, mug, "C", shipping_service="express")
    other = place(channel, mug, "E", contact=ContactInput("bo", "Bo", "bo@example.test"))
    held = place(channel, mug, "F")
    place_hold(held.order_id, company_id=shop.id, kind="fraud", reason="odd", actor=ACTOR)
    gone = place(channel, mug, "G")
    fulfil_straight([gone.fulfilment_id], company_id=shop.id, actor=ACTOR, effective_at=NOON)
    before = facts()

    for mates in ((first,), (first, express), (first, other), (first, held), (first, gone)):
        with refused(NotMergeable):
            merge(shop, *mates)
    with refused(NotMergeable):
        unmerge_fulfilments([first.fulfilment_id], company_id=shop.id, actor=ACTOR)
    assert facts() == before
    assert Fulfilment.objects.filter(merge_group__isnull=False).count() == 0


def test_one_taken_out_leaves_alone_and_so_does_the_last():
    shop, mug, channel = make_world()
    placed = [place(channel, mug, code) for code in "ABC"]
    merge(shop, *placed[:2])
    merge(shop, placed[2], placed[0])  # brings the second along
    assert Fulfilment.objects.values("merge_group").distinct().count() == 1

    unmerge_fulfilments([placed[0].fulfilment_id], company_id=shop.id, actor=ACTOR)
    assert Fulfilment.objects.filter(merge_group__isnull=False).count() == 2
    (result,) = fulfil_straight([placed[0].fulfilment_id], company_id=shop.id, actor=ACTOR, effective_at=NOON)
    unmerge_fulfilments([placed[1].fulfilment_id], company_id=shop.id, actor=ACTOR)

    assert result.state == "shipped"
    assert Fulfilment.objects.filter(merge_group__isnull=False).count() == 0
    assert broken_checks() == []


def test_a_fulfilment_is_split_by_hand_and_both_parts_leave():
    """medusajs/medusa#15327, vendurehq/vendure#3588: a split over parcels was only wished for."""
    shop, mug, channel = make_world()
    placed = place(channel, mug, "A")
    line = FulfilmentLine.objects.get()

    made = split_fulfilment(placed.fulfilment_id, lines={line.pk: D(1)}, company_id=shop.id, actor=ACTOR)
    results = fulfil_straight([placed.fulfilment_id, made], company_id=shop.id, actor=ACTOR, effective_at=NOON)

    assert [r.state for r in results] == ["shipped", "shipped"]
    assert sorted(FulfilmentLine.objects.values_list("shipped", flat=True)) == [1, 1]
    assert (Order.objects.get().status, Invoice.objects.count()) == ("shipped", 2)
    assert broken_checks() == []


def test_a_split_that_cannot_be_is_refused():
    shop, mug, channel = make_world()
    placed = place(channel, mug, "A")
    line = FulfilmentLine.objects.get()
    before = facts()

    for lines in ({}, {line.pk: D(2)}, {line.pk: D(3)}, {line.pk: D(0)}, {line.pk + 1: D(1)}):
        with refused(NotSplittable):
            split_fulfilment(placed.fulfilment_id, lines=lines, company_id=shop.id, actor=ACTOR)
    assert facts() == before
    make_picked(shop, placed)
    with refused(NotSplittable):
        split_fulfilment(placed.fulfilment_id, lines={line.pk: D(1)}, company_id=shop.id, actor=ACTOR)
