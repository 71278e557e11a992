"""Going round the services, as the app's role: the database itself refuses."""

from decimal import Decimal

import psycopg
import pytest
from django.db import DatabaseError, connection

from accounting.services import post_entries
from inventory.models import Demand
from inventory.services import claim_bins, post_moves
from tests.factories.books import ACTOR, NOON, make_entry
from tests.factories.goods import (
    Shop,
    level,
    make_claim,
    make_demand,
    make_move,
    make_shop,
    make_sku,
    make_stock,
    rows,
    written,
)
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db

MOVE = (
    "INSERT INTO inventory_stockmove (company_id, sku_id, quantity, from_location_id, to_location_id, effective_at,"
    " value, entry_id, reason, source_type, actor_label{more}) VALUES (%(company)s, %(sku)s, {quantity}, %({source})s,"
    " %({target})s, now(), {value}, {entry}, '', 'raw', 'raw'{values})"
)


def move_sql(quantity="1", source="bin", target="staging", value="0", entry="NULL", more="", values=""):
    return MOVE.format(
        quantity=quantity, source=source, target=target, value=value, entry=entry, more=more, values=values
    )


def execute(sql: str, shop: Shop, sku: int, **values: int) -> None:
    places = {"bin": shop.bin, "second": shop.second_bin, "staging": shop.staging, "customer": shop.customer}
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {"company": shop.id, "sku": sku, "warehouse": shop.warehouse.pk, **places, **shop.outside, **values},
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


NOT_PERMITTED = [
    "UPDATE inventory_stocklevel SET on_hand = 99, sellable = 99",
    "UPDATE inventory_stockquant SET quantity = 99",
    "UPDATE inventory_skucost SET value = 0",
    "UPDATE inventory_allocation SET open = 0",
    "UPDATE inventory_demand SET claimed = 0",
    "UPDATE inventory_demand SET sku_id = sku_id",
    "UPDATE inventory_binclaim SET picked = 1",
    "UPDATE inventory_costlayer SET used = 1",
    "UPDATE inventory_stockmove SET quantity = 1",
    "UPDATE inventory_allocationentry SET quantity = 1",
    "DELETE FROM inventory_stockmove",
    "DELETE FROM inventory_stocklevel",
    "DELETE FROM inventory_demand",
    "TRUNCATE inventory_stockmove CASCADE",
    "INSERT INTO inventory_stocklevel (company_id, sku_id, warehouse_id, on_hand, sellable)"
    " VALUES (%(company)s, %(sku)s, %(warehouse)s, 5, 5)",
    "INSERT INTO inventory_skucost (company_id, sku_id) VALUES (%(company)s, %(sku)s)",
    move_sql(more=", xid", values=", '1'"),
    move_sql(more=", recorded_at", values=", '2001-01-01'"),
    "MERGE INTO inventory_stocklevel l USING (SELECT 1) s ON true WHEN MATCHED THEN UPDATE SET on_hand = 99",
    "INSERT INTO inventory_stockmove AS m (id, company_id, sku_id, quantity, from_location_id, to_location_id,"
    " effective_at, value, reason, source_type, actor_label) SELECT id, company_id, sku_id, quantity,"
    " from_location_id, to_location_id, effective_at, value, reason, source_type, actor_label"
    " FROM inventory_stockmove LIMIT 1 ON CONFLICT (id) DO UPDATE SET quantity = m.quantity + 1",
    "ALTER TABLE inventory_stockmove DISABLE TRIGGER ALL",
    "DROP TRIGGER inventory_move_2_totals ON inventory_stockmove",
    "SET session_replication_role = replica",
    "CREATE TRIGGER mine BEFORE INSERT ON inventory_stockmove EXECUTE FUNCTION inventory_refuse_change()",
]


@pytest.mark.parametrize("sql", NOT_PERMITTED)
def test_the_app_may_not(sql):
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku)
    make_claim(shop, sku, "3")
    before = written()

    with refused(DatabaseError, match="permission denied|must be owner"):
        execute(sql, shop, sku)

    assert written() == before
    assert level(shop, sku) == (10, 10, 3)


