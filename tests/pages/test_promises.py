"""Back-orders, pre-orders and their dates, on the pages of the order desk."""

import pytest
from django.urls import reverse
from django.utils.formats import date_format

from backoffice.core import outbox
from backoffice.core.proof import run_checks
from inventory.models import PurchaseOrderLine, Sku
from inventory.services import (
    approve_purchase_order,
    confirm_purchase_order,
    send_purchase_order,
    set_expected_dates,
    submit_purchase_order,
)
from orders.models import Fulfilment, LinePromise, Order, PromiseChange
from orders.services import count_promises
from tests.factories.books import ACTOR
from tests.factories.buying import in_days
from tests.factories.sales import line
from tests.factories.staff import said, sign_in
from tests.pages.conftest import World


def day(number):
    return date_format(in_days(number), "SHORT_DATE_FORMAT")


def confirm(world, days=5):
    for step in (submit_purchase_order, approve_purchase_order, send_purchase_order, confirm_purchase_order):
        step(world.purchase, company_id=world.house.id, actor=ACTOR)
    expect(world, days)


def expect(world, days, reason="They called"):
    set_expected_dates(
        world.purchase, company_id=world.house.id, expected_date=in_days(days), reason=reason, actor=ACTOR
    )
    count_promises(company_id=world.house.id, actor=ACTOR)


def order_page(client, order_id):
    return client.get(reverse("admin:orders_order_change", args=[order_id])).content.decode()


def back_orders(client, **query):
    return client.get(reverse("admin:orders_linepromise_changelist"), query).content.decode()


def test_the_order_page_shows_each_lines_promise_and_how_it_changed(world):
    client = sign_in("order_desk")
    confirm(world)

    text = order_page(client, world.waiting)

    assert "Promised for" in text and day(5) in text and "On its way" in text
    expect(world, 9)
    text = order_page(client, world.waiting)
    assert "At risk" in text and day(9) in text
    assert "How the promises changed" in text and "Counted again" in text
    assert f"The next one is expected on {day(9)}." in text


def test_late_and_at_risk_are_a_list_that_leads_to_the_order(world):
    client = sign_in("order_desk")
    confirm(world)
    number = Order.objects.get(pk=world.waiting).number
    assert number in back_orders(client) and number not in back_orders(client, state="trouble")

    expect(world, 9)

    text = back_orders(client, state="trouble")
    assert number in text and "At risk" in text
    promise = LinePromise.objects.get(order_line__order_id=world.waiting)
    response = client.get(reverse("admin:orders_linepromise_change", args=[promise.pk]))
    assert response.headers["Location"].endswith(f"/{world.waiting}/change/")
    LinePromise.objects.update(promised_date=in_days(-1))
    assert "Late" in back_orders(client, state="late")


def test_a_pre_order_says_when_it_goes_to_the_warehouse(world):
    Sku.objects.filter(pk=world.mug).update(release_date=in_days(30))
    order_id = world.place("P-1", line("MUG", "1", "10"))

    text = order_page(sign_in("order_desk"), order_id)

    assert f"A pre-order: it goes to the warehouse on {day(30)}." in text
    assert f"goes to the warehouse from {day(30)} on" in text
    assert not Fulfilment.objects.filter(order_id=order_id).exists()


@pytest.mark.django_db(transaction=True)
def test_goods_received_on_the_page_are_work_for_those_who_waited_within_one_delivery_of_events():
    """Answers openboxes/openboxes#5822: who waits gets what comes in, in the receipt's own transaction."""
    world = World()
    confirm(world)
    outbox.deliver_due()
    lead = sign_in("warehouse_lead")
    url = reverse("admin:warehouse_receive", args=[world.purchase])
    po_line = PurchaseOrderLine.objects.get(purchase_order=world.purchase).pk

    answer = lead.post(url, {"location": world.house.bin, f"line-{po_line}": "4"})
    assert said(answer) == ["Received into stock."]
    newcomer = world.place("N-1", line("CUP", "3", "10"))
    assert not Fulfilment.objects.filter(order_id__in=[world.waiting, newcomer]).exists()
    outbox.deliver_due()

    work = Fulfilment.objects.get(order_id=world.waiting)
    assert work.lines.get().quantity == 4
    assert not Fulfilment.objects.filter(order_id=newcomer).exists()
    assert "FO-" in order_page(sign_in("order_desk"), world.waiting)
    assert LinePromise.objects.get(order_line__order_id=world.waiting).waiting == 1
    assert run_checks().ok


def test_a_receipt_that_is_refused_serves_nobody_and_moves_no_promise(world):
    confirm(world)
    lead = sign_in("warehouse_lead")
    before = (world.written(), PromiseChange.objects.count())
    po_line = PurchaseOrderLine.objects.get(purchase_order=world.purchase).pk

    answer = lead.post(
        reverse("admin:warehouse_receive", args=[world.purchase]),
        {"location": world.house.bin, f"line-{po_line}": "-1"},
    )

    assert "is not a quantity" in said(answer)[0]
    assert (world.written(), PromiseChange.objects.count()) == before


def test_a_buyer_sees_the_back_orders_and_a_picker_does_not(world):
    assert "CUP" in back_orders(sign_in("buyer"))
    assert sign_in("picker").get(reverse("admin:orders_linepromise_changelist")).status_code == 403
