"""Two editors of one order: the second is told, and nothing is lost."""

from django.utils.translation import gettext as _

from backoffice.core.models import AuditEvent
from backoffice.core.show import in_words
from orders.errors import VersionConflict
from orders.models import Order
from orders.services.locking import lock_orders

TOLD = 10


def expect_version(order_id: int, *, company_id: int, version: int | None) -> Order:
    """Lock the order; go on only if it still is as the caller read it (None: whatever it is). Statements: 1.

    Raises VersionConflict with who changed what meanwhile, NotFound.
    """
    order = lock_orders([order_id], company_id=company_id)[order_id]
    if version is not None and order.version != version:
        raise conflict("orders.order", order_id, order.number, sent=version, now=order.version)
    return order


def conflict(object_type: str, object_id: int, number: str, *, sent: int, now: int) -> VersionConflict:
    """The refusal, with the newest entries of the audit trail, newest first. Statements: 1."""
    events = AuditEvent.objects.filter(object_type=object_type, object_id=object_id).order_by("-id")[:TOLD]
    changes = [
        {
            "who": event.actor_label,
            "when": event.recorded_at.isoformat(),
            "what": in_words(event.action),
            "field": event.field,
            "old": event.old_value,
            "new": event.new_value,
            "reason": event.reason,
        }
        for event in events
    ]
    who = changes[0]["who"] if changes else "?"
    return VersionConflict(
        _("%(number)s was changed by %(who)s meanwhile (version %(now)s, not %(sent)s): read it again, then decide.")
        % {"number": number, "who": who, "now": now, "sent": sent},
        version=now,
        sent=sent,
        changes=changes,
    )
