"""Pre-orders by channel: a channel's own day counts instead of the SKU's, earlier or later, in its orders only."""

import pytest
from django.db import DatabaseError, transaction

from backoffice.core.models import AuditEvent, OutboxEvent
from backoffice.core.proof import run_checks
from inventory.models import Sku
from inventory.services import change_sku
from orders.models import Fulfilment, LinePromise, PromiseChange, ReleaseDate
from orders.selectors.why import why_not_shipped
from orders.services.release_dates import set_release_date
from orders.tasks import serve_back_orders
from tests.factories.books import ACTOR
from tests.factories.buying import in_days, make_purchase
from tests.factories.events import order_pump
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.kits import make_kit
from tests.factories.sales import line, make_channel, order, place

pytestmark = pytest.mark.django_db


def start(quantity="9"):
    shop = make_shop()
    sku = make_sku(shop)
    if quantity != "0":
        make_stock(shop, sku, quantity)
    return shop, sku, make_channel(shop, "early"), make_channel(shop, "web")


def move(shop, sku, day):
    change_sku(Sku.objects.get(pk=sku), values={"release_date": day}, company_id=shop.id, actor=ACTOR)


def promised(result):
    return LinePromise.objects.get(order_line__order_id=result.order_id)


def given_out():
    return sorted(Fulfilment.objects.values_list("order__external_id", flat=True))


def test_a_channels_own_day_counts_in_its_orders_only_earlier_or_later():
    shop, sku, early, web = start()
    Sku.objects.filter(pk=sku).update(release_date=in_days(30))
    set_release_date(early, sku, in_days(0), actor=ACTOR)

    place(early, order("E", line("MUG", "2")))
    (later,) = place(web, order("W", line("MUG", "2")))

    assert given_out() == ["E"]
    assert promised(later).release_date == in_days(30)
    set_release_date(web, sku, in_days(60), actor=ACTOR)
    assert (promised(later).release_date, promised(later).expected_date) == (in_days(60), in_days(60))
    Sku.objects.filter(pk=sku).update(release_date=in_days(0))  # the SKU's day has come, the channel's has not
    serve_back_orders()
    assert given_out() == ["E"]

    set_release_date(web, sku, None, actor=ACTOR)
    serve_back_orders()

    assert (given_out(), promised(later).is_open) == (["E", "W"], False)
    told = AuditEvent.objects.filter(object_type="inventory.sku", field="release date in web").order_by("pk")
    assert [(event.old_value, event.new_value) for event in told] == [("", str(in_days(60))), (str(in_days(60)), "")]
    assert run_checks().ok


def test_goods_that_are_on_their_way_are_promised_for_the_channels_day():
    shop, sku, early, web = start("0")
    Sku.objects.filter(pk=sku).update(release_date=in_days(30))
    set_release_date(early, sku, in_days(5), actor=ACTOR)
    make_purchase(shop, sku, "9", 2)

    (first,) = place(early, order("E", line("MUG", "2")))
    (second,) = place(web, order("W", line("MUG", "2")))

    assert (promised(first).expected_date, promised(second).expected_date) == (in_days(5), in_days(30))
    said = why_not_shipped([first.order_id, second.order_id])
    assert {pk: [reason.expected for reason in said[pk] if reason.code == "back_ordered"] for pk in said} == {
        first.order_id: [in_days(5)],
        second.order_id: [in_days(30)],
    }
    assert all("pre-order" in said[pk][0].sentence for pk in said)


def test_an_order_that_ships_complete_waits_for_the_channels_day():
    shop, sku, early, web = start()
    make_stock(shop, make_sku(shop, "CUP"), "9")
    web.ship_complete = True
    web.save()
    set_release_date(web, sku, in_days(9), actor=ACTOR)

    place(web, order("W", line("MUG", "2"), line("CUP", "1")))
    serve_back_orders()
    assert given_out() == []
    set_release_date(web, sku, in_days(0), actor=ACTOR)
    serve_back_orders()

    assert given_out() == ["W"]


def test_the_database_refuses_a_sku_of_another_company_and_a_second_day():
    shop, sku, early, web = start()
    strange = make_sku(make_shop("other"), "THEIRS")
    ReleaseDate.objects.create(channel=web, sku_id=sku, release_date=in_days(3))

    for wrong in (strange, sku):
        with pytest.raises(DatabaseError, match="releasedate_one_"), transaction.atomic():
            ReleaseDate.objects.create(channel=web, sku_id=wrong, release_date=in_days(3))
    assert ReleaseDate.objects.count() == 1


def test_moving_a_skus_own_day_gives_out_or_holds_back_what_waits_with_the_next_events():
    shop, sku, early, web = start()
    Sku.objects.filter(pk=sku).update(release_date=in_days(30))
    pump = order_pump()
    (kept,) = place(web, order("W", line("MUG", "2")))
    pump.run()
    assert (given_out(), promised(kept).expected_date) == ([], in_days(30))
    assert [(r.code, r.expected) for r in why_not_shipped([kept.order_id])[kept.order_id]] == [
        ("pre_order", in_days(30))
    ]

    move(shop, sku, in_days(40))
    pump.run()
    assert (promised(kept).release_date, promised(kept).expected_date) == (in_days(40), in_days(40))
    change = PromiseChange.objects.filter(order_line__order_id=kept.order_id).latest("pk")
    assert (change.old_date, change.new_date, change.detail) == (in_days(30), in_days(40), "release date")
    move(shop, sku, None)
    pump.run()

    assert (given_out(), promised(kept).is_open) == (["W"], False)
    move(shop, sku, None)  # once more: nothing to tell
    assert OutboxEvent.objects.filter(topic="ReleaseDateMoved").count() == 2
    assert run_checks().ok


def test_an_order_that_has_its_goods_waits_for_a_day_that_is_set_afterwards():
    shop, sku, early, web = start()
    pump = order_pump()
    (held,) = place(web, order("W", line("MUG", "2")))
    place(web, order("X", line("MUG", "1")))
    Fulfilment.objects.filter(order_id=held.order_id).update(status="cancelled")  # nobody works on it

    move(shop, sku, in_days(12))
    pump.run()

    assert [promise.order_line.order.external_id for promise in LinePromise.objects.all()] == ["W"]
    assert (promised(held).is_open, promised(held).waiting, promised(held).release_date) == (True, 0, in_days(12))


def test_a_channels_day_that_has_come_gives_its_orders_out_with_the_next_events():
    shop, sku, early, web = start()
    set_release_date(web, sku, in_days(9), actor=ACTOR)
    pump = order_pump()
    place(web, order("W", line("MUG", "2")))
    pump.run()
    assert given_out() == []

    set_release_date(web, sku, in_days(0), actor=ACTOR)
    pump.run()

    assert given_out() == ["W"]


def test_a_kit_waits_for_the_release_of_its_last_component():
    shop, sku, early, web = start()
    cup = make_sku(shop, "CUP")
    make_stock(shop, cup, "9")
    make_kit(shop, {sku: "2", cup: "1"})
    set_release_date(early, cup, in_days(0), actor=ACTOR)
    pump = order_pump()
    move(shop, cup, in_days(20))

    place(early, order("E", line("SET", "1")))
    (kept,) = place(web, order("W", line("SET", "2")))
    serve_back_orders()

    assert (given_out(), promised(kept).release_date) == (["E"], in_days(20))
    move(shop, cup, in_days(0))
    pump.run()
    assert given_out() == ["E", "W"]
    assert run_checks().ok
