"""What the order page tells, and what its buttons do."""

from decimal import Decimal

from django.urls import reverse

from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from inventory.models import StockLevel
from orders.documents import papers_of
from orders.models import Hold, Order, OrderLine, ReturnOrder
from tests.factories.goods import make_stock
from tests.factories.staff import said, sign_in

D = Decimal


def page(client, order_id):
    return client.get(reverse("admin:orders_order_change", args=[order_id])).content.decode()


def press(client, name, order_id, **data):
    return client.post(reverse(f"admin:orders_order_{name}", args=[order_id]), data)


def test_a_shipped_order_tells_its_story(world):
    client = sign_in("owner")

    text = page(client, world.shipped)

    for expected in (
        "SO-", "MUG", "SH-", "FO-", "TR-1", "INV-000001", "JE-", "RMA-", "Everything has left the building.",
        "33.50", "Picks", "Parcels",
    ):  # fmt: skip
        assert expected in text, expected


def test_the_order_page_shows_no_invoice_to_a_picker(world):
    text = page(sign_in("picker"), world.shipped)

    assert "SH-" in text
    assert "INV-000001" not in text and "JE-" not in text


def test_hold_and_release(world):
    client = sign_in("order_desk")

    press(client, "hold", world.ready, reason="Wrong address?")
    assert Order.objects.get(pk=world.ready).status == "placed"
    hold = Hold.objects.get(order_id=world.ready)
    assert (hold.kind, hold.reason, hold.placed_by) == ("manual", "Wrong address?", "order_desk")
    response = press(client, "release", world.ready)
    assert said(response) == ["Release its holds first."]
    assert Order.objects.get(pk=world.ready).status == "placed"
    client.post(reverse("admin:orders_hold_release", args=[world.ready, hold.pk]), {"reason": "Asked the buyer"})

    assert Order.objects.get(pk=world.ready).status == "released"
    text = page(client, world.ready)
    assert "Wrong address?" in text and "Asked the buyer" in text
    assert run_checks().ok


def test_a_hold_without_a_reason_is_refused(world):
    client = sign_in("order_desk")
    before = world.written()

    response = press(client, "hold", world.ready, reason="  ")

    assert said(response) == ["Say why: the reason is kept with the change."]
    assert world.written() == before
    assert not Hold.objects.filter(order_id=world.ready).exists()


def test_a_part_of_a_line_is_cancelled(world):
    client = sign_in("order_desk")
    line = world.line_of(world.ready)

    response = press(client, "cancel_part", world.ready, **{f"cancel-{line}": "1,5", "reason": "Buyer asked"})

    assert said(response) == ["The quantities are cancelled."]
    assert OrderLine.objects.get(pk=line).cancelled == D("1.5")
    assert StockLevel.objects.get(sku_id=world.mug).reserved == D("2.5") + 1  # the held order's one too
    event = AuditEvent.objects.filter(object_type="orders.order", object_id=world.ready).latest("id")
    assert (event.actor.username, event.new_value, event.reason) == ("order_desk", "1.5", "Buyer asked")
    assert "Buyer asked" in page(client, world.ready)
    assert run_checks().ok


def test_cancelling_more_than_is_open_is_refused_with_a_sentence(world):
    client = sign_in("order_desk")
    line, before = world.line_of(world.ready), world.written()

    too_many = press(client, "cancel_part", world.ready, **{f"cancel-{line}": "9", "reason": "x"})
    letters = press(client, "cancel_part", world.ready, **{f"cancel-{line}": "two", "reason": "x"})
    endless = press(client, "cancel_part", world.ready, **{f"cancel-{line}": "NaN", "reason": "x"})
    nothing = press(client, "cancel_part", world.ready, reason="x")

    assert "only 4" in said(too_many)[0]
    assert said(letters) == ["Line 1: “two” is not a quantity. Give a number, 0 or more."]
    assert said(endless) == ["Line 1: “NaN” is not a quantity. Give a number, 0 or more."]
    assert said(nothing) == ["Give a quantity for at least one line."]
    assert world.written() == before


def test_the_whole_order_is_cancelled_and_a_shipped_one_is_not(world):
    client = sign_in("order_desk")

    press(client, "cancel", world.ready, reason="Buyer asked")
    assert Order.objects.get(pk=world.ready).status == "cancelled"
    before = world.written()
    response = press(client, "cancel", world.shipped, reason="Too late")

    assert "cannot be cancelled" in said(response)[0]
    assert Order.objects.get(pk=world.shipped).status == "shipped"
    assert world.written() == before


