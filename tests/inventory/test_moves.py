"""post_moves: totals, values, entries, refusals."""

import datetime
from decimal import Decimal

import pytest

from inventory.errors import EntryKeyReused, StockRefused
from inventory.services import post_moves
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import (
    add_shop,
    balance,
    cost,
    level,
    make_claim,
    make_move,
    make_shop,
    make_sku,
    make_stock,
    rows,
    written,
)
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db

D = Decimal


def test_opening_stock_makes_quant_level_cost_and_entry():
    shop = make_shop()
    sku = make_sku(shop)

    make_stock(shop, sku, "10", "50.00")

    assert level(shop, sku) == (10, 10, 0)
    assert cost(sku) == (10, 50)
    assert balance(shop.company, "inventory") == 50
    assert balance(shop.company, "opening_equity") == -50
    assert rows("SELECT location_id, quantity FROM inventory_stockquant") == [(shop.bin, 10)]


def test_goods_that_leave_take_the_average_and_the_last_takes_the_rest():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "3", "10.00")

    results = [
        post_moves(
            [make_move(shop, sku, "1", shop.bin, shop.customer, entry_key=f"shipment:{n}")],
            company_id=shop.id,
            actor=ACTOR,
        )[0]
        for n in range(3)
    ]

    assert [r.value for r in results] == [D("-3.33"), D("-3.34"), D("-3.33")]
    assert cost(sku) == (0, 0)
    assert balance(shop.company, "inventory") == 0
    assert balance(shop.company, "cogs") == 10


def test_fifo_takes_the_oldest_layer_first_and_splits_it():
    shop = make_shop()
    sku = make_sku(shop, cost_method="fifo")
    make_stock(shop, sku, "2", "10.00", key="first")
    make_stock(shop, sku, "3", "21.00", at=shop.second_bin, key="second")

    (first,) = post_moves([make_move(shop, sku, "1", shop.second_bin, shop.customer)], company_id=shop.id, actor=ACTOR)
    (second,) = post_moves([make_move(shop, sku, "2", shop.second_bin, shop.customer)], company_id=shop.id, actor=ACTOR)

    assert (first.value, second.value) == (D("-5.00"), D("-12.00"))
    assert rows("SELECT remaining, remaining_value FROM inventory_costlayer ORDER BY 1") == [(0, 0), (2, 14)]
    assert cost(sku) == (2, 14)


def test_a_move_inside_has_no_value_and_no_entry():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku)
    entries = rows("SELECT count(*) FROM accounting_journalentry")

    (result,) = post_moves([make_move(shop, sku, "4", shop.bin, shop.staging)], company_id=shop.id, actor=ACTOR)

    assert (result.state, result.value, result.entry_id) == ("done", 0, None)
    assert rows("SELECT count(*) FROM accounting_journalentry") == entries
    assert level(shop, sku) == (10, 10, 0)


def test_quarantine_is_on_hand_but_not_sellable():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku)

    post_moves([make_move(shop, sku, "4", shop.bin, shop.quarantine)], company_id=shop.id, actor=ACTOR)

    assert level(shop, sku) == (10, 6, 0)


def test_goods_between_warehouses_change_both_levels():
    shop = make_shop()
    other = add_shop(shop.company, "MAN")
    sku = make_sku(shop)
    make_stock(shop, sku)

    post_moves([make_move(shop, sku, "4", shop.bin, other.bin)], company_id=shop.id, actor=ACTOR)

    assert level(shop, sku) == (6, 6, 0)
    assert level(other, sku) == (4, 4, 0)
    assert cost(sku) == (10, 50)


def test_returned_goods_come_back_at_the_cost_they_left_at_and_the_last_unit_takes_the_rest():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "3", "10.00", key="first")
    (issue,) = post_moves([make_move(shop, sku, "3", shop.bin, shop.customer)], company_id=shop.id, actor=ACTOR)
    make_stock(shop, sku, "1", "99.00", key="second")

    back = [
        post_moves(
            [make_move(shop, sku, "1", shop.customer, shop.dock, returns_move_id=issue.move_id)],
            company_id=shop.id,
            actor=ACTOR,
        )[0].value
        for _ in range(3)
    ]

    assert back == [D("3.33"), D("3.34"), D("3.33")]
    assert cost(sku) == (4, D("109.00"))
    assert balance(shop.company, "cogs") == 0


