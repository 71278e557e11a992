"""Files of places: checked by row, done once, and an export that comes back unchanged."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.core import bulk, tabular
from backoffice.core.actor import Actor
from backoffice.core.export import csv_chunks
from backoffice.core.models import AuditEvent, ImportRow, User
from inventory.models import BinType, Location, Zone
from inventory.selectors.exporting import locations_to_export
from inventory.services.importing import LOCATIONS
from tests.factories.goods import make_shop

pytestmark = pytest.mark.django_db

FILE = (
    "warehouse,code,kind,zone,aisle,rack,bin_type,pick_sequence,is_pick_face,max_weight_g\n"
    "LON,B-01,bin,fast,B,01,shelf,500,yes,20000\n"
    "LON,a1,,FAST,A,,,5,no,\n"
)
WRONG = (
    "warehouse,code,kind,zone,is_pick_face,max_weight_g\n"
    "PAR,X,bin,,,\n"
    "LON,X,bin,NONE,,\n"
    "LON,RECEIVING,bin,,,\n"
    "LON,D2,dock,,yes,\n"
    "LON,Y,bin,,,0\n"
    "LON,x,bin,,,\n"
)


@pytest.fixture
def shop(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    shop = make_shop()
    Zone.objects.create(company=shop.company, warehouse=shop.warehouse, code="FAST")
    BinType.objects.create(company=shop.company, code="SHELF", name="Shelf")
    return shop


def take(shop, content):
    upload = SimpleUploadedFile("bins.csv", content.encode())
    actor = Actor.of(User.objects.create_user(f"lead-{User.objects.count()}"))
    return tabular.take_file(upload, noun="inventory.import_locations", company_id=shop.id, actor=actor), actor


def test_places_are_made_and_changed_and_come_back_unchanged(shop):
    file, actor = take(shop, FILE)
    assert file.status == "checked"

    job = tabular.start_import(file.pk, actor=actor)
    assert bulk.run_job(job.pk) == "done"

    made, changed = Location.objects.get(code="B-01"), Location.objects.get(pk=shop.bin)
    assert (made.zone.code, made.aisle, made.rack, made.bin_type.code) == ("FAST", "B", "01", "SHELF")
    assert (made.pick_sequence, made.is_pick_face, made.max_weight_g, made.is_active) == (500, True, 20_000, True)
    assert (changed.code, changed.zone.code, changed.aisle, changed.kind) == ("A1", "FAST", "A", "bin")
    assert changed.version > 0
    assert AuditEvent.objects.filter(object_type="inventory.location", object_id=made.pk, action="created").exists()
    names = [column.name for column in LOCATIONS]
    back = b"".join(
        part if isinstance(part, bytes) else part.encode() for part in csv_chunks(names, locations_to_export(shop.id))
    )
    again, _actor = take(shop, back.decode("utf-8-sig"))
    assert set(ImportRow.objects.filter(file=again).values_list("state", flat=True)) == {"unchanged"}


def test_what_is_wrong_is_told_by_row_and_nothing_is_made(shop):
    before = Location.objects.count()

    file, _actor = take(shop, WRONG)

    errors = {
        row.number: [(error["field"], error["code"]) for error in row.errors]
        for row in ImportRow.objects.filter(file=file)
        if row.errors
    }
    assert errors == {
        2: [("warehouse", "unknown_warehouse")],
        3: [("zone", "unknown_zone")],
        4: [("kind", "fixed")],
        5: [("is_pick_face", "invalid")],
        6: errors[6],
        7: [("code", "twice")],
    }
    assert errors[6][0][0] == "max_weight_g"
    assert Location.objects.count() == before
