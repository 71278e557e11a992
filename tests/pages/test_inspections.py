"""Goods that wait to be inspected, through the pages: a rule, a delivery, what was found."""

from decimal import Decimal

import pytest
from django.urls import reverse

from backoffice.core.proof import run_checks
from inventory.models import Inspection, InspectionRule
from tests.factories.buying import arrive
from tests.factories.goods import level, written
from tests.factories.staff import said, sign_in

D = Decimal


@pytest.fixture
def held(world):
    """Twelve cups that wait in quarantine, by a rule made on its page."""
    lead = sign_in("warehouse_lead")
    form = {
        "company": world.house.id,
        "sku": world.cup,
        "mode": "sample",
        "sample_percent": "25",
        "note": "Look for cracks",
    }
    bare = lead.post(reverse("admin:inventory_inspectionrule_add"), form | {"sample_percent": ""})
    assert bare.status_code == 200 and not InspectionRule.objects.exists()
    made = lead.post(reverse("admin:inventory_inspectionrule_add"), form)
    assert made.status_code == 302 and InspectionRule.objects.get().note == "Look for cracks"
    received = arrive(world.house, {"sku_id": world.cup, "quantity": D(12), "unit_cost": D(2)})
    return Inspection.objects.get(pk=received.inspection_ids[0])


def decide(client, inspection, **form):
    return client.post(reverse("admin:inventory_inspection_decide", args=[inspection.pk]), form)


def test_what_passes_is_sold_and_what_fails_is_kept_apart(world, held):
    lead = sign_in("warehouse_lead")
    assert level(world.house, world.cup)[:2] == (12, 0)
    queue = lead.get(reverse("admin:inventory_inspection_changelist")).content.decode()
    page = lead.get(reverse("admin:inventory_inspection_change", args=[held.pk])).content.decode()
    assert held.number in queue and "Look for cracks" in page and "What was found" in page

    done = decide(
        lead, held, **{"quantity-pass": "9", "quantity-damaged": "2", "reason-damaged": "cracked", "note": "box 3"}
    )

    assert said(done) == [f"{held.number}: 9 passed, 2 failed, 1 still to be decided."]
    assert level(world.house, world.cup) == (12, 9, 5)  # five wait for cups
    page = lead.get(reverse("admin:inventory_inspection_change", args=[held.pk])).content.decode()
    assert "cracked" in page and "box 3" in page and "Moves" in page
    decide(lead, held, **{"quantity-return": "1", "reason-return": "wrong colour"})
    held.refresh_from_db()
    assert (held.status, held.left) == ("done", 0)
    assert (
        "What was found" not in lead.get(reverse("admin:inventory_inspection_change", args=[held.pk])).content.decode()
    )
    assert run_checks().ok


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Say what was found: a quantity that passed or failed."),
        ({"quantity-pass": "many"}, "Passed: “many” is no quantity."),
        ({"quantity-pass": "13"}, "Row 1: only 12 of {} are still to be decided."),
        ({"quantity-damaged": "1"}, "Row 1: say why it failed."),
        ({"quantity-pass": "-1"}, "Row 1: the quantity must be above zero."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(world, held, form, words):
    before = written()

    assert said(decide(sign_in("warehouse_lead"), held, **form)) == [words.format(held.number)]
    assert decide(sign_in("picker"), held, **{"quantity-pass": "1"}).status_code == 403

    assert written() == before and Inspection.objects.get().left == 12
