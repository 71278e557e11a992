"""Purchasing on screen: the desk, an order's page, suppliers, notices, returns, over-deliveries."""

import io
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from backoffice.core.approval_limits import set_threshold
from backoffice.core.proof import run_checks
from inventory.models import (
    AdvanceNotice,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderRevision,
    SupplierPrice,
    SupplierReturn,
    SupplierSku,
)
from inventory.selectors.receipts import receipts_of
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, in_days, make_offer, make_purchase
from tests.factories.goods import level, make_sku
from tests.factories.staff import make_staff
from warehouse.models import OverDelivery

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def buyer(client, world):
    client.force_login(make_staff("buyer"))
    return client


def page(client, order):
    return client.get(reverse("admin:inventory_purchaseorder_change", args=[order.pk])).content.decode()


def press(client, name, *args, **values):
    return client.post(reverse(f"admin:{name}", args=args), values, follow=True).content.decode()


def only_line(order):
    return PurchaseOrderLine.objects.get(purchase_order=order)


def csv(text, name="lines.csv"):
    return SimpleUploadedFile(name, text.encode(), "text/csv")


def test_an_order_is_changed_confirmed_announced_received_and_sent_back_from_its_page(buyer, world):
    """odoo/odoo#35099: buying needs no right to move stock, and gives none."""
    order = make_purchase(world.house, world.cup, "10", until="approved")
    line = only_line(order)

    press(buyer, "inventory_purchaseorder_step", order.pk, "send")
    said = press(
        buyer,
        "inventory_purchaseorder_confirmation",
        order.pk,
        **{
            f"quantity-{line.pk}": "8",
            f"cost-{line.pk}": "2.50",
            f"date-{line.pk}": str(in_days(9)),
            "reference": "AB",
        },
    )
    assert "The supplier confirmed it differently" in said
    assert "The change is applied." in press(
        buyer, "inventory_purchaseorder_decide", order.pk, 1, decision="approve", reason="Fine"
    )
    press(
        buyer,
        "inventory_notice_add",
        order.pk,
        **{f"announced-{line.pk}": "8", "reference": "DN-1", "expected_date": str(in_days(3)), "carrier": "DPD"},
    )
    notice = AdvanceNotice.objects.get()
    closed = [reverse("admin:inventory_adjustment_add"), reverse("admin:warehouse_receive", args=[order.pk])]
    assert [buyer.get(page).status_code for page in closed] == [403, 403]
    buyer.force_login(make_staff("warehouse_lead"))
    form = buyer.get(reverse("admin:warehouse_receive", args=[order.pk]), {"notice": notice.pk}).content.decode()
    assert 'value="8"' in form and 'value="DN-1"' in form
    press(
        buyer,
        "warehouse_receive",
        order.pk,
        **{f"line-{line.pk}": "9", "location": world.house.bin, "reference": "DN-1", "notice": notice.pk},
    )
    over = OverDelivery.objects.get()
    refusal = press(buyer, "warehouse_overdelivery_decide", over.pk, decision="accept")
    assert "cannot approve it" in refusal and level(world.house, world.cup)[0] == 8
    buyer.force_login(make_staff("owner"))
    press(buyer, "warehouse_overdelivery_decide", over.pk, decision="accept")
    assert level(world.house, world.cup)[0] == 9
    press(buyer, "inventory_supplierreturn_of", order.pk, **{f"back-{line.pk}": "2", "reason": "Cracked"})
    back = SupplierReturn.objects.get()
    for step, values in (("approve", {}), ("ship", {"carrier": "DPD"}), ("credit", {"reference": "CN-1"})):
        press(buyer, "inventory_supplierreturn_step", back.pk, step, **values)
    shown = buyer.get(reverse("admin:inventory_supplierreturn_change", args=[back.pk])).content.decode()

    assert "CN-1" in shown and "Credited" in shown
    text = page(buyer, order)
    assert all(words in text for words in ("DN-1", back.number, "Supplier&#x27;s confirmation", "GR-"))
    assert run_checks().ok


