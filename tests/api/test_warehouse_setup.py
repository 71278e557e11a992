"""How the warehouse is set up, over HTTP: made, changed as it was read, refused with all that is wrong."""

import pytest
from django.contrib.auth.models import Permission

from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from tests.factories.carriers import make_box, make_carrier
from tests.factories.floor import facts
from tests.factories.goods import add_shop, make_shop
from warehouse.models import Box, CarrierAccount, CarrierRate, CarrierService, WaveTemplate

pytestmark = pytest.mark.django_db

SIZES = {"length_mm": 300, "width_mm": 200, "height_mm": 100}


@pytest.fixture
def lead(world):
    world.robot.user_permissions.set(Permission.objects.filter(content_type__app_label="warehouse"))
    return world.caller("warehouse:read", "warehouse:write", bound=False, company_id=world.house.id)


def made(lead, path, body):
    answer = lead.post(path, body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_carrier_with_services_rates_and_boxes_is_made_and_sells_a_label(world, lead):
    carrier = made(lead, "carriers/", {"code": "van", "name": "Own van", "tracking_url": "https://t.example/{number}"})
    service = made(lead, "carrier-services/", {"carrier": "van", "code": "std", "name": "Standard", "transit_days": 2})
    rate = made(
        lead, "carrier-rates/", {"service": service["id"], "countries": "lt, gb", "up_to_g": 1000, "price": "4.50"}
    )
    box = made(lead, "boxes/", {"code": "B1", "name": "Small", **SIZES, "tare_g": 90, "max_weight_g": 5000})

    assert (carrier["connector"], rate["countries"], rate["carrier"]) == ("house", "GB, LT", "van")
    assert [row["code"] for row in lead.get("carrier-services/", carrier="van").json()["results"]] == ["std"]
    assert [row["id"] for row in lead.get("carrier-rates/", service=service["id"]).json()["results"]] == [rate["id"]]
    again = lead.post("boxes/", {"code": "B2", **SIZES}, key="k-1")
    assert lead.post("boxes/", {"code": "B2", **SIZES}, key="k-1").json() == again.json()
    assert Box.objects.count() == 2
    read = lead.get(f"boxes/{box['id']}/")
    changed = lead.patch(f"boxes/{box['id']}/", {"max_weight_g": 6000}, match=read["ETag"])
    assert (changed.status_code, changed.json()["max_weight_g"]) == (200, 6000)
    trail = AuditEvent.objects.filter(object_type="warehouse.box", field="max_weight_g")
    assert [(event.old_value, event.new_value) for event in trail] == [("5000", "6000")]
    tag = lead.get(f"carrier-rates/{rate['id']}/")["ETag"]
    headers = {"authorization": f"Api-Key {lead.key}", "if-match": tag}
    gone = lead.client.delete(f"/api/v1/carrier-rates/{rate['id']}/", headers=headers)
    assert gone.status_code == 204 and not CarrierRate.objects.exists()
    assert run_checks().ok


def test_a_wave_template_is_made_changed_and_makes_its_wave(world, lead):
    body = {"name": "Evening", "warehouse": "LON", "method": "batch", "cut_off": "17:30", "weekdays": "12345"}
    row = made(lead, "wave-templates/", body)
    path = f"wave-templates/{row['id']}/"

    tag = lead.get(path)["ETag"]
    changed = lead.patch(path, {"max_orders": 50, "cut_off": None}, match=tag)
    late = lead.patch(path, {"max_orders": 60}, match=tag)

    assert (changed.status_code, changed.json()["max_orders"], changed.json()["cut_off"]) == (200, 50, None)
    assert late.status_code == 412 and WaveTemplate.objects.get().max_orders == 50
    nothing = lead.post("waves/", {"template": row["id"]})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_ready")
    assert run_checks().ok


def test_what_cannot_be_is_told_by_field_and_nothing_is_written(world, lead):
    service = make_carrier(world.house)
    make_box(world.house)
    foreign = make_carrier(make_shop("other", "FAR2"), "far")
    add_shop(world.house.company, "FAR")
    WaveTemplate.objects.create(company=world.house.company, warehouse=world.house.warehouse, name="Old")
    counts = [model.objects.count() for model in (Box, CarrierAccount, CarrierService, CarrierRate, WaveTemplate)]
    before = facts()

    for path, body, field in (
        ("carriers/", {"code": "van", "name": "Twice"}, "code"),
        ("carriers/", {"code": "x", "name": "X", "connector": "pigeon"}, "connector"),
        ("carriers/", {"code": "x", "name": "X", "tracking_url": "javascript:alert(1)"}, "tracking_url"),
        ("carriers/", {"code": "x", "name": "X", "tracking_url": "https://t.example/"}, "tracking_url"),
        ("carrier-services/", {"carrier": "van", "code": "std", "name": "Twice"}, "code"),
        ("carrier-services/", {"carrier": "far", "code": "new", "name": "Foreign"}, "carrier"),
        ("carrier-rates/", {"service": foreign.pk, "up_to_g": 100, "price": "1"}, "service"),
        ("carrier-rates/", {"service": service.pk, "up_to_g": 0, "price": "1"}, "up_to_g"),
        ("carrier-rates/", {"service": service.pk, "up_to_g": 100, "price": "-1"}, "price"),
        ("carrier-rates/", {"service": service.pk, "up_to_g": 100, "price": "1", "countries": "Lithuania"}, "countries"),
        ("carrier-rates/", {"service": service.pk, "up_to_g": 30000, "price": "1"}, "up_to_g"),
        ("boxes/", {"code": "B1", **SIZES}, "code"),
        ("boxes/", {"code": "B9", **SIZES, "length_mm": 0}, "length_mm"),
        ("boxes/", {"code": "B9", **SIZES, "tare_g": 100, "max_weight_g": 100}, "max_weight_g"),
        ("wave-templates/", {"name": "Old", "warehouse": "LON"}, "name"),
        ("wave-templates/", {"name": "X", "warehouse": "FAR2"}, "warehouse"),
        ("wave-templates/", {"name": "X", "warehouse": "LON", "weekdays": "18"}, "weekdays"),
        ("wave-templates/", {"name": "X", "warehouse": "LON", "method": "hovering"}, "method"),
        ("wave-templates/", {"name": "X", "warehouse": "LON", "max_orders": 0}, "max_orders"),
        ("wave-templates/", {"name": "X", "warehouse": "LON", "round_orders": 501}, "round_orders"),
    ):  # fmt: skip
        answer = lead.post(path, body)
        assert answer.status_code == 400, (path, body, answer.content)
        assert field in {error["field"] for error in answer.json()["errors"]}, (path, body, answer.content)
    fixed = lead.patch(f"carrier-services/{service.pk}/", {"carrier": "van", "code": "new"}, match='"0"')
    assert fixed.status_code == 412
    reader = world.caller("warehouse:read", bound=False, company_id=world.house.id)
    assert reader.post("boxes/", {"code": "B7", **SIZES}).status_code == 403
    assert lead.get(f"carriers/{foreign.carrier_id}/").status_code == 404
    assert [
        model.objects.count() for model in (Box, CarrierAccount, CarrierService, CarrierRate, WaveTemplate)
    ] == counts
    assert facts() == before
