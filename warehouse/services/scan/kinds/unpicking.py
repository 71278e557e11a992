"""Work that was begun and goes back to where it was: un-picking, as the work's page does it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Fulfilment
from warehouse.errors import ScanRefused
from warehouse.services.scan.kinds.base import Kind, Scan, plain
from warehouse.services.unpicking import unpick as take_back

REASONS = {
    "mistake": gettext_lazy("Picked by mistake"),
    "order_waits": gettext_lazy("The order has to wait"),
    "other": gettext_lazy("Something else"),
}
SAID = {
    "packed": gettext_lazy("%(number)s is packed: a lead unpacks it first."),
    "cancel_requested": gettext_lazy("%(number)s is being cancelled: a lead answers that first."),
    "not_picking": gettext_lazy("Nothing of %(number)s is being picked: %(status)s."),
}


def unpick(scan: Scan) -> dict[str, Any]:
    """body: fulfilment, reason (of REASONS). put_back: how many units wait to be brought back to their bins."""
    found = Fulfilment.objects.filter(
        pk=scan.key("fulfilment"), company_id=scan.company_id, warehouse_id=scan.warehouse_id
    ).first()
    if found is None:
        raise ScanRefused("unknown_work", _("There is no such work in this warehouse: load the list again."))
    reason = scan.text("reason")
    if reason not in REASONS:
        raise ScanRefused("no_reason", _("Say why it is un-picked."))
    [result] = take_back([found.pk], company_id=scan.company_id, actor=scan.actor, reason=str(REASONS[reason]))
    if result.state == "refused":
        words = {"number": found.number, "status": found.get_status_display()}
        raise ScanRefused(result.code, str(SAID[result.code]) % words)
    return {"fulfilment": found.pk, "put_back": plain(result.put_back)}


KINDS = (Kind("unpick", "warehouse.change_picklist", unpick),)