def test_a_change_that_needs_approval_stands_on_the_desk_until_somebody_else_decides(buyer, world):
    set_threshold(company_id=world.house.id, action="purchase_order", amount=D(30), actor=ACTOR)
    order = make_purchase(world.house, world.cup, "10")
    line = only_line(order)

    said = press(
        buyer,
        "inventory_purchaseorder_revise",
        order.pk,
        **{f"quantity-{line.pk}": "50", f"cost-{line.pk}": "2.50", "reason": "More is sold"},
    )
    own = press(buyer, "inventory_purchaseorder_decide", order.pk, 1, decision="approve")

    assert "The change waits for approval." in said and "Who made it cannot approve it." in own
    assert only_line(order).quantity == 10
    desk = buyer.get(reverse("admin:inventory_purchasing_desk")).content.decode()
    assert order.number in desk and "a change waits for a decision" in desk
    buyer.force_login(make_staff("owner"))
    press(buyer, "inventory_purchaseorder_decide", order.pk, 1, decision="approve")
    assert (only_line(order).quantity, PurchaseOrderRevision.objects.get().status) == (50, "applied")


def test_the_desk_tells_what_is_late_and_keeps_that_somebody_phoned(buyer, world):
    late = make_purchase(world.house, world.cup, "10", -4)
    soon = make_purchase(world.house, world.mug, "10", 2)

    desk = buyer.get(reverse("admin:inventory_purchasing_desk")).content.decode()
    press(buyer, "inventory_purchaseorder_note", late.pk, kind="phone", reason="Comes on Friday", desk="1")

    assert "4 days late" in desk and "in 2 days" in desk and soon.number in desk
    assert "Comes on Friday" in page(buyer, late)


def test_lines_come_from_a_file_and_a_wrong_row_writes_nothing(buyer, world):
    make_offer(world.house, "MUG", price="2.20")
    order = make_purchase(world.house, world.cup, "10", until="draft")
    url = reverse("admin:inventory_purchaseorder_lines", args=[order.pk])

    wrong = buyer.post(url, {"file": csv("sku,quantity,unit_cost\nMUG,5,\nNOPE,1,1\n")}, follow=True)
    bad = buyer.post(url, {"file": csv("sku,quantity\nMUG,many\n")}, follow=True)

    assert "there is no SKU “NOPE”" in wrong.content.decode() and "is no number" in bad.content.decode()
    assert order.lines.count() == 1
    buyer.post(url, {"file": csv("sku,quantity,unit_cost\nmug,5,\nCUP,2,1.5\n")})
    assert list(order.lines.order_by("position").values_list("quantity", "unit_cost")) == [
        (10, D("2.50")),
        (5, D("2.20")),
        (2, D("1.50")),
    ]


def test_a_price_above_the_list_and_a_quantity_against_the_pack_are_flagged(buyer, world):
    make_offer(world.house, "CUP", price="2.00", min_quantity="20", pack_multiple="12")
    order = make_purchase(world.house, world.cup, "10", until="draft")

    text = page(buyer, order)

    assert "above the list price of 2" in text and "below the minimum of 20" in text and "no multiple of 12" in text


def test_a_draft_is_written_anew(buyer, world):
    order = make_purchase(world.house, world.cup, "10", until="draft")
    make_offer(world.house, "MUG", price="2.20")
    url = reverse("admin:inventory_purchaseorder_edit", args=[order.pk])
    assert "CUP" in buyer.get(url).content.decode()
    rows = {
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "lines-0-sku": "MUG",
        "lines-0-quantity": "7",
        "lines-0-unit_cost": "",
    }

    buyer.post(url, {**rows, "note": "Please pack well", "expected_date": str(in_days(4))})

    order.refresh_from_db()
    line = only_line(order)
    assert (line.sku_id, line.quantity, line.unit_cost) == (world.mug, 7, D("2.20"))
    assert (order.note, order.expected_date) == ("Please pack well", in_days(4))


