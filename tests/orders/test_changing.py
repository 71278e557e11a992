"""Edits after release are carried through to claims, work and the bill, or refused with the reason."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest

from accounting.models import Invoice
from backoffice.core.errors import NotPermitted
from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from orders.errors import ChangeRefused, NotReady, VersionConflict
from orders.inputs import AddressInput, ChargeInput
from orders.models import (
    CancelRequest,
    Fulfilment,
    FulfilmentLine,
    Hold,
    Order,
    OrderCharge,
    OrderLine,
    OrderRevision,
)
from orders.services import (
    ChargeAddition,
    ChargeEdit,
    LineAddition,
    LineEdit,
    OrderEdit,
    PaymentInput,
    begin_picking,
    cancel_order,
    change_order,
    place_hold,
    take_payments,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import level, make_shop, make_sku, make_stock, rows
from tests.factories.refusals import refused
from tests.factories.sales import line, make_channel, make_tax_code, order, orders_written, pack, place, ship, shipping

pytestmark = pytest.mark.django_db
D = Decimal
TODAY = datetime.date(2026, 3, 10)


def make_order(shop, *lines, **values):
    """An order of 4 MUG at 10.00, its tax 8.00 on top, in stock and with the warehouse."""
    channel = make_channel(shop)
    given = lines or (line(quantity="4", tax=D(8), tax_rate=D("0.2")),)
    (result,) = place(channel, order("A", *given, **values))
    return result


def change(shop, order_id, edit, **values):
    given = {"actor": ACTOR, "reason": "The buyer rang", "today": TODAY, "may_price": True} | values
    return change_order(order_id, edit=edit, company_id=shop.id, **given)


def only_line():
    return OrderLine.objects.order_by("position").first()


def test_lowering_a_released_order_lowers_the_delivery_and_the_bill():
    """odoo/odoo#43331, #281926, #114682: there the delivery stays as it was, by design; here nothing is left over."""
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    result = make_order(shop)

    changed = change(shop, result.order_id, OrderEdit([LineEdit(only_line().pk, D(3))]))

    assert (only_line().quantity, only_line().cancelled) == (4, 1)
    assert rows("SELECT quantity, claimed FROM inventory_demand") == [(3, 3)]
    assert (level(shop, only_line().sku_id)[2], FulfilmentLine.objects.get().quantity) == (3, 3)
    assert (changed.version, changed.requests) == (Order.objects.get().version, ())
    (bill,) = ship(shop, result)
    assert Invoice.objects.get(pk=bill.invoice_id).total == D(36)  # 3 × 10 and 6 of tax
    assert run_checks().ok


def test_raising_claims_more_and_the_same_box_takes_it():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "5")
    result = make_order(shop)

    changed = change(shop, result.order_id, OrderEdit([LineEdit(only_line().pk, D(6))]))

    kept = only_line()
    assert (kept.quantity, kept.tax) == (6, 12)
    assert rows("SELECT quantity, claimed FROM inventory_demand") == [(6, 5)]
    assert changed.back_ordered
    assert (Fulfilment.objects.count(), FulfilmentLine.objects.get().quantity) == (1, 5)
    after = Order.objects.get()
    assert (after.goods_total, after.tax_total, after.total) == (60, 12, 72)
    assert run_checks().ok


def test_totals_follow_to_the_cent_and_the_original_stays_visible():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "20")
    result = make_order(
        shop,
        line(quantity="3", price="9.99", discount=D("1.00"), tax=D("5.79"), tax_rate=D("0.2")),
        charges=[shipping()],
    )
    sent = Order.objects.get().total

    change(shop, result.order_id, OrderEdit([LineEdit(only_line().pk, D(7))]))
    change(shop, result.order_id, OrderEdit([LineEdit(only_line().pk, unit_price=D("9.49"))]))

    kept, after = only_line(), Order.objects.get()
    assert (kept.discount, kept.tax) == (D("2.33"), D("12.82"))  # (7 × 9.49 − 2.33) × 20 %
    assert after.total == D("66.43") - D("2.33") + D("12.82") + D("3.50")
    first, second = OrderRevision.objects.order_by("version")
    assert (first.total_before, first.before["total"], first.before["lines"][0]["quantity"]) == (
        sent,
        f"{sent.normalize():f}",
        "3",
    )
    assert (second.total_before, second.total_after) == (first.total_after, after.total)
    (bill,) = ship(shop, result)
    assert Invoice.objects.get(pk=bill.invoice_id).total == after.total
    assert run_checks().ok


