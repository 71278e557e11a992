"""Choosing among warehouses when orders are placed: the best plan, locked, and written down."""

from datetime import time
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from bench.statements import counted
from inventory.models import Sku
from orders.models import Channel, Order, PostcodeCentroid, SourcingDecision, SourcingRule
from orders.services import allocate_back_orders, release_orders, source_again
from tests.factories.books import ACTOR
from tests.factories.goods import level, make_shop, make_sku, make_stock, rows
from tests.factories.sales import line, make_channel, order, place
from tests.factories.sourcing import Map, ship_to

pytestmark = pytest.mark.django_db
D = Decimal


def test_an_order_is_split_by_line_and_a_line_by_quantity():
    """Answers medusajs/medusa#14987, vendurehq/vendure#3588, woocommerce/woocommerce#63478 (split over locations)."""
    world = Map(mug=("2", "2", "0"), cup=("0", "0", "3"))

    (result,) = place(world.channel, order("1001", line("MUG", "4"), line("CUP", "3")))

    assert (result.back_ordered, len(result.fulfilment_ids)) == (False, 3)
    assert world.claims() == [("LEE", "CUP", 3), ("LON", "MUG", 2), ("YRK", "MUG", 2)]
    found = world.decided()
    assert (found.cause, found.objective, found.is_exact, found.actor_label) == (
        "placed", "fewest_parcels", True, ACTOR.label,
    )  # fmt: skip
    assert set(world.verdicts().values()) == {"chosen"}
    assert (found.plan["units"], found.plan["parcels"]) == ("7", 3)
    assert sorted((row["warehouse"], row["quantity"]) for row in found.plan["lines"]) == [
        (world.london.warehouse.pk, "2"), (world.york.warehouse.pk, "2"), (world.leeds.warehouse.pk, "3"),
    ]  # fmt: skip


def test_the_nearest_of_equals_serves_by_postcode_and_else_by_country():
    PostcodeCentroid.objects.create(country="GB", postcode="LS1", latitude="53.79", longitude="-1.55")
    PostcodeCentroid.objects.create(country="GB", postcode="E", latitude="51.52", longitude="-0.05")
    world = Map()

    place(
        world.channel,
        order("leeds", line("MUG"), shipping_address=ship_to("ls1 4ap")),
        order("london", line("MUG"), shipping_address=ship_to("E1 6AN")),
        order("paris", line("MUG"), shipping_address=ship_to("75001", "FR")),
    )

    assert [world.claims(name)[0][0] for name in ("leeds", "london", "paris")] == ["LEE", "LON", "LON"]
    alone = {row["warehouse"]: row for row in world.decided("leeds").candidates}
    assert alone[world.leeds.warehouse.pk]["km"] <= 2
    assert alone[world.london.warehouse.pk]["km"] == pytest.approx(272, abs=5)
    assert world.verdicts("leeds") == {"LON": "distance", "YRK": "distance", "LEE": "chosen"}


def test_costs_rules_and_cut_offs_of_warehouses_and_channels_decide():
    world = Map()
    world.set(world.london, parcel_cost=D("5"), kg_cost=D("1"))
    world.set(world.york, parcel_cost=D("6"))
    world.set(world.leeds, parcel_cost=D("4"), line_cost=D("0.5"))
    Sku.objects.filter(pk=world.mug).update(weight_g=2_000)
    place(world.channel, order("cheap", line("MUG")))
    assert (world.claims("cheap")[0][0], world.decided("cheap").plan["cost"]) == ("LEE", "4.5")
    assert world.verdicts("cheap") == {"LON": "cost", "YRK": "cost", "LEE": "chosen"}

    world.rule(world.leeds, is_excluded=True)
    place(world.channel, order("without", line("MUG")))
    assert world.verdicts("without") == {"LON": "cost", "YRK": "chosen", "LEE": "excluded"}

    world.rule(world.york, position=1)
    Channel.objects.update(objective="preference")
    world.set(world.york, cut_off=time(0, 0))  # has passed, whenever it is
    place(world.channel, order("preferred", line("MUG")))
    assert world.verdicts("preferred") == {"LON": "preference", "YRK": "chosen", "LEE": "excluded"}

    Channel.objects.update(same_day=True)
    place(world.channel, order("today", line("MUG")))
    assert world.verdicts("today") == {"LON": "chosen", "YRK": "late", "LEE": "excluded"}


