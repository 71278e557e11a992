"""Idempotency-Key on every write: PATCH, DELETE and uploads too."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.generators import SchemaGenerator

from backoffice.core.models import IdempotencyRecord
from inventory.models import Brand, ProductImage, Sku
from tests.api.conftest import World
from tests.factories.pictures import png

# They ask a channel or run the standing proof, outside any transaction; repeated they change nothing.
ASKS = {f"/api/v1/connection-setups/{{id}}/{name}/" for name in ("catalogue", "preview", "try")} | {
    "/api/v1/availability/",
    "/api/v1/proof/",
    "/api/v1/rules/{id}/trial/",
}


@pytest.fixture
def world(db):
    return World()


@pytest.fixture
def shop(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return world.caller("catalogue:read", "catalogue:write", bound=False, company_id=world.house.id)


def send(shop, method, path, body, key):
    headers = {"authorization": f"Api-Key {shop.key}", "idempotency-key": key}
    data = json.dumps(body) if body is not None else ""
    return getattr(shop.client, method)(f"/api/v1/{path}", data, content_type="application/json", headers=headers)


def test_every_write_takes_a_key(db):
    description = SchemaGenerator().get_schema(public=True)
    without = {
        path
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
        if method != "get" and "Idempotency-Key" not in {p["name"] for p in operation.get("parameters", ())}
    }

    assert without == ASKS


def test_a_change_sent_again_is_answered_byte_for_byte_and_done_once(shop):
    made = shop.post("brands/", {"code": "acme", "name": "Acme"}).json()
    first = send(shop, "patch", f"brands/{made['id']}/", {"name": "Acme Ltd"}, "k1")
    Brand.objects.filter(pk=made["id"]).update(name="Another")

    again = send(shop, "patch", f"brands/{made['id']}/", {"name": "Acme Ltd"}, "k1")
    other = send(shop, "patch", f"brands/{made['id']}/", {"name": "Else"}, "k1")

    assert (first.status_code, again.content) == (200, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Brand.objects.get(pk=made["id"]).name == "Another"  # neither was done again


def test_a_removal_sent_again_is_answered_as_the_first_time(shop, world):
    made = shop.post("barcodes/", {"sku": "MUG", "code": "4006381333931"}).json()
    path = f"barcodes/{made['id']}/"

    first, again = (send(shop, "delete", path, None, "k2") for _turn in range(2))

    assert (first.status_code, again.status_code) == (204, 204)
    assert send(shop, "delete", path, None, "k3").status_code == 404


def test_a_file_sent_again_is_kept_once(shop, world):
    product = Sku.objects.get(pk=world.mug).product_id
    headers = {"authorization": f"Api-Key {shop.key}", "idempotency-key": "k4"}

    def upload(width):
        file = SimpleUploadedFile("a.png", png(width, 3), "image/png")
        return shop.client.post(f"/api/v1/products/{product}/images/", {"file": file}, headers=headers)

    first, again, other = upload(6), upload(6), upload(7)

    assert first.status_code == 201, first.content
    assert (again.content, other.status_code) == (first.content, 422)
    assert ProductImage.objects.count() == 1
    assert IdempotencyRecord.objects.get(key="k4").status == 201
