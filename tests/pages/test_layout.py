"""The layout through its pages: bins by pattern, the map, blocking, labels."""

import pytest
from django.urls import reverse

from inventory.models import BinType, Location, PickFace, Zone
from inventory.services import BinPlan, make_bins
from tests.factories.books import ACTOR
from tests.factories.floor import broken_checks
from tests.factories.goods import make_stock
from tests.factories.pictures import barcodes
from tests.factories.staff import said, sign_in


def text_of(response):
    return response.content.decode()


def test_bins_are_looked_at_then_made_and_stand_on_the_map(world):
    lead = sign_in("warehouse_lead")
    zone = Zone.objects.create(company=world.house.company, warehouse=world.house.warehouse, code="FAST")
    shelf = BinType.objects.create(company=world.house.company, code="SHELF", name="Shelf", max_weight_g=20_000)
    form = {"warehouse": world.house.warehouse.pk, "zone": zone.pk, "bin_type": shelf.pk, "is_pick_face": "1"}
    page = reverse("admin:inventory_location_make")

    wrong = text_of(lead.post(page, form | {"pattern": "B-{9..1}", "do": "make"}))
    shown = text_of(lead.post(page, form | {"pattern": "B-{01..03}-{A..B}-{1..2}"}))
    assert "does not count upwards" in wrong and "B-03-B-2" in shown and "12 new, 0 there already" in shown
    assert not Location.objects.filter(code__startswith="B-").exists()
    made = lead.post(page, form | {"pattern": "B-{01..03}-{A..B}-{1..2}", "do": "make"})
    again = lead.post(page, form | {"pattern": "B-{01..04}-{A..B}-{1..2}", "do": "make"})

    assert said(made) == ["12 bins made, 0 were there already."]
    assert said(again) == ["4 bins made, 12 were there already."]
    place = Location.objects.get(code="B-02-A-1")
    assert (place.zone, place.aisle, place.rack, place.level, place.position) == (zone, "B", "02", "A", "1")
    assert place.is_pick_face and place.pick_sequence > Location.objects.get(code="A2").pick_sequence
    drawn = text_of(lead.get(reverse("admin:inventory_map"), {"zone": "FAST"}))
    assert drawn.count("<rect x=") == 16 and "B-02-A-1" in drawn


def test_a_bin_is_clicked_blocked_and_used_again(world):
    lead, bin_id = sign_in("warehouse_lead"), world.house.bin
    Location.objects.filter(pk=bin_id).update(max_weight_g=1_000)
    mapped = reverse("admin:inventory_map")
    block = reverse("admin:inventory_location_block", args=[bin_id])

    page = text_of(lead.get(mapped, {"bin": bin_id, "by": "picks"}))
    assert "MUG" in page and "Block it, because" in page
    bare = lead.post(block, {"do": "block", "reason": " "})
    assert said(bare) == ["Say why: whoever stands before the bin reads it."]
    assert Location.objects.get(pk=bin_id).blocked_at is None
    lead.post(block, {"do": "block", "reason": "Shelf broken"})

    assert Location.objects.get(pk=bin_id).blocked_reason == "Shelf broken"
    assert "Shelf broken" in text_of(lead.get(mapped, {"bin": bin_id}))
    assert "1 blocked" in text_of(lead.get(mapped))
    freed = lead.post(block, {"do": "free"})
    assert said(freed) == ["A1 is used again."] and Location.objects.get(pk=bin_id).blocked_at is None
    assert sign_in("picker").post(block, {"do": "block", "reason": "x"}).status_code == 403


@pytest.mark.parametrize("form", ["a4", "label", "zpl"])
def test_labels_are_printed(world, form):
    answer = sign_in("warehouse_lead").get(
        reverse("admin:inventory_location_labels"), {"warehouse": "LON", "form": form}
    )

    assert answer.status_code == 200
    assert (
        (b"^XA" in answer.content and b"^FDA1^FS" in answer.content) if form == "zpl" else answer.content[:4] == b"%PDF"
    )


def test_a_printed_label_reads_as_the_place():
    from inventory.location_labels import PlaceLabel, place_labels_pdf

    picture = place_labels_pdf([PlaceLabel("A-01-A-1", "LON · FAST")], sheet="label", kind="png")

    assert barcodes(picture) == {("Code128", "A-01-A-1")}


