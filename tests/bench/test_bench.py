"""The measurement itself: constant statements, honest floors, the promised keys."""

import os
from decimal import Decimal

import psycopg
import pytest
from rich.progress import Progress

from bench import house as our
from bench import picks
from bench.floors import LINES, Floors
from bench.hot_sku import PROFILES, _choose, _weights
from bench.order_to_cash import Options, Worked, _figures
from bench.scan import _floor
from bench.statements import counted
from tests.factories.floor import broken_checks
from tests.factories.goods import rows

KEYS = {
    "orders_per_s", "ms_per_order", "statements_per_order", "statements_per_batch",
    "floor_rows_orders_per_s", "floor_batch_orders_per_s",
}  # fmt: skip


def make_house(products: int = 40) -> our.House:
    with Progress(disable=True) as progress:
        return our.build(progress, products=products)


@pytest.mark.django_db
def test_an_order_takes_as_many_statements_as_a_batch():
    house = make_house()
    maker = our.Maker(house, seed=7)
    counts = []

    for size in (1, 250):
        orders = maker.orders(size)
        with counted() as count:
            maker.straight(orders)
        counts.append(count.statements)

    assert counts[0] == counts[1]
    assert counts[0] + 2 <= 60  # BEGIN and COMMIT
    assert rows("SELECT count(*) FROM orders_order WHERE status = 'shipped'") == [(2 * 250 + 251,)]
    assert broken_checks() == []


@pytest.mark.django_db
def test_steps_write_the_same_as_straight_but_carry_the_goods_to_staging():
    house = make_house()
    maker = our.Maker(house, seed=7)
    tables = ("orders_order", "inventory_stockmove", "warehouse_parcel", "accounting_invoice", "accounting_journalline")

    def count():
        return rows("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables))[0]

    written = []
    for work in (maker.straight, maker.steps):
        before = count()
        work(maker.orders(3))
        written.append([after - was for was, after in zip(before, count(), strict=True)])

    assert written == [[3, 9, 3, 3, 15], [3, 18, 3, 3, 15]]
    assert broken_checks() == []


@pytest.fixture
def floors():
    made = Floors(os.environ["DATABASE_URL"])
    made.build()
    yield made
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        made.close()
        connection.execute("DROP SCHEMA floor CASCADE")


def test_both_floors_write_the_same_rows_of_balanced_orders(floors):
    def count():
        tables = ("orders", "order_line", "allocation", "shipment", "stock_move", "invoice", "invoice_line",
                  "journal_entry", "journal_line")  # fmt: skip
        found = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
        sold = "(SELECT sum(1000000 - on_hand) FROM stock), (SELECT sum(amount) FROM journal_line)"
        return floors.connection.execute(f"SELECT {found}, {sold}").fetchone()

    written = []
    for write in (floors.rows, floors.batch):
        before = count()
        write(10)
        written.append([after - was for was, after in zip(before, count(), strict=True)])

    assert written[0] == written[1] == [10, 30, 30, 10, 30, 10, 30, 10, 60, 30, 0]


def test_figures_have_the_promised_keys():
    worked = [Worked([0.01] * 5, 57, 80.0)] * 5

    figures = _figures(Options(25, 1, 1, "straight"), [100.0] * 5, [], [400.0] * 5, [4000.0] * 5, worked)

    assert figures.keys() >= KEYS
    assert (figures["orders_per_s"], figures["ms_per_order"], figures["of_floor_rows"]) == (100.0, 10.0, 0.25)
    assert (figures["statements_per_order"], figures["statements_per_batch"]) == (57, 57)


def test_half_the_lines_fall_on_the_hot_ten():
    from random import Random

    profile = PROFILES[1]
    random, weights, skus = Random(1), _weights(profile), list(range(profile.skus))
    chosen = [random.choices(skus, cum_weights=weights)[0] for _n in range(20_000)]
    lines = _choose(random, skus, weights, profile.lines)

    assert Decimal("0.47") < Decimal(sum(sku < 10 for sku in chosen)) / 20_000 < Decimal("0.53")
    assert len(set(lines)) == profile.lines == LINES


@pytest.mark.django_db
def test_choosing_among_warehouses_takes_as_many_statements_for_many_orders_as_for_one():
    from bench.sourcing import measure

    with Progress(disable=True) as progress:
        figures = measure(progress, orders=20, warehouses=3)

    assert figures["statements"] == figures["statements_of_one_order"] <= 26
    assert figures["decided"] == figures["exact"] == 20 + 8 + 5 * 20
    assert figures["split_orders"] > 0 and figures["orders_per_s"] > 0
    assert broken_checks() == []


@pytest.mark.django_db(transaction=True)
def test_the_last_units_are_counted_from_the_books():
    from bench.last_units import _buy

    house = make_house(10)
    our.add_warehouse(house, "W1")
    (sku,) = our.add_stocked_skus(house, ["LAST"], Decimal(2))
    channel = our.open_channel(house)

    answers = [_buy(f"B{n}", channel, sku) for n in range(3)]

    assert sorted(answers) == ["out_of_stock", "served", "served"]
    assert rows("SELECT sum(quantity) FROM inventory_allocationentry e JOIN inventory_allocation a"
                " ON a.id = e.allocation_id WHERE a.sku_id = %s", sku) == [(2,)]  # fmt: skip
    assert _buy("B0", channel, -1) == "errors"


@pytest.mark.django_db
def test_pick_scans_are_done_beside_what_is_finished():
    with Progress(disable=True) as progress:
        floor = _floor(progress)
        scans = list(picks.pick(floor, progress, 40, 20, 3))

    answers = [floor.send(kind, body) for kind, body in scans]

    assert [answer["state"] for answer in answers] == ["done"] * 3
    counts = dict(rows("SELECT status, count(*) FROM warehouse_picktask WHERE device IN ('', 'bench') GROUP BY 1"))
    assert (counts["open"], rows("SELECT count(*) FROM warehouse_picktask WHERE device = 'bench'")) == (17, [(43,)])
