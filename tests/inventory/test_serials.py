"""Units with serial numbers: named with every move, never in two places, never in twice."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from inventory.errors import StockRefused
from inventory.models import Serial
from inventory.services import post_moves
from tests.factories.books import ACTOR
from tests.factories.buying import arrive
from tests.factories.goods import goods_differ, make_move, make_shop, rows, written
from tests.factories.refusals import refused_as
from tests.factories.tracking import make_tracked, make_units

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def phones():
    shop = make_shop()
    sku = make_tracked(shop, "PHONE", serial=True)
    make_units(shop, sku, "S1", "S2", "S3")
    return shop, sku


def move(shop, sku, quantity, from_id, to_id, *serials, **values):
    return post_moves(
        [make_move(shop, sku, quantity, from_id, to_id, serials=serials, **values)], company_id=shop.id, actor=ACTOR
    )[0]


def where(sku):
    return dict(Serial.objects.filter(sku_id=sku).values_list("code", "location_id"))


def test_a_unit_is_where_its_moves_brought_it_from_receipt_to_return(phones):
    shop, sku = phones

    move(shop, sku, "1", shop.bin, shop.staging, "S2")
    sold = move(shop, sku, "1", shop.staging, shop.customer)  # the only one there: it is meant
    assert where(sku) == {"S1": shop.bin, "S2": shop.customer, "S3": shop.bin}
    move(shop, sku, "1", shop.customer, shop.quarantine, returns_move_id=sold.move_id)

    assert where(sku) == {"S1": shop.bin, "S2": shop.quarantine, "S3": shop.bin}
    assert not goods_differ()


@pytest.mark.parametrize(
    ("quantity", "serials", "code"),
    [
        ("2", ("S1",), "serials_needed"),
        ("2", (), "serials_needed"),
        ("1.5", ("S1",), "serials_needed"),
        ("2", ("S1", "S1"), "serial_twice"),
        ("1", ("S9",), "serial_elsewhere"),
    ],
)
def test_what_is_not_named_unit_by_unit_is_refused(phones, quantity, serials, code):
    shop, sku = phones
    before = written()

    with refused_as(StockRefused, "stock_refused") as found:
        move(shop, sku, quantity, shop.bin, shop.staging, *serials)

    assert [item["code"] for item in found.value.context["items"]] == [code]
    assert written() == before and set(where(sku).values()) == {shop.bin}


def test_a_unit_does_not_come_in_twice_nor_from_an_order_that_did_not_have_it(phones):
    shop, sku = phones
    sold = move(shop, sku, "1", shop.bin, shop.customer, "S1")
    move(shop, sku, "1", shop.bin, shop.customer, "S2")
    before = written()

    with refused_as(StockRefused, "stock_refused") as twice:
        arrive(shop, {"sku_id": sku, "quantity": D(1), "unit_cost": D(1), "serials": ("S3",)})
    with refused_as(StockRefused, "stock_refused") as strange:
        move(shop, sku, "1", shop.customer, shop.bin, "S2", returns_move_id=sold.move_id)

    assert twice.value.context["items"][0]["there"] == "A1"
    assert strange.value.context["items"][0]["code"] == "serial_elsewhere"
    assert written() == before


def test_the_database_refuses_a_second_place_and_a_move_without_its_units(phones):
    shop, sku = phones
    unit = Serial.objects.get(code="S1")
    draft = (
        "INSERT INTO inventory_stockmove (company_id, sku_id, quantity, from_location_id, to_location_id,"
        " effective_at, value, reason, source_type, actor_label)"
        f" VALUES ({shop.id}, {sku}, 1, {shop.bin}, {shop.staging}, now(), 0, '', 'tests.case', 'x') RETURNING id"
    )
    with pytest.raises(IntegrityError, match="stockmove_each_unit_has_its_serial"), transaction.atomic():
        rows(draft)
    named = "INSERT INTO inventory_moveserial (company_id, move_id, serial_id, from_location_id, to_location_id) VALUES"
    with pytest.raises(IntegrityError, match="moveserial_from_where_it_is"), transaction.atomic():
        rows(f"{named} ({shop.id}, 999999999, {unit.pk}, {shop.second_bin}, {shop.bin}) RETURNING id")
    with pytest.raises(IntegrityError, match="moveserial_fits_its_move"), transaction.atomic():
        rows(f"{named} ({shop.id}, 999999999, {unit.pk}, {shop.bin}, {shop.staging}) RETURNING id")
        rows("SET CONSTRAINTS inventory_serial_fits_move IMMEDIATE; SELECT 1")
    with (
        pytest.raises(IntegrityError, match="sku_tracking_fits_stock"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE inventory_sku SET serial_tracked = false WHERE id = %s", [sku])

    assert where(sku)["S1"] == shop.bin and not goods_differ()
