"""A scanner picks, packs and ships over the API; the invoice and the journal are seen there too."""

import json
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounting.models import Invoice
from backoffice.core.models import User
from backoffice.core.proof import run_checks
from backoffice.core.staff import StaffRole, sync_roles
from orders.models import Fulfilment, Order, Shipment
from tests.api.conftest import order_body
from tests.factories.sales import orders_written
from warehouse.models import PickTask

SCANNER = ("warehouse:read", "warehouse:write", "shipments:read")


@pytest.fixture
def scanner(world):
    return world.caller(*SCANNER, bound=False, company_id=world.house.id)


@pytest.fixture
def placed(world):
    return world.caller("orders:write").post("orders/", order_body()).json()


def pick(scanner, fulfilment_id: int):
    [made] = scanner.post("pick-lists/", {"fulfilments": [fulfilment_id]}).json()
    picks = [
        {"task": task["id"], "quantity": task["quantity"]}
        for task in scanner.get(f"pick-lists/{made['pick_list']}/").json()["tasks"]
    ]
    return scanner.post("pick-lists/confirm/", {"picks": picks, "device": "scanner-1"})


def test_from_the_storefront_to_the_journal(world, scanner, placed):
    [work] = scanner.get("fulfilments/", status="ready").json()["results"]
    assert (work["order"], work["order_external_id"], work["status"]) == (placed["id"], "W-1", "ready")

    picked = pick(scanner, work["id"])
    assert picked.status_code == 200, picked.content
    assert [row["state"] for row in picked.json()] == ["done"]
    assert PickTask.objects.get().device == "scanner-1"
    packed = scanner.post(f"fulfilments/{work['id']}/pack/", {"device": "bench-2"}).json()
    assert packed["state"] == "packed"
    shipped = scanner.post(f"shipments/{packed['shipment']}/ship/", {"carrier": "DHL", "tracking_number": "T1"})

    assert shipped.status_code == 200, shipped.content
    assert shipped.json()["state"] == "shipped"
    assert Order.objects.get().status == "shipped"
    assert scanner.get(f"shipments/{packed['shipment']}/").json()["tracking_number"] == "T1"
    auditor = world.caller("accounting:read", bound=False, company_id=world.house.id)
    invoice = auditor.get(f"invoices/{shipped.json()['invoice']}/").json()
    assert (invoice["number"], invoice["total"]) == (shipped.json()["invoice_number"], "30.000000")
    assert sorted(line["kind"] for line in invoice["lines"]) == ["charge", "goods"]
    entry = auditor.get(f"journal-entries/{invoice['entry']}/").json()
    assert sum(Decimal(line["base_amount"]) for line in entry["lines"]) == 0
    assert run_checks().ok
    shop = world.caller("accounting:read")
    assert shop.get("invoices/").json()["results"] == []  # the books are the company's, not a channel's
    assert shop.get(f"journal-entries/{invoice['entry']}/").status_code == 404


def test_shipping_twice_ships_once(world, scanner, placed):
    fulfilment = Fulfilment.objects.get()
    pick(scanner, fulfilment.pk)
    shipment = scanner.post(f"fulfilments/{fulfilment.pk}/pack/", {}).json()["shipment"]
    scanner.post(f"shipments/{shipment}/ship/", {"carrier": "DHL"})

    again = scanner.post(f"shipments/{shipment}/ship/", {"carrier": "DHL"})

    assert (again.status_code, again.json()["state"]) == (200, "already")
    assert Invoice.objects.count() == 1


def test_packing_what_was_not_picked_is_refused(scanner, placed):
    fulfilment = Fulfilment.objects.get()
    before = orders_written()

    response = scanner.post(f"fulfilments/{fulfilment.pk}/pack/", {})

    assert (response.status_code, response.json()["code"]) == (409, "not_picked")
    assert orders_written() == before
    assert Shipment.objects.count() == 0


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("pick-lists/", {"fulfilments": []}, "fulfilments"),
        ("pick-lists/", {"fulfilments": ["x"]}, "fulfilments.0"),
        ("pick-lists/confirm/", {"picks": [{"task": 1, "quantity": "-1"}]}, "picks.0.quantity"),
        ("pick-lists/confirm/", {"picks": [{"task": 1, "quantity": "1"}, {"task": 2}]}, "picks.1.quantity"),
    ],
)
def test_bad_input_names_the_field(scanner, path, body, field):
    response = scanner.post(path, body)

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_a_foreign_task_is_not_found(world, scanner, placed):
    scanner.post("pick-lists/", {"fulfilments": [Fulfilment.objects.get().pk]})
    task = PickTask.objects.get()
    stranger = world.caller(*SCANNER, bound=False, company_id=world.house.id + 1000)

    response = stranger.post("pick-lists/confirm/", {"picks": [{"task": task.pk, "quantity": "2"}]})

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    task.refresh_from_db()
    assert task.picked == 0


def test_a_picker_may_pick_with_a_session_but_not_read_the_books(world, placed):
    sync_roles()
    picker = User.objects.create_user("pia", password="long enough 1", is_staff=True)
    picker.groups.add(Group.objects.get(name=StaffRole.PICKER))
    client = Client()
    client.login(username="pia", password="long enough 1")

    made = client.post(
        "/api/v1/pick-lists/", json.dumps({"fulfilments": [Fulfilment.objects.get().pk]}),
        content_type="application/json", headers={"idempotency-key": "p"},
    )  # fmt: skip

    assert made.status_code == 200, made.content
    assert client.get("/api/v1/pick-lists/").status_code == 200
    assert client.get("/api/v1/invoices/").status_code == 403
    assert client.get("/api/v1/journal-entries/").status_code == 403


def test_an_auditor_reads_and_changes_nothing(world, placed):
    sync_roles()
    auditor = User.objects.create_user("ada", password="long enough 1", is_staff=True)
    auditor.groups.add(Group.objects.get(name=StaffRole.AUDITOR))
    client = Client()
    client.login(username="ada", password="long enough 1")

    for path in ("orders", "shipments", "stock", "skus", "products", "invoices", "journal-entries", "pick-lists"):
        assert client.get(f"/api/v1/{path}/").status_code == 200, path
    cancel = client.post(
        f"/api/v1/orders/{placed['id']}/cancel/", json.dumps({"reason": "x"}), content_type="application/json",
        headers={"idempotency-key": "a"},
    )  # fmt: skip
    assert cancel.status_code == 403
    assert Order.objects.get().status == "released"


def test_lists_cost_the_same_however_long(world, scanner):
    shop = world.caller("orders:write")
    auditor = world.caller("accounting:read", bound=False, company_id=world.house.id)
    auditor.get("invoices/")  # a key's first use is noted once a minute
    counts = []
    for number in (1, 4):
        while Order.objects.count() < number:
            result = shop.post("orders/", order_body(f"W-{Order.objects.count()}")).json()
            fulfilment = Fulfilment.objects.get(order_id=result["id"])
            pick(scanner, fulfilment.pk)
            shipment = scanner.post(f"fulfilments/{fulfilment.pk}/pack/", {}).json()["shipment"]
            scanner.post(f"shipments/{shipment}/ship/", {"carrier": "DHL"})
        with CaptureQueriesContext(database) as queries:
            rows = [
                len(caller.get(path).json()["results"])
                for caller, path in (
                    (scanner, "pick-lists/"), (scanner, "fulfilments/"), (scanner, "shipments/"),
                    (auditor, "invoices/"), (auditor, "journal-entries/"),
                )
            ]  # fmt: skip
        counts.append(len(queries))
        assert rows[:4] == [number] * 4

    assert counts[0] == counts[1] <= 19
