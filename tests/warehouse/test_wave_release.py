"""Waves: planned within limits, released with rounds, walked by several methods, cancelled without a trace left."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from backoffice.core.actor import Actor
from backoffice.core.errors import IllegalTransition
from inventory.models import Location
from orders.services.holding import place_hold
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, facts, in_place, make_channel, make_order, status_of
from tests.factories.goods import Shop, level, make_shop, make_sku, make_stock, rows
from tests.factories.refusals import refused, refused_as
from warehouse.errors import RoundRefused, WaveRefused
from warehouse.models import PickList, PickRound, PickTask, RoundTote, WaveItem
from warehouse.rounds import Stop, make_walks
from warehouse.services import (
    Pick,
    WaveRequest,
    cancel_waves,
    choose_tote,
    confirm_picks,
    give_round_back,
    pick_together,
    plan_wave,
    release_waves,
    return_pick_lists,
    take_round,
    wave_candidates,
)

pytestmark = pytest.mark.django_db
D = Decimal


class Floor:
    """MUG in bin A (walked first), CUP in bin B; orders of both and of MUG alone."""

    def __init__(self) -> None:
        self.shop: Shop = make_shop()
        Location.objects.filter(pk=self.shop.bin).update(pick_sequence=10)
        Location.objects.filter(pk=self.shop.second_bin).update(pick_sequence=20)
        self.mug, self.cup = make_sku(self.shop, "MUG"), make_sku(self.shop, "CUP")
        make_stock(self.shop, self.mug, "20", at=self.shop.bin)
        make_stock(self.shop, self.cup, "20", at=self.shop.second_bin)
        self.channel = make_channel(self.shop)
        self.made = 0

    def order(self, **quantities: str) -> int:
        self.made += 1
        skus = {{"mug": self.mug, "cup": self.cup}[name]: quantity for name, quantity in quantities.items()}
        return make_order(self.channel, skus, f"W{self.made}").fulfilment_id

    def request(self, **values: Any) -> WaveRequest:
        return WaveRequest(self.shop.warehouse.pk, **values)

    def plan(self, **values: Any):
        return plan_wave(self.request(**values), company_id=self.shop.id, actor=ACTOR)

    def release(self, wave_id: int):
        return release_waves([wave_id], company_id=self.shop.id, actor=ACTOR)[0]

    def tote(self, code: str) -> Location:
        return Location.objects.create(company=self.shop.company, warehouse=self.shop.warehouse, kind="tote", code=code)


@pytest.fixture
def floor(db: Any) -> Floor:
    return Floor()


def user(name: str) -> Actor:
    return Actor.of(get_user_model().objects.create(username=name))


def test_a_wave_takes_the_most_urgent_within_its_limits(floor):
    first, second, third = floor.order(mug="1", cup="1"), floor.order(mug="1"), floor.order(mug="1")
    rows("UPDATE orders_fulfilment SET ship_by = now() WHERE id = %s RETURNING id", third)

    by_orders = wave_candidates(floor.request(max_orders=2), company_id=floor.shop.id)
    by_lines = wave_candidates(floor.request(max_lines=3), company_id=floor.shop.id)
    planned = floor.plan(max_lines=3)

    assert [each.fulfilment_id for each in by_orders] == [third, first]
    assert [(each.fulfilment_id, each.lines) for each in by_lines] == [(third, 1), (first, 2)]
    assert (planned.fulfilment_ids, planned.lines) == ((third, first), 3)
    assert [status_of("orders_fulfilment", pk) for pk in (first, second, third)] == ["in_wave", "ready", "in_wave"]
    assert status_of("warehouse_wave", planned.wave_id) == "draft"


def test_one_long_order_is_taken_although_it_is_above_the_line_limit(floor):
    long = floor.order(mug="1", cup="1")

    assert floor.plan(max_lines=1).fulfilment_ids == (long,)


def test_nothing_ready_is_refused_and_nothing_is_written(floor):
    held = floor.order(mug="1")
    place_hold(
        rows("SELECT order_id FROM orders_fulfilment WHERE id = %s", held)[0][0],
        company_id=floor.shop.id, kind="manual", reason="Call", actor=ACTOR,
    )  # fmt: skip
    before = facts()

    with refused_as(WaveRefused, "nothing_ready"):
        floor.plan()

    assert facts() == before
    assert WaveItem.objects.count() == 0


def test_single_picking_makes_lists_without_rounds(floor):
    floor.order(mug="1")
    wave = floor.plan().wave_id

    result = floor.release(wave)

    assert (result.state, result.lists, result.rounds) == ("released", 1, 0)
    assert floor.release(wave).state == "already"
    assert PickList.objects.get().wave_id == wave


def test_a_batch_round_is_walked_bin_by_bin_and_one_scan_serves_its_orders(floor):
    one, two = floor.order(mug="2", cup="1"), floor.order(mug="3")
    wave = floor.plan(method="batch").wave_id
    result = floor.release(wave)
    round_ = PickRound.objects.get()
    pia = user("pia")
    take_round(round_.pk, company_id=floor.shop.id, actor=pia)

    walk = PickTask.objects.filter(round=round_).order_by("from_location__pick_sequence", "id")
    mugs = [task.pk for task in walk if task.sku_id == floor.mug]
    picked = pick_together(mugs, quantity=D(5), company_id=floor.shop.id, effective_at=NOON, actor=pia)

    assert (result.lists, result.rounds) == (2, 1)
    assert [(task.sku_id, task.quantity) for task in walk] == [(floor.mug, 2), (floor.mug, 3), (floor.cup, 1)]
    assert [each.state for each in picked] == ["done", "done"]
    assert (status_of("orders_fulfilment", one), status_of("orders_fulfilment", two)) == ("picking", "picked")
    assert (status_of("warehouse_pickround", round_.pk), status_of("warehouse_wave", wave)) == ("in_progress",) * 2
    cup = walk.get(sku_id=floor.cup)
    assert cup.status == "assigned"
    confirm_picks([Pick(cup.pk, D(1))], company_id=floor.shop.id, effective_at=NOON, actor=pia)
    assert (status_of("warehouse_pickround", round_.pk), status_of("warehouse_wave", wave)) == ("done", "done")
    assert broken_checks() == []


def test_too_much_for_a_batch_is_refused(floor):
    floor.order(mug="2")
    floor.release(floor.plan(method="batch").wave_id)
    task = PickTask.objects.get()
    before = facts()

    [result] = pick_together([task.pk], quantity=D(3), company_id=floor.shop.id, effective_at=NOON, actor=ACTOR)

    assert (result.state, result.code) == ("refused", "more_than_asked")
    assert facts() == before


def test_a_cluster_round_sorts_orders_into_their_totes(floor):
    one, two = floor.order(mug="2"), floor.order(mug="3")
    floor.release(floor.plan(method="cluster").wave_id)
    round_ = PickRound.objects.get()
    totes = {tote.pick_list.fulfilment_id: tote for tote in RoundTote.objects.select_related("pick_list")}
    red, blue = floor.tote("T-RED"), floor.tote("T-BLUE")
    at = {"company_id": floor.shop.id, "actor": ACTOR}

    choose_tote(round_.pk, pick_list_id=totes[one].pick_list_id, code="t-red", **at)
    with refused_as(RoundRefused, "tote_in_use"):
        choose_tote(round_.pk, pick_list_id=totes[two].pick_list_id, code="T-RED", **at)
    with refused_as(RoundRefused, "wrong_tote"):
        choose_tote(round_.pk, pick_list_id=totes[two].pick_list_id, code="A-01", **at)
    choose_tote(round_.pk, pick_list_id=totes[two].pick_list_id, code="T-BLUE", **at)
    picks = [Pick(task.pk, task.quantity) for task in PickTask.objects.all()]
    confirm_picks(picks, company_id=floor.shop.id, effective_at=NOON, actor=ACTOR)

    assert (in_place(floor.mug, red.pk)[0], in_place(floor.mug, blue.pk)[0]) == (2, 3)
    assert not RoundTote.objects.filter(is_open=True).exists()
    assert broken_checks() == []
    third = floor.order(mug="1")
    floor.release(floor.plan(method="cluster").wave_id)
    tote = RoundTote.objects.get(pick_list__fulfilment=third)
    with refused_as(RoundRefused, "tote_in_use"):  # it still holds what nobody has packed
        choose_tote(tote.round_id, pick_list_id=tote.pick_list_id, code="T-RED", **at)


def test_a_round_is_one_persons_until_it_is_given_back_or_taken_over(floor):
    floor.order(mug="1")
    floor.release(floor.plan(method="batch").wave_id)
    round_ = PickRound.objects.get()
    pia, ben = user("pia"), user("ben")
    take_round(round_.pk, company_id=floor.shop.id, actor=pia)

    with refused_as(RoundRefused, "taken"):
        take_round(round_.pk, company_id=floor.shop.id, actor=ben)
    take_round(round_.pk, company_id=floor.shop.id, actor=ben, over=True)
    give_round_back(round_.pk, company_id=floor.shop.id, actor=ben)

    round_.refresh_from_db()
    assert (round_.assigned_to_id, PickTask.objects.get().status) == (None, "open")


def test_what_cannot_be_picked_leaves_its_wave_and_the_rest_goes_on(floor):
    good, held = floor.order(mug="1"), floor.order(mug="1")
    wave = floor.plan(method="batch").wave_id
    place_hold(
        rows("SELECT order_id FROM orders_fulfilment WHERE id = %s", held)[0][0],
        company_id=floor.shop.id, kind="manual", reason="Call", actor=ACTOR,
    )  # fmt: skip

    result = floor.release(wave)

    assert (result.state, result.lists, result.refused) == ("released", 1, ((held, "order_held"),))
    assert [status_of("orders_fulfilment", pk) for pk in (good, held)] == ["picking", "on_hold"]
    assert dict(WaveItem.objects.values_list("fulfilment_id", "code")) == {good: "", held: "order_held"}


def test_a_wave_is_cancelled_whole_unless_somebody_has_picked(floor):
    one, two = floor.order(mug="1"), floor.order(cup="1")
    draft = floor.plan(fulfilment_ids=(one,)).wave_id
    released = floor.plan(method="batch").wave_id
    floor.release(released)

    cancel_waves([draft, released], company_id=floor.shop.id, actor=ACTOR, reason="No van today")

    assert [status_of("orders_fulfilment", pk) for pk in (one, two)] == ["ready", "ready"]
    assert in_place(floor.cup, floor.shop.second_bin) == (20, 0)
    assert {status_of("warehouse_wave", pk) for pk in (draft, released)} == {"cancelled"}
    assert PickRound.objects.get().status == "cancelled"
    with refused(IllegalTransition):
        floor.release(draft)
    again = floor.plan(method="batch").wave_id
    floor.release(again)
    task = PickTask.objects.filter(status="open").first()
    confirm_picks([Pick(task.pk, task.quantity)], company_id=floor.shop.id, effective_at=NOON, actor=ACTOR)
    before = facts()
    with refused_as(WaveRefused, "begun"):
        cancel_waves([again], company_id=floor.shop.id, actor=ACTOR, reason="Late")
    assert facts() == before
    assert broken_checks() == []


def test_a_list_is_given_back_and_its_wave_ends_with_the_others(floor):
    one, two = floor.order(mug="1"), floor.order(cup="1")
    wave = floor.plan().wave_id
    floor.release(wave)
    lists = dict(PickList.objects.values_list("fulfilment_id", "pk"))

    return_pick_lists([lists[one]], company_id=floor.shop.id, actor=ACTOR, reason="No picker")
    task = PickTask.objects.get(pick_list_id=lists[two])
    confirm_picks([Pick(task.pk, D(1))], company_id=floor.shop.id, effective_at=NOON, actor=ACTOR)

    assert status_of("orders_fulfilment", one) == "ready"
    assert status_of("warehouse_wave", wave) == "done"
    assert level(floor.shop, floor.mug) == (20, 20, 1)
    assert floor.plan(fulfilment_ids=(one,)).fulfilment_ids == (one,)  # it may join another wave


def test_planning_and_releasing_cost_the_same_for_one_and_many(floor):
    counts = []
    for number in (1, 12):
        for _n in range(number):
            floor.order(mug="1", cup="1")
        with CaptureQueriesContext(connection) as queries:
            floor.release(floor.plan(method="cluster", round_orders=4).wave_id)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 24


def test_walks_keep_near_orders_together_and_stay_in_their_zone():
    stops = [
        Stop(1, 11, 1, "A"), Stop(2, 11, 9, "B"), Stop(3, 12, 5, "B"), Stop(4, 13, 2, "A"), Stop(5, 14, 6, "B"),
    ]  # fmt: skip

    batch = make_walks(stops, method="batch", orders=2)
    zone = make_walks(stops, method="zone", orders=2)

    assert [(walk.task_ids, walk.pick_list_ids) for walk in batch] == [([1, 4, 2], [11, 13]), ([3, 5], [12, 14])]
    assert [(walk.zone, walk.task_ids) for walk in zone] == [("A", [1, 4]), ("B", [3, 5]), ("B", [2])]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("UPDATE warehouse_picktask SET to_location_id = {bin}", "picktask_goes_its_way"),
        ("UPDATE warehouse_picktask SET round_id = {other_round}", "picktask_goes_its_way"),
        ("UPDATE warehouse_roundtote SET location_id = {bin} WHERE id = (SELECT min(id) FROM warehouse_roundtote)", "roundtote_of_its_warehouse"),
        ("INSERT INTO warehouse_waveitem (wave_id, fulfilment_id, state, code) SELECT {wave}, {foreign}, 'planned', ''",
         "waveitem_of_its_warehouse"),
        ("UPDATE warehouse_wave SET status = 'on the moon'", "wave_status_known"),
    ],
)  # fmt: skip
def test_the_database_refuses(floor, change, rule):
    floor.order(mug="1")
    wave = floor.plan(method="cluster").wave_id
    floor.release(wave)
    floor.order(mug="1")
    floor.release(floor.plan(method="cluster").wave_id)
    other = make_shop("other", "PAR")
    sku = make_sku(other)
    make_stock(other, sku)
    foreign = make_order(make_channel(other), {sku: "1"}).fulfilment_id
    values = {
        "bin": floor.shop.second_bin, "other_round": PickRound.objects.latest("pk").pk, "wave": wave, "foreign": foreign,
    }  # fmt: skip

    with pytest.raises(IntegrityError, match=rule), connection.cursor() as cursor:
        cursor.execute(change.format(**values))
