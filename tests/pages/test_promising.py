"""What can be promised, on the pages of SKUs and purchase orders."""

from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.formats import date_format

from backoffice.core.proof import run_checks
from inventory.admin.promise_list import answered, lines_of
from inventory.models import InboundRule, PurchaseOrder, PurchaseOrderLine
from inventory.services import (
    SkuInput,
    approve_purchase_order,
    confirm_purchase_order,
    ensure_skus,
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


def test_a_list_of_skus_is_answered_at_once(world):
    confirm(world)
    client = sign_in("buyer")
    expect(client, world, expected=str(in_days(5)), reason="They called")

    answer = client.post(reverse("promise_list"), {"items": "mug\t1\nCUP; 12,5\n\nCUP 100\nNOPE 1"})

    rows = answer.context["rows"]
    assert [(row.line.sku, row.line.quantity) for row in rows] == [
        ("mug", 1), ("CUP", Decimal("12.5")), ("CUP", 100), ("NOPE", 1),
    ]  # fmt: skip
    assert [row.promise and row.promise.date for row in rows] == [in_days(0), in_days(5), None, None]
    text = answer.content.decode()
    assert "85 not in sight" in text and "There is no such SKU." in text


def test_a_list_of_skus_that_makes_no_sense_is_refused_whole(world):
    client = sign_in("buyer")
    many = client.post(reverse("promise_list"), {"items": "MUG\n" * 1001})
    odd = client.post(reverse("promise_list"), {"items": "MUG 3\nMUG lots"})

    assert said(many) == ["At most 1000 lines at once."] and many.context["rows"] == []
    assert said(odd) == ["MUG: “lots” is not a quantity. Give a number, 0 or more."] and odd.context["rows"] == []
    assert sign_in("picker").post(reverse("promise_list"), {"items": "MUG"}).status_code == 403


def test_a_thousand_lines_of_a_list_take_as_many_statements_as_one(world):
    ensure_skus([SkuInput(f"S{n}", "many") for n in range(1000)], company_id=world.house.id)
    counts = []
    for size in (1, 1000):
        with CaptureQueriesContext(connection) as queries:
            rows = answered(world.house.id, lines_of("\n".join(f"S{n} 2" for n in range(size))), None)
        counts.append(len(queries))
        assert len(rows) == size
    assert counts[0] == counts[1] <= 5
