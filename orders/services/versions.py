"""Two editors of one order: the second is told, and nothing is lost."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from backoffice.core.models import AuditEvent
from backoffice.core.show import in_words
from orders.errors import VersionConflict
from orders.models import Order
from orders.services.locking import lock_orders, lock_supplying

TOLD = 10


def expect_version(order_id: int, *, company_id: int, version: int | None) -> Order:
    """expect_versions of one order."""
    return expect_versions({order_id: version}, company_id=company_id)[order_id]


def expect_versions(versions: Mapping[int, int | None], *, company_id: int) -> dict[int, Order]:
    """Lock orders; go on only if each still is as the caller read it (None: whatever it is). Statements: 2.

    What follows may call off what suppliers ship for them, so those purchase orders are locked before them.
    Raises VersionConflict with who changed what meanwhile, NotFound.
    """
    lock_supplying(list(versions), company_id=company_id)
    locked = lock_orders(list(versions), company_id=company_id)
    for order_id, order in locked.items():
        version = versions[order_id]
        if version is not None and order.version != version:
            raise conflict("orders.order", order_id, order.number, sent=version, now=order.version)
    return locked


def check_versions(versions: Mapping[int, int], *, company_id: int) -> None:
    """Go on only if locked orders still are as the caller read them: version by order. Statements: 1, or 0.

    Raises VersionConflict with who changed what meanwhile.
    """
    if versions:
        for order in Order.objects.filter(pk__in=versions, company_id=company_id).order_by("pk"):
            if order.version != versions[order.pk]:
                raise conflict("orders.order", order.pk, order.number, sent=versions[order.pk], now=order.version)


def _in_short(change: Mapping[str, str]) -> str:
    """The newest change in a few words: "edited line 1: quantity 4 → 5"."""
    parts = [
        change.get("what", ""),
        change.get("field", ""),
        " → ".join(filter(None, (change.get("old"), change.get("new")))),
    ]
    return " ".join(part for part in parts if part)[:120] or "?"


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
    newest = changes[0] if changes else {}
    who = newest.get("who", "?")
    return VersionConflict(
        _(
            "%(number)s was changed by %(who)s meanwhile (%(what)s; version %(now)s, not %(sent)s): read it again, then"
            " decide."
        )
        % {"number": number, "who": who, "what": _in_short(newest), "now": now, "sent": sent},
        version=now,
        sent=sent,
        changes=changes,
    )
