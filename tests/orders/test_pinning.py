"""Orders given to a warehouse by hand: what nobody has begun moves there, and no re-run takes it back."""

from decimal import Decimal

import pytest

from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from inventory.services import allocate_waiting
from orders.errors import NotFound
from orders.models import Channel, Fulfilment, Order, SourcingDecision
from orders.services import (
    allocate_back_orders,
    begin_picking,
    cancel_order,
    pin_orders,
    place_hold,
    release_hold,
    release_orders,
    source_again,
    unpin_orders,
)
from tests.factories.books import ACTOR
from tests.factories.goods import level, make_stock
from tests.factories.kits import make_kit
from tests.factories.refusals import refused
from tests.factories.sales import line, order, orders_written, place
from tests.factories.sourcing import Map
from tests.factories.staff import make_staff

pytestmark = pytest.mark.django_db
D = Decimal


def pin(world: Map, *results, to=None, why="The buyer comes for it"):
    return pin_orders(
        [result.order_id for result in results],
        warehouse_id=(to or world.leeds).warehouse.pk,
        company_id=world.london.id,
        actor=ACTOR,
        reason=why,
    )


def work(order_id):
    return [
        (f.warehouse.code, f.status, [int(part.quantity) for part in f.lines.order_by("id") if part.quantity])
        for f in Fulfilment.objects.filter(order_id=order_id).select_related("warehouse").order_by("id")
    ]


def test_a_pin_moves_what_nobody_has_begun():
    world = Map()
    (result,) = place(world.channel, order("1001", line("MUG", "2"), line("CUP", "1")))
    assert work(result.order_id) == [("LON", "ready", [2, 1])]

    (pinned,) = pin(world, result)

    assert (pinned.state, pinned.back_ordered, pinned.being_worked_on, len(pinned.fulfilment_ids)) == (
        "done", False, (), 1,
    )  # fmt: skip
    assert world.claims() == [("LEE", "CUP", 1), ("LEE", "MUG", 2)]
    assert work(result.order_id) == [("LON", "cancelled", []), ("LEE", "ready", [2, 1])]
    assert level(world.london, world.mug) == (10, 10, 0)
    found = world.decided()
    assert (found.cause, found.pinned_warehouse_id, found.reason) == (
        "pinned", world.leeds.warehouse.pk, "The buyer comes for it",
    )  # fmt: skip
    assert world.verdicts() == {"LON": "pinned_elsewhere", "YRK": "pinned_elsewhere", "LEE": "chosen"}
    event = AuditEvent.objects.get(object_id=result.order_id, action="pinned")
    assert (event.field, event.old_value, event.new_value, event.reason) == (
        "warehouse", "", "LEE", "The buyer comes for it",
    )  # fmt: skip
    assert run_checks().ok


def test_a_pin_survives_every_re_run():
    """Answers ShipHero's "a re-run of the rules overrides what staff chose"."""
    world = Map(mug=("10", "10", "1"))
    (result,) = place(world.channel, order("1001", line("MUG", "3")))
    pin(world, result)
    assert world.claims() == [("LEE", "MUG", 1)]
    staff = make_staff("owner")
    owner = ACTOR.__class__.of(staff)

    release_orders([result.order_id], company_id=world.london.id, actor=ACTOR)
    source_again([result.order_id], company_id=world.london.id, actor=ACTOR, reason="Again")
    allocate_waiting(
        company_id=world.london.id, sku_ids=[world.mug], warehouse_id=world.london.warehouse.pk, actor=ACTOR
    )
    allocate_back_orders(company_id=world.london.id, actor=ACTOR)
    hold = place_hold(result.order_id, company_id=world.london.id, kind="fraud", reason="Odd", actor=ACTOR)
    release_hold(hold, company_id=world.london.id, actor=owner, reason="Fine")

    assert Order.objects.get(pk=result.order_id).pinned_warehouse_id == world.leeds.warehouse.pk
    assert world.claims() == [("LEE", "MUG", 1)]
    make_stock(world.leeds, world.mug, "5", key="later")
    release_orders([result.order_id], company_id=world.london.id, actor=ACTOR)
    assert world.claims() == [("LEE", "MUG", 3)]
    assert run_checks().ok


def test_a_pin_is_stronger_than_the_channels_exclusion():
    world = Map()
    world.rule(world.leeds, is_excluded=True)
    (result,) = place(world.channel)

    (pinned,) = pin(world, result)

    assert (pinned.state, world.claims()) == ("done", [("LEE", "MUG", 1)])


def test_unpinning_sources_by_the_rules_again():
    world = Map()
    (result,) = place(world.channel)
    pin(world, result)

    (unpinned,) = unpin_orders([result.order_id], company_id=world.london.id, actor=ACTOR, reason="Came not")

    assert (unpinned.state, world.claims()) == ("done", [("LON", "MUG", 1)])
    assert Order.objects.get(pk=result.order_id).pinned_warehouse_id is None
    assert (world.decided().cause, world.decided().reason) == ("unpinned", "Came not")


