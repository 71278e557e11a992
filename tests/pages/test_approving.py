"""The owner says at the page who may approve what; others look or are shut out."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from backoffice.core.models import ApprovalLimit, ApprovalThreshold, AuditEvent
from backoffice.core.proof import run_checks
from tests.factories.books import make_company
from tests.factories.staff import sign_in

LIMITS, THRESHOLDS = (f"admin:core_approval{noun}_changelist" for noun in ("limit", "threshold"))


@pytest.fixture
def company(db):
    return make_company()


def test_the_owner_sets_a_threshold_and_limits(company):
    owner = sign_in("owner")
    lead = Group.objects.get(name="warehouse_lead")
    common = {"company_id": company.pk, "action": "adjustment"}

    owner.post(reverse("admin:core_approvalthreshold_add"), common | {"amount": "50", "change_reason": "Policy"})
    owner.post(reverse("admin:core_approvallimit_add"), common | {"group": lead.pk, "amount": "500"})
    limit = ApprovalLimit.objects.get()
    owner.post(
        reverse("admin:core_approvallimit_change", args=[limit.pk]),
        common | {"group": lead.pk, "amount": "700", "change_reason": "Season"},
    )

    assert ApprovalThreshold.objects.get().amount == Decimal(50)
    page = owner.get(reverse(LIMITS)).content.decode()
    assert "Stock adjustment" in page and "warehouse lead" in page and "700.00" in page
    changed = AuditEvent.objects.get(object_type="core.approvallimit", action="changed")
    assert (changed.field, changed.old_value, changed.new_value, changed.reason, changed.actor.username) == (
        "amount", "500.000000", "700", "Season", "owner",
    )  # fmt: skip
    assert changed.company_id == company.pk
    assert run_checks().ok


def test_wrong_limits_are_refused_by_name_and_nothing_is_written(company):
    owner = sign_in("owner")
    group = Group.objects.get(name="buyer")
    add = reverse("admin:core_approvallimit_add")
    common = {"company_id": company.pk, "action": "write_off", "amount": "5"}
    owner.post(add, common | {"group": group.pk})
    before = AuditEvent.objects.count()

    neither = owner.post(add, common).content.decode()
    twice = owner.post(add, common | {"group": group.pk}).content.decode()
    below = owner.post(add, common | {"user": "", "group": group.pk, "action": "stocktake", "amount": "-1"})
    foreign = owner.post(add, common | {"group": group.pk, "company_id": company.pk + 1}).content.decode()

    assert "Choose either a role or a person." in neither
    assert "has a limit for this action already" in twice
    assert below.status_code == 200 and "errornote" in foreign or "Select a valid choice" in foreign
    assert (ApprovalLimit.objects.count(), AuditEvent.objects.count()) == (1, before)


def test_an_accountant_looks_and_a_picker_is_shut_out(company):
    assert sign_in("accountant").get(reverse(THRESHOLDS)).status_code == 200
    assert sign_in("accountant").get(reverse("admin:core_approvallimit_add")).status_code == 403
    assert sign_in("picker").get(reverse(LIMITS)).status_code == 403
