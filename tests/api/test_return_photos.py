"""Photos of what comes back: judged by their content, shown to whoever may, erased for good."""

from pathlib import Path

import pytest

from backoffice.core.models import AuditEvent
from backoffice.core.pictures import picture_size
from backoffice.core.stripping import stripped
from orders.models import ReturnPhoto
from orders.services import erase_photos, return_photos
from tests.api.test_returns import DESK, body, sold
from tests.factories.books import ACTOR
from tests.factories.photos import chunk, jpeg, png, segment
from tests.factories.sales import make_channel


@pytest.fixture
def place(world, settings, tmp_path):
    """(caller, address of the line's photos, address of the return)."""
    settings.MEDIA_ROOT = tmp_path
    shop, order, line = sold(world)
    made = shop.post(f"orders/{order.pk}/returns/", body(line)).json()
    return shop, f"returns/{made['id']}/lines/{made['lines'][0]['id']}/photos/", f"returns/{made['id']}/"


def send(caller, path, content, kind="image/jpeg"):
    headers = {"authorization": f"Api-Key {caller.key}"}
    return caller.client.post(f"/api/v1/{path}", content, content_type=kind, headers=headers)


def test_a_photo_is_kept_without_what_the_camera_told_and_shown_safely(world, place, tmp_path):
    shop, photos, found = place

    made, again = send(shop, photos, jpeg()), send(shop, photos, jpeg())

    assert (made.status_code, again.status_code, made.json()) == (201, 200, again.json()), made.content
    photo = ReturnPhoto.objects.get()
    assert shop.get(found).json()["lines"][0]["photos"] == [photo.pk]
    shown = shop.get(f"{found}photos/{photo.pk}/")
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert (
        shown["Content-Disposition"].startswith('inline; filename="RMA-')
        and "sandbox" in shown["Content-Security-Policy"]
    )
    assert shown["Cache-Control"] == "private, no-store"
    assert b"GPS" not in shown.content and picture_size(shown.content) == (3, 2)
    assert b"\x01\x12\x00\x03" in shown.content  # the way it was held
    [kept] = list(tmp_path.rglob("*.jpg"))
    assert kept.read_bytes() == shown.content and "photo" not in kept.name


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_a_picture"),
        (b"<svg onload='alert(1)'/>", "not_a_picture"),
        (b"GIF89a" + bytes(20), "not_a_picture"),
        (png()[:-6], "damaged"),
        (png().replace(b"IDAT", b"IDAX"), "damaged"),
        (jpeg()[:-2], "damaged"),
        (b"\xff\xd8\xff\xe0<?php echo 1; ?>", "not_a_picture"),
        (png(20_000), "too_large"),
    ],
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(place, content, code):
    shop, photos, _found = place

    response = send(shop, photos, content)

    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, code)
    assert ReturnPhoto.objects.count() == 0


def test_size_number_and_kind_are_bounded_and_foreign_lines_unknown(world, place, monkeypatch):
    shop, photos, found = place
    monkeypatch.setattr(return_photos, "MAX_ON_A_LINE", 1)
    monkeypatch.setattr(return_photos, "MAX_BYTES", 2_000)
    stranger = world.caller(*DESK, channel=make_channel(world.house, "other"))
    reader = world.caller("returns:read")

    assert send(shop, photos, png(extra=chunk(b"tEXt", bytes(3_000)))).json()["errors"][0]["code"] == "too_large"
    assert send(shop, photos, png(), "text/html").status_code == 415
    assert send(stranger, photos, png()).status_code == 404
    assert send(reader, photos, png()).status_code == 403
    assert send(shop, f"{found}lines/999999/photos/", png()).status_code == 404
    assert ReturnPhoto.objects.count() == 0
    assert send(shop, photos, png(), "image/png").status_code == 201
    assert send(shop, photos, jpeg()).json()["errors"][0]["code"] == "too_many"
    pk = ReturnPhoto.objects.get().pk
    assert stranger.get(f"{found}photos/{pk}/").status_code == 404
    assert world.caller("orders:read").get(f"{found}photos/{pk}/").status_code == 403


def test_erased_photos_are_gone_from_the_store_and_from_every_answer(
    world, place, tmp_path, django_capture_on_commit_callbacks
):
    shop, photos, found = place
    send(shop, photos, png())
    photo = ReturnPhoto.objects.get()
    desk = world.caller(*DESK)

    assert send(shop, f"{found}photos/erase/", b"{}", "application/json").status_code == 403
    with django_capture_on_commit_callbacks() as after_commit:
        assert desk.post(f"{found}photos/erase/", {}).status_code == 200
    assert len(list(Path(tmp_path).rglob("*.png"))) == 1  # what is rolled back keeps its file
    for take_away in after_commit:
        take_away()

    photo.refresh_from_db()
    assert (bool(photo.content), photo.erased_at is None, list(Path(tmp_path).rglob("*.png"))) == (False, False, [])
    assert shop.get(f"{found}photos/{photo.pk}/").status_code == 404
    assert shop.get(found).json()["lines"][0]["photos"] == []
    assert AuditEvent.objects.filter(action="photos_erased").count() == 1
    assert erase_photos(photo.return_line.return_order_id, company_id=world.house.id, actor=ACTOR) == 0


def test_what_stands_behind_a_picture_is_cut_off():
    assert stripped(png() + b"PK\x03\x04 a zip") == png()
    assert stripped(jpeg(b"nothing") + b"<script>") == jpeg(b"nothing").replace(segment(0xE1, b"nothing"), b"")
    assert stripped(png(extra=chunk(b"tEXt", b"Author\x00Nino"))) == png()
