"""The catalogue over HTTP: made and changed with all errors at once, two editors told apart, files in and out."""

import json

import pytest
from django.test import Client

from backoffice.core import bulk
from backoffice.core.models import BulkJob
from inventory.models import Barcode, Brand, Category, Pack, Product, Sku
from inventory.services import OptionInput, set_options
from tests.factories.books import ACTOR
from tests.factories.floor import broken_checks
from tests.factories.pictures import png

READ, WRITE = "catalogue:read", "catalogue:write"


@pytest.fixture
def call(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return world.caller(READ, WRITE, "imports:read", "imports:run", "jobs:read", bound=False, company_id=world.house.id)


def patch(call, path, body, etag=""):
    headers = {"authorization": f"Api-Key {call.key}"} | ({"if-match": etag} if etag else {})
    return call.client.patch(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers)


def upload(call, path, **fields):
    return call.client.post(f"/api/v1/{path}", fields, headers={"authorization": f"Api-Key {call.key}"})


def wrong(answer):
    assert answer.status_code == 400, answer.content
    return {(error["field"], error["code"]) for error in answer.json()["errors"]}


def made(answer):
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_product_with_its_matrix_packs_and_codes_is_made_over_http(world, call):
    made(call.post("categories/", {"code": "wear", "name": "Wear", "cost_method": "fifo"}))
    made(call.post("brands/", {"code": "loom", "name": "Loom"}))
    product = made(call.post("products/", {"code": "TEE", "name": "T-shirt", "category": "WEAR", "brand": "loom"}))
    path = f"products/{product['id']}"
    options = [{"name": "Size", "values": [{"name": "Small", "code": "S"}, {"name": "Large", "code": "L"}]}]
    assert call.post(f"{path}/options/", {"options": options}).status_code == 200

    preview = call.post(f"{path}/variants/preview/", {"pattern": "{product}.{size}"}).json()["results"]
    assert [(row["sku"], row["state"], row["names"]) for row in preview] == [
        ("TEE.S", "new", ["Small"]), ("TEE.L", "new", ["Large"])
    ]  # fmt: skip
    assert Sku.objects.filter(product_id=product["id"]).count() == 0

    done = made(call.post(f"{path}/variants/", {"pattern": "{product}.{size}", "status": "active"}))
    assert [sku["code"] for sku in done["skus"]] == ["TEE.S", "TEE.L"]
    pack = {
        "sku": "tee.s",
        "code": "CASE",
        "kind": "case",
        "quantity": "12",
        "weight_g": 2400,
        "barcodes": ["12345670"],
    }
    assert made(call.post("packs/", pack))["barcodes"] == ["12345670"]
    own = made(call.post("barcodes/", {"sku": "TEE.S"}))["code"]

    assert own in {row["code"] for row in call.get("barcodes/").json()["results"]}
    scanned = call.get("scan/", code=["12345670", own, "TEE.L", "nothing"]).json()
    assert [(hit["sku"], hit["pack"], hit["quantity"]) for hit in scanned["results"]] == [
        ("TEE.S", "CASE", "12.000000"), ("TEE.S", "", "1.000000"), ("TEE.L", "", "1.000000")
    ]  # fmt: skip
    assert scanned["unknown"] == ["nothing"]
    sku = call.get("skus/", code="TEE.S").json()["results"][0]
    assert (sku["options"], sku["cost_method"], sku["packs"][0]["quantity"]) == ({"Size": "Small"}, "fifo", "12.000000")
    assert broken_checks() == []


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_written(world, call):
    """Saleor and ERPNext stop at the first; here every field of a product, SKU, pack or code is named (U3)."""
    Category.objects.create(company=world.house.company, code="a", name="A")

    answers = [
        call.post("products/", {"code": "x" * 61, "name": "", "category": "nowhere", "brand": 7, "tax_code": "?"}),
        call.post("skus/", {"code": "mug", "name": "", "unit": "furlong", "weight_g": -1, "hs_code": "x", "status": "phase_out"}),
        call.post("packs/", {"sku": "MUG", "code": "", "kind": "heap", "quantity": "0", "barcodes": ["4006381333932"]}),
        call.post("barcodes/", {"sku": "NO", "code": "4006381333932"}),
        call.post("categories/", {"code": "A", "name": "B", "parent": "gone", "cost_method": "guess"}),
    ]  # fmt: skip

    assert [{field for field, _code in wrong(answer)} for answer in answers] == [
        {"code", "name", "category", "brand", "tax_code"},
        {"code", "name", "unit", "weight_g", "hs_code", "status"},
        {"code", "kind", "quantity", "barcodes.0"},
        {"sku", "code"},
        {"code", "parent", "cost_method"},
    ]
    assert ("code", "check_digit") in wrong(answers[3])
    assert (Product.objects.count(), Sku.objects.count(), Pack.objects.count(), Barcode.objects.count()) == (2, 2, 0, 0)
    assert Category.objects.count() == 1


def test_two_editors_are_told_apart(world, call):
    Brand.objects.create(company=world.house.company, code="loom", name="Loom")
    path = f"skus/{world.mug}/"
    etag = call.get(path)["ETag"]

    first = patch(call, path, {"name": "Big mug", "weight_g": 400}, etag)
    second = patch(call, path, {"name": "Small mug"}, etag)
    third = patch(call, path, {"origin_country": "GE"}, first["ETag"])

    assert (first.status_code, second.status_code, third.status_code) == (200, 412, 200)
    assert second.json()["code"] == "changed_meanwhile"
    assert {change["field"] for change in second.json()["context"]["changes"]} == {"name", "weight_g"}
    sku = Sku.objects.get(pk=world.mug)
    assert (sku.name, sku.weight_g, sku.origin_country) == ("Big mug", 400, "GE")
    assert wrong(patch(call, path, {"status": "active", "unit": "kg"})) == {("status", "fixed"), ("unit", "fixed")}


def test_a_category_cannot_be_put_below_itself(world, call):
    top = Category.objects.create(company=world.house.company, code="top", name="Top")
    Category.objects.create(company=world.house.company, code="leaf", name="Leaf", parent=top)

    answer = patch(call, f"categories/{top.pk}/", {"parent": "leaf"})

    assert wrong(answer) == {("parent", "cyclic")}
    top.refresh_from_db()
    assert top.parent_id is None


def test_status_and_substitutes_are_calls_of_their_own(world, call):
    path = f"skus/{world.mug}"
    assert call.post(f"{path}/status/", {"status": "phase_out", "reason": "New one"}).json()["status"] == "phase_out"
    assert call.post(f"{path}/status/", {"status": "draft"}).status_code == 409
    answer = call.post(f"{path}/substitutes/", {"substitutes": ["cup"], "both_ways": True})

    assert answer.json()["substitutes"] == ["CUP"]
    assert call.get(f"skus/{world.cup}/").json()["substitutes"] == ["MUG"]


def test_pictures_come_as_files_and_only_pictures(world, call):
    product = Sku.objects.get(pk=world.mug).product_id
    from django.core.files.uploadedfile import SimpleUploadedFile as File

    good = upload(call, f"products/{product}/images/", file=File("a.png", png(6, 3)), alt="A mug")
    bad = upload(call, f"products/{product}/images/", file=File("a.png", b"<script>"))

    [image] = made(good)["images"]
    shown = call.get(f"products/{product}/images/{image['id']}/")
    assert (shown["Content-Type"], b"".join(shown.streaming_content)) == ("image/png", png(6, 3))
    assert wrong(bad) == {("file", "not_a_picture")}


def test_a_file_is_brought_checked_run_and_its_wrong_rows_sent_back(world, call):
    from django.core.files.uploadedfile import SimpleUploadedFile as File

    content = "sku,name,barcodes,weight_g\nTEE,T-shirt,4006381333931,200\nMUG,Mug,,heavy\nHAT,Hat,4006381333932,\n"
    file = made(upload(call, "imports/", noun="inventory.import_skus", file=File("a.csv", content.encode())))
    assert (file["status"], file["new"], file["wrong"]) == ("checked", 1, 2)
    rows = call.get(f"imports/{file['id']}/rows/", state="wrong").json()["results"]
    assert {row["row"]: [(e["field"], e["code"]) for e in row["errors"]] for row in rows} == {
        3: [("weight_g", "not_a_whole_number")], 4: [("barcodes", "check_digit")]
    }  # fmt: skip
    refused = call.post(f"imports/{file['id']}/run/", {})
    assert (refused.status_code, refused.json()["context"]["code"]) == (409, "wrong_rows")
    assert not BulkJob.objects.exists() and not Sku.objects.filter(code="TEE").exists()

    job = call.post(f"imports/{file['id']}/run/", {"skip_wrong": True})
    assert job.status_code == 202
    bulk.run_job(job.json()["id"])

    assert call.get(f"bulk-jobs/{job.json()['id']}/").json()["done"] == 1
    errors = b"".join(call.get(f"imports/{file['id']}/errors/").streaming_content).decode("utf-8-sig")
    assert errors.splitlines()[0] == "sku,name,barcodes,weight_g,errors"
    assert [line.split(",")[0] for line in errors.splitlines()[1:]] == ["MUG", "HAT"]
    exported = b"".join(call.get("imports/export/", noun="inventory.import_skus").streaming_content)
    again = made(upload(call, "imports/", noun="inventory.import_skus", file=File("b.csv", exported)))
    assert (again["new"], again["changed"], again["unchanged"], again["wrong"]) == (0, 0, 3, 0)
    assert broken_checks() == []


def test_files_want_their_own_scope_and_stay_with_their_key(world, call):
    from django.core.files.uploadedfile import SimpleUploadedFile as File

    other = world.caller("imports:read", "imports:run", bound=False, company_id=world.house.id)
    content = File("a.csv", b"code,name\na,A\n")
    assert upload(other, "imports/", noun="inventory.import_brands", file=content).status_code == 403
    content.seek(0)
    file = made(upload(call, "imports/", noun="inventory.import_brands", file=content))

    assert other.get(f"imports/{file['id']}/").status_code == 404
    assert upload(call, "imports/", noun="inventory.import_brands", file=File("a.csv", b"name\nA\n")).json()[
        "errors"
    ] == [{"row": 1, "field": "code", "message": "The column code is missing.", "code": "missing_column"}]
    headings = upload(call, "imports/", noun="nothing", file=File("a.csv", b"name\nA\n"))
    assert (headings.status_code, headings.json()["code"]) == (404, "unknown_import")


def test_lists_ask_as_much_for_many_rows_as_for_few(world, call, django_assert_max_num_queries):
    product = Product.objects.create(company=world.house.company, code="P", name="P")
    set_options(
        product.pk, options=[OptionInput("Size", (("S", ""), ("M", "")))], company_id=world.house.id, actor=ACTOR
    )
    for path in ("products/", "skus/", "packs/", "barcodes/", "categories/", "brands/"):
        with django_assert_max_num_queries(9):
            assert call.get(path).status_code == 200


def test_a_catalogue_call_needs_its_scope(world):
    reader = world.caller(READ, bound=False, company_id=world.house.id)

    assert reader.post("brands/", {"code": "a", "name": "A"}).status_code == 403
    assert patch(reader, f"skus/{world.mug}/", {"name": "x"}).status_code == 403
    assert Client().get("/api/v1/scan/").status_code == 401
    assert not Brand.objects.exists()
