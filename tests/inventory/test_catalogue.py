"""Options and their matrix, packs and codes, life cycle, substitutes, pictures: what may be, and what is refused."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection
from hypothesis import given
from hypothesis import strategies as st

from accounting.services import ensure_party
from backoffice.core.errors import IllegalTransition, InvalidInput
from backoffice.core.models import AuditEvent
from inventory.barcodes import barcode_forms, check_digit, is_gtin
from inventory.errors import CatalogueRefused, NotFound, PurchaseRefused
from inventory.models import Barcode, Category, Pack, Product, ProductImage, Sku, SkuOption, Substitute
from inventory.selectors import scan
from inventory.services import (
    BarcodeInput,
    OptionInput,
    PurchaseLineInput,
    SkuInput,
    add_barcodes,
    add_image,
    change_sku_status,
    create_purchase_order,
    create_variants,
    ensure_skus,
    order_images,
    plan_variants,
    set_combination,
    set_options,
    set_substitutes,
)
from orders.errors import ReservationRefused
from orders.services import CartInput, reserve
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.pictures import png
from tests.factories.refusals import refused
from tests.factories.sales import line, make_channel, order, place

pytestmark = pytest.mark.django_db
SIZES = OptionInput("Size", (("Small", "S"), ("Large", "L")))
COLOURS = OptionInput("Colour", (("Red", ""), ("Dark blue", "")))


@pytest.fixture
def shop():
    return make_shop()


@pytest.fixture
def shirt(shop):
    category = Category.objects.create(company=shop.company, code="wear", name="Wear", cost_method="fifo")
    product = Product.objects.create(company=shop.company, code="SHIRT", name="Shirt", category=category)
    set_options(product.pk, options=[SIZES, COLOURS], company_id=shop.id, actor=ACTOR)
    return product


def plan(shop, product, pattern=""):
    return plan_variants(product.pk, pattern=pattern, company_id=shop.id)


def make(shop, product, pattern="", **values):
    return create_variants(product.pk, pattern=pattern, company_id=shop.id, actor=ACTOR, **values)


def test_the_matrix_is_shown_then_made_with_codes_from_the_pattern(shop, shirt):
    shown = plan(shop, shirt)
    assert [(p.variant.code, p.state) for p in shown] == [
        ("SHIRT-S-RED", "new"), ("SHIRT-S-DARKBLUE", "new"), ("SHIRT-L-RED", "new"), ("SHIRT-L-DARKBLUE", "new")
    ]  # fmt: skip
    assert not Sku.objects.exists()

    made = make(shop, shirt)

    skus = Sku.objects.filter(pk__in=made)
    assert {sku.code: (sku.name, sku.cost_method, sku.status) for sku in skus}["SHIRT-L-DARKBLUE"] == (
        "Shirt, Large, Dark blue", "fifo", "draft"
    )  # fmt: skip
    assert {p.state for p in plan(shop, shirt)} == {"there"}
    with refused(CatalogueRefused, match="already"):
        make(shop, shirt)


def test_a_pattern_that_names_no_option_or_gives_a_code_twice_makes_nothing(shop, shirt):
    with refused(InvalidInput, match="Material"):
        plan(shop, shirt, "{product}-{Material}")
    ensure_skus([SkuInput("SHIRT/S", "Other")], company_id=shop.id)

    shown = plan(shop, shirt, "{product}/{size}")

    assert [p.problem for p in shown] == [
        "Another SKU has this code.", "Another SKU has this code.", "", "The pattern gives this code twice."
    ]  # fmt: skip
    with refused(CatalogueRefused):
        make(shop, shirt, "{product}/{size}")
    assert Sku.objects.count() == 1


def test_more_options_and_values_come_later_and_only_chosen_combinations_are_made(shop, shirt):
    [first] = make(shop, shirt, chosen=[plan(shop, shirt)[0].variant.key])

    set_options(
        shirt.pk, options=[OptionInput("size", (("XL", ""),)), OptionInput("Fit", (("Slim", ""),))],
        company_id=shop.id, actor=ACTOR,
    )  # fmt: skip

    assert [v.value.name for v in SkuOption.objects.filter(sku=first).order_by("option__position")] == [
        "Small", "Red", "Slim"
    ]  # fmt: skip
    assert [p.state for p in plan(shop, shirt)] == ["there"] + ["new"] * 5


def test_options_that_make_no_sense_are_told_together(shop, shirt):
    with refused(InvalidInput) as refusal:
        set_options(
            shirt.pk,
            options=[
                OptionInput(" ", (("a", ""),)),
                OptionInput("Fit", ()),
                OptionInput("fit", (("a", "X"), ("b", "x"))),
            ],
            company_id=shop.id,
            actor=ACTOR,
        )

    assert [error["field"] for error in refusal.value.context["errors"]] == [
        "options.0.name", "options.1.values", "options.2.name", "options.2.values.1"
    ]  # fmt: skip
    assert shirt.options.count() == 2


def test_the_database_holds_one_combination_per_sku_and_values_of_its_own_product(shop, shirt):
    small_red, small_blue, *_rest = make(shop, shirt)
    with refused(CatalogueRefused) as refusal:
        values = [v.value_id for v in SkuOption.objects.filter(sku=small_red)]
        set_combination(small_blue, values=values, company_id=shop.id, actor=ACTOR)
    assert refusal.value.context["code"] == "combination_taken"

    colour = SkuOption.objects.get(sku=small_red, option__name="Colour")
    other = Product.objects.create(company=shop.company, name="Hat")
    for sql, name in (
        ("UPDATE inventory_skuoption SET value_id = %(red)s WHERE sku_id = %(blue)s AND option_id = %(colour)s", "combination"),
        ("UPDATE inventory_skuoption SET value_id = %(red)s WHERE sku_id = %(blue)s AND option_id <> %(colour)s", "value_of_the_option"),
        ("UPDATE inventory_sku SET product_id = %(other)s WHERE id = %(blue)s", "skus_product"),
        ("INSERT INTO inventory_skuoption (sku_id, product_id, option_id, value_id)"
         " VALUES (%(blue)s, %(product)s, %(colour)s, %(red)s)", "one_value"),
    ):  # fmt: skip
        with refused(IntegrityError, match=name), connection.cursor() as cursor:
            cursor.execute(
                sql,
                {
                    "red": colour.value_id, "blue": small_blue, "colour": colour.option_id, "other": other.pk,
                    "product": shirt.pk,
                },
            )  # fmt: skip
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert len(set(Sku.objects.filter(product=shirt).values_list("variant_key", flat=True))) == 4


@given(
    st.text("0123456789", min_size=7, max_size=7) | st.text("0123456789", min_size=11, max_size=13), st.integers(0, 9)
)
def test_one_wrong_digit_is_never_a_gtin(digits, other):
    code = digits + check_digit(digits)

    assert is_gtin(code) and code in barcode_forms(code)
    assert is_gtin(digits + str(other)) == (code[-1] == str(other))


def test_the_database_checks_digits_and_lets_a_barcode_follow_its_pack(shop):
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    case = Pack.objects.create(company=shop.company, sku_id=mug, code="CASE", kind="case", quantity=12)
    add_barcodes([BarcodeInput(mug, "4006381333931"), BarcodeInput(mug, "", case.pk)], company_id=shop.id, actor=ACTOR)

    Pack.objects.filter(pk=case.pk).update(quantity=10)

    own = f"P{case.pk:08d}"
    found = scan(shop.id, ["4006381333931", own, "cup", "0"])
    assert {code: (hit.sku, hit.pack, hit.quantity) for code, hit in found.items()} == {
        "4006381333931": ("MUG", "", 1), own: ("MUG", "CASE", 10), "cup": ("CUP", "", 1)
    }  # fmt: skip
    for change, name in (
        ({"pack_quantity": 7}, "barcode_as_its_pack"), ({"sku_id": cup}, "barcode_as_its_pack"),
        ({"symbology": "gtin"}, "barcode_gtin_check_digit"), ({"pack_id": None}, "barcode_many_only_of_a_pack"),
    ):  # fmt: skip
        with refused(IntegrityError, match=name):
            Barcode.objects.filter(code=own).update(**change)


def test_wrong_and_taken_codes_are_told_by_row_and_nothing_is_written(shop):
    mug = make_sku(shop, "MUG")
    add_barcodes([BarcodeInput(mug, "036000291452")], company_id=shop.id, actor=ACTOR)

    with refused(InvalidInput) as refusal:
        add_barcodes(
            [BarcodeInput(mug, "4006381333932"), BarcodeInput(mug, "0036000291452"), BarcodeInput(mug, "Чай"),
             BarcodeInput(mug, "X"), BarcodeInput(mug, "X")],
            company_id=shop.id, actor=ACTOR,
        )  # fmt: skip

    assert [(e["row"], e["code"]) for e in refusal.value.context["errors"]] == [
        (0, "check_digit"), (1, "unique"), (2, "not_printable"), (4, "twice")
    ]  # fmt: skip
    assert Barcode.objects.count() == 1


def test_a_sku_that_is_phased_out_is_sold_while_it_lasts_and_not_bought(shop):
    channel = make_channel(shop, "web")
    mug = make_sku(shop, "MUG")
    make_stock(shop, mug, "5", "25.00")
    supplier = ensure_party(company_id=shop.id, code="SUP", name="S", currency="GBP", is_supplier=True)

    def buy():
        return create_purchase_order(
            [PurchaseLineInput(mug, Decimal(1), Decimal(1))], company_id=shop.id, supplier_id=supplier.pk,
            warehouse_id=shop.warehouse.pk, ordered_at=NOON, actor=ACTOR,
        )  # fmt: skip

    buy()
    change_sku_status([mug], status="phase_out", company_id=shop.id, actor=ACTOR, reason="New model")
    with refused(PurchaseRefused, match="Phasing out"):
        buy()
    [sold] = place(channel, order("1", line("MUG", "3", "10")))
    [beyond] = place(channel, order("2", line("MUG", "3", "10")))
    change_sku_status([mug], status="discontinued", company_id=shop.id, actor=ACTOR)
    [never] = place(channel, order("3", line("MUG", "1", "10")))

    assert (sold.state, beyond.state, never.state) == ("placed", "refused", "refused")
    assert beyond.code == never.code == "sku_not_for_sale" and "only 2 are left" in beyond.detail
    with refused(IllegalTransition):
        change_sku_status([mug], status="draft", company_id=shop.id, actor=ACTOR)
    events = AuditEvent.objects.filter(object_type="inventory.sku", object_id=mug, action="status").order_by("id")
    assert list(events.values_list("old_value", "new_value", "reason")) == [
        ("active", "phase_out", "New model"), ("phase_out", "discontinued", "")
    ]  # fmt: skip


def test_substitutes_stand_in_their_order_and_both_ways_if_asked(shop):
    mug, cup, jug = (make_sku(shop, code) for code in ("MUG", "CUP", "JUG"))
    set_substitutes(cup, substitute_ids=[jug], company_id=shop.id, actor=ACTOR)

    set_substitutes(mug, substitute_ids=[jug, cup], company_id=shop.id, actor=ACTOR, both_ways=True)

    rows = Substitute.objects.order_by("sku", "position").values_list("sku__code", "substitute__code")
    assert list(rows) == [("MUG", "JUG"), ("MUG", "CUP"), ("CUP", "JUG"), ("CUP", "MUG"), ("JUG", "MUG")]
    with refused(CatalogueRefused):
        set_substitutes(mug, substitute_ids=[mug], company_id=shop.id, actor=ACTOR)
    with refused(NotFound):
        set_substitutes(mug, substitute_ids=[0], company_id=shop.id, actor=ACTOR)
    assert Substitute.objects.count() == 5


def test_pictures_are_what_they_say_or_refused(shop, shirt, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    picture = png(20, 10)

    def add(content, name="a.png"):
        upload = SimpleUploadedFile(name, content)
        return add_image(shirt.pk, upload=upload, company_id=shop.id, actor=ACTOR)

    first = add(picture)
    second = add(png(30, 10))
    assert add(picture, "other name.jpg").pk == first.pk
    order_images(shirt.pk, image_ids=[second.pk], company_id=shop.id, actor=ACTOR)

    shown = list(ProductImage.objects.order_by("position").values_list("width_px", "height_px", "file"))
    assert [row[:2] for row in shown] == [(30, 10), (20, 10)]
    assert shown[1][2] == f"products/{first.sha256[:2]}/{first.sha256}.png"
    for content, code in (
        (b"<svg onload='x'/>", "not_a_picture"), (png(20, 10, rows=3), "damaged"), (b"\x89PNG" + b"0" * (6 << 20), "too_large"),
        (picture[:16] + b"\x00\x01\x00\x00" + picture[20:], "too_many_pixels"),
    ):  # fmt: skip
        with refused(InvalidInput) as refusal:
            add(content)
        assert refusal.value.context["errors"][0]["code"] == code
    assert ProductImage.objects.count() == 2


def test_a_cart_holds_nothing_that_is_not_for_sale(shop):
    channel = make_channel(shop, "web")
    mug = make_sku(shop, "MUG")
    make_stock(shop, mug)
    change_sku_status([mug], status="discontinued", company_id=shop.id, actor=ACTOR)

    with refused(ReservationRefused) as refusal:
        reserve([CartInput("MUG", Decimal(1))], channel_id=channel.pk, seconds=900, actor=ACTOR)

    assert refusal.value.code == "reservation_sku_not_for_sale"