def test_an_excluded_warehouse_serves_nothing_even_where_it_is_the_only_one():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10")
    channel = make_channel(shop)
    SourcingRule.objects.create(channel=channel, warehouse=shop.warehouse, is_excluded=True)

    (result,) = place(channel)

    assert (result.back_ordered, result.fulfilment_ids) == (True, ())
    assert level(shop, sku) == (10, 10, 0)
    (found,) = SourcingDecision.objects.all()
    assert [row["verdict"] for row in found.candidates] == ["excluded"]


def test_goods_that_come_into_an_excluded_warehouse_later_pass_the_channels_orders_over():
    world = Map(mug=("0", "0", "0"))
    world.rule(world.leeds, is_excluded=True)
    other = make_channel(world.london, "other")
    place(world.channel, order("web", line("MUG")))
    place(other, order("desk", line("MUG")))
    make_stock(world.leeds, world.mug, "5")

    allocate_back_orders(company_id=world.london.id, actor=ACTOR)
    assert (world.claims("web"), world.claims("desk")) == ([], [("LEE", "MUG", 1)])

    make_stock(world.york, world.mug, "5")
    allocate_back_orders(company_id=world.london.id, actor=ACTOR)
    assert world.claims("web") == [("YRK", "MUG", 1)]


def test_sourcing_again_lifts_an_exclusion_that_the_channel_gave_up():
    world = Map(mug=("0", "0", "0"))
    world.rule(world.leeds, is_excluded=True)
    (result,) = place(world.channel)
    SourcingRule.objects.all().delete()
    make_stock(world.leeds, world.mug, "5")

    source_again([result.order_id], company_id=world.london.id, actor=ACTOR, reason="Rule gone")

    assert world.claims() == [("LEE", "MUG", 1)]
    assert rows("SELECT barred FROM inventory_demand") == [(None,)]


def test_later_orders_of_a_batch_get_what_earlier_ones_left():
    world = Map(mug=("2", "3", "0"))

    place(world.channel, *[order(str(n), line("MUG", "2")) for n in range(3)])

    assert [world.claims(str(n)) for n in range(3)] == [[("LON", "MUG", 2)], [("YRK", "MUG", 2)], [("YRK", "MUG", 1)]]


def test_orders_of_a_single_warehouse_are_not_decided_about():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")

    with counted() as count:
        place(make_channel(shop))

    assert SourcingDecision.objects.count() == 0
    assert not [sql for sql in count.queries if "orders_sourcingdecision" in sql or "postcodecentroid" in sql]


def test_a_channel_bound_to_one_of_several_warehouses_costs_nothing_more():
    world = Map()
    Channel.objects.update(warehouse=world.york.warehouse)

    with counted() as count:
        place(world.channel)

    assert world.claims() == [("YRK", "MUG", 1)]
    assert not [sql for sql in count.queries if "orders_sourcingdecision" in sql or "postcodecentroid" in sql]


def statements(work) -> int:
    with counted() as count:
        work()
    return count.statements


def test_one_order_and_250_are_decided_in_the_same_number_of_statements():
    world = Map(mug=("1000", "1000", "1000"), cup=("1000", "1000", "1000"))
    lines = (line("MUG", "2"), line("CUP"))
    place(world.channel, order("first", *lines))

    one = statements(lambda: place(world.channel, order("one", *lines)))
    many = statements(lambda: place(world.channel, *[order(f"o{n}", *lines) for n in range(250)]))

    assert one == many
    assert SourcingDecision.objects.count() == 252


def test_claiming_again_is_decided_anew_and_written_down():
    world = Map(mug=("0", "0", "0"))
    (result,) = place(world.channel)
    assert world.verdicts() == {"LON": "no_stock", "YRK": "no_stock", "LEE": "no_stock"}
    make_stock(world.york, world.mug, "1")

    release_orders([result.order_id], company_id=world.london.id, actor=ACTOR)

    assert (world.decided().cause, world.verdicts()["YRK"]) == ("claimed_again", "chosen")
    assert Order.objects.get(pk=result.order_id).fulfilments.get().warehouse_id == world.york.warehouse.pk


def test_a_decision_cannot_be_changed_afterwards():
    world = Map()
    place(world.channel)

    for sql in ("UPDATE orders_sourcingdecision SET reason = 'x'", "DELETE FROM orders_sourcingdecision"):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows(sql + " RETURNING 1")

    assert world.decided().reason == ""
