"""What can be promised, on the pages of SKUs and purchase orders."""

from django.urls import reverse
from django.utils.formats import date_format

from backoffice.core.proof import run_checks
from inventory.models import InboundRule, PurchaseOrder, PurchaseOrderLine
from inventory.services import (
    approve_purchase_order,
    confirm_purchase_order,
    send_purchase_order,
    submit_purchase_order,
)
from tests.factories.books import ACTOR
from tests.factories.buying import in_days
from tests.factories.staff import said, sign_in


def confirm(world):
    for step in (submit_purchase_order, approve_purchase_order, send_purchase_order, confirm_purchase_order):
        step(world.purchase, company_id=world.house.id, actor=ACTOR)


def sku_page(client, sku):
    return client.get(reverse("admin:inventory_sku_change", args=[sku])).content.decode()


def expect(client, world, **data):
    return client.post(reverse("admin:inventory_purchaseorder_expect", args=[world.purchase]), data)


def test_the_sku_page_tells_what_can_be_promised_and_what_is_not_counted(world):
    client = sign_in("buyer")
    confirm(world)
    assert "no expected date" in sku_page(client, world.cup)

    answer = expect(client, world, expected=str(in_days(5)), reason="They called")

    assert said(answer) == ["Saved: what was promised from it is counted again."]
    text = sku_page(client, world.cup)
    assert "no expected date" not in text
    assert "Can be promised" in text and date_format(in_days(5), "SHORT_DATE_FORMAT") in text
    assert '<strong><span class="bo-num">15</span></strong>' in text  # 20 come, 5 are waited for
    assert ">5</span> more are promised to those who wait already." in text
    page = client.get(reverse("admin:inventory_purchaseorder_change", args=[world.purchase])).content.decode()
    assert "They called" in page and str(in_days(5)) in page
    assert run_checks().ok


def test_trust_is_taken_away_by_a_buyer_with_a_reason(world):
    client = sign_in("buyer")
    confirm(world)
    expect(client, world, expected=str(in_days(5)), reason="They called")
    url = reverse("admin:inventory_purchaseorder_trust", args=[world.purchase])

    client.post(url, {"trusted": "no", "reason": "Ship is stuck"})

    assert PurchaseOrder.objects.get(pk=world.purchase).trusted is False
    assert "this order is not trusted" in sku_page(client, world.cup)


def test_what_makes_no_sense_or_is_not_allowed_changes_nothing(world):
    client = sign_in("buyer")
    confirm(world)
    before = world.written()
    line = PurchaseOrderLine.objects.get(purchase_order=world.purchase).pk

    no_reason = expect(client, world, expected=str(in_days(5)))
    no_date = expect(client, world, expected=str(in_days(5)), **{f"expected-{line}": "31.02.2026", "reason": "x"})
    picker = expect(sign_in("picker"), world, expected=str(in_days(5)), reason="x")

    assert said(no_reason) == ["Say why: the reason is kept with the change."]
    assert said(no_date) == ["“31.02.2026” is not a date."]
    assert picker.status_code == 403
    assert PurchaseOrder.objects.get(pk=world.purchase).expected_date is None
    assert world.written() == before


def test_a_rule_of_trust_is_kept_by_the_form(world):
    client = sign_in("buyer")

    response = client.post(
        reverse("admin:inventory_inboundrule_add"),
        {
            "company": world.house.id, "supplier": "", "is_trusted": "on", "margin_days": "2", "overdue_days": "7",
            "change_reason": "Always late",
        },
    )  # fmt: skip

    assert response.status_code == 302, response.content.decode()[:2000]
    rule = InboundRule.objects.get()
    assert (rule.margin_days, rule.overdue_days, str(rule)) == (2, 7, "All suppliers")
    assert "All suppliers" in client.get(reverse("admin:inventory_inboundrule_changelist")).content.decode()
