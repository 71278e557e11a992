"""Floor tasks: what their rows may say, whoever writes them."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from inventory.models import Lot
from tests.factories.goods import Shop, add_shop, make_shop, make_sku
from warehouse.models import FloorTask

pytestmark = pytest.mark.django_db


def make_task(shop: Shop, sku: int, **values: Any) -> FloorTask:
    given = {
        "company": shop.company,
        "warehouse": shop.warehouse,
        "kind": "put_away",
        "sku_id": sku,
        "quantity": 5,
        "from_location_id": shop.dock,
        "to_location_id": shop.bin,
    } | values
    return FloorTask.objects.create(**given)


def test_a_task_names_places_of_its_warehouse_and_a_lot_of_its_sku():
    shop, other = make_shop(), make_shop("other")
    far = add_shop(shop.company, "MAN")
    sku, cup = make_sku(shop), make_sku(shop, "CUP")
    lot = Lot.objects.create(company=shop.company, sku_id=cup, code="L1")

    for wrong in (
        {"to_location_id": far.bin},
        {"from_location_id": far.dock},
        {"lot": lot},
        {"sku_id": make_sku(other)},
        {"company": other.company},
    ):
        with pytest.raises(IntegrityError, match="floortask_of_its_warehouse"), transaction.atomic():
            make_task(shop, sku, **wrong)
    task = make_task(shop, sku, to_location_id=None)
    with pytest.raises(IntegrityError, match="floortask_of_its_warehouse"), transaction.atomic():
        FloorTask.objects.filter(pk=task.pk).update(to_location=far.bin)

    assert list(FloorTask.objects.values_list("status", "done", "to_location")) == [("open", 0, None)]


def test_a_task_is_done_whole_short_in_part_and_timed():
    shop = make_shop()
    task = make_task(shop, make_sku(shop))
    now = timezone.now()

    for name, change in (
        ("floortask_done_within_quantity", {"done": 6}),
        ("floortask_done_is_the_whole", {"status": "done", "done": 4, "started_at": now, "finished_at": now}),
        ("floortask_done_is_the_whole", {"status": "short", "done": 5, "started_at": now, "finished_at": now}),
        ("floortask_over_is_timed", {"status": "cancelled"}),
        ("floortask_assigned_to_somebody", {"status": "assigned"}),
        ("floortask_two_ends", {"to_location_id": shop.dock}),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            FloorTask.objects.filter(pk=task.pk).update(**change)
