"""Counting while trading: blind, counted again by others, approved by value, posted against the ledger's instant."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounting.models import AccountRole
from backoffice.core.approval_limits import set_limit, set_threshold
from backoffice.core.approving import ApprovalRefused
from backoffice.core.errors import DomainError, IllegalTransition
from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from inventory.models import Adjustment, StockMove
from inventory.services import Release, post_moves, release
from tests.factories.books import ACTOR
from tests.factories.counting import CountHouse, count_facts, lies, person, result, status, task_of
from tests.factories.floor import make_channel, make_order
from tests.factories.goods import balance, goods_differ, level, make_claim, make_demand, make_move, make_sku, make_stock
from tests.factories.tracking import make_lot, make_lot_stock, make_tracked, make_units
from warehouse.errors import CountRefused
from warehouse.services import Pick, confirm_picks, counting, create_pick_lists
from warehouse.services.counting import CountInput, CountScope

D = Decimal


@pytest.fixture
def house(db):
    return CountHouse()


def refused(call, code, kind=CountRefused):
    before = count_facts()
    with pytest.raises(kind) as caught, transaction.atomic():
        call()
    assert (count_facts(), caught.value.code) == (before, code), caught.value.detail
    return caught.value


def ago(**time):
    return timezone.now() - timedelta(**time)


def moved(house, sku, quantity, from_id, to_id, at):
    """A booking that is effective at `at`, whenever it is made."""
    post_moves(
        [make_move(house.shop, sku, quantity, from_id, to_id, effective_at=at)], company_id=house.shop.id, actor=ACTOR
    )


def test_what_is_as_in_the_books_is_posted_by_itself(house):
    made = house.planned()

    house.count(made, house.anna, {house.mug: 10})

    assert status(made) == "posted" and Adjustment.objects.count() == 0
    trail = AuditEvent.objects.filter(object_type="warehouse.stocktake", action="status").order_by("pk")
    assert [event.new_value for event in trail] == ["counting", "review", "approved", "posted"]


def test_a_difference_is_counted_again_by_somebody_else_approved_and_posted(house):
    made = house.planned()
    house.count(made, house.anna, {house.mug: 7})
    assert status(made) == "recount"
    refused(lambda: house.count(made, house.anna, {house.mug: 7}), "same_person")

    house.count(made, house.ben, {house.mug: 8})

    line = result(made, house.mug)
    assert (status(made), line.counted, line.expected, line.variance, line.value) == ("review", 8, 10, -2, -10)
    refused(lambda: house.approve(made, house.anna), "counter_approves")
    refused(lambda: house.approve(made, house.ben), "counter_approves")
    house.approve(made)
    assert (status(made), lies(house.mug, house.shop.bin)) == ("posted", 8)
    assert balance(house.shop.company, AccountRole.INVENTORY_LOSS) == 10
    move = StockMove.objects.get(reason="count")
    assert (move.quantity, move.effective_at, move.value) == (2, line.counted_at, -10)
    assert run_checks().ok


def test_within_the_tolerance_nobody_counts_again(house):
    made = house.planned(percent=20)
    house.count(made, house.anna, {house.mug: 9})

    assert status(made) == "review"


def test_beyond_the_value_it_is_counted_again_although_the_share_is_small(house):
    made = house.planned(percent=20, worth=4)
    house.count(made, house.anna, {house.mug: 9})

    assert status(made) == "recount"


def test_trade_goes_on_between_scan_and_approval_and_the_count_is_only_rebased(house):
    """frappe/erpnext#49507, #49861; msupply-foundation/mobile#638: counts block trade, or adjust on a stale snapshot."""
    made = house.counted({house.mug: 8})
    placed = make_order(make_channel(house.shop), {house.mug: "5"})
    (picks,) = create_pick_lists([placed.fulfilment_id], company_id=house.shop.id, actor=ACTOR)
    confirm_picks(
        [Pick(pk, n) for pk, n in picks.tasks], company_id=house.shop.id, effective_at=timezone.now(), actor=ACTOR
    )

    house.approve(made)

    assert (lies(house.mug, house.shop.bin), lies(house.mug, house.shop.staging)) == (3, 5)
    assert (status(made), result(made, house.mug).variance) == ("posted", -2)
    assert goods_differ() == []