def test_more_than_was_issued_does_not_come_back():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku)
    (issue,) = post_moves([make_move(shop, sku, "2", shop.bin, shop.customer)], company_id=shop.id, actor=ACTOR)
    before = written()

    with refused(StockRefused) as caught:
        post_moves(
            [make_move(shop, sku, "3", shop.customer, shop.dock, returns_move_id=issue.move_id)],
            company_id=shop.id,
            actor=ACTOR,
        )

    assert caught.value.context["items"][0]["code"] == "return_mismatch"
    assert caught.value.context["items"][0]["there"] == "2"
    assert written() == before


def test_goods_found_come_in_at_todays_cost_or_the_last_known():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "4", "10.00")

    (found,) = post_moves(
        [make_move(shop, sku, "2", shop.outside["adjustment"], shop.bin)], company_id=shop.id, actor=ACTOR
    )
    (lost,) = post_moves(
        [make_move(shop, sku, "6", shop.bin, shop.outside["adjustment"])], company_id=shop.id, actor=ACTOR
    )
    (again,) = post_moves(
        [make_move(shop, sku, "2", shop.outside["adjustment"], shop.bin)], company_id=shop.id, actor=ACTOR
    )

    assert [found.value, lost.value, again.value] == [D("5.00"), D("-15.00"), D("5.00")]
    assert balance(shop.company, "inventory_gain") == -10
    assert balance(shop.company, "inventory_loss") == 15


def test_goods_of_no_cost_move_without_an_entry():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "5", "0.00")

    (result,) = post_moves([make_move(shop, sku, "2", shop.bin, shop.customer)], company_id=shop.id, actor=ACTOR)

    assert (result.state, result.value, result.entry_id) == ("done", 0, None)
    assert cost(sku) == (3, 0)
    assert rows("SELECT count(*) FROM inventory_layeruse") == [(1,)]


def test_what_is_not_there_is_refused_by_name_and_nothing_is_written():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "2", "10.00")
    before = written()

    with refused(StockRefused) as caught:
        post_moves(
            [
                make_move(shop, sku, "1", shop.bin, shop.customer),
                make_move(shop, sku, "2", shop.bin, shop.customer),
                make_move(shop, sku, "1", shop.second_bin, shop.customer),
            ],
            company_id=shop.id,
            actor=ACTOR,
        )

    assert caught.value.context["items"] == [
        {"index": 1, "code": "not_enough_stock", "sku": "MUG", "location": "A1", "wanted": "2", "there": "1"},
        {"index": 2, "code": "not_enough_stock", "sku": "MUG", "location": "A2", "wanted": "1", "there": "0"},
    ]
    assert written() == before


def test_reserved_goods_do_not_leave_without_their_claim():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "5", "10.00")
    make_claim(shop, sku, "4")
    before = written()

    with refused(StockRefused) as caught:
        post_moves([make_move(shop, sku, "2", shop.bin, shop.customer)], company_id=shop.id, actor=ACTOR)

    assert caught.value.context["items"][0]["code"] == "reserved"
    assert caught.value.context["items"][0]["there"] == "1"
    assert written() == before


def test_a_later_move_may_take_what_an_earlier_one_of_the_call_brings():
    shop = make_shop()
    sku = make_sku(shop, cost_method="fifo")

    results = post_moves(
        [
            make_move(shop, sku, "3", shop.outside["supplier"], shop.dock, value=D("9.01")),
            make_move(shop, sku, "3", shop.dock, shop.bin),
            make_move(shop, sku, "2", shop.bin, shop.customer),
        ],
        company_id=shop.id,
        actor=ACTOR,
    )

    assert [r.value for r in results] == [D("9.01"), 0, D("-6.01")]
    assert cost(sku) == (1, 3)
    assert level(shop, sku) == (1, 1, 0)


