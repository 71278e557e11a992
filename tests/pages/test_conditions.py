"""Goods set aside by hand and put back on sale, from the place's page and the lot's."""

from decimal import Decimal

import pytest
from django.urls import reverse

from backoffice.core.proof import run_checks
from inventory.models import Lot, Sku, StockMove, StockQuant
from inventory.selectors.stock_kinds import stock_kinds
from tests.factories.goods import rows
from tests.factories.sales import line
from tests.factories.staff import sign_in
from tests.factories.tracking import make_lot, make_lot_stock, make_tracked

D = Decimal


def change(client, world, sku_id, **values):
    address = reverse("stock_condition", args=[sku_id, world.house.warehouse.pk])
    return client.post(address, values, follow=True).content.decode()


def kinds(world, sku_id):
    [row] = stock_kinds(world.house.id, [sku_id])
    return row.sellable, row.quarantine, row.damaged, row.available


def test_goods_are_set_aside_and_put_back_by_hand(world):
    lead = sign_in("warehouse_lead")
    quant = StockQuant.objects.get(sku=world.mug, location__code="A1")
    shown = lead.get(reverse("stock_place", args=[world.mug, world.house.warehouse.pk])).content.decode()
    assert f'name="quantity-{quant.pk}"' in shown

    field = f"quantity-{quant.pk}"
    form = {"condition": "quarantine", "reason": "Wet boxes", "key": "one"}
    assert "10 of MUG: Quarantine." in change(lead, world, world.mug, **form, **{field: "10"})
    change(lead, world, world.mug, **form, **{field: "10"})
    assert kinds(world, world.mug) == (87, 10, 0, 82)  # pressed twice, moved once

    aside = StockQuant.objects.get(sku=world.mug, location__kind="quarantine")
    back = {"condition": "sellable", "location": "a1", "reason": "Dry again", f"quantity-{aside.pk}": "4"}
    assert "4 of MUG: Put back on sale." in change(lead, world, world.mug, **back)
    assert kinds(world, world.mug) == (91, 6, 0, 86)
    assert run_checks().ok


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"quantity": "", "condition": "quarantine", "reason": "x"}, "Fill in how many of which place."),
        ({"quantity": "-1", "condition": "quarantine", "reason": "x"}, "is not a quantity"),
        ({"quantity": "1", "condition": "quarantine", "reason": " "}, "Say why"),
        ({"quantity": "1", "condition": "gone", "reason": "x"}, "say quarantine, damaged or sellable"),
        ({"quantity": "1", "condition": "sellable", "location": "NOWHERE", "reason": "x"}, "no place “NOWHERE”"),
        ({"quantity": "1", "condition": "sellable", "location": "A1", "reason": "x"}, "in that condition already"),
        ({"quantity": "98", "condition": "damaged", "reason": "x"}, "MUG"),
        ({"quantity": "95", "condition": "damaged", "reason": "x"}, "MUG"),  # customers were promised five
    ],
)
def test_what_makes_no_sense_moves_nothing(world, values, said):
    quant = StockQuant.objects.get(sku=world.mug, location__code="A1")
    before = rows("SELECT count(*) FROM inventory_stockmove")
    values[f"quantity-{quant.pk}"] = values.pop("quantity")

    assert said in change(sign_in("warehouse_lead"), world, world.mug, **values)

    assert rows("SELECT count(*) FROM inventory_stockmove") == before
    assert run_checks().ok


def test_a_reader_changes_nothing(world):
    quant = StockQuant.objects.get(sku=world.mug, location__code="A1")
    client = sign_in("auditor")
    before = StockMove.objects.count()

    answer = client.post(
        reverse("stock_condition", args=[world.mug, world.house.warehouse.pk]),
        {f"quantity-{quant.pk}": "1", "condition": "damaged", "reason": "x"},
    )

    assert answer.status_code == 403 and StockMove.objects.count() == before
    page = client.get(reverse("stock_place", args=[world.mug, world.house.warehouse.pk])).content.decode()
    assert f"quantity-{quant.pk}" not in page


def test_a_lot_is_set_aside_but_for_what_was_promised(world):
    sku = make_tracked(world.house)
    lot = make_lot(world.house, sku, "L-1")
    other = make_lot(world.house, sku, "L-2", days=60)
    make_lot_stock(world.house, sku, lot, "8")
    make_lot_stock(world.house, sku, other, "5")
    world.place("M-1", line("MILK", "7", "2"))  # five of them can come from the other lot
    lead = sign_in("warehouse_lead")
    address = reverse("lot_aside", args=[lot])
    assert address in lead.get(reverse("admin:inventory_lot_change", args=[lot])).content.decode()

    said = lead.post(address, {"condition": "quarantine", "reason": "Recall 7"}, follow=True).content.decode()

    assert "6 were set aside. 2 stay: they are claimed for orders." in said
    assert kinds(world, sku) == (7, 6, 0, 0)
    assert StockQuant.objects.get(lot=other, quantity__gt=0).location.kind == "bin"
    before = StockMove.objects.count()
    again = lead.post(address, {"condition": "quarantine", "reason": "Recall 7"}, follow=True).content.decode()
    assert "Nothing of this lot is free to be set aside: 2 are claimed." in again
    assert StockMove.objects.count() == before and Lot.objects.count() == 2 and Sku.objects.filter(pk=sku).exists()
    assert run_checks().ok