def test_what_was_picked_before_the_scan_and_booked_after_it_is_no_loss(house):
    """frappe/erpnext#49861: what is dated before a count may still be booked; the count is reckoned with it."""
    at = timezone.now()
    made = house.planned()
    house.count(made, house.anna, {house.mug: 6}, at=at)
    house.count(made, house.ben, {house.mug: 6}, at=at)
    assert result(made, house.mug).variance == -4

    moved(house, house.mug, "4", house.shop.bin, house.shop.staging, at - timedelta(minutes=1))
    house.approve(made)

    assert (status(made), result(made, house.mug).variance) == ("posted", 0)
    assert (lies(house.mug, house.shop.bin), lies(house.mug, house.shop.staging), Adjustment.objects.count()) == (
        6,
        4,
        0,
    )


def test_picked_and_not_shipped_is_expected_where_it_lies(house):
    """openboxes/openboxes#2527, #3341, #2333: what is there by a cache is stale after a pick; here nothing is cached."""
    moved(house, house.mug, "4", house.shop.bin, house.shop.staging, ago(minutes=5))
    made = house.planned(house.shop.bin, house.shop.staging)

    house.count(made, house.anna, {house.mug: 6})
    house.count(made, house.anna, {house.mug: 4}, place=house.shop.staging)

    assert (status(made), Adjustment.objects.count()) == ("posted", 0)


def test_what_nobody_named_in_a_place_that_was_counted_whole_is_none(house):
    made = house.planned(house.shop.second_bin)
    for who in (house.anna, house.ben):
        house.count(made, who, {}, place=house.shop.second_bin)

    line = result(made, house.cup)
    assert (line.counted, line.expected, line.value) == (0, 4, -8)
    house.approve(made)
    assert lies(house.cup, house.shop.second_bin) == 0 and goods_differ() == []


def test_found_goods_serve_who_waits_for_them(house):
    make_claim(house.shop, house.mug, "10")
    make_demand(house.shop, house.mug, "3")
    made = house.counted({house.mug: 12})

    house.approve(made)

    assert level(house.shop, house.mug) == (12, 12, 12)
    assert balance(house.shop.company, AccountRole.INVENTORY_GAIN) == -10
    assert goods_differ() == []


def test_what_is_promised_waits_and_posts_itself_when_it_is_free(house):
    """A loss of goods that an order holds takes them from nobody, and is not forgotten."""
    allocation = make_claim(house.shop, house.mug, "9")
    made = house.counted({house.mug: 5})

    house.approve(made)
    line = result(made, house.mug)
    assert (status(made), line.posted, line.waits, lies(house.mug, house.shop.bin)) == ("approved", -1, 4, 9)
    release([Release(allocation, D(4))], company_id=house.shop.id, actor=ACTOR)
    counting.post_stocktake(made.pk, company_id=house.shop.id, at=timezone.now(), actor=house.carla)

    line.refresh_from_db()
    assert (status(made), line.posted, line.waits, lies(house.mug, house.shop.bin)) == ("posted", -5, 0, 5)
    assert goods_differ() == []


def test_a_short_pick_after_the_scan_is_the_same_loss_and_not_a_second(house):
    placed = make_order(make_channel(house.shop), {house.mug: "10"})
    (picks,) = create_pick_lists([placed.fulfilment_id], company_id=house.shop.id, actor=ACTOR)
    made = house.counted({house.mug: 7})
    confirm_picks(
        [Pick(pk, D(7)) for pk, _n in picks.tasks], company_id=house.shop.id, effective_at=timezone.now(), actor=ACTOR
    )
    assert lies(house.mug, house.shop.missing) == 3

    house.approve(made)

    assert (
        lies(house.mug, house.shop.bin),
        lies(house.mug, house.shop.staging),
        lies(house.mug, house.shop.missing),
    ) == (0, 7, 0)
    assert (status(made), balance(house.shop.company, AccountRole.INVENTORY_LOSS)) == ("posted", 15)
    assert goods_differ() == []


def test_what_a_picker_missed_and_a_count_finds_comes_back_without_a_gain(house):
    moved(house, house.mug, "3", house.shop.bin, house.shop.missing, ago(minutes=5))
    made = house.counted({house.mug: 10})

    house.approve(made)

    assert (lies(house.mug, house.shop.bin), lies(house.mug, house.shop.missing)) == (10, 0)
    assert balance(house.shop.company, AccountRole.INVENTORY_GAIN) == 0
    assert goods_differ() == []


