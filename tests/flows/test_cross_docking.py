"""A receipt's goods go from the dock straight to the order that waited for them; nobody carries them to a shelf."""

from decimal import Decimal

import pytest

from inventory.models import Warehouse
from orders.inputs import LineInput, OrderInput
from orders.models import Fulfilment
from orders.services import fulfil_allocated
from orders.services.placing import place_orders
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, in_place, make_channel, status_of
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.warehouse.test_put_away import deliver
from warehouse.models import FloorTask, PickTask
from warehouse.services import Pack, Pick, confirm_picks, create_pick_lists, pack, plan_put_aways

pytestmark = pytest.mark.django_db
D = Decimal


def wait_for(shop, sku, quantity):
    """An order for goods that are not there yet; its id."""
    channel = make_channel(shop)
    line = LineInput("#1", D(quantity), D(20), sku_id=sku)
    (placed,) = place_orders([OrderInput("W-1", NOON, channel.currency, [line])], channel_id=channel.pk, actor=ACTOR)
    return placed.order_id


@pytest.mark.parametrize("cross_docks", [True, False])
def test_goods_go_from_the_dock_to_the_order_that_waits(cross_docks):
    """frappe/erpnext#41378, openboxes#5822: who waited gets the incoming goods, and they are not declared taken."""
    shop = make_shop()
    Warehouse.objects.filter(pk=shop.warehouse.pk).update(cross_docks=cross_docks)
    mug = make_sku(shop)
    make_stock(shop, mug, "1", "5")
    order_id = wait_for(shop, mug, "5")

    _receipt, tasks = deliver(shop, {mug: "10"})
    fulfil_allocated(company_id=shop.id, order_ids=[order_id], actor=ACTOR)
    work = list(Fulfilment.objects.filter(order_id=order_id).values_list("pk", flat=True))
    lists = create_pick_lists(work, company_id=shop.id, actor=ACTOR)

    if not cross_docks:
        assert [task.quantity for task in tasks] == [10]
        assert "not_in_bins" in {made.code for made in lists}
        return
    assert [task.quantity for task in tasks] == [6]  # four stay for the order, beside the one in its bin
    assert {made.state for made in lists} == {"created"}
    assert PickTask.objects.filter(from_location_id=shop.dock).get().quantity == 4
    picks = [Pick(task, quantity) for made in lists for task, quantity in made.tasks]
    confirm_picks(picks, company_id=shop.id, effective_at=NOON, actor=ACTOR)
    packed = pack([Pack(pk) for pk in work], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    assert {each.state for each in packed} == {"packed"}
    assert {status_of("orders_fulfilment", pk) for pk in work} == {"packed"}
    assert in_place(mug, shop.dock) == (6, 0)
    assert plan_put_aways(shop.warehouse.pk, company_id=shop.id, actor=ACTOR) == []
    assert FloorTask.objects.count() == 1
    assert broken_checks() == []
