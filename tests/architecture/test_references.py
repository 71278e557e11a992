"""References without a foreign-key constraint: parents cannot go, and the proof finds a child that points nowhere."""

import pytest
from django.db import connection

from backoffice.core.grants import MODELS
from backoffice.core.proof import run_checks
from backoffice.core.references import guarded_references
from backoffice.core.roles import OWNER, role
from tests.factories.goods import make_claim, make_shop, make_sku, make_stock

pytestmark = pytest.mark.django_db


def test_the_app_cannot_delete_what_guarded_references_point_to():
    deletable = {
        f"{field.model._meta.label}.{field.name}"
        for field in guarded_references()
        if MODELS[field.target_field.model._meta.label].delete
    }

    assert deletable == set()


def test_a_reference_to_nothing_is_found():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "10", "33.33")
    make_claim(shop, mug, "4")
    assert [r.state for r in run_checks(names=["references_hold"]).results] == ["ok"]

    with role(connection, OWNER), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE inventory_allocation DISABLE TRIGGER USER")
        cursor.execute("UPDATE inventory_allocation SET demand_id = 987654321")
        cursor.execute("ALTER TABLE inventory_allocation ENABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    (result,) = run_checks(names=["references_hold"]).results
    assert result.state == "differs"
    assert result.row == {
        "table": "inventory_allocation",
        "column": "demand_id",
        "points_to": "987654321",
        "of": "inventory_demand",
    }
