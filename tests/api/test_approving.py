"""Limits of approval over HTTP: read, set, taken away; what is wrong writes nothing."""

import pytest

from backoffice.core.models import ApprovalLimit, ApprovalThreshold, AuditEvent, User
from backoffice.core.proof import run_checks
from backoffice.core.staff import sync_roles


def rule(caller, action):
    return {row["action"]: row for row in caller.get("approval-limits/").json()}[action]


def test_limits_are_set_read_and_taken_away(world):
    sync_roles()
    caller = world.caller("approvals:read", "approvals:write", bound=False, company_id=world.house.id)
    assert rule(caller, "write_off")["free_up_to"] is None

    caller.post("approval-limits/threshold/", {"action": "write_off", "free_up_to": "20"})
    made = caller.post("approval-limits/", {"action": "write_off", "role": "accountant", "amount": "500"}, key="k")
    again = caller.post("approval-limits/", {"action": "write_off", "role": "accountant", "amount": "500"}, key="k")
    User.objects.create_user("clerk")
    caller.post("approval-limits/", {"action": "write_off", "user": "clerk", "amount": None})
    mine = caller.post("approval-limits/", {"action": "write_off", "user": "robot", "amount": None})

    assert (made.status_code, again.content) == (201, made.content), made.content
    found = rule(caller, "write_off")
    assert (found["title"], found["free_up_to"]) == ("Write-off of goods", "20.000000")
    assert found["approvers"] == [
        {"name": "accountant", "amount": "500.000000"},
        {"name": "clerk", "amount": None},
    ]
    assert (mine.status_code, mine.json()["errors"][0]["field"]) == (400, "user")  # nobody sets their own
    assert caller.post(f"approval-limits/{made.json()['id']}/remove/", {}).status_code == 204
    assert [row["name"] for row in rule(caller, "write_off")["approvers"]] == ["clerk"]
    assert AuditEvent.objects.filter(object_type="core.approvallimit").count() == 3
    assert run_checks().ok


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "nonsense", "user": "robot", "amount": "1"}, "action"),
        ({"action": "write_off", "user": "nobody", "amount": "1"}, "user"),
        ({"action": "write_off", "amount": "1"}, "user"),
        ({"action": "write_off", "user": "robot", "amount": "-1"}, "amount"),
        ({"action": "write_off", "user": "robot", "amount": "NaN"}, "amount"),
        ({"action": "write_off", "user": "robot"}, "amount"),
        ({"action": "write_off", "user": "robot", "amount": "1", "company": "other"}, "company"),
    ],
)
def test_wrong_limits_name_their_field_and_write_nothing(world, body, field):
    caller = world.caller("approvals:write", bound=False, company_id=world.house.id)
    before = AuditEvent.objects.count()

    response = caller.post("approval-limits/", body)

    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, field), response.content
    assert (ApprovalLimit.objects.count(), AuditEvent.objects.count()) == (0, before)


def test_another_scope_and_another_company_are_refused(world):
    reader = world.caller("approvals:read", bound=False, company_id=world.house.id)

    assert reader.post("approval-limits/threshold/", {"action": "write_off", "free_up_to": "1"}).status_code == 403
    assert world.caller("orders:read").get("approval-limits/").status_code == 403
    assert not ApprovalThreshold.objects.exists()
