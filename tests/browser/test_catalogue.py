"""The catalogue in a real browser: a matrix that is made, a SKU with its packs, a file with its preview."""

from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.core import tabular
from backoffice.core.actor import Actor
from backoffice.core.models import User
from inventory.models import Product
from inventory.services import OptionInput, add_image, set_options
from tests.factories.books import ACTOR
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.pictures import png
from tests.plugins.browser import PHONE, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "not-a-secret-1"


def test_the_catalogue_is_shown_wide_and_on_a_phone(live_server, new_page, screenshot, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    boss = User.objects.create_superuser("boss", password=PASSWORD)
    shop = make_shop()
    mug = make_sku(shop, "MUG")
    make_stock(shop, mug)
    product = Product.objects.create(company=shop.company, code="TEE", name="Linen shirt")
    options = [
        OptionInput("Size", (("Small", "S"), ("Large", "L"))),
        OptionInput("Colour", (("Red", ""), ("Blue", ""))),
    ]
    set_options(product.pk, options=options, company_id=shop.id, actor=ACTOR)
    add_image(product.pk, upload=SimpleUploadedFile("a.png", png(60, 40)), company_id=shop.id, actor=ACTOR)
    content = b"sku,name,weight_g\nTEE-1,Shirt,200\nMUG,Big mug,heavy\n"
    file = tabular.take_file(
        SimpleUploadedFile("goods.csv", content), noun="inventory.import_skus", company_id=shop.id, actor=Actor.of(boss)
    )
    pages = {
        "product": f"/admin/inventory/product/{product.pk}/change/",
        "sku": f"/admin/inventory/sku/{mug}/change/",
        "import": f"/admin/core/importfile/{file.pk}/change/",
        "import-new": "/admin/core/importfile/new/?noun=inventory.import_skus",
    }

    for size, viewport in (("wide", WIDE), ("phone", PHONE)):
        page = new_page(viewport)
        page.goto(f"{live_server.url}/admin/login/?next={quote('/admin/inventory/product/')}")
        page.fill("input[name=username]", "boss")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/inventory/product/")
        if size == "wide":
            page.goto(live_server.url + pages["sku"])
            page.get_by_text("Add a pack").click()
            page.fill("#pack-code", "CASE12")
            page.fill("#pack-quantity", "12")
            page.fill("#pack-barcodes", "12345670")
            page.get_by_role("button", name="Save the pack").click()
            page.get_by_text("12345670").first.wait_for()
            page.goto(live_server.url + pages["product"])
            page.get_by_role("button", name="Make the chosen SKUs").click()
            page.get_by_text("4 SKUs were made.").wait_for()
        for name, path in pages.items():
            page.goto(live_server.url + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"] + 1
            screenshot(page, f"catalogue-{name}-{size}")
