"""Kits over HTTP: what they are made of, sold, shipped and cancelled."""

import pytest

from backoffice.core.proof import run_checks
from inventory.models import Kit
from orders.models import OrderLineComponent
from tests.api.conftest import order_body
from tests.factories.goods import level, make_sku, make_stock
from tests.factories.sales import orders_written, pack

pytestmark = pytest.mark.django_db


def kit_body(**changes):
    return {
        "sku": "set",
        "policy": "whole",
        "components": [{"sku": "MUG", "quantity": "2"}, {"sku": "cup", "quantity": "1"}],
        "reason": "christmas",
    } | changes


@pytest.fixture
def shop(world):
    make_sku(world.house, "SET")
    return world.caller("catalogue:read", "catalogue:write", "orders:read", "orders:write")


def test_a_kit_is_set_read_changed_and_given_up(world, shop):
    made = shop.post("kits/", kit_body())

    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"],
        "sku": "SET",
        "name": "SET",
        "policy": "whole",
        "number": 1,
        "components": [{"sku": "MUG", "quantity": "2.000000"}, {"sku": "CUP", "quantity": "1.000000"}],
        "available": "2",
    }
    assert shop.get("kits/").json()["results"] == [made.json()]
    assert shop.get(f"kits/{made.json()['id']}/").json() == made.json()
    changed = shop.post("kits/", kit_body(components=[{"sku": "MUG", "quantity": "3"}], policy="parts")).json()
    assert (changed["number"], changed["policy"], changed["available"]) == (2, "parts", "3")
    assert shop.post(f"kits/{changed['id']}/give-up/", {"reason": "sold out"}).status_code == 204
    assert shop.get("kits/").json()["results"] == []


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"components": []}, 400, "invalid_input", "components"),
        ({"sku": "NOPE"}, 400, "unknown_sku", "sku"),
        ({"components": [{"sku": "NOPE", "quantity": "1"}]}, 400, "unknown_sku", "components.0.sku"),
        ({"components": [{"sku": "MUG", "quantity": "0"}]}, 409, "kit_refused", ""),
        ({"components": [{"sku": "SET", "quantity": "1"}]}, 409, "kit_refused", ""),
        ({"sku": "MUG", "components": [{"sku": "CUP", "quantity": "1"}]}, 409, "kit_refused", ""),
        ({"policy": "half"}, 400, "invalid_choice", "policy"),
    ],
)
def test_a_wrong_composition_is_named_and_nothing_is_written(world, shop, changes, status, code, field):
    answer = shop.post("kits/", kit_body(**changes))

    assert answer.status_code == status
    problem = answer.json()
    if field:
        assert problem["errors"][0]["field"].startswith(field)
    else:
        assert problem["code"] == code
    assert Kit.objects.count() == 0


def test_setting_kits_needs_its_scope_and_stays_in_the_company(world, shop):
    assert world.caller("catalogue:read").post("kits/", kit_body()).status_code == 403
    foreign = world.caller("catalogue:write", company_id=987654)
    assert foreign.post("kits/", kit_body()).status_code == 400
    assert Kit.objects.count() == 0


def test_a_kit_is_ordered_shipped_and_cancelled_by_api(world, shop):
    shop.post("kits/", kit_body())
    lines = [{"sku": "SET", "quantity": "2", "unit_price": "25.00"}]
    body = order_body("K-1", lines=lines, charges=[], total="50.00")

    placed = shop.post("orders/", body).json()

    [line] = placed["lines"]
    assert [(part["sku"], part["per_kit"]) for part in line["components"]] == [("MUG", "2.000000"), ("CUP", "1.000000")]
    assert (level(world.house, world.mug)[2], level(world.house, world.cup)[2]) == (4, 2)
    cancelled = shop.post(f"orders/{placed['id']}/cancel/", {"reason": "buyer", "lines": {str(line["id"]): "1"}}).json()
    assert cancelled["lines"][0]["cancelled"] == "1.000000"
    assert (level(world.house, world.mug)[2], level(world.house, world.cup)[2]) == (2, 1)
    before = orders_written()
    refused = shop.post(f"orders/{placed['id']}/cancel/", {"reason": "buyer", "lines": {str(line["id"]): "2"}})
    assert (refused.status_code, refused.json()["code"], orders_written()) == (409, "nothing_to_cancel", before)
    part = shop.post("orders/", order_body("K-2", lines=[lines[0] | {"quantity": "0.5"}], charges=[], total="12.50"))
    assert (part.status_code, part.json()["errors"][0]["field"]) == (400, "lines.0.quantity")
    assert run_checks().ok


def test_parts_given_up_are_cancelled_by_api_with_the_reason(world, shop):
    tin = make_sku(world.house, "TIN")
    shop.post(
        "kits/", kit_body(components=[{"sku": "MUG", "quantity": "1"}, {"sku": "TIN", "quantity": "1"}], policy="parts")
    )
    body = order_body("K-1", lines=[{"sku": "SET", "quantity": "1", "unit_price": "25.00"}], charges=[], total="25.00")
    placed = shop.post("orders/", body).json()
    ship_all(world, placed["id"])

    refused = shop.post(f"orders/{placed['id']}/cancel/", {"reason": "no tins"})
    assert (refused.status_code, refused.json()["code"]) == (409, "kit_begun")
    done = shop.post(f"orders/{placed['id']}/cancel/", {"reason": "no tins", "give_up_parts": True}).json()

    assert done["status"] == "shipped"
    assert OrderLineComponent.objects.get(sku=world.mug).given_up_reason == "no tins"
    assert run_checks().ok
    make_stock(world.house, tin, "1")


def ship_all(world, order_id):
    from tests.factories.goods import rows
    from tests.factories.sales import dispatch

    work = [pk for (pk,) in rows("SELECT id FROM orders_fulfilment WHERE order_id = %s", order_id)]
    dispatch(world.house, [packed.shipment_id for packed in pack(world.house, work)])
