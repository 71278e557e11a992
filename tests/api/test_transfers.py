"""Transfers over HTTP: every step, its refusals by line, and whose they are."""

from decimal import Decimal

import pytest

from accounting.services import ensure_party
from backoffice.core.proof import run_checks
from inventory.models import Serial, Transfer
from tests.factories.goods import add_shop, level, make_shop
from tests.factories.moving import moving_facts
from tests.factories.tracking import make_tracked, make_units

D = Decimal
SCOPES = ("transfers:read", "transfers:write")


@pytest.fixture
def two(world):
    world.bath = add_shop(world.house.company, "BTH")
    world.shop = world.caller(*SCOPES, bound=False, company_id=world.house.id)
    return world


def body(quantity="8", **values):
    return {"source": "LON", "target": "BTH", "lines": [{"sku": "MUG", "quantity": quantity}]} | values


def make(two, *steps, quantity="8"):
    """A transfer and its line after these steps."""
    made = two.shop.post("transfers/", body(quantity)).json()
    for step in steps:
        lines = [{"line": made["lines"][0]["id"], "quantity": quantity}] if step == "ship" else None
        response = two.shop.post(f"transfers/{made['id']}/{step}/", {"lines": lines} if lines else {})
        assert response.status_code == 200, response.content
    return made["id"], made["lines"][0]["id"]


def test_a_transfer_goes_its_way_and_a_difference_is_settled(two):
    made = two.shop.post("transfers/", body(external_id="P-1"))
    again = two.shop.post("transfers/", body(external_id="P-1"))
    assert (made.status_code, again.status_code, made.json()["id"]) == (201, 200, again.json()["id"]), made.content
    pk, line = made.json()["id"], made.json()["lines"][0]["id"]
    path = f"transfers/{pk}/"

    two.shop.post(f"{path}approve/", {})
    assert two.shop.post(f"{path}allocate/", {}).json()["status"] == "allocated"
    shipped = two.shop.post(f"{path}ship/", {"carrier": "Van", "lines": [{"line": line, "quantity": "8"}]}, key="s")
    replayed = two.shop.post(f"{path}ship/", {"carrier": "Van", "lines": [{"line": line, "quantity": "8"}]}, key="s")
    assert shipped.json()["lines"][0]["in_transit"] == "8.000000"
    assert replayed.content == shipped.content
    arrived = {"lines": [{"line": line, "quantity": "5", "location": "A1"}]}
    assert two.shop.post(f"{path}receive/", arrived).json()["status"] == "partly_received"
    ensure_party(company_id=two.house.id, code="VAN", name="Van", currency="GBP", is_supplier=True)
    settled = two.shop.post(
        f"{path}settle/",
        {
            "reason": "Torn box",
            "lines": [
                {"line": line, "quantity": "1", "kind": "found_source", "location": "RECEIVING"},
                {"line": line, "quantity": "2", "kind": "claim", "claim_on": "VAN"},
            ],
        },
    )

    assert settled.status_code == 200, settled.content
    found = two.shop.get(path).json()
    assert (found["status"], [row["kind"] for row in found["lines"][0]["settlements"]]) == (
        "closed", ["found_source", "claim"],
    )  # fmt: skip
    assert (level(two.bath, two.mug)[0], level(two.house, two.mug)[0]) == (D(5), D(3))
    listed = two.shop.get("transfers/", status="closed", sku="mug").json()["results"]
    assert [row["number"] for row in listed] == [f"TR-{pk:06d}"]
    assert run_checks().ok


