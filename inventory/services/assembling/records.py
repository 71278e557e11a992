"""An assembly order, locked, moved on and written into its trail."""

from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from inventory.errors import NotFound
from inventory.models import AssemblyOrder

OBJECT, RUN, NEED = "inventory.assemblyorder", "inventory.assemblyrun", "inventory.assemblyneed"


def held_order(order_id: int, company_id: int) -> AssemblyOrder:
    held = AssemblyOrder.objects.select_for_update(of=("self",), no_key=True).select_related("bom")
    order = held.filter(company_id=company_id, pk=order_id).order_by("pk").first()
    if order is None:
        raise NotFound(_("There is no such assembly order."), assembly_order_id=order_id)
    return order


def move_on(order: AssemblyOrder, status: str, actor: Actor, reason: str = "") -> None:
    if status == order.status:
        return
    old, order.status = order.status, status
    order.save(update_fields=["status"])
    record_order(order, old, actor, reason=reason)


def record_order(order: AssemblyOrder, old: str, actor: Actor, *, action: str = "status", reason: str = "") -> None:
    change = audit.Change(
        OBJECT, order.pk, action, field="status", old=old, new=order.status, reason=reason, company_id=order.company_id
    )
    audit.record([change], actor=actor)
