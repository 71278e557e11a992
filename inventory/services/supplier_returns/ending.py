"""How a return to a supplier ends: credited, closed, or called off."""

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.states import check_transition
from inventory.errors import PurchaseRefused
from inventory.models import Demand, SupplierReturn, SupplierReturnStatus
from inventory.services.demands import reduce_demands
from inventory.services.supplier_returns.records import change, locked
from inventory.states import SUPPLIER_RETURN


@transaction.atomic(savepoint=False)
def credit_supplier_return(
    return_id: int, *, company_id: int, actor: Actor, reference: str, reason: str = ""
) -> SupplierReturn:
    """The supplier's credit note has come: its number is kept; the bills clear what is expected. Statements: 4.

    Raises NotFound, IllegalTransition, PurchaseRefused (no_reference); nothing changed.
    """
    found = locked(return_id, company_id)
    if not reference.strip():
        raise PurchaseRefused(_("Give the number of the supplier's credit note."), code="no_reference")
    found.credit_reference = reference[:60]
    found.save(update_fields=["credit_reference"])
    return change(found, SupplierReturnStatus.CREDITED, actor, reason or reference)


@transaction.atomic(savepoint=False)
def close_supplier_return(return_id: int, *, company_id: int, actor: Actor, reason: str = "") -> SupplierReturn:
    """Nothing more is to be done. Raises NotFound, IllegalTransition. Statements: 3."""
    return change(locked(return_id, company_id), SupplierReturnStatus.CLOSED, actor, reason)


@transaction.atomic(savepoint=False)
def cancel_supplier_return(return_id: int, *, company_id: int, actor: Actor, reason: str) -> SupplierReturn:
    """The goods stay; their claims are given back. Raises NotFound, IllegalTransition. Statements: about 10."""
    found = locked(return_id, company_id)
    check_transition(SUPPLIER_RETURN, "supplier return", found.status, SupplierReturnStatus.CANCELLED)
    held = Demand.objects.filter(pk__in=found.lines.values("demand_id"), quantity__gt=0)
    reduce_demands(list(held.values_list("pk", "quantity")), company_id=company_id, actor=actor)
    return change(found, SupplierReturnStatus.CANCELLED, actor, reason)
