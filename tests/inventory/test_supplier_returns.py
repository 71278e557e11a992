"""Goods that go back to suppliers: claimed, sent at cost, owed at the purchase price until credited."""

from decimal import Decimal

import pytest
from django.utils import timezone

from accounting.models import AccountRole
from backoffice.core.errors import IllegalTransition
from backoffice.core.proof import run_checks
from inventory.errors import PurchaseRefused
from inventory.models import Demand, GrniItem, PurchaseOrderLine, SupplierReturn
from inventory.services import (
    SupplierReturnInput,
    approve_supplier_return,
    cancel_supplier_return,
    close_supplier_return,
    create_supplier_return,
    credit_supplier_return,
    ship_supplier_return,
)
from tests.factories.bills import make_bill, post, receipt_line
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, make_purchase, make_supplier
from tests.factories.goods import balance, level, make_claim, make_shop, make_sku, make_stock, written
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
D = Decimal


def bought(shop, quantity="10"):
    """A mug in stock at 5.00 each, ten more bought at 2.50: all cost 3.75."""
    sku = make_sku(shop)
    make_stock(shop, sku, "10", "50.00")
    order = make_purchase(shop, sku, quantity)
    deliver(shop, order, quantity)
    return sku, PurchaseOrderLine.objects.get(purchase_order=order)


def give_back(shop, sku, quantity, line=None, **values):
    return create_supplier_return(
        [SupplierReturnInput(sku, D(quantity), line.pk if line else None, **values)],
        company_id=shop.id,
        supplier_id=make_supplier(shop).pk,
        warehouse_id=shop.warehouse.pk,
        actor=ACTOR,
        reason="Cracked",
    )


def test_goods_leave_at_cost_and_are_owed_at_the_purchase_price_with_the_difference_as_variance():
    shop = make_shop()
    sku, line = bought(shop)
    found = give_back(shop, sku, "4", line)

    approve_supplier_return(found.pk, company_id=shop.id, actor=ACTOR, wanted_at=timezone.now())
    assert level(shop, sku) == (20, 20, 4)
    ship_supplier_return(
        found.pk, company_id=shop.id, effective_at=timezone.now(), actor=ACTOR, carrier="DPD", tracking_number="T1"
    )

    found.refresh_from_db()
    assert (found.status, found.expected, found.tracking_number) == ("shipped", D("10.00"), "T1")
    assert level(shop, sku) == (16, 16, 0)
    assert balance(shop.company, AccountRole.INVENTORY) == D("60.00")
    assert balance(shop.company, AccountRole.GRNI) == D("-15.00")  # 25 received, 10 owed back
    assert balance(shop.company, AccountRole.PRICE_VARIANCE) == D("5.00")
    credit_supplier_return(found.pk, company_id=shop.id, actor=ACTOR, reference="CN-7")
    assert close_supplier_return(found.pk, company_id=shop.id, actor=ACTOR).status == "closed"
    assert run_checks().ok


def test_the_suppliers_credit_note_clears_what_went_back_and_credits_the_return():
    shop = make_shop()
    sku, line = bought(shop)
    found = give_back(shop, sku, "4", line)
    approve_supplier_return(found.pk, company_id=shop.id, actor=ACTOR, wanted_at=timezone.now())
    ship_supplier_return(found.pk, company_id=shop.id, effective_at=timezone.now(), actor=ACTOR)
    item = GrniItem.objects.get(kind="supplier_return")
    assert (item.supplier_id, item.po_line_id, item.value) == (found.supplier_id, line.pk, D("10.00"))

    def credit(quantity, number):
        note = make_bill(
            shop, found.supplier_id, receipt_line(item, quantity, "2.50"), kind="credit_note", number=number
        )
        post(shop, note)
        return SupplierReturn.objects.get().status

    assert credit("1", "CN-1") == "shipped"
    assert credit("3", "CN-2") == "credited"

    assert SupplierReturn.objects.get().credit_reference == "CN-2"
    assert balance(shop.company, AccountRole.GRNI) == D("-25.00")
    assert balance(shop.company, AccountRole.PAYABLE) == D("10.00")
    assert run_checks().ok


@pytest.mark.parametrize(
    ("quantity", "named", "code"),
    [("11", True, "more_than_received"), ("0", True, "bad_line"), ("1", False, "no_price")],
)
def test_a_return_that_makes_no_sense_is_refused_and_nothing_is_written(quantity, named, code):
    shop = make_shop()
    sku, line = bought(shop)

    with refused(PurchaseRefused) as refusal:
        give_back(shop, sku, quantity, line if named else None)

    assert (refusal.value.context["code"], SupplierReturn.objects.count()) == (code, 0)


def test_what_is_promised_to_customers_does_not_go_back():
    shop = make_shop()
    sku, line = bought(shop)
    make_claim(shop, sku, "15")
    found = give_back(shop, sku, "6", line)
    before = written()

    with refused(PurchaseRefused) as refusal:
        approve_supplier_return(found.pk, company_id=shop.id, actor=ACTOR, wanted_at=timezone.now())

    assert (refusal.value.context["code"], written()) == ("not_there", before)
    assert Demand.objects.filter(kind="supplier_return").count() == 0


def test_a_cancelled_return_gives_its_claims_back_and_a_shipped_one_cannot_be_cancelled():
    shop = make_shop()
    sku, line = bought(shop)
    first, second = give_back(shop, sku, "4", line), give_back(shop, sku, "6", line)
    for found in (first, second):
        approve_supplier_return(found.pk, company_id=shop.id, actor=ACTOR, wanted_at=timezone.now())

    cancel_supplier_return(first.pk, company_id=shop.id, actor=ACTOR, reason="They come and mend them")
    ship_supplier_return(second.pk, company_id=shop.id, effective_at=timezone.now(), actor=ACTOR)

    assert level(shop, sku) == (14, 14, 0)
    with refused(IllegalTransition):
        cancel_supplier_return(second.pk, company_id=shop.id, actor=ACTOR, reason="x")
    assert run_checks().ok
