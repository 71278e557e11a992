"""Soft reservations: held for a time, turned into an order without letting go, given back when their time is over."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import AuditEvent, User
from backoffice.core.proof import run_checks
from inventory.models import AllocationEntry, Demand
from inventory.services import SkuInput, ensure_skus, release_expired
from orders.carts import CartLine, CartPart, plan_cart
from orders.errors import NotFound, ReservationRefused
from orders.models import Fulfilment, LinePromise, Order, OrderLine, Reservation, ReservationLimit, ReservationLine
from orders.services import expire_reservations, extend_reservation, place_reserved, release_reservation
from tests.factories.books import ACTOR
from tests.factories.carts import cart, let_expire
from tests.factories.goods import add_shop, level, make_shop, make_sku, make_stock
from tests.factories.kits import make_kit
from tests.factories.refusals import refused
from tests.factories.sales import line, make_channel, order, orders_written, place

pytestmark = pytest.mark.django_db
D = Decimal


def start(quantity="10", **channel):
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, quantity)
    return shop, sku, make_channel(shop, **channel)


def buy(channel, made, *lines, external_id="A-1", **values):
    given = order(external_id, *(lines or [line("MUG", "3")]))
    return place_reserved(given, reference=made.reference, channel_id=channel.pk, actor=ACTOR, **values)


def written():
    return (*orders_written(), Reservation.objects.count(), ReservationLine.objects.count())


def sweep():
    expire_reservations(actor=ACTOR)
    return release_expired(actor=ACTOR)


def test_goods_are_held_and_nobody_else_can_have_them():
    shop, sku, channel = start()

    made = cart(channel, ("mug", "8"))

    assert [(row.sku, row.wanted, row.reserved) for row in made.lines] == [("mug", 8, 8)]
    assert level(shop, sku) == (10, 10, 8)
    (other,) = place(channel, order("A", line("MUG", "5")))
    assert other.back_ordered
    assert level(shop, sku) == (10, 10, 10)
    assert run_checks().ok


def test_a_cart_becomes_an_order_without_letting_go():
    shop, sku, channel = start()
    made = cart(channel, ("MUG", "3"))
    entries = AllocationEntry.objects.count()

    result = buy(channel, made)

    assert (result.state, result.back_ordered, len(result.fulfilment_ids)) == ("placed", False, 1)
    demand = Demand.objects.get()
    assert (demand.kind, demand.source_type, demand.claimed, demand.expires_at) == (
        "order_line", "orders.orderline", 3, None,
    )  # fmt: skip
    assert OrderLine.objects.get().demand_id == demand.pk
    assert AllocationEntry.objects.count() == entries  # neither released nor claimed anew
    assert Fulfilment.objects.get().lines.get().quantity == 3
    kept = Reservation.objects.get()
    assert (kept.status, kept.order_id) == ("ordered", result.order_id)
    assert run_checks().ok


@pytest.mark.parametrize(("ordered", "reserved"), [("1", 1), ("3", 3), ("7", 7)])
def test_an_order_of_another_quantity_takes_what_it_wants(ordered, reserved):
    shop, sku, channel = start()
    made = cart(channel, ("MUG", "3"))

    result = buy(channel, made, line("MUG", ordered))

    assert level(shop, sku) == (10, 10, reserved)
    assert not result.back_ordered
    assert sum(fl.quantity for fl in Fulfilment.objects.get().lines.all()) == D(ordered)
    assert run_checks().ok


def test_other_skus_are_claimed_and_what_was_not_bought_is_given_back_to_who_waits():
    shop, sku, channel = start("5")
    cup = make_sku(shop, "CUP")
    make_stock(shop, cup, "4")
    made = cart(channel, ("MUG", "5"))
    (waiting,) = place(channel, order("W", line("MUG", "2")))

    result = buy(channel, made, line("CUP", "4"))

    assert not result.back_ordered
    assert level(shop, cup) == (4, 4, 4)
    assert level(shop, sku) == (5, 5, 2)  # the waiting order's
    assert (
        Demand.objects.get(source_id=OrderLine.objects.get(order_id=waiting.order_id).pk, kind="order_line").claimed
        == 2
    )
    assert run_checks().ok


def test_two_lines_of_one_sku_share_what_was_reserved():
    shop, sku, channel = start()
    made = cart(channel, ("MUG", "3"))

    buy(channel, made, line("MUG", "2"), line("MUG", "1"))

    assert level(shop, sku) == (10, 10, 3)
    assert [d.claimed for d in Demand.objects.filter(quantity__gt=0).order_by("-quantity")] == [2, 1]
    assert run_checks().ok


def test_the_same_order_again_is_already_and_another_order_cannot_have_the_same_cart():
    shop, _sku, channel = start()
    made = cart(channel, ("MUG", "3"))
    first = buy(channel, made)
    before = written()

    assert (buy(channel, made).state, buy(channel, made).order_id) == ("already", first.order_id)
    with refused(ReservationRefused) as caught:
        buy(channel, made, external_id="A-2")
    assert (caught.value.code, caught.value.context["order_id"]) == ("reservation_ordered", first.order_id)
    assert written() == before


def test_a_refused_order_leaves_the_reservation_as_it_was():
    shop, sku, channel = start()
    made = cart(channel, ("MUG", "3"))
    before = written()

    result = buy(channel, made, line("MUG", "0"))

    assert (result.state, result.code) == ("refused", "invalid_input")
    assert written() == before
    assert Reservation.objects.get().status == "open"
    assert level(shop, sku) == (10, 10, 3)


def test_an_expired_cart_is_refused_unless_the_shop_takes_what_is_there():
    shop, sku, channel = start("5")
    made = cart(channel, ("MUG", "5"))
    let_expire(made)
    assert sweep() == 1
    place(channel, order("B", line("MUG", "3")))
    before = written()

    with refused(ReservationRefused) as caught:
        buy(channel, made, line("MUG", "5"))
    assert caught.value.code == "reservation_expired"
    assert written() == before

    result = buy(channel, made, line("MUG", "5"), reclaim=True)
    assert (result.state, result.back_ordered) == ("placed", True)
    assert level(shop, sku) == (5, 5, 5)
    assert LinePromise.objects.get(order_line__order_id=result.order_id).waiting == 3
    assert Reservation.objects.get().status == "ordered"
    assert run_checks().ok


def test_an_expired_cart_that_was_not_swept_yet_keeps_its_claims_when_reclaimed():
    shop, sku, channel = start("5")
    made = cart(channel, ("MUG", "5"))
    let_expire(made)

    result = buy(channel, made, line("MUG", "5"), reclaim=True)

    assert not result.back_ordered
    assert sweep() == 0
    assert level(shop, sku) == (5, 5, 5)
    assert run_checks().ok


def test_the_sweep_gives_back_to_who_waits_and_marks_the_cart():
    shop, sku, channel = start("5")
    made = cart(channel, ("MUG", "5"))
    (waiting,) = place(channel, order("W", line("MUG", "2")))
    assert sweep() == 0
    let_expire(made)

    assert sweep() == 1

    assert OrderLine.objects.get(order_id=waiting.order_id).demand.claimed == 2
    assert level(shop, sku) == (5, 5, 2)
    assert Reservation.objects.get().status == "expired"
    assert sweep() == 0
    assert run_checks().ok


def test_the_sweep_is_bounded():
    _shop, _sku, channel = start()
    for _number in range(3):
        let_expire(cart(channel))

    assert [expire_reservations(actor=ACTOR, limit=2), expire_reservations(actor=ACTOR, limit=2)] == [2, 1]
    assert [release_expired(actor=ACTOR, limit=2), release_expired(actor=ACTOR, limit=2)] == [2, 1]


def test_a_cart_is_kept_longer_but_not_for_ever(settings):
    _shop, _sku, channel = start()
    made = cart(channel, seconds=60)

    longer = extend_reservation(made.reference, channel_id=channel.pk, seconds=900, actor=ACTOR)

    assert 700 < (longer.expires_at - made.expires_at).total_seconds() < 900
    assert Demand.objects.get().expires_at == longer.expires_at
    settings.RESERVATION_MAX_LIFE_SECONDS = 600
    with refused(ReservationRefused) as caught:
        extend_reservation(made.reference, channel_id=channel.pk, seconds=900, actor=ACTOR)
    assert caught.value.code == "reservation_too_long"
    assert Reservation.objects.get().expires_at == longer.expires_at
    let_expire(made)
    with refused(ReservationRefused) as caught:
        extend_reservation(made.reference, channel_id=channel.pk, seconds=60, actor=ACTOR)
    assert caught.value.code == "reservation_expired"


def test_a_released_cart_gives_back_at_once_and_cannot_be_bought():
    shop, sku, channel = start()
    made = cart(channel, ("MUG", "3"))

    release_reservation(made.reference, channel_id=channel.pk, actor=ACTOR, reason="Left the shop")

    assert level(shop, sku) == (10, 10, 0)
    event = AuditEvent.objects.filter(object_type="orders.reservation").latest("id")
    assert (event.old_value, event.new_value, event.reason) == ("open", "released", "Left the shop")
    assert release_reservation(made.reference, channel_id=channel.pk, actor=ACTOR).status == "released"
    with refused(ReservationRefused) as caught:
        buy(channel, made)
    assert caught.value.code == "reservation_released"
    assert Order.objects.count() == 0
    assert run_checks().ok


@pytest.mark.parametrize(
    ("lines", "values", "code"),
    [
        ([("MUG", "11")], {}, "reservation_out_of_stock"),
        ([("MUG", "1"), ("NONE", "1")], {}, "reservation_unknown_sku"),
        ([("MUG", "0")], {}, "reservation_bad_line"),
        ([("MUG", "-1")], {}, "reservation_bad_line"),
        ([("MUG", "1001")], {}, "reservation_too_large"),
        ([("MUG", "1")] * 201, {}, "reservation_too_many_lines"),
        ([("MUG", "1")], {"seconds": 3601}, "reservation_bad_ttl"),
        ([("MUG", "1")], {"seconds": 0}, "reservation_bad_ttl"),
    ],
)
def test_what_cannot_be_held_is_refused_by_name_and_nothing_is_written(lines, values, code):
    _shop, _sku, channel = start()
    before = written()

    with refused(ReservationRefused) as caught:
        cart(channel, *lines, **values)

    assert caught.value.code == code
    assert written() == before


def test_every_line_that_lacks_goods_is_named():
    shop, _sku, channel = start("1")
    make_stock(shop, make_sku(shop, "CUP"), "4")

    with refused(ReservationRefused) as caught:
        cart(channel, ("MUG", "2"), ("CUP", "4"), ("CUP", "1"))

    assert [(row["row"], row["wanted"], row["available"]) for row in caught.value.context["lines"]] == [
        (0, "2", "1"),
        (2, "1", "0"),
    ]


def test_a_part_is_held_where_the_shop_allows_it():
    shop, sku, channel = start("2")
    make_sku(shop, "CUP")

    made = cart(channel, ("MUG", "3"), ("CUP", "1"), partial=True)

    assert [(row.wanted, row.reserved) for row in made.lines] == [(3, 2), (1, 0)]
    assert ReservationLine.objects.get().quantity == 2
    assert Demand.objects.get().unmet == 0  # a cart waits for nothing
    assert level(shop, sku) == (2, 2, 2)


def test_a_key_holds_no_more_carts_than_allowed(settings):
    settings.RESERVATION_MAX_OPEN = 2
    _shop, _sku, channel = start()
    first = cart(channel)
    cart(channel)

    with refused(ReservationRefused) as caught:
        cart(channel)
    assert caught.value.code == "reservation_too_many_open"
    let_expire(first)
    cart(channel)


@pytest.mark.parametrize(
    ("limits", "carts", "code"),
    [
        ({"max_open": 2}, [("MUG", "1"), ("MUG", "1")], "reservation_too_many_open"),
        ({"max_per_sku": D(3)}, [("MUG", "2"), ("CUP", "3")], "reservation_too_many_units"),
        ({"max_per_minute": 2}, [("MUG", "1"), ("CUP", "1")], "reservation_too_fast"),
    ],
)
def test_a_key_has_limits_of_its_own_and_another_key_has_not(limits, carts, code):
    shop, _sku, channel = start()
    make_stock(shop, make_sku(shop, "CUP"), "10")
    user = User.objects.create_superuser("shop")
    keys = [make_api_key(name=name, user=user, scopes=["orders:write"])[0].pk for name in ("limited", "free")]
    ReservationLimit.objects.create(api_key_id=keys[0], **limits)
    for each in carts:
        cart(channel, each, api_key_id=keys[0])
    before = written()

    with refused(ReservationRefused) as caught:
        cart(channel, ("MUG", "2"), api_key_id=keys[0])

    assert (caught.value.code, written()) == (code, before)
    cart(channel, ("MUG", "2"), api_key_id=keys[1])


def test_a_cart_of_another_channel_is_not_found():
    shop, _sku, channel = start()
    made = cart(channel)
    other = make_channel(shop, "other")

    with refused(NotFound):
        buy(other, made)
    with refused(NotFound):
        release_reservation(made.reference, channel_id=other.pk, actor=ACTOR)
    assert Reservation.objects.get().status == "open"


def test_a_held_order_keeps_its_carts_goods_and_an_unmapped_one_gives_them_back():
    shop, sku, channel = start()
    held = order("H", line("MUG", "3"), holds=(("fraud", "Looks odd"),))
    made = cart(channel, ("MUG", "3"))

    result = place_reserved(held, reference=made.reference, channel_id=channel.pk, actor=ACTOR)

    assert result.held and not Fulfilment.objects.exists()
    assert level(shop, sku) == (10, 10, 3)
    second = cart(channel, ("MUG", "3"))
    buy(channel, second, line("MUG", "3"), line("XYZ", "1"), external_id="U")
    assert level(shop, sku) == (10, 10, 3)
    assert run_checks().ok


def test_where_a_cart_is_held():
    mug, cup = CartLine(D(3), {1: D(1)}), CartLine(D(2), {2: D(1)})
    kit = CartLine(D(2), {1: D(2), 2: D(1)}, is_kit=True)

    both = plan_cart([mug, cup], warehouses=[7, 8], available={(1, 7): D(3), (1, 8): D(3), (2, 8): D(2)})
    parted = plan_cart([mug, cup], warehouses=[7, 8], available={(1, 7): D(1), (1, 8): D(2), (2, 7): D(2)})
    kits = plan_cart([kit], warehouses=[7, 8], available={(1, 7): D(3), (2, 7): D(9), (1, 8): D(2), (2, 8): D(1)})

    assert both == [CartPart(0, 8, D(3)), CartPart(1, 8, D(2))]
    assert parted == [CartPart(0, 7, D(1)), CartPart(0, 8, D(2)), CartPart(1, 7, D(2))]
    assert kits == [CartPart(0, 7, D(1)), CartPart(0, 8, D(1))]


def test_a_cart_is_parted_over_warehouses_and_ordered_so():
    shop, sku, channel = start("2")
    other = add_shop(shop.company, "YRK")
    make_stock(shop, sku, "3", at=other.bin)
    made = cart(channel, ("MUG", "4"))

    result = buy(channel, made, line("MUG", "4"))

    assert sorted(fl.quantity for f in Fulfilment.objects.all() for fl in f.lines.all()) == [2, 2]
    assert len(result.fulfilment_ids) == 2
    assert run_checks().ok


def test_a_kit_is_held_as_its_components_and_ordered_as_one_line():
    shop, sku, channel = start()
    cup = make_sku(shop, "CUP")
    make_stock(shop, cup, "4")
    make_kit(shop, {sku: "2", cup: "1"}, "SET")
    made = cart(channel, ("SET", "3"))
    assert (level(shop, sku)[2], level(shop, cup)[2]) == (6, 3)

    result = buy(channel, made, line("SET", "2", "30"))

    assert not result.back_ordered
    assert (level(shop, sku)[2], level(shop, cup)[2]) == (4, 2)
    assert sorted(fl.quantity for fl in Fulfilment.objects.get().lines.all()) == [2, 4]
    assert run_checks().ok


def test_the_statements_do_not_grow_with_the_cart():
    shop = make_shop()
    channel = make_channel(shop)
    skus = ensure_skus([SkuInput(f"S{n}", "many") for n in range(60)], company_id=shop.id)
    for sku in skus:
        make_stock(shop, sku, "100")
    cart(channel, ("S0", "1"))
    counts = []
    for size in (1, 60):
        lines = [(f"S{n}", "1") for n in range(size)]
        with CaptureQueriesContext(connection) as reserving:
            made = cart(channel, *lines)
        with CaptureQueriesContext(connection) as extending:
            extend_reservation(made.reference, channel_id=channel.pk, seconds=600, actor=ACTOR)
        with CaptureQueriesContext(connection) as ordering:
            buy(channel, made, *(line(sku, quantity) for sku, quantity in lines), external_id=f"N{size}")
        other = cart(channel, *lines)
        with CaptureQueriesContext(connection) as releasing:
            release_reservation(other.reference, channel_id=channel.pk, actor=ACTOR)
        counts.append([len(q) for q in (reserving, extending, ordering, releasing)])

    assert counts[0] == counts[1]
    assert counts[0][0] <= 15 and counts[0][1] <= 5