def test_back_orders_are_tried_again_when_goods_are_there(world):
    client = sign_in("order_desk")
    assert "Claim goods again" in page(client, world.waiting)
    response = press(client, "release", world.waiting)
    assert said(response) == ["What is in stock is with the warehouse; the rest still waits for goods."]

    make_stock(world.house, world.cup, "5", "10.00", key="later")
    response = press(client, "release", world.waiting)

    assert said(response) == ["The order is released to the warehouse."]
    assert StockLevel.objects.get(sku_id=world.cup).reserved == 5
    assert "Claim goods again" not in page(client, world.waiting)


def test_an_unknown_code_is_mapped_and_the_order_goes_on(world):
    client = sign_in("order_desk")
    line = world.line_of(world.unknown)
    before = world.written()
    refused = press(client, "map", world.unknown, **{f"sku-{line}": "NOPE"})
    assert said(refused) == ["There is no SKU “NOPE”."]
    assert world.written() == before

    response = press(client, "map", world.unknown, **{f"sku-{line}": "mug"})

    assert said(response) == ["Mapped: every line has its SKU."]
    assert OrderLine.objects.get(pk=line).sku_id == world.mug
    assert Order.objects.get(pk=world.unknown).status == "released"
    assert run_checks().ok


def test_a_return_is_asked_for_within_what_was_shipped(world):
    client = sign_in("order_desk")
    line, before = world.line_of(world.shipped), ReturnOrder.objects.count()

    too_many = press(client, "return", world.shipped, **{f"return-{line}": "3", "reason": "Broken"})
    assert "only 2" in said(too_many)[0]  # one is on its way back already
    assert ReturnOrder.objects.count() == before
    press(client, "return", world.shipped, **{f"return-{line}": "2", "reason": "Broken"})

    made = ReturnOrder.objects.latest("id")
    assert (made.order_id, made.status, made.lines.get().quantity) == (world.shipped, "requested", D(2))


def test_the_list_finds_by_whatever_stands_on_the_parcel(world):
    client = sign_in("order_desk")
    address = reverse("admin:orders_order_changelist")

    def found(term):
        rows = client.get(address, {"q": term}).context["cl"].result_list
        return sorted(order.pk for order in rows)

    assert found("TR-1") == [world.shipped]
    assert found("R-1") == [world.ready]
    assert found(f"SO-{world.held:06d}") == [world.held]
    assert found("mug") == sorted([world.shipped, world.ready, world.held])
    assert found("nothing of the kind") == []
    held = client.get(address, {"held": "1"}).context["cl"].result_list
    assert sorted(order.pk for order in held) == sorted([world.held, world.unknown])


def test_an_order_by_phone_is_begun_from_the_list_and_bears_no_number_that_nobody_knows(world):
    desk, orders = sign_in("order_desk"), reverse("admin:orders_order_changelist")
    assert f'href="{reverse("admin:orders_draftorder_add")}">New order' in desk.get(orders).content.decode()
    assert "New order" not in sign_in("picker").get(orders).content.decode()
    form = {"channel": world.channel.pk, "buyer": "Phone Caller", "sku-new-0": "MUG", "quantity-new-0": "1"} | {
        "price-new-0": "10", "address-line1": "Street 5", "address-country": "GB", "then": "place"
    }  # fmt: skip

    assert '<option value="LV">Latvia</option>' in desk.get(reverse("admin:orders_draftorder_add")).content.decode()
    desk.post(reverse("admin:orders_draftorder_add"), form)

    placed = Order.objects.latest("pk")
    assert placed.is_keyed_here and placed.external_id not in page(desk, placed.pk)
    [paper] = papers_of("order_confirmation", [placed.pk])
    assert "your_order" not in dict(paper.references)
    named = Order.objects.get(pk=world.ready)
    assert named.their_number == "R-1" and "R-1" in page(desk, named.pk)


def test_what_is_next_leads_to_the_one_work_there_is(world):
    work = reverse("admin:warehouse_work", args=[world.fulfilment_of(world.ready)])

    assert f'<a class="bo-button primary" href="{work}">See the work' in page(sign_in("picker"), world.ready)