def test_zpl_takes_no_commands_from_a_code():
    from inventory.location_labels import PlaceLabel, place_labels_zpl

    text = place_labels_zpl([PlaceLabel("A^XZ~_1")])

    assert text.count("^XZ") == 1 and "A_5EXZ_7E_5F1" in text


def test_the_lists_and_forms_of_the_layout_open_and_save(world):
    lead, company, warehouse = sign_in("warehouse_lead"), world.house.id, world.house.warehouse.pk
    make_stock(world.house, world.cup, "1", "1", at=world.house.second_bin, key="c")

    for name, form in (
        ("zone", {"company": company, "warehouse": warehouse, "code": "COLD", "use": "reserve", "position": "1"}),
        ("bintype", {"company": company, "code": "PAL", "name": "Pallet place", "mixing": "one_sku", "max_pallets": "1"}),
        ("storageclass", {"company": company, "code": "HAZ", "name": "Hazard"}),
        ("pickface", {"sku": world.cup, "location": world.house.second_bin, "minimum": "2", "maximum": "9"}),
    ):  # fmt: skip
        added = lead.post(reverse(f"admin:inventory_{name}_add"), form)
        assert added.status_code == 302, added.content.decode()[-3000:]
        assert lead.get(reverse(f"admin:inventory_{name}_changelist")).status_code == 200
    bad = lead.post(
        reverse("admin:inventory_pickface_add"),
        {"sku": world.mug, "location": world.house.second_bin, "minimum": "9", "maximum": "2"},
    )
    assert bad.status_code == 200 and PickFace.objects.count() == 1
    assert Location.objects.get(pk=world.house.second_bin).is_pick_face
    assert lead.get(reverse("admin:inventory_location_changelist"), {"view": "faces"}).status_code == 200
    assert lead.get(reverse("admin:inventory_location_change", args=[world.house.bin])).status_code == 200


def test_bins_are_numbered_by_the_way_through_and_by_hand_and_a_list_is_drawn(world):
    lead, house = sign_in("warehouse_lead"), world.house
    for aisle in "BC":
        make_bins(BinPlan(f"{aisle}-{{1..2}}-{{A..A}}-{{1..1}}"), warehouse=house.warehouse, actor=ACTOR)
    page, form = reverse("admin:inventory_location_walk"), {"warehouse": "LON", "serpentine": "1", "start": "100"}
    before = dict(Location.objects.values_list("code", "pick_sequence"))

    shown = text_of(lead.post(page, form | {"do": "look"}))
    assert "Number 6 bins" in shown and dict(Location.objects.values_list("code", "pick_sequence")) == before
    bad = text_of(lead.post(page, form | {"do": "apply", "start": "-3"}))
    assert "whole number from 0 up" in bad and dict(Location.objects.values_list("code", "pick_sequence")) == before
    done = lead.post(page, form | {"do": "apply"})

    assert said(done) == ["6 bins numbered."]
    after = dict(Location.objects.filter(kind="bin").values_list("code", "pick_sequence"))
    assert sorted(after, key=after.__getitem__) == ["B-1-A-1", "B-2-A-1", "C-2-A-1", "C-1-A-1", "A1", "A2"]
    typed = lead.post(page, {"warehouse": "LON", "do": "save", f"sequence-{house.second_bin}": "1"})
    assert said(typed) == ["1 bin has another place in the walk."]
    wrong = lead.post(page, {"warehouse": "LON", "do": "save", f"sequence-{house.second_bin}": "first"})
    assert "whole number" in text_of(wrong) and Location.objects.get(pk=house.second_bin).pick_sequence == 1
    drawn = text_of(lead.get(reverse("admin:inventory_map"), {"by": "walk"}))
    assert "<polyline" in drawn and "walked to first" in drawn
    assert sign_in("picker").post(page, form | {"do": "apply"}).status_code == 403

    work = world.fulfilment_of(world.ready)
    lead.post(reverse("admin:warehouse_start", args=[work]))
    walk = text_of(lead.get(reverse("admin:warehouse_walk", args=[work])))
    assert "Walk of" in walk and ">A1<" in walk and ">1</text>" in walk
    assert broken_checks() == []
