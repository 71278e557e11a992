"""The page of a gift card: what was spent of it, and its expired rest."""

import datetime
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from accounting.models import StoredValue, StoredValueUse
from accounting.services import IssueRequest, Paid, SpendRequest, issue_stored_value, spend_stored_value
from backoffice.core.proof import run_checks
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import balance
from tests.factories.staff import said, sign_in

D = Decimal


def card(world, key, expires_on):
    request = IssueRequest("gift_card", "GBP", [Paid(D(50), "cash")], NOON, key, expires_on=expires_on)
    [made] = issue_stored_value([request], company_id=world.house.id, actor=ACTOR)
    return made


def press(client, pk):
    return client.post(reverse("admin:accounting_storedvalue_expire", args=[pk]))


def test_a_card_tells_what_was_spent_and_its_expired_rest_is_taken(world):
    made = card(world, "old", NOON.date())
    spending = SpendRequest(made.stored_value_id, D(20), NOON, "use", account_role="bank", kind="pay_out")
    spend_stored_value([spending], company_id=world.house.id, actor=ACTOR)
    client = sign_in("accountant")
    page = client.get(reverse("admin:accounting_storedvalue_change", args=[made.stored_value_id])).content.decode()
    assert "Paid out" in page and "30.00" in page and made.code not in page
    assert made.code[-4:] in client.get(reverse("admin:accounting_storedvalue_changelist")).content.decode()

    assert said(press(client, made.stored_value_id)) == ["What was left is taken as income."]

    assert StoredValue.objects.get().open_amount == 0
    assert balance(world.house.company, "other_revenue") == -30
    assert run_checks().ok


def test_a_card_that_may_still_be_spent_keeps_its_money(world):
    made = card(world, "new", timezone.localdate() + datetime.timedelta(days=1))

    assert said(press(sign_in("accountant"), made.stored_value_id))[0].startswith("SV-")
    assert press(sign_in("order_desk"), made.stored_value_id).status_code == 403
    assert StoredValueUse.objects.count() == 0