def test_a_move_posted_before_is_answered_already_and_other_content_is_refused():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku)
    move = make_move(shop, sku, "2", shop.bin, shop.customer, source_key="ship:1", entry_key="shipment:1")
    (first,) = post_moves([move], company_id=shop.id, actor=ACTOR)
    before = written()

    (second,) = post_moves([move], company_id=shop.id, actor=ACTOR)
    with refused(StockRefused) as caught:
        post_moves(
            [make_move(shop, sku, "3", shop.bin, shop.customer, source_key="ship:1")],
            company_id=shop.id,
            actor=ACTOR,
        )

    assert (second.state, second.move_id, second.value, second.entry_id) == (
        "already",
        first.move_id,
        D("-10.00"),
        first.entry_id,
    )
    assert caught.value.context["items"][0]["code"] == "source_key_reused"
    assert written() == before


def test_moves_do_not_join_an_entry_that_was_posted_before():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku)
    post_moves(
        [make_move(shop, sku, "2", shop.bin, shop.customer, entry_key="shipment:1")],
        company_id=shop.id,
        actor=ACTOR,
    )
    before = written()

    with refused(EntryKeyReused):
        post_moves(
            [make_move(shop, sku, "2", shop.bin, shop.customer, entry_key="shipment:1")],
            company_id=shop.id,
            actor=ACTOR,
        )

    assert written() == before


def test_moves_share_an_entry_by_key_and_a_day_without_one():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku)
    next_day = NOON + datetime.timedelta(days=1)

    results = post_moves(
        [
            make_move(shop, sku, "1", shop.bin, shop.customer, entry_key="shipment:1"),
            make_move(shop, sku, "1", shop.bin, shop.customer),
            make_move(shop, sku, "1", shop.bin, shop.customer, entry_key="shipment:1"),
            make_move(shop, sku, "1", shop.bin, shop.customer, effective_at=next_day),
            make_move(shop, sku, "1", shop.bin, shop.customer),
        ],
        company_id=shop.id,
        actor=ACTOR,
    )

    entries = [r.entry_id for r in results]
    assert entries[0] == entries[2] and entries[1] == entries[4]
    assert len(set(entries)) == 3
    assert rows(
        "SELECT e.date, sum(l.base_amount) FROM accounting_journalentry e JOIN accounting_journalline l"
        " ON l.entry_id = e.id WHERE l.base_amount > 0 AND e.id = ANY(%s) GROUP BY e.id, e.date ORDER BY e.id",
        entries,
    ) == [(NOON.date(), 10), (NOON.date(), 10), (next_day.date(), 5)]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"quantity": D(0)}, "above zero"),
        ({"quantity": D("0.0000001")}, "6 decimals"),
        ({"effective_at": datetime.datetime(2026, 1, 1)}, "time zone"),
        ({"value": D("1.001")}, "minor units"),
        ({"value": None}, "need a value"),
    ],
)
def test_a_callers_mistake_is_a_value_error(values, words):
    shop = make_shop()
    sku = make_sku(shop)
    move = make_move(shop, sku, "1", shop.outside["supplier"], shop.dock, value=D(1))

    with refused(ValueError, match=words):
        post_moves(
            [type(move)(**{f: values.get(f, getattr(move, f)) for f in move.__slots__})],
            company_id=shop.id,
            actor=ACTOR,
        )


def test_a_company_does_not_move_anothers_goods():
    shop = make_shop()
    other = make_shop("other")
    sku = make_sku(shop)
    make_stock(shop, sku)

    with refused(StockRefused) as caught:
        post_moves([make_move(shop, sku, "1", shop.bin, other.bin)], company_id=shop.id, actor=ACTOR)
    assert caught.value.context["items"][0]["code"] == "unknown_location"

    with refused(StockRefused) as caught:
        post_moves([make_move(shop, sku, "1", other.bin, other.staging)], company_id=other.id, actor=ACTOR)
    assert caught.value.context["items"][0]["code"] == "unknown_sku"
