"""Bills through their pages: typed against open receipts, matched, decided, posted, paid; GRNI by age and written off."""

from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounting.models import Account, Bill, BillPaper
from backoffice.core.models import ApprovalThreshold
from backoffice.core.proof import run_checks
from inventory.models import GrniItem, GrniWriteOff, PurchaseOrder
from tests.factories.bills import grni, written
from tests.factories.buying import deliver, make_purchase
from tests.factories.staff import said, sign_in

D = Decimal
ADD = "admin:accounting_bill_add"


def page(client, pk):
    return client.get(reverse("admin:accounting_bill_change", args=[pk])).content.decode()


def step(client, pk, name, **values):
    return client.post(reverse("admin:accounting_bill_step", args=[pk, name]), values)


def bought(world, delivered="8"):
    order = make_purchase(world.house, world.cup, "10")
    deliver(world.house, order, delivered)
    return order


def head(order, **changes):
    return {
        "kind": "bill", "supplier": order.supplier_id, "number": "R-1", "bill_date": str(timezone.now().date()),
        "total": "20.00",
    } | changes  # fmt: skip


def test_a_bill_is_typed_against_its_receipts_posted_and_paid(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    order, desk, books = bought(world), sign_in("buyer"), sign_in("accountant")
    item = GrniItem.objects.get()
    shown = desk.get(reverse(ADD), {"supplier": order.supplier_id, "kind": "bill"}).content.decode()
    assert f"pick-item-{item.pk}" in shown and order.number in shown and "Not received yet" in shown
    given = head(order, **{f"pick-item-{item.pk}": "1", f"quantity-item-{item.pk}": "8"})
    off = desk.post(reverse("admin:accounting_bill_sums"), given | {"total": "20.01"}).content.decode()
    assert "0.01" in off and "Agrees" not in off
    assert "Agrees" in desk.post(reverse("admin:accounting_bill_sums"), given).content.decode()
    before = written()
    assert "come to" in desk.post(reverse(ADD), given | {"total": "20.01"}).content.decode()
    assert written() == before

    desk.post(reverse(ADD), given | {"match": "1"})

    bill = Bill.objects.get()
    assert bill.status == "approved"
    assert step(desk, bill.pk, "post").status_code == 403
    step(books, bill.pk, "post")
    paper = SimpleUploadedFile("../../scan <1>.pdf", b"%PDF-1.7 paper", content_type="text/html")
    books.post(reverse("admin:accounting_bill_add_paper", args=[bill.pk]), {"paper": paper})
    kept = BillPaper.objects.get()
    sent = books.get(reverse("admin:accounting_bill_paper", args=[bill.pk, kept.pk]))
    assert (sent["Content-Type"], sent["X-Content-Type-Options"], b"".join(sent.streaming_content)) == (
        "application/pdf", "nosniff", b"%PDF-1.7 paper",
    )  # fmt: skip
    due = books.get(reverse("payables")).content.decode()
    assert "R-1" in due and "Owed to suppliers by age" in due
    supplier = books.get(reverse("admin:inventory_supplier", args=[order.supplier_id])).content.decode()
    assert "Open in all" in supplier and "R-1" in supplier
    books.post(reverse("pay_bills"), {"bill": bill.pk, f"amount-{bill.pk}": "5", "run": "x1"})
    assert "Partly paid" in page(books, bill.pk)
    books.post(reverse("pay_bills"), {"bill": bill.pk, "run": "x2"})

    shown = page(books, bill.pk)
    assert "Paid" in shown and "scan &lt;1&gt;.pdf" in shown and "JE-" in shown
    assert "R-1" in books.get(reverse("admin:inventory_purchaseorder_change", args=[order.pk])).content.decode()
    assert grni(world.house) == (0, 0)
    assert run_checks().ok


def test_an_exception_waits_in_the_queue_until_somebody_decides(world):
    order, books = bought(world), sign_in("accountant")
    item, line = GrniItem.objects.get(), order.lines.get()
    account = Account.objects.filter(type="expense", control="", is_postable=True).order_by("code").first()
    books.post(reverse(ADD), head(order, total="30.80", **{
        f"pick-item-{item.pk}": "1", f"price-item-{item.pk}": "2.60", f"pick-line-{line.pk}": "1",
        "kind-x0": "expense", "net-x0": "5.00", "account-x0": account.pk, "description-x0": "<b>Freight",
        "match": "1",
    }))  # fmt: skip
    bill = Bill.objects.get()
    shown = page(books, bill.pk)
    assert "Price is higher" in shown and "Not received yet" in shown and "Three-way match" in shown
    assert "&lt;b&gt;Freight" in shown
    queue = books.get(reverse("admin:accounting_billexception_changelist")).content.decode()
    assert "R-1" in queue and "Price is higher" in queue
    assert "R-1" in books.get(reverse("admin:accounting_bill_changelist") + "?view=exceptions").content.decode()
    before = written()
    assert said(step(books, bill.pk, "approve")) == ["Say why: the reason is kept with the change."]
    assert said(step(books, bill.pk, "post")) and said(step(books, bill.pk, "approve", reason="x", credit="abc"))
    assert written() == before

    step(books, bill.pk, "wait", reason="Rest is on its way")
    assert "waits for goods" in page(books, bill.pk)
    step(books, bill.pk, "approve", reason="Agreed", credit="0.80")
    step(books, bill.pk, "post")
    assert "Credit expected" in page(books, bill.pk)
    assert "R-1" in books.get(reverse("admin:accounting_bill_changelist") + "?view=credits").content.decode()
    deliver(world.house, order, "2")

    assert grni(world.house) == (0, 0)
    assert PurchaseOrder.objects.get(pk=order.pk).status == "received"
    step(books, bill.pk, "reverse", reason="Typed twice")
    assert grni(world.house) == (-25, -25)
    assert run_checks().ok


def test_a_draft_is_changed_and_thrown_away(world):
    order, desk = bought(world), sign_in("buyer")
    item = GrniItem.objects.get()
    desk.post(reverse(ADD), head(order, **{f"pick-item-{item.pk}": "1"}))
    bill = Bill.objects.get()
    edit = reverse("admin:accounting_bill_edit", args=[bill.pk])
    assert f'name="pick-item-{item.pk}" value="1" checked' in desk.get(edit).content.decode()

    desk.post(edit, head(order, total="10.00", **{f"pick-item-{item.pk}": "1", f"quantity-item-{item.pk}": "4"}))
    assert Bill.objects.get().total == D(10)
    bad = SimpleUploadedFile("x.pdf", b"<script>", content_type="application/pdf")
    assert said(desk.post(reverse("admin:accounting_bill_add_paper", args=[bill.pk]), {"paper": bad})) == [
        "The paper must be a PDF, PNG or JPEG file."
    ]
    desk.post(reverse("admin:accounting_bill_discard", args=[bill.pk]))

    assert not Bill.objects.exists()
    assert grni(world.house) == (-20, -20)


def test_grni_is_shown_by_age_exported_and_written_off(world):
    order, books = bought(world), sign_in("accountant")
    ApprovalThreshold.objects.create(company_id=world.house.id, action="write_off", amount=D(1))
    item, report = GrniItem.objects.get(), reverse("admin:inventory_grni_ageing")
    shown = books.get(report).content.decode()
    assert "Equals the account" in shown and f"GRNI-{item.pk}" in shown and order.number in shown
    assert "Everything received is billed." in books.get(report, {"as_of": "2020-01-01"}).content.decode()
    assert "Everything received is billed." in books.get(report, {"days": "30"}).content.decode()
    csv = b"".join(books.get(report, {"as": "csv"}).streaming_content).decode()
    assert f"Supplier,Receipt,{order.number},CUP,," in csv
    assert books.get(report, {"as": "xlsx"})["Content-Disposition"].endswith('.xlsx"')
    assert "Nothing has cleared it yet." in books.get(
        reverse("admin:inventory_grniitem_change", args=[item.pk])
    ).content.decode()  # fmt: skip
    off = reverse("admin:inventory_grni_write_off")
    before = written()
    assert said(books.post(off, {"reason": "Old"})) and said(books.post(off, {"item": item.pk, "reason": ""}))
    assert written() == before

    books.post(off, {"item": item.pk, "reason": "Bankrupt"})
    asked = GrniWriteOff.objects.get()
    decide = reverse("admin:inventory_grniwriteoff_decide", args=[asked.pk, "approve"])
    assert "cannot approve it" in said(books.post(decide))[0]
    assert "Bankrupt" in books.get(reverse("admin:inventory_grniwriteoff_change", args=[asked.pk])).content.decode()
    sign_in("owner").post(decide)

    assert (GrniWriteOff.objects.get().status, grni(world.house)) == ("posted", (0, 0))
    assert run_checks().ok


def test_pickers_see_no_bills(world):
    bought(world)
    picker = sign_in("picker")

    for name in (ADD, "admin:accounting_bill_changelist", "payables"):
        assert picker.get(reverse(name)).status_code == 403