def test_the_app_may_not_copy_into_totals():
    with refused(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("COPY inventory_stocklevel (company_id) FROM PROGRAM 'echo 1'")


def test_copied_moves_meet_the_same_rules():
    shop = make_shop()
    sku = make_sku(shop)
    columns = "company_id, sku_id, quantity, from_location_id, to_location_id, effective_at, reason, value"

    with (
        refused(psycopg.DatabaseError, match="stocklevel_exists"),
        connection.cursor() as cursor,
        cursor.copy(f"COPY inventory_stockmove ({columns}, source_type, actor_label) FROM STDIN") as copy,
    ):
        copy.write_row((shop.id, sku, 1, shop.bin, shop.staging, NOON, "", 0, "raw", "raw"))

    assert rows("SELECT count(*) FROM inventory_stockmove") == [(0,)]


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        (move_sql(source="second"), "stockquant_exists"),
        (move_sql("11"), "stockquant_claimed_within_quantity"),
        (move_sql("0"), "stockmove_quantity_positive"),
        (move_sql(target="bin"), "stockmove_two_ends"),
        (move_sql("1", value="5"), "stockmove_value_has_entry"),
        (move_sql("1", value="5", entry="%(entry)s"), "stockmove_value_at_border_only"),
        (move_sql("1", target="customer", value="5", entry="%(entry)s"), "stockmove_value_sign"),
        (move_sql("1", source="supplier", target="bin", value="-5", entry="%(entry)s"), "stockmove_value_sign"),
        (move_sql("1", target="customer"), "stockmove_cost_use_fits"),
        (move_sql("1", source="supplier", target="bin"), "stockmove_cost_layer_fits"),
        (move_sql("1", more=", allocation_id", values=", %(allocation)s"), "stockmove_allocation_fits"),
        (move_sql("1", source="second", more=", bin_claim_id", values=", %(bin_claim)s"), "stockmove_bin_claim_fits"),
        (move_sql("3", more=", bin_claim_id", values=", %(bin_claim)s"), "stockquant_claimed_within_quantity"),
        (
            "INSERT INTO inventory_allocationentry (company_id, allocation_id, kind, quantity, actor_label)"
            " VALUES (%(company)s, %(allocation)s, 'claim', 1, 'raw')",
            "demand_claimed_and_used_within_quantity",
        ),
        (
            "INSERT INTO inventory_allocationentry (company_id, allocation_id, kind, quantity, actor_label)"
            " VALUES (%(company)s, %(allocation)s, 'release', -2, 'raw')",
            "allocation_covers_bin_claims",
        ),
        (
            "INSERT INTO inventory_allocationentry (company_id, allocation_id, kind, quantity, move_id, actor_label)"
            " SELECT %(company)s, %(allocation)s, 'use', -1, max(id), 'raw' FROM inventory_stockmove",
            "allocationentry_use_is_a_move",
        ),
        (
            "INSERT INTO inventory_allocation (company_id, demand_id, sku_id, warehouse_id)"
            " VALUES (%(company)s, %(demand)s, %(other)s, %(warehouse)s)",
            "allocation_fits_demand",
        ),
        (
            "INSERT INTO inventory_binclaim (company_id, allocation_id, sku_id, location_id, quantity, actor_label)"
            " VALUES (%(company)s, %(allocation)s, %(sku)s, %(bin)s, 2, 'raw')",
            "allocation_covers_bin_claims",
        ),
        (
            "INSERT INTO inventory_binrelease (company_id, bin_claim_id, quantity, reason, actor_label)"
            " VALUES (%(company)s, %(bin_claim)s, 3, '', 'raw')",
            "binclaim_open_within_quantity",
        ),
        (
            "INSERT INTO inventory_layeruse (company_id, sku_id, move_id, quantity, value)"
            " SELECT %(company)s, %(sku)s, max(id), 1, 0 FROM inventory_stockmove",
            "layeruse_before_its_move",
        ),
        (
            "INSERT INTO inventory_layeruse (company_id, sku_id, move_id, quantity, value)"
            " VALUES (%(company)s, %(sku)s, 999999, 1, 5)",
            "foreign key",
        ),
        (
            "INSERT INTO inventory_layeruse (company_id, sku_id, move_id, quantity, value)"
            " VALUES (%(company)s, %(sku)s, 999999, 11, 50)",
            "skucost_not_negative",
        ),
        (
            "INSERT INTO inventory_costlayer (company_id, sku_id, move_id, pooled, quantity, value)"
            " VALUES (%(company)s, %(sku)s, 999999, false, 1, 1)",
            "costlayer_as_cost_method",
        ),
        ("UPDATE inventory_location SET kind = 'quarantine' WHERE id = %(bin)s", "inventory_location_fixed"),
        ("UPDATE inventory_sku SET cost_method = 'fifo' WHERE id = %(sku)s", "sku_cost_method_while_stocked"),
    ],
)
def test_the_database_refuses(sql, rule):
    shop = make_shop()
    sku, other = make_sku(shop), make_sku(shop, "CUP")
    make_stock(shop, sku)
    allocation, demand = make_claim(shop, sku, "3"), make_demand(shop, sku)
    (claim,) = claim_bins([(allocation, Decimal(2))], company_id=shop.id, actor=ACTOR)
    (entry,) = rows("SELECT max(id) FROM accounting_journalentry")[0]
    before = written()

    with refused(DatabaseError, match=rule):
        values = {"allocation": allocation, "demand": demand, "bin_claim": claim.bin_claim_id, "entry": entry}
        execute(sql, shop, sku, other=other, **values)

    assert written() == before
    assert level(shop, sku) == (10, 10, 3)


