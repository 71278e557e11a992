"""Files of the catalogue: all errors by row and field, done once, and an export that comes back unchanged."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction

from backoffice.core import bulk, tabular
from backoffice.core.actor import Actor
from backoffice.core.export import csv_chunks, xlsx_chunks
from backoffice.core.models import AuditEvent, BulkJobRow, ImportRow, OutboxEvent, User
from backoffice.core.proof import run_checks
from inventory.barcodes import ean13
from inventory.models import Barcode, Brand, Category, Pack, Product, Sku
from inventory.selectors import scan
from tests.factories.goods import make_shop, make_sku, make_stock

pytestmark = pytest.mark.django_db

HEAD = "sku,name,product,options,category,brand,unit,barcodes,weight_g,cost_method\n"
MUGS = (
    f"MUG-R,Red mug,MUG,Colour=Red|Size=L,mugs,acme,each,{ean13('200000000001')},350,\n"
    f"MUG-B,Blue mug,MUG,Colour=Blue|Size=L,,,each,{ean13('200000000002')}|OWN-1,350,\n"
    "BOWL,Bowl,,,mugs,,each,,,fifo\n"
)


@pytest.fixture
def shop(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    shop = make_shop()
    Category.objects.create(company=shop.company, code="mugs", name="Mugs", cost_method="fifo")
    Brand.objects.create(company=shop.company, code="ACME", name="Acme")
    return shop


@pytest.fixture
def buyer(db):
    return Actor.of(User.objects.create_user("buyer"))


def take(shop, buyer, content, noun="skus", name="goods.csv"):
    content = content.encode() if isinstance(content, str) else content
    upload = SimpleUploadedFile(name, content)
    return tabular.take_file(upload, noun=f"inventory.import_{noun}", company_id=shop.id, actor=buyer)


def run(shop, buyer, content, noun="skus"):
    """The file's job, done; every row is to make sense."""
    file = take(shop, buyer, content, noun)
    assert (file.status, file.error, told(file)) == ("checked", "", {})
    job = tabular.start_import(file.pk, actor=buyer)
    assert bulk.run_job(job.pk) == "done"
    assert list(BulkJobRow.objects.filter(job=job).exclude(state="done").values_list("state", "detail")) == []
    return file


def told(file):
    """(field, code) of all that is wrong, by row."""
    rows = ImportRow.objects.filter(file=file, state="wrong").order_by("number")
    return {row.number: [(error["field"], error["code"]) for error in row.errors] for row in rows}


def exported(shop, noun, kind="csv"):
    known = tabular.noun_of(f"inventory.import_{noun}")
    chunks = xlsx_chunks if kind == "xlsx" else csv_chunks
    return b"".join(chunks([column.name for column in known.columns], known.export(shop.id)))


def test_variants_products_options_and_barcodes_come_from_one_file(shop, buyer):
    run(shop, buyer, HEAD + MUGS)

    red, blue, bowl = (Sku.objects.get(code=code) for code in ("MUG-R", "MUG-B", "BOWL"))
    assert (red.product_id, red.product.code, red.product.name) == (blue.product_id, "MUG", "Red mug")
    assert (red.product.category.code, red.product.brand.name, red.weight_g, red.unit_id) == (
        "mugs",
        "Acme",
        350,
        "each",
    )
    assert [(v.option.name, v.value.name) for v in red.option_values.order_by("option__position")] == [
        ("Colour", "Red"), ("Size", "L")
    ]  # fmt: skip
    assert (red.cost_method, blue.cost_method, bowl.cost_method, bowl.status) == ("fifo", "fifo", "fifo", "active")
    assert {b.code: (b.symbology, b.sku.code) for b in Barcode.objects.select_related("sku")} == {
        ean13("200000000001"): ("gtin", "MUG-R"), ean13("200000000002"): ("gtin", "MUG-B"), "OWN-1": ("code128", "MUG-B")
    }  # fmt: skip
    assert AuditEvent.objects.filter(object_type="inventory.sku", object_id=red.pk, action="created").count() == 1
    assert run_checks().ok


