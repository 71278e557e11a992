"""Deliveries beyond the order: tolerated, or waiting for another person; and receipts from a supplier's notice."""

from decimal import Decimal

import pytest
from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.proof import run_checks
from inventory.models import AdvanceNotice, PurchaseOrderLine, SupplierTerms
from inventory.services import NoticeLine, note_delivery
from tests.factories.books import ACTOR
from tests.factories.buying import in_days, make_purchase
from tests.factories.goods import level, make_shop, make_sku, written
from tests.factories.refusals import refused
from tests.factories.staff import make_staff
from warehouse.errors import ReceiptRefused
from warehouse.models import OverDelivery
from warehouse.services import DeliveredLine, accept_over_delivery, receive_delivery, refuse_over_delivery

pytestmark = pytest.mark.django_db
D = Decimal


def arrive(shop, order, quantity, actor=ACTOR, **values):
    line = PurchaseOrderLine.objects.get(purchase_order=order)
    return receive_delivery(
        [DeliveredLine(line.pk, D(quantity), shop.bin)],
        po_id=order.pk,
        company_id=shop.id,
        effective_at=timezone.now(),
        actor=actor,
        **values,
    )


def test_what_is_over_waits_until_somebody_else_takes_it():
    shop = make_shop()
    sku = make_sku(shop)
    SupplierTerms.objects.create(company=shop.company, over_quantity=D(1))
    order = make_purchase(shop, sku, "10")
    packer, lead = Actor.of(make_staff("picker")), Actor.of(make_staff("warehouse_lead"))

    receipt, (over,) = arrive(shop, order, "13", packer, reference="DN-1")

    assert (receipt.state, level(shop, sku), over.quantity, over.status) == ("received", (11, 11, 0), 2, "waiting")
    before = written()
    with refused(ReceiptRefused) as refusal:
        accept_over_delivery(over.pk, company_id=shop.id, actor=packer)
    assert (refusal.value.context["code"], written()) == ("own_document", before)
    accept_over_delivery(over.pk, company_id=shop.id, actor=lead, reason="We need them")
    over.refresh_from_db()
    assert (over.status, level(shop, sku)) == ("accepted", (13, 13, 0))
    with refused(ReceiptRefused):
        accept_over_delivery(over.pk, company_id=shop.id, actor=lead)
    assert run_checks().ok


def test_what_is_refused_never_was_in_the_books_and_the_same_note_twice_asks_once():
    shop = make_shop()
    sku = make_sku(shop)
    order = make_purchase(shop, sku, "10")

    _receipt, (over,) = arrive(shop, order, "12", reference="DN-1")
    again, waiting = arrive(shop, order, "12", reference="DN-1")

    assert (again.state, waiting, OverDelivery.objects.count()) == ("already", [], 1)
    refuse_over_delivery(over.pk, company_id=shop.id, actor=ACTOR, reason="Goes back with the driver")
    assert level(shop, sku) == (10, 10, 0)
    nothing, (all_over,) = arrive(shop, order, "3", reference="DN-2")
    assert (nothing, all_over.quantity) == (None, 3)
    assert run_checks().ok


def test_a_receipt_of_a_notice_ends_it_and_one_of_another_order_is_refused():
    shop = make_shop()
    sku = make_sku(shop)
    order, other = make_purchase(shop, sku, "10"), make_purchase(shop, sku, "5")
    line = PurchaseOrderLine.objects.get(purchase_order=order)
    noted = note_delivery(
        [NoticeLine(line.pk, D(6))],
        purchase_order_id=order.pk,
        company_id=shop.id,
        reference="DN-1",
        expected_date=in_days(1),
        actor=ACTOR,
    )

    before = written()
    with refused(ReceiptRefused):
        arrive(shop, other, "1", notice_id=noted.notice.pk)
    assert written() == before
    arrive(shop, order, "6", reference="DN-1", notice_id=noted.notice.pk)

    assert AdvanceNotice.objects.get().status == "received"
    assert run_checks().ok
