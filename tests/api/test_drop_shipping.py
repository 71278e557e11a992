"""Drop-shipping over HTTP: given to a supplier, shipped in parts with tracking, called off."""

import pytest

from accounting.services import ensure_party
from backoffice.core.proof import run_checks
from inventory.models import PurchaseOrder
from inventory.services import confirm_purchase_order, send_purchase_order
from orders.models import DropShipLine, Shipment
from tests.api.conftest import order_body
from tests.factories.books import ACTOR
from tests.factories.buying import make_offer
from tests.factories.sales import orders_written

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(world):
    ensure_party(company_id=world.house.id, code="SUP", name="Supplier", currency="GBP", is_supplier=True)
    return world.caller("orders:read", "orders:write", "shipments:read", "shipments:write")


@pytest.fixture
def placed(shop):
    lines = [{"sku": "CUP", "quantity": "8", "unit_price": "10.00"}]
    return shop.post("orders/", order_body("D-1", lines=lines, charges=[], total="80.00")).json()


def given(placed, quantity="6", **changes):
    line = {"line": placed["lines"][0]["id"], "quantity": quantity, "supplier": "SUP", "unit_cost": "4.00"}
    return {"lines": [line | changes]}


def send(world, *, confirm=False):
    pk = PurchaseOrder.objects.get().pk
    send_purchase_order(pk, company_id=world.house.id, actor=ACTOR)
    if confirm:
        confirm_purchase_order(pk, company_id=world.house.id, actor=ACTOR)


def test_a_supplier_ships_an_order_in_parts_with_tracking(world, shop, placed):
    path = f"orders/{placed['id']}"
    answer = shop.post(f"{path}/drop-ship/", given(placed))
    assert answer.status_code == 201
    [part] = answer.json()
    assert (part["sku"], part["supplier"], part["quantity"], part["purchase_order_status"]) == (
        "CUP", "SUP", "6.000000", "approved",
    )  # fmt: skip
    send(world)

    body = {"parts": [{"id": part["id"], "quantity": "2"}], "carrier": "DHL", "tracking_number": "T-1"}
    shipped = shop.post(f"{path}/drop-ships/ship/", body, key="one")

    assert shipped.status_code == 201
    assert (shipped.json()["warehouse"], shipped.json()["tracking_number"], shipped.json()["status"]) == (
        None, "T-1", "in_transit",
    )  # fmt: skip
    assert shop.post(f"{path}/drop-ships/ship/", body, key="one").content == shipped.content
    assert Shipment.objects.count() == 1
    [row] = shop.get("shipments/").json()["results"]
    assert row["purchase_order"] == PurchaseOrder.objects.get().number
    [left] = shop.post(f"{path}/drop-ships/{part['id']}/cancel/", {"reason": "late", "supplier_agrees": True}).json()
    assert (left["shipped"], left["cancelled"]) == ("2.000000", "4.000000")
    assert shop.get(f"{path}/drop-ships/").json() == [left]
    assert run_checks().ok


def test_without_a_cost_the_suppliers_price_list_has_it(world, shop, placed):
    path, free = f"orders/{placed['id']}/drop-ship/", {"unit_cost": None}
    refused = shop.post(path, given(placed, **free))
    assert (refused.status_code, refused.json()["context"]["code"]) == (409, "no_price")
    assert not PurchaseOrder.objects.exists() and not DropShipLine.objects.exists()
    make_offer(world.house, "CUP", price="3.75")

    [part] = shop.post(path, given(placed, **free)).json()

    assert part["unit_cost"] == "3.750000" and run_checks().ok


def test_refusals_are_named_and_nothing_is_written(world, shop, placed):
    path = f"orders/{placed['id']}"
    [part] = shop.post(f"{path}/drop-ship/", given(placed)).json()
    send(world, confirm=True)
    before = (orders_written(), PurchaseOrder.objects.count())

    for name, body, status, code in (
        ("drop-ship/", given(placed, "3"), 409, "drop_ship_refused"),
        ("drop-ship/", given(placed, supplier="NOPE"), 400, "unknown_supplier"),
        ("drop-ship/", given(placed, quantity="0"), 400, "min_value"),
        ("drop-ship/", {"lines": []}, 400, "min_length"),
        ("drop-ships/ship/", {"parts": [{"id": part["id"], "quantity": "7"}]}, 409, "drop_ship_refused"),
        ("drop-ships/ship/", {"parts": [{"id": 987654, "quantity": "1"}]}, 400, "unknown_line"),
        (f"drop-ships/{part['id']}/cancel/", {"reason": "x"}, 409, "purchase_refused"),
        ("drop-ships/987654/cancel/", {"reason": "x"}, 400, "unknown_line"),
    ):
        answer = shop.post(f"{path}/{name}", body)
        problem = answer.json()
        found = problem["code"] if status == 409 else problem["errors"][0]["code"]
        assert (answer.status_code, found) == (status, code), (name, body, problem)
    assert (orders_written(), PurchaseOrder.objects.count()) == before
    assert DropShipLine.objects.get().shipped == 0
    assert world.caller("orders:read").post(f"{path}/drop-ship/", given(placed)).status_code == 403
    assert run_checks().ok
