"""The layout: what its rows may say of each other, and that nobody is sent to a blocked bin or to reserve."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory.models import BinType, Location, Sku, StorageClass, Zone, ZoneUse
from inventory.services import claim_bins
from tests.factories.books import ACTOR
from tests.factories.goods import add_shop, make_claim, make_shop, make_sku, make_stock

pytestmark = pytest.mark.django_db
D = Decimal


def refused_by(name: str, sql: str, *params: object) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def make_zone(shop, code="A", **values):
    return Zone.objects.create(company=shop.company, warehouse=shop.warehouse, code=code, **values)


def test_a_bin_stands_in_a_zone_of_its_own_warehouse():
    shop = make_shop()
    zone = make_zone(add_shop(shop.company, "MAN"))

    refused_by(
        "location_zone_of_the_warehouse", "UPDATE inventory_location SET zone_id = %s WHERE id = %s", zone.pk, shop.bin
    )


def test_types_and_classes_are_of_the_same_company():
    shop, other = make_shop(), make_shop("other")
    sku = make_sku(shop)
    kind = BinType.objects.create(company=other.company, code="SHELF", name="Shelf")
    cold = StorageClass.objects.create(company=other.company, code="COLD", name="Cold")

    for name, sql, pk, of in (
        ("location_type_of_the_company", "UPDATE inventory_location SET bin_type_id = %s WHERE id = %s", kind.pk, shop.bin),
        ("location_class_of_the_company", "UPDATE inventory_location SET storage_class_id = %s WHERE id = %s", cold.pk, shop.bin),
        ("sku_class_of_the_company", "UPDATE inventory_sku SET storage_class_id = %s WHERE id = %s", cold.pk, sku),
        ("zone_class_of_the_company", "UPDATE inventory_zone SET storage_class_id = %s WHERE id = %s", cold.pk, make_zone(shop).pk),
    ):  # fmt: skip
        refused_by(name, sql, pk, of)


def test_a_block_has_a_reason_limits_are_positive_and_only_a_bin_is_a_pick_face():
    shop = make_shop()

    for name, change, place in (
        ("location_blocked_with_a_reason", "blocked_at = now()", shop.bin),
        ("location_blocked_with_a_reason", "blocked_reason = 'broken'", shop.bin),
        ("location_limits_positive", "max_weight_g = 0", shop.bin),
        ("location_limits_positive", "max_volume_l = -1", shop.bin),
        ("location_pick_face_is_a_bin", "is_pick_face = true", shop.dock),
    ):
        refused_by(name, f"UPDATE inventory_location SET {change} WHERE id = %s", place)


def test_a_zone_never_goes_to_another_warehouse():
    shop = make_shop()
    zone = make_zone(shop)

    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        Zone.objects.filter(pk=zone.pk).update(warehouse=add_shop(shop.company, "MAN").warehouse)


def test_nobody_is_sent_to_a_blocked_bin():
    """openboxes#229, frappe/erpnext#41092: who picks is sent only where goods may be taken."""
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "2", "2")
    make_stock(shop, sku, "2", "2", at=shop.second_bin)
    Location.objects.filter(pk=shop.bin).update(blocked_at=timezone.now(), blocked_reason="Shelf broken")
    allocation = make_claim(shop, sku, "3")

    (found,) = claim_bins([(allocation, D(3))], company_id=shop.id, actor=ACTOR)

    assert (found.location_id, found.quantity) == (shop.second_bin, 2)


def test_pick_faces_come_first_and_reserve_only_where_it_is_asked_for():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "2", "2")
    make_stock(shop, sku, "2", "2", at=shop.second_bin)
    Location.objects.filter(pk=shop.second_bin).update(is_pick_face=True)
    first, second = make_claim(shop, sku, "1"), make_claim(shop, sku, "3")

    (face,) = claim_bins([(first, D(1))], company_id=shop.id, actor=ACTOR)
    Location.objects.filter(pk=shop.bin).update(zone=make_zone(shop, use=ZoneUse.RESERVE))
    (rest,) = claim_bins([(second, D(3))], company_id=shop.id, actor=ACTOR)
    (reserve,) = claim_bins([(second, D(2))], company_id=shop.id, actor=ACTOR, reserve=True)

    assert (face.location_id, rest.location_id, rest.quantity) == (shop.second_bin, shop.second_bin, 1)
    assert (reserve.location_id, reserve.quantity) == (shop.bin, 2)


def test_a_class_that_is_in_use_stays():
    shop = make_shop()
    cold = StorageClass.objects.create(company=shop.company, code="COLD", name="Cold")
    Sku.objects.filter(pk=make_sku(shop)).update(storage_class=cold)

    refused_by("sku_class_of_the_company|storage_class_id", "DELETE FROM inventory_storageclass WHERE id = %s", cold.pk)


def test_making_and_blocking_bins_costs_the_same_for_two_and_for_many():
    from inventory.services import BinPlan, block_bins, make_bins

    shop = make_shop()

    def statements(pattern):
        with CaptureQueriesContext(connection) as queries:
            made = make_bins(BinPlan(pattern), warehouse=shop.warehouse, actor=ACTOR)
            ids = list(Location.objects.filter(code__in=[row.bin.code for row in made]).values_list("pk", flat=True))
            block_bins(ids, reason="Wet", company_id=shop.id, actor=ACTOR)
        return len(queries)

    assert statements("B-{1..2}") == statements("C-{01..20}-{1..10}")
    assert Location.objects.filter(blocked_reason="Wet").count() == 202