def test_a_line_is_added_at_its_last_price_and_one_removed():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    cup = make_sku(shop, "CUP")
    make_stock(shop, cup, "10", key="cup")
    channel = make_channel(shop)
    channel.tax_code_id = make_tax_code(shop)
    channel.save()
    place(channel, order("B", line("CUP", price="7.50")))
    (result,) = place(channel, order("A", line(quantity="2")))
    kept = OrderLine.objects.get(order_id=result.order_id)

    change(shop, result.order_id, OrderEdit([LineEdit(kept.pk, D(0))], [LineAddition(cup, D(2))]), may_price=False)

    gone, new = OrderLine.objects.filter(order_id=result.order_id).order_by("position")
    assert (gone.cancelled, new.sku_id, new.unit_price, new.tax) == (2, cup, D("7.50"), D("3.00"))
    assert level(shop, kept.sku_id)[2] == 0
    assert level(shop, cup)[2] == 3
    assert run_checks().ok


def test_an_article_is_swapped_at_the_same_price():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    blue = make_sku(shop, "MUG-BLUE")
    make_stock(shop, blue, "10", key="blue")
    result = make_order(shop)

    change(shop, result.order_id, OrderEdit([LineEdit(only_line().pk, swap_to=blue)]), may_price=False)

    old, new = OrderLine.objects.order_by("position")
    assert (old.cancelled, new.quantity, new.unit_price, new.tax) == (4, 4, 10, 8)
    assert [part.allocation.sku_id for part in FulfilmentLine.objects.filter(quantity__gt=0)] == [blue]
    (bill,) = ship(
        shop,
        replace(result, fulfilment_ids=tuple(Fulfilment.objects.filter(status="ready").values_list("pk", flat=True))),
    )
    assert Invoice.objects.get(pk=bill.invoice_id).total == 48
    assert run_checks().ok


def test_every_field_is_in_the_trail_with_who_and_why():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    result = make_order(shop)

    change(
        shop,
        result.order_id,
        OrderEdit(
            [LineEdit(only_line().pk, D(5))],
            shipping_service="Express",
            shipping_address=AddressInput("Ann", country="GB"),
        ),
    )

    told = AuditEvent.objects.filter(object_type="orders.order", action="edited").order_by("id")
    assert [(event.field, event.old_value, event.new_value) for event in told][:1] == [("line 1: quantity", "4", "5")]
    assert {event.field for event in told} == {"line 1: quantity", "address", "service", "total"}
    assert {event.reason for event in told} == {"The buyer rang"}
    assert Order.objects.get().shipping_address.name == "Ann"
    assert not [event for event in told if "Ann" in event.new_value]


def test_more_of_a_line_that_has_shipped_in_part_is_a_line_of_its_own():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "1")
    result = make_order(shop, line(quantity="3", tax=D(1), tax_rate=D("0.033333")))
    ship(shop, result)
    make_stock(shop, sku, "9", key="more")

    change(shop, result.order_id, OrderEdit([LineEdit(only_line().pk, D(5))]))

    old, new = OrderLine.objects.order_by("position")
    assert ((old.quantity, old.tax), (new.quantity, new.unit_price)) == ((3, 1), (2, 10))
    assert rows("SELECT claimed FROM inventory_demand ORDER BY id") == [(2,), (2,)]
    assert run_checks().ok


def test_what_is_shipped_billed_or_labelled_is_refused_with_the_reason_and_nothing_is_written():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    cup = make_sku(shop, "CUP")
    result = make_order(shop)
    pack(shop, result.fulfilment_ids)
    kept, before = only_line().pk, orders_written()

    for edit, field in (
        (OrderEdit(shipping_address=AddressInput("Bo")), "shipping_address"),
        (OrderEdit([LineEdit(kept, swap_to=cup)]), "swap_to"),
        (OrderEdit([LineEdit(kept + 1, D(1))]), "lines"),
        (OrderEdit(added=[LineAddition(cup, D(1))]), "added.unit_price"),
        (OrderEdit(added=[LineAddition(10**9, D(1), D(1))]), "added.sku"),
        (OrderEdit(added=[LineAddition(cup, D(0), D(1))]), "added.quantity"),
        (OrderEdit(), "lines"),
    ):
        with refused(ChangeRefused) as caught:
            change(shop, result.order_id, edit)
        assert caught.value.context["field"] == field
    with refused(NotPermitted):
        change(shop, result.order_id, OrderEdit([LineEdit(kept, unit_price=D(1))]), may_price=False)
    assert orders_written() == before
    assert (CancelRequest.objects.count(), OrderRevision.objects.count()) == (0, 0)