def test_the_same_file_again_changes_nothing_and_a_changed_row_only_what_it_says(shop, buyer):
    run(shop, buyer, HEAD + MUGS)

    again = take(shop, buyer, HEAD + MUGS)
    changed = take(shop, buyer, "sku,name,weight_g\nmug-r,Crimson mug,\nMUG-B,Blue mug,350\n")

    assert (again.new, again.changed, again.unchanged, again.wrong) == (0, 0, 3, 0)
    assert (changed.changed, changed.unchanged) == (1, 1)
    assert ImportRow.objects.get(file=changed, state="changed").changes == [
        ["name", "Red mug", "Crimson mug"], ["weight_g", "350", ""]
    ]  # fmt: skip
    bulk.run_job(tabular.start_import(changed.pk, actor=buyer).pk)
    red = Sku.objects.get(code="MUG-R")
    assert (red.name, red.weight_g, red.hs_code, red.product.name) == ("Crimson mug", None, "", "Red mug")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_comes_back_and_changes_nothing(shop, buyer, kind):
    run(shop, buyer, HEAD + MUGS)
    make_sku(shop, "=1+1")
    Sku.objects.filter(code="BOWL").update(
        name="-20% 'Bowl'; \"blue\"",
        release_date="2026-12-01",
        origin_country="GE",
        hs_code="691200",
        status="phase_out",
    )
    run(shop, buyer, "sku,pack,kind,quantity,barcodes\nBOWL,CASE,case,12,12345670\n", "packs")
    run(shop, buyer, "code,name,parent\nred,Red mugs,mugs\n", "categories")

    for noun, count in (("skus", 4), ("packs", 1), ("categories", 2), ("brands", 1)):
        file = take(shop, buyer, exported(shop, noun, kind), noun)
        assert (noun, file.new, file.changed, file.unchanged, told(file)) == (noun, 0, 0, count, {})


def test_all_that_is_wrong_in_a_file_of_skus_is_told_at_once(shop, buyer):
    run(shop, buyer, HEAD + MUGS)
    taken = ean13("200000000001")
    other = ean13("200000000009")
    file = take(
        shop,
        buyer,
        HEAD.replace("cost_method", "cost_method,status,product_name,hs_code")
        + "A,,,,nowhere,nobody,furlong,4006381333932,-1,,,,12\n"  # a wrong check digit, and all else
        + f"B,B,,,,,,{taken},,,,,\n"
        + f"C,C,,,,,,{other},,,,,\nc,C,,,,,,{other},,,,,\n"
        + "MUG-R,Red mug,BOWL,,,,,,,average,draft,,\n"
        + "D,D,MUG,Colour=Blue|Size=L,,,,,,,,,\nE,E,MUG,Colour=Green,,,,,,,,,\n"
        + "F,F,NEW,Size=S,,,,,,,,One,\nG,G,NEW,Size=S,,,,,,,,Two,\nH,H,NEW,Weight=S,,,,,,,,,\nI,I,,Size=S,,,,,,,,,\n",
    )

    assert told(file) == {
        2: [("weight_g", "min_value"), ("category", "unknown_category"), ("brand", "unknown_brand"),
            ("unit", "unknown_unit"), ("hs_code", "invalid"), ("barcodes", "check_digit"), ("name", "required")],
        3: [("barcodes", "unique")],
        5: [("sku", "twice"), ("barcodes", "twice")],
        6: [("product", "fixed"), ("cost_method", "fixed"), ("status", "illegal_transition")],
        7: [("options", "combination_taken")],
        8: [("options", "not_complete")],
        10: [("product_name", "conflict"), ("options", "twice")],
        11: [("options", "not_complete")],
        12: [("options", "no_product")],
    }  # fmt: skip
    assert Sku.objects.count() == 3


def test_a_gtin_is_one_code_however_many_digits_a_file_gives_it(shop, buyer):
    """A UPC of 12 digits and the same with a zero in front are one article."""
    run(shop, buyer, "sku,name,ean\nA,A,036000291452\n")

    file = take(shop, buyer, "sku,name,ean\nB,B,0036000291452\n")

    assert told(file) == {2: [("barcodes", "unique")]}
    assert scan(shop.id, ["0036000291452", "036000291452"]).keys() == {"0036000291452", "036000291452"}


