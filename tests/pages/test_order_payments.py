"""The payments of the order page: what they tell, and what their buttons do."""

import re
from decimal import Decimal

from django.urls import reverse

from backoffice.core.proof import run_checks
from orders.models import Order, OrderPayment, OrderPaymentEvent
from tests.factories.goods import balance
from tests.factories.staff import said, sign_in

D = Decimal


def page(client, order_id):
    return client.get(reverse("admin:orders_order_change", args=[order_id])).content.decode()


def press(client, name, *ids, **data):
    return client.post(reverse(f"admin:orders_{name}", args=ids), data)


def test_a_payment_is_recorded_captured_and_refunded_on_the_page(world):
    client = sign_in("order_desk")
    text = page(client, world.ready)
    assert "Still missing" in text and "Unpaid" in text
    key = re.search(r'name="key" value="(\w+)"', text)[1]

    given = {"amount": "40", "method": "card", "capture": "no", "reference": "T-77", "key": key}
    assert said(press(client, "order_pay", world.ready, **given)) == [
        "The payment is recorded: the order is now “Authorised”."
    ]
    press(client, "order_pay", world.ready, **given)  # a double click
    payment = OrderPayment.objects.get()
    assert said(press(client, "payment_capture", world.ready, payment.pk, amount="45", key="c"))[0].startswith(
        "Only 40"
    )
    press(client, "payment_capture", world.ready, payment.pk, amount="30", key="c")
    press(client, "payment_void", world.ready, payment.pk, key="v")
    said_back = said(press(client, "payment_refund", world.ready, payment.pk, amount="5,50", reason="Late", key="r"))

    assert said_back == ["Refunded."]
    payment.refresh_from_db()
    assert (payment.authorised, payment.captured, payment.voided, payment.refunded) == (40, 30, 10, D("5.5"))
    text = page(client, world.ready)
    assert "T-77" in text and "Late" in text and "Part refunded" in text
    assert balance(world.house.company, "deposits") == D("-24.5")
    assert run_checks().ok


def test_paying_a_shipped_order_settles_its_invoice(world):
    client = sign_in("owner")

    press(client, "order_pay", world.shipped, amount="33.50", method="cash", key="k")

    assert "Still missing" not in page(client, world.shipped)
    assert balance(world.house.company, "receivable") == 0
    assert run_checks().ok


def test_who_may_not_and_what_makes_no_sense_writes_nothing(world):
    before = world.written()
    picker, desk = sign_in("picker"), sign_in("order_desk")

    assert press(picker, "order_pay", world.ready, amount="1", method="cash").status_code == 403
    assert "Record a payment" not in page(picker, world.ready)
    assert said(press(desk, "order_pay", world.ready, amount="ten", method="cash")) == ["“ten” is not an amount."]
    assert said(press(desk, "order_pay", world.ready, amount="5", method="gift_card"))
    assert world.written() == before
    assert OrderPaymentEvent.objects.count() == 0


def test_a_payment_of_another_order_is_not_found(world):
    client = sign_in("order_desk")
    press(client, "order_pay", world.ready, amount="5", method="cash", key="k")
    payment = OrderPayment.objects.get()

    assert press(client, "payment_void", world.held, payment.pk).status_code == 404
    assert Order.objects.get(pk=world.held).payments.count() == 0