def test_a_shipped_quantity_and_price_stay():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "2")
    result = make_order(shop)
    ship(shop, result)
    kept, before = only_line().pk, orders_written()

    for edit, field in (
        (OrderEdit([LineEdit(kept, D(1))]), "quantity"),
        (OrderEdit([LineEdit(kept, unit_price=D(1))]), "unit_price"),
    ):
        with refused(ChangeRefused) as caught:
            change(shop, result.order_id, edit)
        assert caught.value.context["field"] == field
    cancel_order(result.order_id, company_id=shop.id, actor=ACTOR, reason="rest")
    after = orders_written()
    with refused(NotReady):
        change(shop, result.order_id, OrderEdit([LineEdit(kept, D(9))]))
    assert before != after == orders_written()


def test_less_of_what_is_being_picked_is_asked_of_the_warehouse():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    result = make_order(shop)
    begin_picking(result.fulfilment_ids, company_id=shop.id, actor=ACTOR)

    changed = change(shop, result.order_id, OrderEdit([LineEdit(only_line().pk, D(1))]))

    request = CancelRequest.objects.get()
    assert (request.pk, request.quantity, request.status) == (changed.requests[0], 3, "open")
    assert (only_line().cancelled, FulfilmentLine.objects.get().quantity) == (0, 4)
    assert rows("SELECT count(*) FROM core_outboxevent WHERE topic = 'CancelRequested'") == [(1,)]
    assert run_checks().ok


def test_a_held_order_is_edited_and_waits():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    result = make_order(shop)
    place_hold(result.order_id, company_id=shop.id, kind="manual", reason="wait", actor=ACTOR)

    change(shop, result.order_id, OrderEdit([LineEdit(only_line().pk, D(6))]))

    assert rows("SELECT claimed FROM inventory_demand") == [(6,)]
    assert Fulfilment.objects.filter(status="ready").count() == 0
    assert run_checks().ok


def test_the_second_editor_is_told_who_was_quicker_and_nothing_is_written():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    result = make_order(shop)
    read = Order.objects.get().version
    change(shop, result.order_id, OrderEdit([LineEdit(only_line().pk, D(5))]), version=read)
    before = orders_written()

    with refused(VersionConflict) as caught:
        change(shop, result.order_id, OrderEdit([LineEdit(only_line().pk, D(1))]), version=read)

    assert orders_written() == before
    context = caught.value.context
    assert (context["sent"], context["version"]) == (read, Order.objects.get().version)
    assert context["changes"][0]["who"] == ACTOR.label
    assert ("line 1: quantity", "4", "5") in [(c["field"], c["old"], c["new"]) for c in context["changes"]]


@pytest.mark.parametrize("count", [1, 30])
def test_an_edit_costs_the_same_for_one_line_and_for_many(count, django_assert_max_num_queries):
    shop = make_shop()
    lines = []
    for n in range(count):
        make_stock(shop, make_sku(shop, f"S{n}"), "10", key=f"s{n}")
        lines.append(line(f"S{n}", quantity="4"))
    result = make_order(shop, *lines)
    # By position, not by key: more for the first line, whose SKU is added too, is the longest path.
    wanted = [D(5), D(4), D(3)]
    edits = [LineEdit(row.pk, wanted[n % 3]) for n, row in enumerate(OrderLine.objects.order_by("position"))]
    extra = [LineAddition(OrderLine.objects.earliest("position").sku_id, D(1))]

    with django_assert_max_num_queries(72):
        change(shop, result.order_id, OrderEdit(edits, extra, note="x"))

    assert run_checks().ok


def make_charged(shop, **values):
    """4 MUG at 10.00 and shipping 5.00 with 20 % on top, 54.00 in all."""
    lines = (line(quantity="4", tax=D(8), tax_rate=D("0.2")),)
    charge = ChargeInput("shipping", "shipping_revenue", D(5), description="Post", tax=D(1), tax_rate=D("0.2"))
    (result,) = place(make_channel(shop, **values), order("A", *lines, charges=[charge]))
    return result


def test_charges_are_changed_added_and_taken_off_and_the_bill_follows():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    result = make_charged(shop)
    charge = OrderCharge.objects.get()

    change(
        shop,
        result.order_id,
        OrderEdit(
            charges=[ChargeEdit(charge.pk, D(10))],
            added_charges=[
                ChargeAddition("gift_wrap", D(3), "Ribbon", D("0.2")),
                ChargeAddition("manual", D(-4), "For the wait", D(0)),
            ],
        ),
    )

    placed = Order.objects.get()
    assert (placed.charges_total, placed.tax_total, placed.total) == (9, D("10.60"), D("59.60"))
    revision = OrderRevision.objects.get()
    assert (revision.before["charges"][0]["amount"], revision.total_before, revision.total_after) == (
        "5",
        54,
        D("59.6"),
    )
    assert {"field": "charge: Post", "old": "5", "new": "10"} in revision.changes
    ribbon = OrderCharge.objects.get(description="Ribbon")
    change(shop, result.order_id, OrderEdit([LineEdit(only_line().pk, discount=D(2))], charges=[ChargeEdit(ribbon.pk)]))
    assert (Order.objects.get().total, OrderCharge.objects.count()) == (D("53.60"), 2)

    (bill,) = ship(shop, result)

    assert Invoice.objects.get(pk=bill.invoice_id).total == D("53.60")
    assert run_checks().ok


