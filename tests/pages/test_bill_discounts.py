"""A supplier's early-payment discount at the pages of the accountant."""

from django.urls import reverse
from django.utils import timezone

from accounting.models import Bill
from backoffice.core.proof import run_checks
from tests.factories.bills import discounted_bills
from tests.factories.staff import said, sign_in

TODAY = {"paid_on": str(timezone.now().date())}


def test_at_the_page_a_run_takes_what_is_in_time_and_a_bill_what_was_kept(world):
    first, second = discounted_bills(world.house, world.cup)
    books = sign_in("accountant")
    page = books.get(reverse("payables")).content.decode()
    assert page.count("0.25") >= 2 and "until" in page

    paid = books.post(reverse("pay_bills"), {"bill": first.pk, "run": "x1", "discounts": "1"})
    assert "B-1-DISCOUNT" in " ".join(said(paid))
    books.post(reverse("pay_bills"), {"bill": second.pk, f"amount-{second.pk}": "12.25", "run": "x2"})
    step = reverse("admin:accounting_bill_step", args=[second.pk, "discount"])
    assert sign_in("buyer").post(step, TODAY).status_code == 403
    books.post(step, TODAY)

    assert {Bill.objects.get(pk=bill.pk).state for bill in (first, second)} == {"paid"}
    shown = books.get(reverse("admin:accounting_bill_change", args=[second.pk])).content.decode()
    assert "B-2-DISCOUNT" in shown
    assert [(one.name, one.row, one.error) for one in run_checks().results if one.state != "ok"] == []
