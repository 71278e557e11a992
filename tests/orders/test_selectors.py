"""Reads that others build on: work lists, axes, the story."""

import datetime
from decimal import Decimal

import pytest

from accounting.services import PaymentRequest, UseRequest, apply_items, record_payments
from orders.models import Order, OrderLine
from orders.selectors.axes import Axes, axes_of
from orders.selectors.desk import QUESTIONS
from orders.selectors.story import order_story
from orders.selectors.work import back_orders
from orders.services import place_hold
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, place, ship, shipping

pytestmark = pytest.mark.django_db
D = Decimal


def test_the_axes_follow_the_lines():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "3")
    channel = make_channel(shop)
    shipped, partly, waiting = place(
        channel,
        order("A", charges=[shipping("2")]),
        order("B", line(quantity="3")),
        order("C", line(quantity="2")),
    )
    (invoice, _second) = ship(shop, shipped, partly)
    (paid,) = record_payments(
        [PaymentRequest(channel.party_id, "in", D("5.00"), "GBP", NOON, "pay:1")], company_id=shop.id, actor=ACTOR
    )
    apply_items(
        [UseRequest(invoice.open_item_id, paid.open_item_id, D("5.00"), "use:1")],
        company_id=shop.id,
        date=NOON.date(),
        actor=ACTOR,
    )

    found = axes_of([shipped.order_id, partly.order_id, waiting.order_id])

    assert found == {
        shipped.order_id: Axes(shipped.order_id, "", "full", "full", "part", "none"),
        partly.order_id: Axes(partly.order_id, "none", "part", "part", "none", "none"),
        waiting.order_id: Axes(waiting.order_id, "none", "none", "none", "", ""),
    }


def test_the_work_lists_show_what_waits_for_what():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "2")
    channel = make_channel(shop)
    day = datetime.date(2026, 3, 12)
    urgent, plain, waiting, held = place(
        channel,
        order("A", priority=200, promise_date=day),
        order("B", priority=1),
        order("C", promise_date=day),
        order("D"),
    )
    place_hold(held.order_id, company_id=shop.id, kind="fraud", reason="odd", actor=ACTOR)

    found = {
        name: set(ask(Order.objects.all(), day + datetime.timedelta(days=1)).values_list("pk", flat=True))
        for name, ask in QUESTIONS.items()
    }
    assert found == {
        "to_ship_today": {plain.order_id, urgent.order_id},
        "late": {urgent.order_id, waiting.order_id},
        "held": {held.order_id},
        "back_ordered": {waiting.order_id, held.order_id},
        "unpaid": set(),
    }
    assert [(b.order_id, b.quantity, b.sku_code, b.expected_date) for b in back_orders(shop.id)] == [
        (waiting.order_id, 1, "MUG", None),
        (held.order_id, 1, "MUG", None),
    ]


def test_the_story_tells_all_that_hangs_on_the_order():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "2")
    (result,) = place(make_channel(shop))
    ship(shop, result)
    place(make_channel(shop, "other"))

    story = [(event.object_type, event.action) for event in order_story(result.order_id)]

    assert story[0] == ("orders.order", "placed")
    assert ("orders.shipment", "in_transit") in story and ("accounting.invoice", "invoice") in story
    assert story.count(("accounting.journalentry", "posted")) == 2
    assert story.count(("orders.order", "placed")) == 1
    assert OrderLine.objects.count() == 2
