"""Adjustments at the pages: a small one at once, a dear one by two people, the report on what was lost."""

from decimal import Decimal

import pytest
from django.urls import reverse

from backoffice.core.approval_limits import set_limit, set_threshold
from backoffice.core.models import User
from backoffice.core.proof import run_checks
from inventory.models import Adjustment
from inventory.services import submit_adjustment
from tests.factories.books import ACTOR
from tests.factories.goods import level, make_claim, make_shop, make_sku, make_stock
from tests.factories.moving import make_adjustment, moving_facts, reason
from tests.factories.staff import said, sign_in

D = Decimal


class House:
    def __init__(self) -> None:
        self.shop = make_shop()
        self.mug = make_sku(self.shop, "MUG")
        make_stock(self.shop, self.mug, "10", "50.00")
        set_threshold(company_id=self.shop.id, action="adjustment", amount=D(20), actor=ACTOR)


@pytest.fixture
def house(db):
    return House()


def form(house, quantity, code="lost", sku="MUG", place="A1", **values):
    return {
        "warehouse": house.shop.warehouse.pk, "reason": reason(house.shop, code).pk, "note": "Looked twice",
        "lines-TOTAL_FORMS": "2", "lines-INITIAL_FORMS": "0",
        "lines-0-sku": sku, "lines-0-lot": "", "lines-0-location": place, "lines-0-quantity": quantity,
        "lines-0-note": "", "lines-1-sku": "", "lines-1-lot": "", "lines-1-location": "", "lines-1-quantity": "",
        "lines-1-note": "",
    } | values  # fmt: skip


def press(client, name, **data):
    pk = Adjustment.objects.latest("pk").pk
    return client.post(reverse("admin:inventory_adjustment_step", args=[pk, name]), data)


def page(client):
    pk = Adjustment.objects.latest("pk").pk
    return client.get(reverse("admin:inventory_adjustment_change", args=[pk])).content.decode()


ADD = "admin:inventory_adjustment_add"


def test_a_small_loss_is_posted_at_once_and_reversed(house):
    lead = sign_in("warehouse_lead")
    lead.post(reverse(ADD), form(house, "-3"))
    assert "ADJ-" in page(lead) and "Looked twice" in page(lead)

    press(lead, "submit")

    shown = page(lead)
    assert "Posted" in shown and "JE-" in shown and "15.00" in shown
    assert level(house.shop, house.mug)[0] == D(7)
    press(lead, "reverse", reason="Found behind the shelf")
    assert "Reverses" in page(lead)
    assert level(house.shop, house.mug)[0] == D(10)
    assert run_checks().ok


def test_a_dear_loss_needs_a_second_person_within_their_limit(house):
    lead, accountant = sign_in("warehouse_lead"), sign_in("accountant")
    limited = User.objects.get(username="accountant")
    limit = {"company_id": house.shop.id, "action": "adjustment", "user_id": limited.pk, "actor": ACTOR}
    set_limit(amount=D(24), **limit)
    lead.post(reverse(ADD), form(house, "-5"))
    press(lead, "submit")
    assert "Waits for somebody else" in page(lead)
    before = moving_facts()

    assert "Who made it cannot approve it." in said(press(lead, "approve"))[0]
    assert said(press(accountant, "approve")) == [
        "Stock adjustment of 25.00: You may approve up to 24.00."
        " May approve: nobody yet: add a limit under Approval limits."
    ]
    assert moving_facts() == before
    set_limit(amount=D(25), **limit)
    press(accountant, "approve")

    assert Adjustment.objects.get().status == "posted"
    assert run_checks().ok


def test_negative_stock_is_refused_by_name_at_the_page(house):
    """frappe/erpnext#33936, #57677; odoo/odoo#41669: stock went negative, and values were wrong ever after."""
    set_threshold(company_id=house.shop.id, action="adjustment", amount=None, actor=ACTOR)
    lead = sign_in("warehouse_lead")
    lead.post(reverse(ADD), form(house, "-11"))
    before = moving_facts()

    [gone] = said(press(lead, "submit"))
    assert gone == "11 of MUG cannot leave A1 (10 there): not_enough_stock."
    make_claim(house.shop, house.mug, "8")
    lead.post(reverse(ADD), form(house, "-5"))
    [promised] = said(press(lead, "submit"))
    assert promised == "5 of MUG cannot leave A1 (2 there): reserved."
    assert level(house.shop, house.mug) == (D(10), D(10), D(8))
    assert moving_facts()[6] == before[6]


def test_wrong_forms_are_refused_beside_their_field(house):
    lead = sign_in("warehouse_lead")
    before = moving_facts()

    for data, words in (
        (form(house, "-1", sku="NOPE"), "There is no SKU “NOPE”."),
        (form(house, "-1", place="ZZ"), "LON has no place “ZZ”."),
        (form(house, "0"), "give a quantity above or below zero"),
        (form(house, "1"), "is for losses: give a quantity below zero"),
        (form(house, "x"), "Enter a number"),
        (form(house, "-1", **{"lines-0-lot": "L9"}), "There is no lot “L9” of it."),
    ):
        assert words in lead.post(reverse(ADD), data).content.decode(), words
    assert moving_facts() == before
    assert sign_in("picker").get(reverse(ADD)).status_code == 403


def test_the_report_tells_what_was_lost_by_whom_and_where(house):
    made = make_adjustment(house.shop, {house.mug: "-3"}, "theft")
    from django.utils import timezone

    submit_adjustment(made, company_id=house.shop.id, effective_at=timezone.now(), actor=ACTOR)
    lead = sign_in("warehouse_lead")
    report = reverse("shrinkage_report")

    shown = lead.get(report).content.decode()
    assert "Stolen" in shown and "15.00" in shown and "ADJ-" in shown
    for group in ("user", "place", "sku", "hour", "weekday", "week"):
        assert "15.00" in lead.get(report, {"group": group}).content.decode(), group
    drilled = lead.get(report, {"group": "reason", "key": "theft"}).content.decode()
    assert "LON · A1" in drilled
    csv = b"".join(lead.get(report, {"group": "sku", "as": "csv"}).streaming_content).decode()
    assert csv.splitlines()[1].startswith("MUG · MUG,1,3,15")
    moves = b"".join(lead.get(report, {"what": "moves", "as": "csv"}).streaming_content).decode()
    assert ",MUG,MUG,LON,A1,Stolen,job:test,'-3" in moves or ",MUG,MUG,LON,A1,Stolen,job:test,-3,-15," in moves
    assert b"".join(lead.get(report, {"as": "xlsx"}).streaming_content)[:2] == b"PK"
    assert "15.00" not in lead.get(report, {"start": "2099-01-01"}).content.decode()
    assert "Questions, not verdicts" in lead.get(reverse("suspicions")).content.decode()
    assert sign_in("picker").get(report).status_code == 403
    assert run_checks().ok
