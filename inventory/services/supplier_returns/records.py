"""A return to a supplier: its lock, its status, its trail."""

from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.states import check_transition
from inventory.errors import NotFound
from inventory.models import SupplierReturn
from inventory.states import SUPPLIER_RETURN

OBJECT = "inventory.supplierreturn"


def locked(return_id: int, company_id: int) -> SupplierReturn:
    found = (
        SupplierReturn.objects.select_for_update(of=("self",), no_key=True)
        .filter(company_id=company_id, pk=return_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such return."), supplier_return_id=return_id)
    return found


def change(found: SupplierReturn, status: str, actor: Actor, reason: str) -> SupplierReturn:
    check_transition(SUPPLIER_RETURN, "supplier return", found.status, status)
    old, found.status = found.status, status
    found.save(update_fields=["status"])
    record(found, old, status, actor, reason)
    return found


def record(found: SupplierReturn, old: str, new: str, actor: Actor, reason: str, *, action: str = "status") -> None:
    event = audit.Change(OBJECT, found.pk, action, "status", str(old), str(new), reason[:300], found.company_id)
    audit.record([event], actor=actor)
