"""A bill's lock, its status and its trail."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounting.errors import NotFound
from accounting.models import Bill
from accounting.states import BILL
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.states import check_transition

OBJECT = "accounting.bill"


def lock_bill(bill_id: int, *, company_id: int) -> Bill:
    """The bill, locked. Raises NotFound. Statements: 1."""
    locked = Bill.objects.select_for_update(of=("self",), no_key=True).select_related("open_item")
    found = locked.filter(company_id=company_id, pk=bill_id).first()
    if found is None:
        raise NotFound(_("There is no such bill."), bill_id=bill_id)
    return found


def set_bill_status(bill: Bill, *, status: str, actor: Actor, reason: str = "", fields: Sequence[str] = ()) -> Bill:
    """Move a locked bill on. fields: what the caller changed beside it. Raises IllegalTransition. Statements: 2."""
    check_transition(BILL, "bill", bill.status, status)
    old, bill.status = bill.status, status
    bill.version += 1
    bill.save(update_fields=["status", "version", *fields])
    record(bill, "status", actor, field="status", old=old, new=status, reason=reason)
    return bill


def record(
    bill: Bill, action: str, actor: Actor, *, field: str = "", old: str = "", new: str = "", reason: str = ""
) -> None:
    change = audit.Change(OBJECT, bill.pk, action, field, str(old), str(new), reason[:300], bill.company_id)
    audit.record([change], actor=actor)
