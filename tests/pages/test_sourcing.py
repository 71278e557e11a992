"""Where an order ships from, on its page: why there, what it waits for, pinned by hand and taken off again."""

from datetime import time
from decimal import Decimal

import pytest
from django.urls import reverse

from accounting.services import ensure_party
from backoffice.core.proof import run_checks
from bench.statements import counted
from inventory.models import Warehouse
from orders.models import Channel, Order, OrderLine, SourcingDecision, SourcingRule
from orders.selectors.why import why_not_shipped
from orders.services import DropShipInput, begin_picking, cancel_order, drop_ship_lines
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import make_stock
from tests.factories.sales import line, order, orders_written, place
from tests.factories.sourcing import Map, ship_to
from tests.factories.staff import said, sign_in
from warehouse.services import fulfil_straight

pytestmark = pytest.mark.django_db
D = Decimal


def page(client, order_id):
    return client.get(reverse("admin:orders_order_change", args=[order_id])).content.decode()


def press(client, name, order_id, **data):
    return client.post(reverse(f"admin:orders_order_{name}", args=[order_id]), data)


def written():
    return (*orders_written(), SourcingDecision.objects.count())


def test_the_page_answers_why_this_warehouse_in_plain_words():
    """Answers "full stock reserved for other orders leaves staff stuck" (frappe/erpnext#46540, #57159)."""
    world = Map(mug=("10", "10", "1"), cup=("10", "10", "0"))
    world.set(world.london, parcel_cost=D("5"))
    world.set(world.york, parcel_cost=D("4.50"))
    (result,) = place(world.channel, order("1001", line("MUG", "2"), line("CUP")))

    text = page(sign_in("order_desk"), result.order_id)

    for sentence in (
        "Best choice: YRK (3 of 3 units, parcels: 1, cost 4.5 GBP",
        "Fewest parcels, then cost, then distance.",
        "ships 3 of 3 units",
        "would cost 5 rather than 4.5 GBP",
        "could ship only 1 of 3 units",
        "waits in YRK for a picker.",
    ):
        assert sentence in text, sentence


def test_an_order_is_split_shipped_from_two_warehouses_and_proved():
    world = Map(mug=("2", "2", "0"), cup=("0", "0", "0"))
    (result,) = place(world.channel, order("1001", line("MUG", "3")))
    text = page(sign_in("order_desk"), result.order_id)
    assert "Best choice: LON, YRK (" in text

    for fulfilment_id in result.fulfilment_ids:
        fulfil_straight([fulfilment_id], company_id=world.london.id, actor=ACTOR, effective_at=order().placed_at)

    assert Order.objects.get(pk=result.order_id).status == "shipped"
    assert "Why it has not shipped yet" not in page(sign_in("order_desk"), result.order_id)
    assert run_checks().ok


def test_an_order_is_pinned_sourced_again_and_unpinned():
    world = Map()
    (result,) = place(world.channel)
    client = sign_in("order_desk")

    response = press(client, "pin", result.order_id, warehouse="LEE", reason="Customer fetches it")
    assert said(response) == ["The order is pinned to LEE."]
    assert world.claims() == [("LEE", "MUG", 1)]
    text = page(client, result.order_id)
    assert "Pinned to LEE by order_desk" in text and "Customer fetches it" in text
    assert "the order was pinned to another warehouse" in text

    response = press(client, "source", result.order_id, reason="Once more")
    assert (said(response), world.claims()) == (["What nobody has begun was sourced anew."], [("LEE", "MUG", 1)])
    assert "Pinned to LEE by order_desk" in page(client, result.order_id)

    response = press(client, "unpin", result.order_id, reason="She did not come")
    assert (said(response), world.claims()) == (["The pin is taken off."], [("LON", "MUG", 1)])
    text = page(client, result.order_id)
    assert "She did not come" in text and "Earlier decisions" in text
    assert run_checks().ok


def test_a_pin_without_reason_to_nowhere_or_too_late_is_refused_and_writes_nothing():
    world = Map()
    (result, gone) = place(world.channel, order("1001"), order("1002"))
    cancel_order(gone.order_id, company_id=world.london.id, actor=ACTOR, reason="x")
    client = sign_in("order_desk")
    before = written()

    nameless = press(client, "pin", result.order_id, warehouse="LEE", reason=" ")
    nowhere = press(client, "pin", result.order_id, warehouse="TRANSIT", reason="x")
    late = press(client, "pin", gone.order_id, warehouse="LEE", reason="x")
    stranger = press(sign_in("picker"), "pin", result.order_id, warehouse="LEE", reason="x")

    assert said(nameless) == ["Say why: the reason is kept with the change."]
    assert said(nowhere) == ["Choose a warehouse that ships."]
    assert said(late) == ["An order that is Cancelled is not sourced any more."]
    assert stranger.status_code == 403
    assert written() == before


def test_work_that_has_begun_is_told_to_stay():
    world = Map()
    (result,) = place(world.channel)
    begin_picking(result.fulfilment_ids, company_id=world.london.id, actor=ACTOR)

    response = press(sign_in("order_desk"), "pin", result.order_id, warehouse="LEE", reason="x")

    assert said(response) == [
        f"The order is pinned to LEE. FO-{result.fulfilment_ids[0]:06d} stays where it is: work on it has begun."
    ]
    assert "is being worked on in LON: Picking." in page(sign_in("order_desk"), result.order_id)


