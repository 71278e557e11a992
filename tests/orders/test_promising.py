"""Promise dates: given when ordered, counted again when what is coming changes, kept in a log."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from backoffice.core.actor import Actor
from backoffice.core.proof import run_checks
from inventory.models import Demand, Sku
from inventory.services import (
    SkuInput,
    cancel_purchase_order,
    confirm_purchase_order,
    ensure_skus,
    set_expected_dates,
)
from orders.models import Fulfilment, Hold, LinePromise, Order, OrderLine, PromiseChange
from orders.selectors.promises import open_promises, promises_in_trouble
from orders.services import allocate_back_orders, cancel_order, count_promises, map_lines, release_hold
from orders.tasks import serve_back_orders
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, in_days, make_purchase, today_in
from tests.factories.events import order_pump
from tests.factories.goods import days_later, make_shop, make_sku, make_stock, rows
from tests.factories.refusals import refused
from tests.factories.sales import line, make_channel, order, place, ship

pytestmark = pytest.mark.django_db
D = Decimal


def start(quantity="0"):
    shop = make_shop()
    sku = make_sku(shop)
    if quantity != "0":
        make_stock(shop, sku, quantity)
    return shop, sku, make_channel(shop)


def promise_of(result, position=1):
    return LinePromise.objects.get(order_line__order_id=result.order_id, order_line__position=position)


def dates(result):
    found = promise_of(result)
    return found.promised_date, found.expected_date


def log(result):
    changes = PromiseChange.objects.filter(order_line__order_id=result.order_id).order_by("id")
    return [(c.old_date, c.new_date, c.reason, c.detail, c.actor_label) for c in changes]


def recount(shop):
    return count_promises(company_id=shop.id, actor=ACTOR)


def test_each_line_that_waits_has_its_own_date_from_what_is_coming():
    shop, sku, channel = start("2")
    cup = make_sku(shop, "CUP")
    make_stock(shop, cup, "9")
    make_purchase(shop, sku, "3", 7)
    make_purchase(shop, sku, "9", 14)

    (result,) = place(channel, order("A", line("MUG", "7"), line("CUP", "1"), line("MUG", "4")))

    assert result.back_ordered
    first, third = promise_of(result, 1), promise_of(result, 3)
    assert (first.waiting, first.promised_date, first.expected_date) == (5, in_days(14), in_days(14))
    assert first.parts == [[str(in_days(7)), "3"], [str(in_days(14)), "2"]]
    assert (third.waiting, third.expected_date) == (4, in_days(14))
    assert LinePromise.objects.count() == 2  # the cup is there
    assert log(result) == [(None, in_days(14), "placed", "", ACTOR.label)] * 2
    assert Demand.objects.filter(promise_date=in_days(14)).count() == 2
    assert run_checks().ok


def test_an_order_that_finds_its_goods_has_no_promise_and_costs_no_statement_more():
    shop, _sku, channel = start("50")
    place(channel, order("warm"))

    def statements(*lines):
        with CaptureQueriesContext(connection) as queries:
            place(channel, order(f"order{Order.objects.count()}", *lines))
        return len(queries)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("orders.services.placed_goods.promise_placed", lambda *args, **values: [])
        without = statements(line())

    assert statements(line()) == without
    assert statements(line("MUG", "99")) - without <= 7
    assert LinePromise.objects.count() == 1


def test_who_ordered_first_is_promised_first():
    shop, sku, channel = start()
    make_purchase(shop, sku, "5", 7)
    make_purchase(shop, sku, "5", 14)

    first, second = place(channel, order("A", line("MUG", "4")), order("B", line("MUG", "4")))

    assert dates(first) == (in_days(7), in_days(7))
    assert dates(second) == (in_days(14), in_days(14))


def test_a_late_delivery_moves_what_is_expected_and_never_what_was_promised():
    shop, sku, channel = start()
    purchase = make_purchase(shop, sku, "5", 7)
    (result,) = place(channel, order("A", line("MUG", "5")))
    pump = order_pump()
    pump.run()

    set_expected_dates(purchase.pk, company_id=shop.id, expected_date=in_days(20), reason="Port is closed", actor=ACTOR)
    pump.run()

    assert dates(result) == (in_days(7), in_days(20))
    assert log(result)[1:] == [
        (in_days(7), in_days(20), "inbound", f"{purchase.number}: expected", "job:count-promises")
    ]
    (trouble,) = promises_in_trouble(shop.id, today=in_days(0))
    assert (trouble.order_line.order_id, trouble.state) == (result.order_id, "at_risk")
    assert [p.state for p in open_promises(in_days(8))] == ["late"]
    told = rows("SELECT payload->>'new' FROM core_outboxevent WHERE topic = 'PromiseMoved' ORDER BY id")
    assert told == [(str(in_days(7)),), (str(in_days(20)),)]


def test_an_earlier_date_becomes_the_promise():
    shop, sku, channel = start()
    purchase = make_purchase(shop, sku, "5", 14)
    (result,) = place(channel, order("A", line("MUG", "5")))

    set_expected_dates(purchase.pk, company_id=shop.id, expected_date=in_days(9), reason="Early", actor=ACTOR)
    recount(shop)

    assert dates(result) == (in_days(9), in_days(9))
    assert Demand.objects.get().promise_date == in_days(9)


def test_a_cancelled_purchase_leaves_a_broken_promise_and_a_confirmed_one_mends_it():
    shop, sku, channel = start()
    purchase = make_purchase(shop, sku, "5", 7)
    other = make_purchase(shop, sku, "5", 3, until="sent")
    (result,) = place(channel, order("A", line("MUG", "5")))
    pump = order_pump()
    pump.run()

    cancel_purchase_order(purchase.pk, company_id=shop.id, actor=ACTOR, reason="Broke")
    pump.run()
    assert dates(result) == (in_days(7), None)
    assert [p.state for p in promises_in_trouble(shop.id, today=in_days(0))] == ["at_risk"]

    confirm_purchase_order(other.pk, company_id=shop.id, actor=ACTOR)
    pump.run()
    assert dates(result) == (in_days(3), in_days(3))
    assert [entry[:3] for entry in log(result)[1:]] == [
        (in_days(7), None, "inbound"),
        (None, in_days(3), "inbound"),
    ]
    assert not promises_in_trouble(shop.id, today=in_days(0))


def test_what_the_channel_promised_stays_whatever_is_coming():
    shop, sku, channel = start()
    make_purchase(shop, sku, "5", 7)

    (result,) = place(channel, order("A", line("MUG", "5"), promise_date=in_days(2)))

    assert dates(result) == (in_days(2), in_days(7))
    recount(shop)
    assert dates(result) == (in_days(2), in_days(7))
    assert [p.state for p in promises_in_trouble(shop.id, today=in_days(0))] == ["at_risk"]


def test_the_promise_ends_when_the_goods_are_there():
    shop, sku, channel = start()
    purchase = make_purchase(shop, sku, "5", 7)
    (result,) = place(channel, order("A", line("MUG", "5")))
    pump = order_pump()
    pump.run()

    deliver(shop, purchase, "2")
    pump.run()
    part = promise_of(result)
    assert (part.is_open, part.waiting, part.expected_date) == (True, 3, in_days(7))
    deliver(shop, purchase, "3")
    pump.run()

    done = promise_of(result)
    assert (done.is_open, done.waiting, done.expected_date) == (False, 0, in_days(0))
    assert log(result)[-1][:3] == (in_days(7), in_days(0), "served")
    assert Fulfilment.objects.get(order_id=result.order_id).lines.get().quantity == 5
    assert run_checks().ok


def test_a_cancelled_line_waits_no_more():
    shop, sku, channel = start()
    make_purchase(shop, sku, "5", 7)
    (result,) = place(channel, order("A", line("MUG", "5")))

    cancel_order(result.order_id, company_id=shop.id, actor=ACTOR, reason="Changed my mind")
    recount(shop)

    assert not promise_of(result).is_open
    assert log(result)[-1][2] == "cancelled"
    assert recount(shop) == []


def test_what_is_mapped_later_gets_its_date_by_the_sweep():
    shop, sku, channel = start()
    make_purchase(shop, sku, "5", 7)
    (result,) = place(channel, order("A", line("XYZ", "2")))
    map_lines({OrderLine.objects.get().pk: sku}, company_id=shop.id, actor=ACTOR)

    serve_back_orders()

    assert dates(result) == (in_days(7), in_days(7))


def test_counting_again_changes_nothing_when_nothing_changed():
    shop, sku, channel = start()
    make_purchase(shop, sku, "5", 7)
    place(channel, order("A", line("MUG", "5")), order("B", line("MUG", "5")))
    before = rows("SELECT count(*) FROM core_outboxevent")

    assert recount(shop) == []

    assert PromiseChange.objects.count() == 2
    assert rows("SELECT count(*) FROM core_outboxevent") == before


def test_the_log_cannot_be_rewritten():
    shop, _sku, channel = start()
    place(channel, order("A", line("MUG", "5")))

    with refused(DatabaseError, match="permission denied|append-only"):
        rows("UPDATE orders_promisechange SET reason = 'served' RETURNING id")


def test_statements_do_not_grow_with_the_lines_that_wait():
    shop = make_shop()
    channel = make_channel(shop)
    skus = ensure_skus([SkuInput(f"S{n}", "many") for n in range(120)], company_id=shop.id)
    place(channel, order("one", line("S0", "2")))
    with CaptureQueriesContext(connection) as one:
        recount(shop)
    place(channel, *(order(f"many{n}", line(f"S{n}", "2"), line("S0", "1")) for n in range(120)))
    for sku in skus[:5]:
        make_purchase(shop, sku, "500", 7)

    with CaptureQueriesContext(connection) as many:
        moved = recount(shop)

    assert len(moved) == 1 + 120 + 5  # S0 in every order
    assert len(many) - len(one) <= 4  # the writes; nothing moved before
    assert len(many) <= 11


# Pre-orders


def test_a_pre_order_is_taken_and_claimed_but_not_given_to_the_warehouse_before_its_day():
    shop, sku, channel = start("9")
    Sku.objects.filter(pk=sku).update(release_date=in_days(30))
    cup = make_sku(shop, "CUP")
    make_stock(shop, cup, "9")

    (result,) = place(channel, order("A", line("MUG", "2"), line("CUP", "1")))

    assert Order.objects.get().status == "released"
    assert [fl.order_line.position for f in Fulfilment.objects.all() for fl in f.lines.all()] == [2]
    found = promise_of(result)
    assert (found.waiting, found.promised_date, found.release_date) == (0, in_days(30), in_days(30))
    assert [p.state for p in open_promises(in_days(0))] == ["pre_order"]
    assert allocate_back_orders(company_id=shop.id, actor=ACTOR) == []
    serve_back_orders()
    assert Fulfilment.objects.count() == 1

    Sku.objects.filter(pk=sku).update(release_date=in_days(0))  # the day has come
    serve_back_orders()

    assert sum(fl.quantity for f in Fulfilment.objects.all() for fl in f.lines.all()) == 3
    assert not promise_of(result).is_open
    assert log(result)[-1][2] == "released"
    assert run_checks().ok


def test_a_pre_order_is_promised_for_the_later_of_release_and_arrival():
    shop, sku, channel = start()
    Sku.objects.filter(pk=sku).update(release_date=in_days(30))
    make_purchase(shop, sku, "2", 10)
    make_purchase(shop, sku, "2", 40)

    early, late = place(channel, order("A", line("MUG", "2")), order("B", line("MUG", "2")))

    assert dates(early) == (in_days(30), in_days(30))
    assert dates(late) == (in_days(40), in_days(40))


def test_a_release_date_that_moves_moves_the_promise():
    shop, sku, channel = start("9")
    Sku.objects.filter(pk=sku).update(release_date=in_days(30))
    (result,) = place(channel, order("A", line("MUG", "2")))

    Sku.objects.filter(pk=sku).update(release_date=in_days(60))
    recount(shop)

    assert dates(result) == (in_days(30), in_days(60))
    assert [p.state for p in open_promises(in_days(0))] == ["at_risk"]


def test_an_order_that_ships_complete_waits_for_its_pre_orders():
    shop = make_shop()
    sku, cup = make_sku(shop), make_sku(shop, "CUP")
    make_stock(shop, sku, "9")
    make_stock(shop, cup, "9")
    Sku.objects.filter(pk=sku).update(release_date=in_days(30))
    channel = make_channel(shop, ship_complete=True)

    place(channel, order("A", line("MUG", "2"), line("CUP", "1")))
    serve_back_orders()
    assert not Fulfilment.objects.exists()
    Sku.objects.filter(pk=sku).update(release_date=in_days(-1))
    serve_back_orders()

    assert Fulfilment.objects.get().lines.count() == 2


def test_the_release_day_begins_in_the_companys_zone():
    east = make_shop("east", time_zone="Pacific/Kiritimati")
    west = make_shop("west", time_zone="Etc/GMT+12")
    made = {}
    for shop in (east, west):
        sku = make_sku(shop)
        make_stock(shop, sku, "9")
        Sku.objects.filter(pk=sku).update(release_date=today_in("Pacific/Kiritimati"))
        made[shop.id] = len(place(make_channel(shop), order("A"))[0].fulfilment_ids)

    assert made == {east.id: 1, west.id: 0}


def test_a_held_pre_order_stays_held_on_its_day(django_user_model):
    shop, sku, channel = start("9")
    Sku.objects.filter(pk=sku).update(release_date=in_days(30))
    place(channel, order("A", line("MUG", "2"), holds=(("fraud", "Looks odd"),)))
    Sku.objects.filter(pk=sku).update(release_date=in_days(0))

    serve_back_orders()
    assert not Fulfilment.objects.exists()
    clerk = Actor.of(django_user_model.objects.create_user("clerk"))
    release_hold(Hold.objects.get().pk, company_id=shop.id, actor=clerk, reason="Is fine")

    assert Fulfilment.objects.get().lines.get().quantity == 2


# Who gets what comes in (openboxes/openboxes#5822, #5912, odoo/odoo#78164: back-orders and who is first)


def test_a_receipt_serves_priority_then_promise_then_age_and_no_late_order_overtakes():
    shop, sku, channel = start()
    purchase = make_purchase(shop, sku, "6", 7)
    results = place(
        channel,
        order("young", line("MUG", "2"), placed_at=days_later(3)),
        order("old", line("MUG", "2"), placed_at=days_later(1)),
        order("promised", line("MUG", "2"), placed_at=days_later(2), promise_date=in_days(1)),
        order("vip", line("MUG", "2"), placed_at=days_later(4), priority=1),
    )
    pump = order_pump()
    pump.run()

    deliver(shop, purchase, "6")
    (newcomer,) = place(channel, order("newcomer", line("MUG", "1"), placed_at=days_later(5)))
    pump.run()

    claimed = dict(
        rows(
            "SELECT o.external_id, d.claimed FROM inventory_demand d"
            " JOIN orders_orderline l ON l.demand_id = d.id JOIN orders_order o ON o.id = l.order_id"
        )
    )
    assert claimed == {"vip": 2, "promised": 2, "old": 2, "young": 0, "newcomer": 0}
    assert newcomer.fulfilment_ids == ()
    given = Fulfilment.objects.order_by("order_id").values_list("order__external_id", flat=True)
    assert sorted(given) == ["old", "promised", "vip"]
    assert promise_of(results[0]).expected_date is None
    assert run_checks().ok


def test_what_a_cancellation_frees_goes_to_who_waited_not_to_the_next_order():
    shop, sku, channel = start("5")
    first, waiting = place(channel, order("A", line("MUG", "5")), order("B", line("MUG", "3")))

    cancel_order(first.order_id, company_id=shop.id, actor=ACTOR, reason="Changed my mind")
    (newcomer,) = place(channel, order("C", line("MUG", "4")))
    order_pump().run()

    assert newcomer.back_ordered
    assert Fulfilment.objects.get(order_id=waiting.order_id).lines.get().quantity == 3
    assert promise_of(newcomer).waiting == 2
    assert run_checks().ok


def test_a_slipped_promise_keeps_its_place_before_younger_orders():
    shop, sku, channel = start()
    purchase = make_purchase(shop, sku, "5", 7)
    (old,) = place(channel, order("old", line("MUG", "5")))
    set_expected_dates(purchase.pk, company_id=shop.id, expected_date=in_days(30), reason="Late", actor=ACTOR)
    make_purchase(shop, sku, "5", 14)
    recount(shop)
    (young,) = place(channel, order("young", line("MUG", "5"), placed_at=days_later(9)))

    recount(shop)

    assert dates(old) == (in_days(7), in_days(14))
    assert dates(young) == (in_days(30), in_days(30))


def test_the_rest_ships_when_it_comes_on_its_own_promise():
    shop, sku, channel = start("2")
    purchase = make_purchase(shop, sku, "3", 7)
    (result,) = place(channel, order("A", line("MUG", "5")))
    ship(shop, result)
    order_pump().run()
    assert (promise_of(result).waiting, promise_of(result).expected_date) == (3, in_days(7))

    deliver(shop, purchase, "3")
    order_pump().run()

    rest = Fulfilment.objects.get(order_id=result.order_id, status="ready")
    assert rest.lines.get().quantity == 3
    assert not promise_of(result).is_open
    assert run_checks().ok
