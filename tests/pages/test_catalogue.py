"""The catalogue on screen: a product's matrix, a SKU's packs and codes, a file with its preview."""

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backoffice.core import bulk
from backoffice.core.models import BulkJob, ImportFile, User
from backoffice.core.staff import sync_roles
from inventory.models import Barcode, Brand, Category, Pack, Product, ProductImage, Sku, Substitute
from inventory.selectors import scan
from tests.factories.floor import broken_checks
from tests.factories.pictures import png

ADMIN = "/admin/inventory"


@pytest.fixture
def buyer(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    sync_roles()
    user = User.objects.create_user("rita", is_staff=True)
    user.groups.add(Group.objects.get(name="buyer"))
    client = Client()
    client.force_login(user)
    return client


def text_of(answer):
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_a_product_gets_options_and_its_matrix_is_shown_before_it_is_made(world, buyer):
    product = Product.objects.create(company=world.house.company, code="TEE", name="T-shirt")
    page = f"{ADMIN}/product/{product.pk}/change/"
    assert "no options" in text_of(buyer.get(page))

    buyer.post(f"{ADMIN}/product/{product.pk}/option/", {"name": "Size", "values": "Small=S, Large=L"})
    buyer.post(f"{ADMIN}/product/{product.pk}/option/", {"name": "Colour", "values": "Red, Blue"})
    shown = text_of(buyer.get(page, {"pattern": "{product}/{size}-{colour}"}))
    assert "TEE/S-RED" in shown and "not made yet" in shown
    assert Sku.objects.filter(product=product).count() == 0

    keys = [part.split('"')[0] for part in shown.split('name="chosen" value="')[1:]]
    said = buyer.post(
        f"{ADMIN}/product/{product.pk}/variants/",
        {"pattern": "{product}/{size}-{colour}", "chosen": keys[:3], "status": "active"},
        follow=True,
    )

    assert "3 SKUs were made." in text_of(said)
    assert list(Sku.objects.filter(product=product).order_by("id").values_list("code", "status")) == [
        ("TEE/S-RED", "active"), ("TEE/S-BLUE", "active"), ("TEE/L-RED", "active")
    ]  # fmt: skip
    refused = buyer.post(
        f"{ADMIN}/product/{product.pk}/variants/", {"pattern": "{product}", "chosen": keys}, follow=True
    )
    assert "TEE" in text_of(refused) and Sku.objects.filter(product=product).count() == 4
    assert broken_checks() == []


def test_pictures_are_uploaded_ordered_and_shown(world, buyer):
    product = Sku.objects.get(pk=world.mug).product
    path = f"{ADMIN}/product/{product.pk}/image/"
    files = [SimpleUploadedFile("a.png", png(6, 3)), SimpleUploadedFile("b.png", png(7, 3))]
    assert "Saved." in text_of(buyer.post(path, {"file": files, "alt": "A mug"}, follow=True))
    bad = buyer.post(path, {"file": SimpleUploadedFile("a.png", b"<svg/>")}, follow=True)
    assert "must be a PNG or JPEG" in text_of(bad)

    last = ProductImage.objects.get(width_px=7)
    buyer.post(f"{path}{last.pk}/first/")

    assert list(ProductImage.objects.order_by("position").values_list("width_px", flat=True)) == [7, 6]
    shown = buyer.get(f"{path}{last.pk}/")
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/png", "nosniff")


def test_a_skus_page_shows_and_takes_packs_codes_substitutes_and_its_life(world, buyer):
    base = f"{ADMIN}/sku/{world.mug}"
    buyer.post(
        f"{base}/pack/", {"code": "CASE", "kind": "case", "quantity": "12", "barcodes": "12345670", "weight_g": "5000"}
    )
    buyer.post(f"{base}/barcode/", {"code": "", "pack": ""})
    buyer.post(f"{base}/substitutes/", {"codes": "cup", "both_ways": "1"})
    buyer.post(f"{base}/status/", {"status": "phase_out", "reason": "New model"})

    page = text_of(buyer.get(f"{base}/change/"))

    assert all(
        word in page for word in ("CASE", "12345670", "5000 g", f"S{world.mug:08d}", "Sold while it lasts", "New model")
    )
    assert scan(world.house.id, ["12345670"])["12345670"].quantity == 12
    assert Substitute.objects.count() == 2
    wrong = text_of(buyer.post(f"{base}/barcode/", {"code": "4006381333932"}, follow=True))
    taken = text_of(buyer.post(f"{base}/pack/", {"code": "case", "kind": "inner", "quantity": "6"}, follow=True))
    assert "check digit" in wrong and "there already" in taken
    assert (Barcode.objects.count(), Pack.objects.count()) == (2, 1)
    labels = buyer.get(f"{base}/barcode/{Barcode.objects.get(code='12345670').pk}/labels/?count=2")
    assert (labels["Content-Type"], labels.content[:5]) == ("application/pdf", b"%PDF-")
    assert broken_checks() == []


def test_a_label_can_be_scanned(world):
    from inventory.labels import BarcodeLabel, labels_pdf
    from tests.factories.pictures import barcodes

    for code, symbology in (
        ("4006381333931", "gtin"),
        ("12345670", "gtin"),
        ("036000291452", "gtin"),
        ("S00000007", "code128"),
    ):
        picture = labels_pdf([BarcodeLabel(code, symbology, "Mug", "MUG")], kind="png")
        assert {text.zfill(13) for _kind, text in barcodes(picture)} == {code.zfill(13)}


def test_a_file_is_checked_shown_and_imported(world, buyer):
    Category.objects.create(company=world.house.company, code="wear", name="Wear")
    content = "sku,name,category,barcodes\nTEE,T-shirt,wear,4006381333931\nMUG,Big mug,,\nHAT,Hat,gone,4006381333932\n"
    new = "/admin/core/importfile/new/"
    assert "origin_country" in text_of(buyer.get(f"{new}?noun=inventory.import_skus"))

    page = text_of(
        buyer.post(
            new, {"noun": "inventory.import_skus", "file": SimpleUploadedFile("a.csv", content.encode())}, follow=True
        )
    )
    assert all(
        word in page for word in ("MUG → <strong>Big mug", "There is no category", "check digit", "1 row is wrong")
    )
    assert not Sku.objects.filter(code="TEE").exists()
    file = ImportFile.objects.get()
    run = f"/admin/core/importfile/{file.pk}/run/"
    assert "rows are wrong" in text_of(buyer.post(run, follow=True)) and not BulkJob.objects.exists()

    said = text_of(buyer.post(run, {"skip_wrong": "1"}, follow=True))
    assert "has started" in said
    bulk.run_job(BulkJob.objects.get().pk)

    assert Sku.objects.get(code="TEE").product.category.code == "wear"
    assert Sku.objects.get(pk=world.mug).name == "Big mug"
    errors = b"".join(buyer.get(f"/admin/core/importfile/{file.pk}/errors/").streaming_content).decode()
    assert "HAT" in errors and "MUG" not in errors
    assert "Done" in text_of(buyer.get(f"/admin/core/importfile/{file.pk}/change/"))
    assert broken_checks() == []


def test_headings_that_do_not_fit_are_listed_and_can_be_left_out(world, buyer):
    def send(**more):
        upload = SimpleUploadedFile("a.csv", b"code,name,colour\na,A,red\n")
        return buyer.post(
            "/admin/core/importfile/new/", {"noun": "inventory.import_brands", "file": upload, **more}, follow=True
        )

    refused = text_of(send())
    assert "There is no column “colour”" in refused and not ImportFile.objects.exists()

    assert "Every row makes sense" in text_of(send(leave_out="1"))


def test_a_category_below_itself_is_refused_in_its_form(world, buyer):
    top = Category.objects.create(company=world.house.company, code="top", name="Top")
    leaf = Category.objects.create(company=world.house.company, code="leaf", name="Leaf", parent=top)
    values = {"company": top.company_id, "code": "top", "name": "Top", "parent": leaf.pk, "cost_method": ""}

    answer = buyer.post(f"{ADMIN}/category/{top.pk}/change/", values)

    assert "cannot stand below itself" in text_of(answer)
    top.refresh_from_db()
    assert top.parent_id is None


def test_who_may_not_import_sees_no_imports(world):
    sync_roles()
    user = User.objects.create_user("pia", is_staff=True)
    user.groups.add(Group.objects.get(name="picker"))
    picker = Client()
    picker.force_login(user)

    assert picker.get("/admin/core/importfile/new/").status_code == 403
    assert picker.post(f"{ADMIN}/sku/{world.mug}/status/", {"status": "discontinued"}).status_code == 403
    assert Sku.objects.get(pk=world.mug).status == "active"


def test_lists_of_the_catalogue_can_be_filtered(world, buyer):
    brand = Brand.objects.create(company=world.house.company, code="loom", name="Loom")
    Product.objects.filter(skus=world.mug).update(brand=brand)

    page = text_of(buyer.get(f"{ADMIN}/sku/", {"product__brand__id__exact": brand.pk}))

    assert "MUG" in page and "CUP" not in page
    for name in ("product", "category", "brand", "pack"):
        assert buyer.get(f"{ADMIN}/{name}/").status_code == 200
