"""Handling units at the pages and over the API: made, printed, filled, moved, nested, emptied; wrong things write nothing."""

import pytest
from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from backoffice.core.proof import run_checks
from inventory.models import Location
from tests.api.conftest import Caller
from tests.factories.floor import facts
from tests.factories.staff import said, sign_in
from warehouse.models import HandlingUnit


def press(client, unit, name, **data):
    return said(client.post(reverse(f"admin:warehouse_unit_{name}", args=[unit.pk]), data, follow=True))


def test_a_lead_makes_fills_moves_nests_and_empties_units(world):
    lead = sign_in("warehouse_lead")
    dock, shelf = (Location.objects.get(pk=pk) for pk in (world.house.dock, world.house.bin))
    add = reverse("admin:warehouse_handlingunit_add")
    assert "bo-success" not in lead.get(add).content.decode()

    made = lead.post(add, {"kind": "pallet", "count": "2", "place": dock.pk}).content.decode()
    pallet, carton = HandlingUnit.objects.order_by("pk")
    assert pallet.code in made
    labels = lead.get(reverse("admin:warehouse_unit_labels"), {"ids": f"{pallet.pk},{carton.pk}"})
    assert (labels.status_code, labels["content-type"]) == (200, "application/pdf")
    assert press(lead, carton, "put_in", place=shelf.code, sku="MUG", quantity="5") == ["It is in the unit."]
    press(lead, carton, "nest", parent=pallet.code)
    press(lead, pallet, "move", place=shelf.code)
    page = lead.get(reverse("admin:warehouse_handlingunit_change", args=[pallet.pk])).content.decode()
    assert carton.code in page and "MUG" in page and shelf.code in page
    assert press(lead, carton, "empty", place=shelf.code) == [f"All of it lies in {shelf.code} now."]
    assert run_checks().ok


def test_what_is_wrong_is_said_and_nothing_is_written(world):
    lead = sign_in("warehouse_lead")
    add = reverse("admin:warehouse_handlingunit_add")
    lead.post(add, {"kind": "pallet", "count": "1", "place": world.house.dock})
    unit = HandlingUnit.objects.get()
    written = facts()

    told = [
        *press(lead, unit, "move", place="NOWHERE"),
        *press(lead, unit, "nest", parent="HU-99999999"),
        *press(lead, unit, "put_in", place="NOWHERE", sku="MUG", quantity="1"),
        *press(lead, unit, "empty", place=Location.objects.get(pk=world.house.bin).code),
        *press(lead, unit, "ship"),
    ]

    assert all(
        words in text
        for words, text in zip(
            ["is no place", "Nobody knows", "is no place", "is empty", "Nothing packed"], told, strict=True
        )
    )
    assert facts() == written
    lead.post(add, {"kind": "pallet", "count": "0", "place": world.house.dock})
    assert HandlingUnit.objects.count() == 1
    assert sign_in("buyer").get(add).status_code == 403


def test_a_program_makes_fills_moves_and_empties_units(world):
    robot = User.objects.create_superuser("robot")
    scopes = ("warehouse:read", "warehouse:write")
    _key, secret = make_api_key(name="t", user=robot, scopes=scopes, channel_id=None, company_id=world.house.id)
    program = Caller(secret)
    [unit] = program.post("handling-units/", {"kind": "carton", "location": world.house.dock}).json()

    filled = program.post(
        f"handling-units/{unit['id']}/put-in/",
        {"location": world.house.bin, "goods": [{"sku": "MUG", "quantity": "2"}]},
    )
    assert filled.json()["contents"] == [{"unit": unit["code"], "sku": "MUG", "lot": None, "quantity": "2.000000"}]
    moved = program.post(f"handling-units/{unit['id']}/move/", {"location": world.house.bin}).json()
    assert moved["stands_in"] == Location.objects.get(pk=world.house.bin).code
    too_many = {"location": world.house.bin, "goods": [{"sku": "MUG", "quantity": "5000"}]}
    assert program.post(f"handling-units/{unit['id']}/put-in/", too_many).status_code == 409
    assert program.post(f"handling-units/{unit['id']}/nest/", {"parent": unit["code"]}).json()["code"] == "in_itself"
    assert program.post(f"handling-units/{unit['id']}/ship/", {}).json()["code"] == "nothing_packed"
    taken = program.post(
        f"handling-units/{unit['id']}/take-out/",
        {"location": world.house.bin, "goods": [{"sku": "MUG", "quantity": "2"}]},
    )
    assert taken.json()["contents"] == []
    assert run_checks().ok


pytestmark = pytest.mark.django_db