def test_a_tree_of_categories_may_come_in_any_order_but_not_bite_its_tail(shop, buyer):
    good = "code,name,parent,cost_method\nleaf,Leaf,twig,\ntwig,Twig,mugs,average\n"
    run(shop, buyer, good, "categories")

    bad = take(shop, buyer, "code,name,parent\nmugs,Mugs,leaf\nx,X,y\ny,Y,x\nz,Z,gone\n", "categories")

    leaf = Category.objects.get(code="leaf")
    assert (leaf.parent.code, leaf.parent.parent.code, leaf.parent.cost_method) == ("twig", "mugs", "average")
    assert told(bad) == {
        2: [("parent", "cyclic")], 3: [("parent", "cyclic")], 4: [("parent", "cyclic")], 5: [("parent", "unknown_category")]
    }  # fmt: skip


def test_the_database_refuses_a_category_below_itself(shop):
    top = Category.objects.get(code="mugs")
    leaf = Category.objects.create(company=shop.company, code="leaf", name="Leaf", parent=top)

    with pytest.raises(IntegrityError, match="below itself"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_category SET parent_id = %s WHERE id = %s", [leaf.pk, top.pk])

    top.refresh_from_db()
    assert top.parent_id is None


def test_packs_change_with_their_barcodes(shop, buyer):
    make_sku(shop, "MUG")
    run(
        shop,
        buyer,
        "sku,pack,kind,quantity,barcodes,weight_g\nMUG,CASE,case,12,12345670,5000\nmug,PAL,pallet,480,P-1,\n",
        "packs",
    )
    run(shop, buyer, "sku,pack,quantity\nMUG,case,10\n", "packs")

    case = scan(shop.id, ["12345670"])["12345670"]
    assert (case.sku, case.pack, case.quantity) == ("MUG", "CASE", Decimal(10))
    assert Pack.objects.get(code="CASE").weight_g == 5000
    bad = take(shop, buyer, "sku,pack,kind,quantity,barcodes\nNO,A,each,2,P-1\nMUG,B,,,\nMUG,b,inner,0,\n", "packs")
    assert told(bad) == {
        2: [("sku", "unknown_sku"), ("quantity", "invalid"), ("barcodes", "unique")],
        3: [("kind", "required"), ("quantity", "required")],
        4: [("quantity", "min_value"), ("pack", "twice")],
    }


def test_a_unit_stays_once_goods_have_moved_in_it(shop, buyer):
    make_stock(shop, make_sku(shop, "MUG"))
    make_sku(shop, "CUP")

    file = take(shop, buyer, "sku,unit\nMUG,kg\nCUP,kg\n")

    assert (told(file), file.changed) == ({2: [("unit", "fixed")]}, 1)


def test_a_thousand_rows_take_as_many_statements_as_ten(shop, buyer, django_assert_max_num_queries):
    def content(first, count):
        rows = (
            f"S{n},Name {n},P{n // 2},Size={'SM'[n % 2]},mugs,acme,each,{ean13(f'{200000000100 + n}')},1,\n"
            for n in range(first, first + count)
        )
        return HEAD + "".join(rows)

    def statements(first, count):
        file = take(shop, buyer, content(first, count))
        job = tabular.start_import(file.pk, actor=buyer)
        with django_assert_max_num_queries(60) as asked:
            assert bulk.run_job(job.pk) == "done"
        assert Sku.objects.count() == first + count and Product.objects.count() == (first + count) // 2
        return len(asked)

    few = statements(0, 10)

    assert statements(10, 1_000) == few


def test_a_release_date_that_a_file_moves_is_told_to_who_has_promised_it(shop, buyer):
    run(shop, buyer, "sku,name,release_date\nGAME,Game,2030-01-05\nCUP,Cup,\n")

    run(shop, buyer, "sku,release_date\nGAME,2030-02-05\n")
    run(shop, buyer, "sku,name\nGAME,New game\n")

    [event] = OutboxEvent.objects.filter(topic="ReleaseDateMoved")
    assert event.payload == {"sku_ids": [Sku.objects.get(code="GAME").pk]}
