"""Walking order: aisle by aisle and back, numbered at once or by hand, and what the numbers are for: the pick list."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.core.errors import InvalidInput
from backoffice.core.models import AuditEvent
from inventory.models import Location, Zone
from inventory.services import BinPlan, WalkPlan, make_bins, plan_walk, set_sequences, set_walk
from inventory.walking import Stand, walking_order
from tests.factories.books import ACTOR
from tests.factories.floor import broken_checks, make_channel, make_order
from tests.factories.goods import add_shop, make_shop, make_sku, make_stock
from tests.factories.refusals import refused
from warehouse.models import PickTask
from warehouse.selectors import WALK
from warehouse.services import create_pick_lists

pytestmark = pytest.mark.django_db


def stand(code, *, zone=(0, 0, ""), sequence=0):
    aisle, rack, level = code.split("-")
    return Stand(hash(code) % 10**9, code, zone, aisle, rack, level, "", sequence)


def test_every_second_aisle_is_walked_back_and_low_comes_before_high():
    codes = [f"{aisle}-{rack}-{level}" for aisle in ("A", "B") for rack in (1, 2, 10) for level in (2, 1)]

    order = [s.code for s in walking_order([stand(code) for code in codes], serpentine=True)]

    there = ["A-1-1", "A-1-2", "A-2-1", "A-2-2", "A-10-1", "A-10-2"]
    assert order == [*there, "B-10-1", "B-10-2", "B-2-1", "B-2-2", "B-1-1", "B-1-2"]
    far = walking_order([stand(code) for code in codes], serpentine=True, from_far=True)
    assert [s.code for s in far][:2] == ["A-10-1", "A-10-2"] and far[-1].code == "B-10-2"
    straight = walking_order([stand(code) for code in codes], serpentine=False)
    assert [s.code for s in straight][6:8] == ["B-1-1", "B-1-2"]


def test_zones_come_in_their_order_and_each_begins_at_its_near_end():
    codes = [("C-1-1", (0, 2, "BULK")), ("C-2-1", (0, 2, "BULK")), ("B-1-1", (0, 1, "FAST")), ("A-1-1", (0, 1, "FAST"))]

    order = walking_order([stand(code, zone=zone) for code, zone in codes], serpentine=True)

    assert [s.code for s in order] == ["A-1-1", "B-1-1", "C-1-1", "C-2-1"]


def test_a_list_is_walked_as_the_map_is_numbered():
    shop = make_shop()
    zone = Zone.objects.create(company=shop.company, warehouse=shop.warehouse, code="Z", position=1)
    for aisle in "AB":
        make_bins(BinPlan(f"{aisle}-{{01..03}}-{{A..A}}-{{1..1}}", zone.pk), warehouse=shop.warehouse, actor=ACTOR)
    bins = dict(Location.objects.filter(zone=zone).values_list("code", "pk"))
    skus = {code: make_sku(shop, f"S{number}") for number, code in enumerate(sorted(bins))}
    for code, sku in skus.items():
        make_stock(shop, sku, "5", at=bins[code])
    Location.objects.filter(zone=zone).update(pick_sequence=7)  # nobody has numbered them

    with CaptureQueriesContext(connection) as few:
        done = set_walk(WalkPlan(zone.pk), warehouse=shop.warehouse, actor=ACTOR)
    placed = make_order(make_channel(shop), dict.fromkeys(skus.values(), "1"))
    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)

    assert [(row.code, row.old, row.new) for row in done] == [
        ("A-01-A-1", 7, 10), ("A-02-A-1", 7, 20), ("A-03-A-1", 7, 30),
        ("B-03-A-1", 7, 40), ("B-02-A-1", 7, 50), ("B-01-A-1", 7, 60),
    ]  # fmt: skip
    walked = PickTask.objects.filter(pick_list=made.pick_list_id).order_by(*WALK)
    assert [task.from_location.code for task in walked] == [row.code for row in done]
    trail = AuditEvent.objects.filter(
        object_type="inventory.location", object_id=bins["B-03-A-1"], field="pick_sequence"
    )
    assert [(event.old_value, event.new_value) for event in trail] == [("7", "40")]
    make_bins(BinPlan("C-{01..40}-{A..D}-{1..5}", zone.pk), warehouse=shop.warehouse, actor=ACTOR)
    with CaptureQueriesContext(connection) as many:
        assert len(set_walk(WalkPlan(zone.pk), warehouse=shop.warehouse, actor=ACTOR)) == 806
    assert len(many) <= len(few)
    assert broken_checks() == []


def test_what_cannot_be_is_refused_and_nothing_is_written():
    shop = make_shop()
    far = add_shop(shop.company, "FAR")
    before = list(Location.objects.order_by("pk").values_list("pk", "pick_sequence"))
    wrong = Zone.objects.create(company=shop.company, warehouse=far.warehouse, code="Z")

    for plan in (WalkPlan(wrong.pk), WalkPlan(start=-1), WalkPlan(start=2**31 - 5)):
        with pytest.raises(InvalidInput):
            plan_walk(plan, warehouse=shop.warehouse)
    for numbers in ({shop.bin: 5, far.bin: 6}, {shop.bin: -1}, {shop.bin: 2**31}):
        with refused(InvalidInput):
            set_sequences(numbers, warehouse=shop.warehouse, actor=ACTOR)

    assert list(Location.objects.order_by("pk").values_list("pk", "pick_sequence")) == before
    assert set_sequences({shop.bin: 5}, warehouse=shop.warehouse, actor=ACTOR) == 1