def test_what_it_waits_for_is_told_whatever_it_is():
    world = Map(mug=("2", "0", "0"), cup=("0", "0", "0"))
    Channel.objects.update(ship_complete=True)
    client = sign_in("order_desk")
    (both,) = place(world.channel, order("both", line("MUG", "2"), line("CUP", "1")))
    text = page(client, both.order_id)
    assert "1 × CUP are not in stock, and none is known to come." in text
    assert "The rest (2 units claimed) waits: this order ships only when it is complete." in text

    Channel.objects.update(ship_complete=False, auto_release=False)
    make_stock(world.leeds, world.cup, "9", key="later")
    (unreleased,) = place(world.channel, order("unreleased", line("CUP", "1")))
    assert "Nobody has released it to the warehouse yet." in page(client, unreleased.order_id)

    Channel.objects.update(auto_release=True)
    world.set(world.leeds, cut_off=time(0, 0))
    (late,) = place(world.channel, order("late", line("CUP", "1")))
    assert "cut-off of LEE (00:00) has passed" in page(client, late.order_id)

    (unknown,) = place(world.channel, order("unknown", line("XYZ", "1")))
    assert "Nobody knows which SKUs these codes are: XYZ." in page(client, unknown.order_id)


def test_the_channels_rules_are_set_in_its_form_and_stand_in_its_trail():
    world = Map()
    client = sign_in("owner")
    address = reverse("admin:orders_channel_change", args=[world.channel.pk])
    shown = client.get(address).context
    form = shown["adminform"].form
    data = {name: form.initial.get(name) if form.initial.get(name) is not None else "" for name in form.fields}
    data = {name: value for name, value in data.items() if value is not False}
    for inline in shown["inline_admin_formsets"]:
        data |= {f"{inline.formset.prefix}-TOTAL_FORMS": "0", f"{inline.formset.prefix}-INITIAL_FORMS": "0"}
    data |= {
        "objective": "lowest_cost", "max_parcels": "1", "change_reason": "Cheaper",
        "sourcing_rules-TOTAL_FORMS": "1", "sourcing_rules-INITIAL_FORMS": "0",
        "sourcing_rules-0-warehouse": world.leeds.warehouse.pk, "sourcing_rules-0-is_excluded": "on",
    }  # fmt: skip

    response = client.post(address, data)

    assert response.status_code == 302, response.context["adminform"].form.errors
    channel = Channel.objects.get()
    assert (channel.objective, channel.max_parcels) == ("lowest_cost", 1)
    rule = SourcingRule.objects.get()
    assert (rule.warehouse_id, rule.is_excluded) == (world.leeds.warehouse.pk, True)
    trail = client.get(address).content.decode()
    assert "LEE -" in trail and "Cheaper" in trail


def test_a_warehouse_with_half_a_position_or_no_such_zone_is_refused():
    world = Map()
    client = sign_in("owner")
    address = reverse("admin:inventory_warehouse_change", args=[world.york.warehouse.pk])
    form = client.get(address).context["adminform"].form
    data = {name: form.initial.get(name) if form.initial.get(name) is not None else "" for name in form.fields}
    data = {name: value for name, value in data.items() if value is not False}

    response = client.post(address, data | {"longitude": "", "time_zone": "Mars/Olympus", "parcel_cost": "9"})

    errors = str(response.context["adminform"].form.errors)
    assert "Not a time zone" in errors and "Give both latitude and longitude" in errors
    assert Warehouse.objects.get(pk=world.york.warehouse.pk).parcel_cost == 0
    good = client.post(address, data | {"cut_off": "15:00", "time_zone": "Europe/London", "parcel_cost": "9"})
    assert good.status_code == 302, good.context["adminform"].form.errors
    assert Warehouse.objects.get(pk=world.york.warehouse.pk).cut_off == time(15, 0)


def test_who_came_too_late_is_told_out_of_stock_on_the_page():
    world = Map(mug=("1", "0", "0"))
    (first,) = place(world.channel, order("first"))
    (late,) = place(world.channel, order("late"))
    client = sign_in("order_desk")

    assert "waits in LON for a picker." in page(client, first.order_id)
    text = page(client, late.order_id)

    assert "1 × MUG are not in stock, and none is known to come." in text
    assert "No warehouse that may serve it had any of it" in text
    assert world.claims("late") == []
    assert run_checks().ok


def test_what_a_supplier_ships_and_what_a_warehouse_was_asked_is_told():
    world = Map(mug=("2", "0", "0"))
    supplier = ensure_party(company_id=world.london.id, code="S", name="Sam", currency="GBP", is_supplier=True)
    (picking,) = place(world.channel, order("picking", line("MUG", "2")))
    (dropped,) = place(world.channel, order("dropped", line("MUG", "3"), shipping_address=ship_to("E1")))
    lines = {item.order_id: item.pk for item in OrderLine.objects.all()}
    begin_picking(picking.fulfilment_ids, company_id=world.london.id, actor=ACTOR)
    cancel_order(
        picking.order_id,
        company_id=world.london.id,
        actor=ACTOR,
        reason="x",
        lines={lines[picking.order_id]: D(1)},
        ask=True,
    )
    wanted = DropShipInput(lines[dropped.order_id], D(3), supplier.pk, D(6))
    drop_ship_lines(dropped.order_id, lines=[wanted], company_id=world.london.id, actor=ACTOR, ordered_at=NOON)
    client = sign_in("order_desk")

    assert "3 × MUG come straight from Sam (PO-" in page(client, dropped.order_id)
    asked = "LON has been asked not to ship 1 × MUG and has not answered yet."
    assert asked in page(client, picking.order_id)


def test_many_orders_are_asked_in_the_same_number_of_statements_as_one():
    world = Map(mug=("1000", "0", "0"))
    placed = place(world.channel, *[order(str(n), line("MUG", "2"), line("CUP", "40")) for n in range(20)])

    with counted() as one:
        why_not_shipped([placed[0].order_id])
    with counted() as many:
        reasons = why_not_shipped([result.order_id for result in placed])

    assert one.statements == many.statements <= 13
    assert len(reasons) == 20 and all(reasons.values())