@pytest.mark.parametrize(
    ("edit", "values", "error", "field"),
    [
        (lambda pk: OrderEdit(charges=[ChargeEdit(pk, D(4))]), {"may_price": False}, NotPermitted, None),
        (lambda pk: OrderEdit(charges=[ChargeEdit(pk)]), {"may_price": False}, NotPermitted, None),
        (lambda pk: OrderEdit(charges=[ChargeEdit(0, D(4))]), {}, ChangeRefused, "charges"),
        (lambda pk: OrderEdit(charges=[ChargeEdit(pk, D("4.001"))]), {}, ChangeRefused, "charges.amount"),
        (lambda pk: OrderEdit(charges=[ChargeEdit(pk, D(4)), ChargeEdit(pk)]), {}, ChangeRefused, "charges"),
        (lambda pk: OrderEdit(charges=[ChargeEdit(pk, D(-60))]), {}, ChangeRefused, "charges"),
        (lambda pk: OrderEdit(added_charges=[ChargeAddition("bribe", D(1))]), {}, ChangeRefused, "added_charges.kind"),
        (lambda pk: OrderEdit(added_charges=[ChargeAddition("fee", D(0))]), {}, ChangeRefused, "added_charges.amount"),
    ],
)
def test_a_charge_that_cannot_be_changed_is_refused_and_nothing_is_written(edit, values, error, field):
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    result = make_charged(shop)
    before = orders_written(), Order.objects.get().total, OrderCharge.objects.get().amount

    with refused(error) as caught:
        change(shop, result.order_id, edit(OrderCharge.objects.get().pk), **values)

    assert (orders_written(), Order.objects.get().total, OrderCharge.objects.get().amount) == before
    assert caught.value.context.get("field") == field


def test_a_billed_charge_is_not_changed_but_credited():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "1")
    result = make_charged(shop)
    ship(shop, result)
    before = orders_written(), Order.objects.get().total

    with refused(ChangeRefused) as caught:
        change(shop, result.order_id, OrderEdit(charges=[ChargeEdit(OrderCharge.objects.get().pk)]))

    assert "give a credit" in caught.value.detail
    assert (orders_written(), Order.objects.get().total) == before
    assert run_checks().ok


def pay(shop, order_id, amount, key="p"):
    return take_payments([PaymentInput(order_id, "card", D(amount), key, NOON)], company_id=shop.id, actor=ACTOR)


def open_holds():
    return list(Hold.objects.filter(released_at__isnull=True).values_list("kind", "reason"))


def test_a_paid_order_that_asks_for_more_is_held_again_and_freed_when_it_asks_for_less():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    result = make_charged(shop, payment_policy="paid")
    assert [kind for kind, _reason in open_holds()] == ["payment"]
    pay(shop, result.order_id, "54")
    assert (open_holds(), Order.objects.get().status) == ([], "released")

    up = change(shop, result.order_id, OrderEdit([LineEdit(only_line().pk, D(6))]))

    assert (up.total, up.version) == (78, Order.objects.get().version)
    assert open_holds() == [("payment", "Changed to 78.00 GBP, of which 54.00 is paid.")]
    assert (Order.objects.get().status, Fulfilment.objects.get().status) == ("placed", "on_hold")
    assert run_checks().ok
    change(shop, result.order_id, OrderEdit([LineEdit(only_line().pk, D(4))]))
    assert (open_holds(), Order.objects.get().status) == ([], "released")
    assert set(Fulfilment.objects.exclude(status="cancelled").values_list("status", flat=True)) == {"ready"}
    change(shop, result.order_id, OrderEdit(added_charges=[ChargeAddition("fee", D(10), tax_rate=D(0))]))
    assert len(open_holds()) == 1
    pay(shop, result.order_id, "10", "rest")
    assert open_holds() == []
    assert run_checks().ok


def test_an_unpaid_order_of_which_so_much_is_cancelled_that_its_payment_is_enough_goes_on():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "10")
    result = make_charged(shop, payment_policy="paid")
    pay(shop, result.order_id, "30")
    assert len(open_holds()) == 1

    cancel_order(result.order_id, company_id=shop.id, actor=ACTOR, reason="two less", lines={only_line().pk: D(2)})

    assert (open_holds(), Order.objects.get().status) == ([], "released")
    assert run_checks().ok
