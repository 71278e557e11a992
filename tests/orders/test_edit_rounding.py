"""Taxes of edited orders hold to the cent by the company's rounding: by line, or once on the document."""

from decimal import Decimal

import pytest

from accounting.models import Company, Invoice
from backoffice.core.proof import run_checks
from orders.models import Order, OrderCharge, OrderLine
from orders.services import ChargeAddition, ChargeEdit, LineAddition, LineEdit, OrderEdit
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, place, ship
from tests.orders.test_changing import change

pytestmark = pytest.mark.django_db
D = Decimal
FIFTH = D("0.2")


def make_order(rounding, *, inclusive=False, taxes=("0.20", "0.20", "0.20")):
    shop = make_shop()
    Company.objects.filter(pk=shop.id).update(tax_rounding=rounding)
    make_stock(shop, make_sku(shop), "20")
    lines = [line(quantity="1", price="1.00", tax=D(tax), tax_rate=FIFTH) for tax in taxes]
    channel = make_channel(shop, prices_include_tax=inclusive)
    (result,) = place(channel, order("A", *lines))
    return shop, result


def reprice(price):
    return [LineEdit(pk, unit_price=D(price)) for pk in OrderLine.objects.order_by("position").values_list("pk", flat=True)]  # fmt: skip


@pytest.mark.parametrize(("rounding", "tax", "more"), [("line", "0.69", "0.92"), ("document", "0.68", "0.90")])
def test_edited_and_added_lines_are_rounded_as_the_company_says_and_billed_so(rounding, tax, more):
    """3 × 1.13 at 20 %: 0.226 each is 0.69 by line, 0.678 is 0.68 by document; a fourth: 0.92, and 0.904 is 0.90."""
    shop, result = make_order(rounding)

    change(shop, result.order_id, OrderEdit(reprice("1.13")))
    assert Order.objects.get().tax_total == sum(OrderLine.objects.values_list("tax", flat=True)) == D(tax)
    assert Order.objects.get().total == D("3.39") + D(tax)

    added = LineAddition(OrderLine.objects.first().sku_id, D(1), unit_price=D("1.13"), tax_rate=FIFTH)
    change(shop, result.order_id, OrderEdit(added=[added]))
    assert Order.objects.get().tax_total == sum(OrderLine.objects.values_list("tax", flat=True)) == D(more)

    (bill,) = ship(shop, result)
    invoice = Invoice.objects.get(pk=bill.invoice_id)
    assert (invoice.net, invoice.tax) == (D("4.52"), D(more))
    assert run_checks().ok


@pytest.mark.parametrize(("rounding", "tax"), [("line", "0.57"), ("document", "0.57")])
def test_prices_that_include_tax_keep_their_total(rounding, tax):
    """3 × 1.13 with 20 % in it: 0.18833 each is 0.19, and 0.565 is 0.57."""
    shop, result = make_order(rounding, inclusive=True, taxes=("0.17", "0.17", "0.16"))

    change(shop, result.order_id, OrderEdit(reprice("1.13")))

    assert (Order.objects.get().tax_total, Order.objects.get().total) == (D(tax), D("3.39"))


@pytest.mark.parametrize(("rounding", "with_fee"), [("line", "0.92"), ("document", "0.91")])
def test_one_edited_line_and_a_charge_are_rounded_with_those_that_stay(rounding, with_fee):
    """Net 3.44 is 0.688; with a fee of 1.13 it is 0.914, where by line it is 0.20 + 0.20 + 0.29 + 0.23."""
    shop, result = make_order(rounding)
    last = OrderLine.objects.order_by("-position").first()

    change(shop, result.order_id, OrderEdit([LineEdit(last.pk, unit_price=D("1.44"))]))
    assert Order.objects.get().tax_total == D("0.69")
    change(shop, result.order_id, OrderEdit(added_charges=[ChargeAddition("fee", D("1.13"), tax_rate=FIFTH)]))
    assert Order.objects.get().tax_total == D(with_fee)

    change(shop, result.order_id, OrderEdit(charges=[ChargeEdit(OrderCharge.objects.get().pk, None)]))
    assert (Order.objects.get().tax_total, Order.objects.get().total) == (D("0.69"), D("4.13"))


def test_what_a_channel_rounds_its_own_way_stays_and_the_edit_adds_to_it():
    """The channel charged 0.63 where 0.60 is due: raising it by 0.39 of net raises it by 0.08, no more."""
    shop, result = make_order("document", taxes=("0.21", "0.21", "0.21"))

    change(shop, result.order_id, OrderEdit(reprice("1.13")))

    assert Order.objects.get().tax_total == D("0.71")