def test_refusals_name_the_line_and_write_nothing(two):
    pk, line = make(two, "approve", quantity="12")
    before = moving_facts()

    short = two.shop.post(f"transfers/{pk}/allocate/", {})
    assert (short.status_code, short.json()["code"]) == (409, "not_enough_stock")
    assert short.json()["context"]["items"][0]["there"] == "10"
    early = two.shop.post(f"transfers/{pk}/ship/", {"lines": [{"line": line, "quantity": "1"}]})
    assert early.json()["code"] == "not_allocated"
    assert two.shop.post(f"transfers/{pk}/close/", {}).json()["code"] == "illegal_transition"
    for wrong, status, named in (
        (body(target="LON"), 409, "same_warehouse"),
        (body(target="XXX"), 400, "target"),
        (body(lines=[]), 400, "lines"),
        (body(lines=[{"sku": "NOPE", "quantity": "1"}]), 400, "lines.0.sku"),
        (body("-1"), 400, "lines.0.quantity"),
        (body("NaN"), 400, "lines.0.quantity"),
        (body(lines=[{"sku": "MUG", "quantity": "1", "lot": "L9"}]), 400, "lines.0.lot"),
    ):
        response = two.shop.post("transfers/", wrong)
        told = response.json()
        assert (response.status_code, told["errors"][0]["field"] if "errors" in told else told["code"]) == (
            status, named,
        ), told  # fmt: skip
    assert moving_facts() == before


def test_over_receipt_and_a_foreign_place_are_refused(two):
    pk, line = make(two, "approve", "allocate", "ship")
    before = moving_facts()

    def receive(quantity, location):
        return two.shop.post(
            f"transfers/{pk}/receive/", {"lines": [{"line": line, "quantity": quantity, "location": location}]}
        ).json()

    assert receive("9", "A1")["context"] == {"row": 1, "sku": "MUG", "wanted": "9", "there": "8"}
    assert receive("1", "NOWHERE")["errors"][0]["field"] == "lines.0.location"
    claim = {"reason": "x", "lines": [{"line": line, "quantity": "1", "kind": "claim", "claim_on": "NOBODY"}]}
    assert two.shop.post(f"transfers/{pk}/settle/", claim).json()["errors"][0]["field"] == "lines.0.claim_on"
    assert moving_facts() == before


def test_another_company_or_scope_sees_nothing(two):
    pk, _line = make(two)
    other = make_shop("other", "OSL")
    stranger = two.caller(*SCOPES, bound=False, company_id=other.id)
    reader = two.caller("transfers:read", bound=False, company_id=two.house.id)

    assert stranger.get(f"transfers/{pk}/").status_code == 404
    assert stranger.post(f"transfers/{pk}/approve/", {}).status_code == 404
    assert reader.post(f"transfers/{pk}/approve/", {}).status_code == 403
    assert Transfer.objects.get().status == "draft"


def test_units_go_by_their_numbers(two):
    phone = make_tracked(two.house, "PHONE", serial=True)
    make_units(two.house, phone, "P-1", "P-2")
    made = two.shop.post("transfers/", body("1") | {"lines": [{"sku": "PHONE", "quantity": "1"}]}).json()
    path, line = f"transfers/{made['id']}/", made["lines"][0]["id"]
    two.shop.post(f"{path}approve/", {})
    two.shop.post(f"{path}allocate/", {})
    before = moving_facts()

    nameless = two.shop.post(f"{path}ship/", {"lines": [{"line": line, "quantity": "1"}]})
    strange = two.shop.post(f"{path}ship/", {"lines": [{"line": line, "quantity": "1", "serials": ["P-9"]}]})
    assert (nameless.status_code, strange.status_code) == (409, 409) and strange.json()["code"] == "unknown_serial"
    assert moving_facts() == before

    shipped = two.shop.post(f"{path}ship/", {"lines": [{"line": line, "quantity": "1", "serials": ["P-2"]}]})
    assert shipped.status_code == 200, shipped.content
    arrived = two.shop.post(f"{path}receive/", {"lines": [{"line": line, "quantity": "1", "location": "A1"}]})
    assert arrived.json()["status"] == "received", arrived.content
    assert Serial.objects.get(code="P-2").location.warehouse == two.bath.warehouse
    assert run_checks().ok
