"""Four eyes with limits: who may approve what, and what the refusal says."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from backoffice.core.actor import Actor
from backoffice.core.approval_limits import remove_limit, set_limit, set_threshold
from backoffice.core.approving import ApprovalRefused, check_approver, check_approvers, needs_approval
from backoffice.core.errors import InvalidInput
from backoffice.core.models import ApprovalLimit, ApprovalThreshold, AuditEvent
from tests.factories.books import ACTOR
from tests.factories.staff import make_staff

D = Decimal
COMPANY = 7


@pytest.fixture
def people(db):
    """(author, lead, owner): the lead approves adjustments up to 500, the owner any; up to 50 nobody is asked."""
    author, lead, owner = make_staff("picker"), make_staff("warehouse_lead"), make_staff("owner")
    set_threshold(company_id=COMPANY, action="adjustment", amount=D(50), actor=ACTOR)
    for role, amount in (("warehouse_lead", D(500)), ("owner", None)):
        group = Group.objects.get(name=role)
        set_limit(company_id=COMPANY, action="adjustment", amount=amount, group_id=group.pk, actor=ACTOR)
    return author, lead, owner


def check(user, amount, creator=None, action="adjustment"):
    actor = Actor.of(user) if user else ACTOR
    creator_id = creator.pk if creator else None
    check_approver(action, actor=actor, creator_id=creator_id, amount=D(amount), company_id=COMPANY)


def refusal(*args, **values):
    with pytest.raises(ApprovalRefused) as caught:
        check(*args, **values)
    return caught.value


def test_the_author_approves_small_things_only(people):
    author, lead, owner = people

    check(author, "50", author)
    check(author, "-50", author)
    check(lead, "500", author)
    check(owner, "1000000", author)

    assert refusal(owner, "50.01", owner).code == "own_document"
    assert needs_approval("adjustment", amount=D("-50.01"), company_id=COMPANY)


def test_the_refusal_says_who_may(people):
    author, lead, _owner = people

    over = refusal(lead, "-500.01", author)

    assert (over.code, over.context["limit"]) == ("over_limit", "500.000000")
    assert over.detail == ("Stock adjustment of 500.01: You may approve up to 500.00. May approve: owner (any value).")
    assert refusal(author, "60", lead).detail.startswith("Stock adjustment of 60.00: You may not approve this.")
    assert refusal(None, "60", lead).code == "person_needed"


def test_a_persons_own_limit_counts_instead_of_the_roles(people):
    author, lead, _owner = people
    limit = set_limit(company_id=COMPANY, action="adjustment", amount=D(10), user_id=lead.pk, actor=ACTOR)

    assert refusal(lead, "60", author).code == "over_limit"

    remove_limit(limit, actor=ACTOR)
    check(lead, "60", author)


def test_without_a_threshold_nobody_is_asked_and_without_limits_anybody_else_may(people):
    author, lead, _owner = people

    check(author, "1e6", author, action="write_off")
    set_threshold(company_id=COMPANY, action="write_off", amount=D(0), actor=ACTOR)

    check(lead, "1e6", author, action="write_off")
    assert refusal(author, "0.01", author, action="write_off").detail.endswith("anybody else with the right.")
    set_threshold(company_id=COMPANY, action="write_off", amount=None, actor=ACTOR)
    check(author, "1e6", author, action="write_off")


def test_many_documents_cost_what_one_costs(people, django_assert_num_queries):
    author, lead, _owner = people

    with django_assert_num_queries(3):
        check_approvers("adjustment", [(author.pk, D(60))] * 50, actor=Actor.of(lead), company_id=COMPANY)
    with django_assert_num_queries(1):
        check(lead, "60", lead, action="stocktake")


def test_wrong_settings_are_refused_and_nothing_is_written(people):
    before = (AuditEvent.objects.count(), ApprovalLimit.objects.count(), ApprovalThreshold.objects.count())

    for values in (
        {"action": "nonsense", "amount": D(1), "user_id": 1},
        {"action": "adjustment", "amount": D(-1), "user_id": 1},
        {"action": "adjustment", "amount": D(1)},
    ):
        with pytest.raises(InvalidInput):
            set_limit(company_id=COMPANY, actor=ACTOR, **values)
    with pytest.raises(ValueError, match="no registered"):
        check(None, "1", action="nonsense")

    after = (AuditEvent.objects.count(), ApprovalLimit.objects.count(), ApprovalThreshold.objects.count())
    assert after == before
