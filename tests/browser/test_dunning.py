"""Reminders in a real browser: a proposal is looked at, approved and issued; no page is wider than a phone."""

import pytest
from django.urls import reverse

from accounting.models import DunningRun
from tests.accounting.test_dunning import make_plan, on, reachable
from tests.accounting.test_settlements import bill_to
from tests.browser.test_order_to_cash import Desk
from tests.factories.books import make_company
from tests.factories.staff import make_staff
from tests.plugins.browser import PHONE, WIDE


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_proposal_is_looked_at_approved_and_issued(live_server, page, screenshot):
    make_staff("owner")
    company = make_company()
    plan = make_plan(company)
    for code, amounts in (("C1", ("100", "60")), ("C2", ("1250.40",))):
        bill_to(reachable(company, code), *amounts)
    Desk(page, live_server, "owner")

    def see(address, name):
        page.goto(f"{live_server.url}{address}")
        screenshot(page, name)
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
        screenshot(page, f"{name}-phone")
        page.set_viewport_size(WIDE)

    see(reverse("admin:accounting_dunningplan_change", args=[plan.pk]), "dunning-plan")
    page.goto(f"{live_server.url}{reverse('admin:accounting_dunningrun_add')}")
    page.fill("input[name=date]", on(30).isoformat())
    with page.expect_navigation():
        page.click("button.primary")
    run = DunningRun.objects.get()
    see(reverse("admin:accounting_dunningrun_change", args=[run.pk]), "dunning-run")
    with page.expect_navigation():
        page.click("text=Approve")
    with page.expect_navigation():
        page.click("text=Issue to print")
    see(reverse("statement_letters"), "statement-letters")
    see(reverse("admin:accounting_dunningstop_add"), "dunning-stop")
    see(f"{reverse('matching_desk')}?party=C1", "matching-reminders")
    run.refresh_from_db()
    assert run.status == "approved"