def test_what_a_picker_missed_and_nobody_finds_is_written_off(house):
    moved(house, house.mug, "3", house.shop.bin, house.shop.missing, ago(minutes=5))
    made = house.planned(sku=house.mug, not_found=3)
    house.count(made, house.anna, {house.mug: 7})

    line = result(made, house.mug)
    assert (status(made), line.variance, line.gone, line.value) == ("review", 0, 3, -15)
    house.approve(made)
    assert (lies(house.mug, house.shop.bin), lies(house.mug, house.shop.missing)) == (7, 0)
    assert balance(house.shop.company, AccountRole.INVENTORY_LOSS) == 15
    assert goods_differ() == []


def test_of_two_counts_of_one_place_the_later_counts(house):
    first = house.counted({house.mug: 8})
    second = house.counted({house.mug: 9})

    house.approve(second)
    house.approve(first)

    assert (lies(house.mug, house.shop.bin), result(first, house.mug).superseded) == (9, True)
    assert {status(first), status(second)} == {"posted"} and goods_differ() == []


def test_of_two_counts_posted_in_their_order_each_takes_its_part(house):
    first = house.counted({house.mug: 8})
    second = house.counted({house.mug: 7})

    house.approve(first)
    house.approve(second)

    assert lies(house.mug, house.shop.bin) == 7 and balance(house.shop.company, AccountRole.INVENTORY_LOSS) == 15
    assert goods_differ() == []


def test_lots_are_counted_each_by_itself(house):
    milk = make_tracked(house.shop)
    old, new = make_lot(house.shop, milk, "OLD", 5), make_lot(house.shop, milk, "NEW", 50)
    for lot, quantity in ((old, "6"), (new, "4")):
        make_lot_stock(house.shop, milk, lot, quantity)
    made = house.planned(sku=milk)
    refused(lambda: house.count(made, house.anna, {milk: 10}), "lot_needed")
    for who in (house.anna, house.ben):
        house.count(made, who, {milk: 5}, lot=old, finish=False)
        house.count(made, who, {milk: 5}, lot=new)

    house.approve(made)

    assert dict(StockMove.objects.filter(reason="count").values_list("lot_id", "quantity")) == {old: 1, new: 1}
    assert status(made) == "posted" and goods_differ() == []


def test_units_with_serial_numbers_are_counted_by_their_numbers(house):
    drill = make_tracked(house.shop, "DRILL", serial=True)
    make_units(house.shop, drill, "S1", "S2", "S3")
    make_units(house.shop, drill, "S4", at=house.shop.second_bin)
    made = house.planned(sku=drill)
    refused(lambda: house.count(made, house.anna, {drill: 2}, serials=("S1",)), "serials_needed")
    refused(lambda: house.count(made, house.anna, {drill: 2}, serials=("S1", "S1")), "serial_twice")
    for who in (house.anna, house.ben):
        house.count(made, who, {drill: 3}, serials=("S1", "S4", "S9"))
    assert (result(made, drill).variance, result(made, drill).beyond) == (0, True)

    house.approve(made)

    here = set(drill_at(drill, house.shop.bin))
    assert (here, set(drill_at(drill, house.shop.second_bin))) == ({"S1", "S4", "S9"}, set())
    assert status(made) == "posted" and goods_differ() == []


def drill_at(sku, place):
    from inventory.models import Serial

    return Serial.objects.filter(sku=sku, location=place).values_list("code", flat=True)


def test_bad_input_is_refused_by_name_and_nothing_is_written(house):
    made = house.planned()
    task = task_of(made, house.shop.bin)
    for quantity in ("-1", "1000001", "5012345678900", "0.0000001", "NaN"):
        refused(lambda quantity=quantity: house.count(made, house.anna, {house.mug: quantity}), "bad_quantity")
    refused(lambda: house.count(made, house.anna, {10**9: 1}), "unknown_sku")
    refused(lambda: house.count(made, ACTOR, {house.mug: 1}), "person_needed")
    refused(lambda: house.count(made, house.anna, {house.mug: 1}, at=ago(days=2)), "bad_time")
    refused(lambda: house.count(made, house.anna, {house.mug: 1}, at=timezone.now() + timedelta(hours=1)), "bad_time")
    refused(
        lambda: counting.record_counts(
            [CountInput(10**9, house.mug, D(1))], company_id=house.shop.id, counted_at=timezone.now(), actor=house.anna
        ),
        "not_found",
        DomainError,
    )
    house.count(made, house.anna, {house.mug: 3}, finish=False)
    refused(lambda: house.count(made, house.ben, {house.mug: 3}), "counted_by_another")
    counting.assign_counts([task.pk], company_id=house.shop.id, user_id=house.ben.user_id, actor=ACTOR)
    refused(lambda: house.count(made, house.anna, {house.mug: 3}), "assigned_to_another")
    only = house.planned(house.shop.second_bin, sku=house.cup)
    refused(lambda: house.count(only, house.anna, {house.mug: 1}, place=house.shop.second_bin), "not_asked")


