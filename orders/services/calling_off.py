"""Calling off what a supplier has still to ship of one part."""

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from orders.errors import DropShipRefused
from orders.models import DropShipLine
from orders.services.cancelling import cancel_order


@transaction.atomic(savepoint=False)
def cancel_dropped(
    drop_ship_line_id: int, *, company_id: int, actor: Actor, reason: str, supplier_agrees: bool = False
) -> str:
    """Call off what one part has still to ship, at the supplier and on the order; the order's status afterwards.

    Raises DropShipRefused (unknown_line), and what cancel_order raises. Statements: cancel_order's and 1.
    """
    part = (
        DropShipLine.objects.filter(pk=drop_ship_line_id, order_line__order__company_id=company_id)
        .select_related("order_line")
        .first()
    )
    if part is None or part.open_quantity <= 0:
        raise DropShipRefused(_("Nothing of it is left to call off."), code="unknown_line", line_id=drop_ship_line_id)
    return cancel_order(
        part.order_line.order_id,
        company_id=company_id,
        actor=actor,
        reason=reason,
        lines={part.order_line_id: part.open_quantity},
        supplier_agrees=supplier_agrees,
        drop_ship_line_id=part.pk,
    )