def test_a_suppliers_list_is_read_from_a_file_all_or_nothing(buyer, world):
    url = reverse("admin:inventory_supplier_list", args=[world.supplier.pk])

    wrong = buyer.post(url, {"file": csv("sku,price,stock\nMUG,2.5,10\nNOPE,1,1\n")})
    assert "rows.2.sku" in wrong.content.decode()
    assert SupplierSku.objects.count() == 0
    done = buyer.post(
        url, {"file": csv("sku,code,price,from_quantity,stock\nMUG,A-1,2.5,,10\nMUG,,2,100,\n")}, follow=True
    )

    assert "New SKUs: 1" in done.content.decode()
    assert list(SupplierPrice.objects.order_by("min_quantity").values_list("min_quantity", "unit_price")) == [
        (1, D("2.5")),
        (100, 2),
    ]


def test_the_scorecard_counts_late_short_dear_and_returned(buyer, world):
    make_offer(world.house, "CUP", supplier="SUP", price="2.50")
    good = make_purchase(world.house, world.cup, "10", 3)
    late = make_purchase(world.house, world.cup, "10", -2)
    for order in (good, late):
        deliver(world.house, order, "10")
    short = make_purchase(world.house, world.mug, "10", 3)
    deliver(world.house, short, "4")
    press(buyer, "inventory_purchaseorder_step", short.pk, "close", reason="Sold out")

    report = buyer.get(reverse("admin:inventory_supplier_report"))
    file = b"".join(buyer.get(reverse("admin:inventory_supplier_report"), {"as": "csv"}).streaming_content).decode()
    shown = buyer.get(reverse("admin:inventory_supplier", args=[world.supplier.pk])).content.decode()

    assert report.status_code == 200
    assert "SUP,3,33.3,66.7,100" in file
    assert "33.3 %" in shown and "66.7 %" in shown and "2.50" in shown


def test_many_orders_are_approved_by_one_background_job(buyer, world):
    from backoffice.core.tasks import run_bulk_job

    orders = [make_purchase(world.house, world.cup, "10", until="draft") for _number in range(3)]
    url = reverse("admin:inventory_purchaseorder_changelist")

    buyer.post(url, {"action": "bulk:purchasing.submit", "_selected_action": [order.pk for order in orders]})
    from backoffice.core.models import BulkJob

    run_bulk_job(BulkJob.objects.get().pk)

    assert set(PurchaseOrder.objects.filter(pk__in=[o.pk for o in orders]).values_list("status", flat=True)) == {
        "approved"
    }


def test_a_purchase_order_is_printed_in_the_suppliers_language(buyer, world):
    pypdf = pytest.importorskip("pypdf")
    make_offer(world.house, "CUP", code="A-77", price="2.50")
    order = make_purchase(world.house, world.cup, "10", until="approved")

    for language, words in (("en", "Purchase order"), ("", "Purchase order")):
        answer = buyer.get(
            reverse("admin:orders_document_pdf", args=["purchase_order", order.pk]), {"language": language}
        )
        text = "".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(answer.content)).pages)
        assert words in text and order.number in text and "A-77" in text and "25.00" in text


def test_a_receipt_is_taken_back_from_the_orders_page_and_not_when_it_is_gone(buyer, world):
    bowl = make_sku(world.house, "BOWL")
    order = make_purchase(world.house, bowl, "10")
    deliver(world.house, order, "4")
    move = receipts_of(order.pk).get()
    assert "Take back" in page(buyer, order)

    said = press(buyer, "inventory_purchaseorder_receipt_reverse", order.pk, move.pk, reason="wrong van")

    assert "the receipt is taken back" in said and "taken back</span>" in said
    assert level(world.house, bowl)[0] == 0 and only_line(order).received == 0
    held = world.written()
    said = press(buyer, "inventory_purchaseorder_receipt_reverse", order.pk, move.pk, reason="again")
    assert "This receipt was taken back already." in said and world.written() == held
    assert run_checks().ok