def test_unpinning_leads_back_to_the_channels_own_warehouse():
    world = Map()
    Channel.objects.update(warehouse=world.york.warehouse)
    (result,) = place(world.channel)
    pin(world, result)

    unpin_orders([result.order_id], company_id=world.london.id, actor=ACTOR, reason="x")

    assert world.claims() == [("YRK", "MUG", 1)]


def test_what_is_being_picked_stays_and_the_rest_moves():
    world = Map(mug=("10", "10", "10"), cup=("0", "5", "5"))
    (result,) = place(world.channel, order("1001", line("MUG", "2")))
    begin_picking(result.fulfilment_ids, company_id=world.london.id, actor=ACTOR)
    (other,) = place(world.channel, order("1002", line("MUG", "2"), line("CUP", "1")))
    assert world.claims("1002") == [("YRK", "CUP", 1), ("YRK", "MUG", 2)]

    first, second = pin(world, result, other)

    assert first.being_worked_on == result.fulfilment_ids
    assert world.claims("1001") == [("LON", "MUG", 2)]
    assert world.claims("1002") == [("LEE", "CUP", 1), ("LEE", "MUG", 2)]
    assert second.being_worked_on == ()


def test_sourcing_again_finds_the_better_way_and_leaves_a_good_one_alone():
    world = Map(mug=("1", "1", "0"))
    (result,) = place(world.channel, order("1001", line("MUG", "2")))
    (kept,) = place(world.channel, order("1002", line("CUP", "1")))
    make_stock(world.leeds, world.mug, "5", key="later")
    before = SourcingDecision.objects.count()

    source_again([result.order_id, kept.order_id], company_id=world.london.id, actor=ACTOR, reason="Goods came")

    assert world.claims("1001") == [("LEE", "MUG", 2)]
    assert work(result.order_id)[-1] == ("LEE", "ready", [2])
    assert [status for _house, status, _lines in work(result.order_id)] == ["cancelled", "cancelled", "ready"]
    assert work(kept.order_id) == [("LON", "ready", [1])]
    assert SourcingDecision.objects.count() == before + 2
    assert run_checks().ok


def test_an_order_that_ships_complete_waits_when_its_pin_lacks_something():
    world = Map(mug=("10", "10", "1"))
    Channel.objects.update(ship_complete=True)
    (result,) = place(world.channel, order("1001", line("MUG", "3"), line("CUP", "1")))

    (pinned,) = pin(world, result)

    assert (pinned.back_ordered, pinned.fulfilment_ids) == (True, ())
    assert world.claims() == [("LEE", "CUP", 1)]
    assert [status for _house, status, _lines in work(result.order_id)] == ["cancelled"]


def test_a_pin_again_changes_nothing_and_ended_or_unknown_ones_are_refused():
    world = Map()
    (result, gone) = place(world.channel, order("1001"), order("1002"))
    cancel_order(gone.order_id, company_id=world.london.id, actor=ACTOR, reason="x")
    pin(world, result)
    before, decisions = orders_written(), SourcingDecision.objects.count()

    again, ended = pin(world, result, gone)

    assert (again.state, ended.state, ended.code) == ("already", "refused", "not_open")
    assert "Cancelled" in ended.detail
    with refused(NotFound):
        pin_orders([result.order_id], warehouse_id=0, company_id=world.london.id, actor=ACTOR, reason="x")
    with refused(ValueError):
        pin(world, result, to=world.york, why=" ")
    assert (orders_written(), SourcingDecision.objects.count()) == (before, decisions)


def test_one_and_100_orders_are_pinned_in_the_same_number_of_statements():
    from bench.statements import counted

    world = Map(mug=("1000", "1000", "1000"))
    one = place(world.channel, order("one", line("MUG", "2")))
    many = place(world.channel, *[order(f"m{n}", line("MUG", "2")) for n in range(100)])
    pin(world, *place(world.channel, order("warm", line("MUG", "2"))))

    with counted() as first:
        pin(world, *one)
    with counted() as second:
        pin(world, *many)

    assert first.statements == second.statements <= 30
    assert level(world.leeds, world.mug) == (1000, 1000, 204)


def test_whole_kits_move_whole():
    """Answers kits "all or nothing" (odoo/odoo#46927, #95765): a pin never leaves half a kit behind."""
    world = Map(mug=("10", "10", "3"), cup=("10", "10", "10"))
    make_kit(world.london, {world.mug: "2", world.cup: "1"})
    (result,) = place(world.channel, order("1001", line("SET", "2", "25")))
    assert world.claims() == [("LON", "CUP", 2), ("LON", "MUG", 4)]

    (pinned,) = pin(world, result)

    assert pinned.back_ordered
    assert world.claims() == [("LEE", "CUP", 1), ("LEE", "MUG", 2)]
    make_stock(world.leeds, world.mug, "5", key="later")
    source_again([result.order_id], company_id=world.london.id, actor=ACTOR, reason="Mugs came")
    assert world.claims() == [("LEE", "CUP", 2), ("LEE", "MUG", 4)]
    assert run_checks().ok
