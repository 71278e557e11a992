"""Warehouses, places and SKUs."""

import pytest

from inventory.errors import NotFound
from inventory.models import Barcode, Location, Sku, Warehouse
from inventory.selectors import skus_by_code
from inventory.services import BinInput, SkuInput, add_bins, counterpart, create_warehouse, ensure_skus
from tests.factories.books import ACTOR, make_company
from tests.factories.goods import make_shop, rows
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db


def test_a_warehouse_comes_with_its_places():
    company = make_company()

    create_warehouse(company_id=company.pk, code="LON", name="London", actor=ACTOR, bins=["A1", BinInput("B1", 5)])

    assert rows(
        "SELECT l.kind, l.code, l.pick_sequence FROM inventory_location l JOIN inventory_warehouse w"
        " ON w.id = l.warehouse_id WHERE w.code = 'LON' ORDER BY l.kind, l.code"
    ) == [
        ("bin", "A1", 10),
        ("bin", "B1", 5),
        ("damaged", "DAMAGED", 0),
        ("dock", "RECEIVING", 0),
        ("missing", "MISSING", 0),
        ("quarantine", "QUARANTINE", 0),
        ("refurbish", "REFURBISH", 0),
        ("staging", "STAGING", 0),
    ]
    assert rows("SELECT action, new_value FROM core_auditevent WHERE object_type = 'inventory.warehouse'") == [
        ("created", "LON")
    ]


def test_counterparts_and_transit_are_made_once_for_a_company():
    shop = make_shop()

    create_warehouse(company_id=shop.id, code="MAN", name="Manchester", actor=ACTOR)

    outside = Location.objects.filter(company=shop.company, warehouse__isnull=True)
    assert sorted(outside.values_list("kind", flat=True)) == [
        "adjustment",
        "customer",
        "opening",
        "production",
        "supplier",
    ]
    assert Warehouse.objects.filter(company=shop.company, is_transit=True).count() == 1


def test_a_company_without_a_warehouse_has_no_counterpart():
    company = make_company()

    with refused(NotFound, match="make a warehouse first"):
        counterpart(company.pk, "customer")


def test_bins_that_are_there_are_kept():
    shop = make_shop()

    bins = add_bins(["A1", "C9"], warehouse=shop.warehouse)

    assert bins[0].pk == shop.bin
    assert Location.objects.filter(warehouse=shop.warehouse, kind="bin").count() == 3


def test_skus_are_made_once_whatever_their_letter_case():
    shop = make_shop()

    first = ensure_skus(
        [SkuInput("85123a", "Holder", category_code="home", barcodes=("500",)), SkuInput("85123A", "HOLDER")],
        company_id=shop.id,
    )
    second = ensure_skus([SkuInput("85123A", "Other name")], company_id=shop.id)

    assert first[0] == first[1] == second[0]
    sku = Sku.objects.get()
    assert (sku.code, sku.name, sku.product.category.code) == ("85123a", "Holder", "home")
    assert Barcode.objects.get().sku_id == sku.pk
    assert skus_by_code(shop.id, ["85123A", "85123a", "none"]) == {"85123A": sku.pk, "85123a": sku.pk}


def test_companies_have_skus_of_their_own():
    shop, other = make_shop(), make_shop("other")

    (ours,) = ensure_skus([SkuInput("MUG", "Mug")], company_id=shop.id)
    (theirs,) = ensure_skus([SkuInput("MUG", "Mug")], company_id=other.id)

    assert ours != theirs
