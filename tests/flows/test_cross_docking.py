"""A receipt's goods go from the dock straight to the order that waited for them; nobody carries them to a shelf."""

from decimal import Decimal

import pytest
from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from inventory.models import Warehouse
from orders.inputs import LineInput, OrderInput
from orders.models import Fulfilment, Order
from orders.services import fulfil_allocated
from orders.services.placing import place_orders
from tests.api.conftest import Caller
from tests.factories.books import ACTOR, NOON
from tests.factories.buying import make_purchase
from tests.factories.floor import broken_checks, facts, in_place, make_channel, status_of
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.handhelds import MUG_CODE, Floor, Handheld, make_person, only_the_book
from tests.factories.staff import sign_in
from tests.warehouse.test_put_away import deliver
from warehouse.models import FloorTask, PickTask
from warehouse.services import Pack, Pick, confirm_picks, create_pick_lists, direct_to_orders, pack, plan_put_aways

pytestmark = pytest.mark.django_db
D = Decimal


def wait_for(shop, sku, quantity):
    """An order for goods that are not there yet; its id."""
    channel = make_channel(shop, "waiting")
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


def test_a_handheld_directs_what_came_straight_to_the_order_and_says_why():
    floor = Floor()
    shop = floor.house
    Warehouse.objects.filter(pk=shop.warehouse.pk).update(cross_docks=True)
    tea = make_sku(shop, "TEA")
    order_id = wait_for(shop, tea, "4")
    purchase = make_purchase(shop, tea, "6")
    _lead, badge = make_person("warehouse_lead", "90210")
    hand = Handheld(shop, "Dock 1").sign_in(badge)
    line = purchase.lines.get()

    received = hand.does(
        "receive", {"order": purchase.pk, "place": "RECEIVING", "lines": [{"line": line.pk, "quantity": "6"}]}
    )
    directed, again = hand.does("direct", {}), hand.does("direct", {})

    assert received["state"] == "done" and directed["result"] == again["result"] == {"straight": 1}
    task = PickTask.objects.get(sku_id=tea)
    page = hand.client.get("/scan/put-away/").content.decode()
    number = Order.objects.get(pk=order_id).number
    assert f"Order {number} waits for it: bring it straight to STAGING." in page
    assert FloorTask.objects.get().quantity == 2  # the rest goes to a bin
    body = {"task": task.pk, "bin": "RECEIVING", "code": "TEA", "quantity": "4"}
    with only_the_book():
        wrong = hand.does("pick", body | {"code": MUG_CODE})
    picked = hand.does("pick", body)

    assert (wrong["code"], picked["state"]) == ("wrong_item", "done")
    assert (in_place(tea, shop.staging), in_place(tea, shop.dock)) == ((4, 0), (2, 0))
    [work] = Fulfilment.objects.filter(order_id=order_id)
    pack([Pack(work.pk)], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    assert broken_checks() == []


def test_orders_are_directed_by_page_and_api_and_only_where_the_warehouse_cross_docks():
    shop = make_shop()
    mug = make_sku(shop)
    wait_for(shop, mug, "2")
    deliver(shop, {mug: "5"})
    at = {"company_id": shop.id, "actor": ACTOR}
    before = facts()

    assert direct_to_orders(shop.warehouse.pk, **at) == [] and facts() == before
    Warehouse.objects.filter(pk=shop.warehouse.pk).update(cross_docks=True)
    lead = sign_in("warehouse_lead")
    lead.post(reverse("admin:warehouse_floor_plan"), {"do": "cross_dock"})
    robot = User.objects.create_superuser("robot")
    scopes = ("warehouse:read", "warehouse:write")
    _key, secret = make_api_key(name="t", user=robot, scopes=scopes, channel_id=None, company_id=shop.id)
    answer = Caller(secret).post("floor-tasks/cross-dock/", {"warehouse": shop.warehouse.code})

    [told] = answer.json()
    assert (told["quantity"], told["to_location"]) == ("2.000000", "STAGING") and "waits for it" in told["reason"]
    assert direct_to_orders(shop.warehouse.pk, **at) == []
    assert broken_checks() == []
