"""The standing proof finds each kind of drift in the goods book, planted behind the triggers' back."""

from decimal import Decimal

import pytest
from django.db import connection

from backoffice.core.proof import run_checks
from backoffice.core.roles import OWNER, role
from inventory.checks import CHECKS
from inventory.services import ReceiptLine, claim_bins, issue, post_moves, receive
from tests.factories.books import ACTOR, NOON
from tests.factories.buying import order_goods
from tests.factories.goods import Shop, make_claim, make_move, make_shop, make_sku, make_stock
from tests.inventory.test_issuing import request

pytestmark = pytest.mark.django_db

D = Decimal
NAMES = [check.name for check in CHECKS]
ALL_TABLES = (
    "inventory_stockmove",
    "inventory_allocationentry",
    "inventory_layeruse",
    "inventory_costlayer",
    "inventory_valuechange",
    "inventory_binrelease",
    "inventory_grniitem",
    "accounting_journalline",
)


def make_history() -> Shop:
    """A little of everything: purchase, claims, picks, issues, a return, both cost methods."""
    shop = make_shop()
    mug, cup = make_sku(shop), make_sku(shop, "CUP", cost_method="fifo")
    for sku in (mug, cup):
        make_stock(shop, sku, "10", "33.33")
        order = order_goods(shop, (sku, "6", "4.20"))
        receive(
            [ReceiptLine(sku, D(6), shop.dock, po_line_id=order.lines.get().pk)],
            company_id=shop.id,
            effective_at=NOON,
            source_type="warehouse.receipt",
            source_id=sku,
            source_key=f"receipt:{sku}",
            actor=ACTOR,
        )
        allocation = make_claim(shop, sku, "4")
        (claim,) = claim_bins([(allocation, D(3))], company_id=shop.id, actor=ACTOR)
        post_moves(
            [make_move(shop, sku, "2", shop.bin, shop.staging, bin_claim_id=claim.bin_claim_id)],
            company_id=shop.id,
            actor=ACTOR,
        )
        (left,) = issue(
            [request(shop, sku, allocation, "2", from_location_id=shop.staging, entry_key=f"shipment:{sku}")],
            company_id=shop.id,
            actor=ACTOR,
        )
        post_moves(
            [make_move(shop, sku, "1", shop.customer, shop.quarantine, returns_move_id=left.move_id)],
            company_id=shop.id,
            actor=ACTOR,
        )
    return shop


def plant(sql: str) -> None:
    """As the owner, with the books' triggers switched off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with role(connection, OWNER), connection.cursor() as cursor:
        for table in ALL_TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql)
        assert cursor.rowcount > 0
        for table in ALL_TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_what_the_services_write_holds():
    make_history()

    proof = run_checks(names=NAMES)

    assert [result for result in proof.results if result.state != "ok"] == []
    assert len(proof.results) == len(NAMES)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "UPDATE inventory_stockquant SET quantity = quantity + 1 WHERE id = (SELECT min(id) FROM inventory_stockquant)",
            {"moves_equal_quants", "quants_equal_levels"},
        ),
        ("UPDATE inventory_stocklevel SET on_hand = on_hand + 1", {"quants_equal_levels", "sku_costs_equal_levels"}),
        ("UPDATE inventory_stocklevel SET sellable = sellable - 1", {"quants_equal_levels"}),
        ("UPDATE inventory_stocklevel SET reserved = reserved + 1", {"entries_equal_reserved"}),
        ("UPDATE inventory_allocation SET open = open + 1", {"entries_equal_allocations"}),
        ("UPDATE inventory_allocation SET used = used + 1", {"entries_equal_allocations"}),
        ("UPDATE inventory_demand SET claimed = claimed - 1", {"allocations_equal_demands"}),
        (
            "UPDATE inventory_allocationentry SET quantity = -1 WHERE kind = 'use'",
            {"uses_equal_moves", "entries_equal_reserved", "entries_equal_allocations", "allocations_equal_demands"},
        ),
        ("UPDATE inventory_binclaim SET picked = picked - 1", {"bin_claims_add_up", "bin_claims_equal_quants"}),
        ("UPDATE inventory_stockquant SET claimed = claimed - 1 WHERE claimed > 0", {"bin_claims_equal_quants"}),
        (
            "UPDATE inventory_costlayer SET used = used + 1, used_value = used_value + 1 WHERE NOT pooled AND used > 0",
            {"layers_add_up", "open_layers_equal_sku_costs"},
        ),
        (
            "UPDATE inventory_skucost SET value = value + 0.01",
            {"costs_equal_sku_costs", "sku_costs_equal_accounts", "open_layers_equal_sku_costs"},
        ),
        (
            "UPDATE inventory_layeruse SET value = value + 0.01",
            {"costs_equal_sku_costs", "moves_equal_costs", "layers_add_up"},
        ),
        (
            "UPDATE inventory_stockmove SET value = value - 0.01 WHERE value < 0",
            {"moves_equal_costs", "entries_equal_goods"},
        ),
        (
            "UPDATE accounting_journalline SET base_amount = base_amount + 0.01",
            {"entries_equal_goods", "sku_costs_equal_accounts", "grni_items_equal_account"},
        ),
        ("UPDATE inventory_grniitem SET used = used + 0.5", {"grni_matches_add_up"}),
        ("UPDATE inventory_purchaseorderline SET received = received + 1", {"received_equals_moves"}),
        (
            "UPDATE inventory_stockmove SET quantity = 3 WHERE returns_move_id IS NOT NULL",
            {"returns_within_issues", "moves_equal_quants", "moves_equal_costs"},
        ),
    ],
)
def test_planted_drift_is_found(sql, expected):
    make_history()
    plant(sql)

    proof = run_checks(names=NAMES)

    assert {result.name for result in proof.results if result.state == "differs"} == expected
    assert all(result.row for result in proof.results if result.state == "differs")
