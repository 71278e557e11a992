"""Purchasing seen in a real browser: no errors, and no page wider than the phone."""

import pytest
from django.urls import reverse
from django.utils import timezone

from backoffice.core.approval_limits import set_threshold
from inventory.models import PurchaseOrderLine
from inventory.services import (
    ConfirmedLine,
    NoticeLine,
    RevisedLine,
    SupplierReturnInput,
    approve_supplier_return,
    create_supplier_return,
    note_delivery,
    record_confirmation,
    revise_purchase_order,
    ship_supplier_return,
)
from tests.browser.test_order_to_cash import Desk
from tests.factories.books import ACTOR
from tests.factories.buying import D, deliver, in_days, make_offer, make_purchase, make_supplier
from tests.factories.goods import make_shop, make_sku
from tests.factories.staff import make_staff
from tests.plugins.browser import PHONE


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_desk_orders_suppliers_and_returns_are_shown(live_server, page, screenshot):
    make_staff("owner")
    shop = make_shop()
    mug, cup = make_sku(shop), make_sku(shop, "CUP")
    make_offer(shop, "MUG", code="CL-MUG-01", price="2.40", min_quantity="12", pack_multiple="6", stock="240")
    make_offer(shop, "MUG", price="2.10", from_quantity="100")
    make_offer(shop, "CUP", code="CL-CUP-02", price="1.10")
    supplier = make_supplier(shop)
    for days in (3, -2, -40):
        done = make_purchase(shop, mug, "20", days)
        deliver(shop, done, "20")
    line = PurchaseOrderLine.objects.get(purchase_order=done)
    back = create_supplier_return(
        [SupplierReturnInput(mug, D(2), line.pk)],
        company_id=shop.id,
        supplier_id=supplier.pk,
        warehouse_id=shop.warehouse.pk,
        actor=ACTOR,
        reason="Cracked glaze",
    )
    approve_supplier_return(back.pk, company_id=shop.id, actor=ACTOR, wanted_at=timezone.now())
    ship_supplier_return(back.pk, company_id=shop.id, effective_at=timezone.now(), actor=ACTOR, carrier="DPD")
    late = make_purchase(shop, cup, "30", -4)
    asked = make_purchase(shop, mug, "10", 9, until="sent")
    told = ConfirmedLine(PurchaseOrderLine.objects.get(purchase_order=asked).pk, D(8), in_days(14), D("2.60"))
    record_confirmation(asked.pk, lines=[told], company_id=shop.id, actor=ACTOR, reference="AB-2209")
    busy = make_purchase(shop, mug, "40", 6)
    first = PurchaseOrderLine.objects.get(purchase_order=busy)
    notice = note_delivery(
        [NoticeLine(first.pk, D(24), "L-7", in_days(300), "00340123450000000018")],
        purchase_order_id=busy.pk,
        company_id=shop.id,
        reference="DN-4711",
        expected_date=in_days(2),
        actor=ACTOR,
        carrier="DPD",
        tracking_number="15501234567890",
    ).notice
    deliver(shop, busy, "10")
    revise_purchase_order(
        busy.pk, lines=[RevisedLine(first.pk, D(60))], company_id=shop.id, actor=ACTOR, reason="More is sold"
    )
    make_purchase(shop, cup, "12", 8, until="approved")
    set_threshold(company_id=shop.id, action="purchase_order", amount=D(10), actor=ACTOR)
    make_purchase(shop, mug, "60", 12, until="submitted")
    desk = Desk(page, live_server, "owner")
    pages = {
        "purchasing-desk": reverse("admin:inventory_purchasing_desk"),
        "purchase-order": reverse("admin:inventory_purchaseorder_change", args=[busy.pk]),
        "purchase-differs": reverse("admin:inventory_purchaseorder_change", args=[asked.pk]),
        "purchase-late": reverse("admin:inventory_purchaseorder_change", args=[late.pk]),
        "purchase-list": reverse("admin:inventory_purchaseorder_changelist"),
        "supplier": reverse("admin:inventory_supplier", args=[supplier.pk]),
        "supplier-file": reverse("admin:inventory_supplier_list", args=[supplier.pk]),
        "supplier-report": reverse("admin:inventory_supplier_report"),
        "supplier-sku": reverse("admin:inventory_suppliersku_changelist"),
        "notice": reverse("admin:inventory_advancenotice_change", args=[notice.pk]),
        "supplier-return": reverse("admin:inventory_supplierreturn_change", args=[back.pk]),
    }

    for name, url in pages.items():
        page.goto(f"{live_server.url}{url}")
        page.wait_for_load_state("networkidle")
        screenshot(page, name)
        page.set_viewport_size(PHONE)
        screenshot(page, f"{name}-phone")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
        page.set_viewport_size({"width": 1440, "height": 900})

    assert desk.complaints == []
