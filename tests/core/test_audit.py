"""The audit trail says who, what, from, to, why, with one statement."""

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.models import AuditEvent, User


def test_changes_are_recorded_with_one_statement(db, django_assert_num_queries):
    user = User.objects.create_user("nino")
    changes = [
        Change("orders.order", number, "hold", field="status", old="new", new="held", reason="fraud?", company_id=3)
        for number in range(300)
    ]

    with django_assert_num_queries(1):
        record(changes, actor=Actor.of(user, request_id="r1"))
    with django_assert_num_queries(0):
        record([], actor=Actor.job("x"))

    event = AuditEvent.objects.get(object_type="orders.order", object_id=7)
    assert (event.actor_id, event.actor_label, event.request_id) == (user.pk, "nino", "r1")
    assert (event.action, event.field, event.old_value, event.new_value) == ("hold", "status", "new", "held")
    assert (event.reason, event.company_id) == ("fraud?", 3)
    assert event.recorded_at is not None and event.xid > 0
    assert AuditEvent.objects.count() == 300