def test_one_place_is_counted_once_at_a_time(house):
    house.planned()

    refused(lambda: house.planned(), "counted_elsewhere")
    refused(lambda: house.planned(sku=house.mug), "counted_elsewhere")
    refused(lambda: house.planned(house.shop.missing), "unknown_place")


def test_a_stale_approval_and_one_out_of_turn_are_refused(house):
    made = house.counted({house.mug: 8})
    seen = made.version
    counting.request_recount(
        made.pk, [task_of(made, house.shop.bin).pk], company_id=house.shop.id, actor=house.carla, reason="Look behind"
    )
    refused(lambda: house.approve(made), "illegal_transition", IllegalTransition)
    house.count(made, person("dora"), {house.mug: 9})

    refused(lambda: house.approve(made, version=seen), "stale")
    house.approve(made, version=type(made).objects.get(pk=made.pk).version)
    assert lies(house.mug, house.shop.bin) == 9
    refused(
        lambda: counting.cancel_stocktake(made.pk, company_id=house.shop.id, actor=house.carla, reason="no"),
        "illegal_transition",
        IllegalTransition,
    )


def test_approval_follows_the_limits_of_value(house):
    made = house.counted({house.mug: 4})
    set_threshold(company_id=house.shop.id, action="stocktake", amount=D(10), actor=ACTOR)
    set_limit(company_id=house.shop.id, action="stocktake", user_id=house.carla.user_id, amount=D(29), actor=ACTOR)
    refused(lambda: house.approve(made), "over_limit", ApprovalRefused)
    set_limit(company_id=house.shop.id, action="stocktake", user_id=house.carla.user_id, amount=D(30), actor=ACTOR)

    assert house.approve(made).status == "posted"


def test_a_shop_of_one_person_counts_and_approves_alone_if_it_says_so(house):
    made = house.planned(one_person=True)
    house.count(made, house.anna, {house.mug: 9})
    house.count(made, house.anna, {house.mug: 9})

    assert house.approve(made, house.anna).status == "posted"


def test_counts_are_facts_and_the_database_refuses_what_goes_round_the_service(house):
    made = house.planned()
    house.count(made, house.anna, {house.mug: 10}, finish=False)
    for sql in (
        "UPDATE warehouse_countentry SET quantity = 9",
        "DELETE FROM warehouse_countentry",
        "UPDATE warehouse_stocktake SET status = 'lost'",
        "UPDATE warehouse_stocktake SET status = 'posted'",
        f"INSERT INTO warehouse_counttask (stocktake_id, warehouse_id, location_id, status, round, priority, device, reason)"
        f" SELECT stocktake_id, warehouse_id, location_id, 'open', 1, 1, '', '' FROM warehouse_counttask WHERE id > {0}",
    ):
        with (
            pytest.raises(Exception, match="countentry|permission|stocktake_|counttask_"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


def test_one_line_and_many_cost_the_same_number_of_statements(house):
    """frappe/erpnext#49507, odoo/odoo#43523: counts of thousands of lines take minutes (measured: bench count)."""

    def statements(count):
        skus = [make_sku(house.shop, f"P{count}-{n}") for n in range(count)]
        for sku in skus:
            make_stock(house.shop, sku, "5", "5.00", at=house.shop.second_bin)
        made = house.counted(dict.fromkeys(skus, 4) | {house.cup: 4}, place=house.shop.second_bin)
        with CaptureQueriesContext(connection) as queries:
            house.approve(made)
        assert status(made) == "posted"
        return len(queries)

    few = statements(1)

    assert statements(12) == few
    assert few <= 75


def test_skips_what_is_counted_already(house):
    house.planned()
    made = counting.create_stocktake(
        [CountScope(house.shop.bin), CountScope(house.shop.second_bin)],
        company_id=house.shop.id, warehouse_id=house.shop.warehouse.pk, actor=ACTOR, skip_open=True,
    )  # fmt: skip

    assert [task.location_id for task in made.tasks.all()] == [house.shop.second_bin]