def test_an_oversell_by_raw_claim_is_refused():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "3")
    allocation = make_claim(shop, sku, "3")
    Demand.objects.update(quantity=9)

    with refused(DatabaseError, match="stocklevel_reserved_within"):
        execute(
            "INSERT INTO inventory_allocationentry (company_id, allocation_id, kind, quantity, actor_label)"
            " VALUES (%(company)s, %(allocation)s, 'claim', 1, 'raw')",
            shop,
            sku,
            allocation=allocation,
        )

    assert level(shop, sku) == (3, 3, 3)


def test_goods_and_claims_need_a_level():
    shop = make_shop()
    sku = make_sku(shop)
    demand = make_demand(shop, sku)

    with refused(DatabaseError, match="stocklevel_exists"):
        execute(move_sql(), shop, sku)
    with refused(DatabaseError, match="stocklevel_exists"):
        execute(
            "WITH a AS (INSERT INTO inventory_allocation (company_id, demand_id, sku_id, warehouse_id)"
            " VALUES (%(company)s, %(demand)s, %(sku)s, %(warehouse)s) RETURNING id)"
            " INSERT INTO inventory_allocationentry (company_id, allocation_id, kind, quantity, actor_label)"
            " SELECT %(company)s, id, 'claim', 1, 'raw' FROM a",
            shop,
            sku,
            demand=demand,
        )

    assert rows("SELECT count(*) FROM inventory_stocklevel") == [(0,)]


def test_an_entry_without_its_goods_is_refused_at_commit():
    shop = make_shop()

    with refused(DatabaseError, match="journalentry_matches_goods"):
        post_entries(
            [make_entry(shop.company, debit="inventory", subledger="inventory")], company_id=shop.id, actor=ACTOR
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert rows("SELECT count(*) FROM accounting_journalentry") == [(0,)]


def test_goods_of_another_value_than_their_entry_are_refused_at_once():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10", "50.00")

    with refused(DatabaseError, match="journalentry_matches_goods"):
        (posted,) = post_entries(
            [make_entry(shop.company, "4", debit="cogs", credit="inventory", subledger="inventory")],
            company_id=shop.id,
            actor=ACTOR,
        )
        execute(
            "INSERT INTO inventory_layeruse (company_id, sku_id, move_id, quantity, value)"
            " VALUES (%(company)s, %(sku)s, 999999, 1, 5); "
            + move_sql(target="customer", value="-5", entry="%(entry)s", more=", id", values=", 999999"),
            shop,
            sku,
            entry=posted.entry_id,
        )

    assert rows("SELECT count(*) FROM accounting_journalentry") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_a_move_does_not_join_an_entry_of_an_earlier_transaction():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku)
    (issue,) = post_moves([make_move(shop, sku, "1", shop.bin, shop.customer)], company_id=shop.id, actor=ACTOR)
    before = written()

    with refused(DatabaseError, match="stockmove_entry_born_here"):
        execute(move_sql(entry="%(entry)s"), shop, sku, entry=issue.entry_id)
    with refused(DatabaseError, match="valuechange_entry_born_here"):
        execute(
            "INSERT INTO inventory_valuechange (company_id, sku_id, value, entry_id, reason, source_type, actor_label)"
            " VALUES (%(company)s, %(sku)s, 1, %(entry)s, '', 'raw', 'raw')",
            shop,
            sku,
            entry=issue.entry_id,
        )

    assert written() == before


def test_a_move_effective_before_its_receipt_takes_todays_cost():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10", "50.00")

    (result,) = post_moves(
        [make_move(shop, sku, "1", shop.bin, shop.customer, effective_at=NOON.replace(year=2025))],
        company_id=shop.id,
        actor=ACTOR,
    )

    assert result.value == -5
