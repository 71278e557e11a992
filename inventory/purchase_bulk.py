"""What is done to many purchase orders by a background job."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from backoffice.core.registry import BulkAction, BulkField, BulkRun, BulkTarget, Entry, RowResult
from inventory import services
from inventory.models import PurchaseOrder

PURCHASE = "inventory.purchaseorder"
CHANGE = "inventory.change_purchaseorder"


def _step(service: Callable[..., Any]) -> BulkRun:
    def run(ids: Sequence[int], params: Mapping[str, str], actor: Actor) -> list[RowResult]:
        [pk] = ids
        company_id = PurchaseOrder.objects.values_list("company_id", flat=True).get(pk=pk)
        try:
            order = service(pk, company_id=company_id, actor=actor, reason=params.get("reason", ""))
        except DomainError as refusal:
            return [RowResult(pk, "refused", refusal.code, refusal.detail)]
        return [RowResult(pk, "done", detail=str(order.get_status_display()))]

    return run


def _purchases(request: Any, given: Mapping[str, Sequence[str]]) -> Any:
    from backoffice.core.api.actions import own_rows
    from inventory.api.purchasing.orders import PurchaseOrderFilter

    data = {name: list(values) if name == "status" else values[0] for name, values in given.items() if values}
    rows = own_rows(request, PurchaseOrder.objects.order_by("-pk"))
    return PurchaseOrderFilter(data, queryset=rows).qs


_WHY = (BulkField("reason", _("Reason"), required=False),)
ENTRIES: tuple[Entry, ...] = (
    BulkTarget(PURCHASE, _purchases),
    BulkAction(
        "purchasing.submit", _("Ask for approval"), CHANGE, PURCHASE, _step(services.submit_purchase_order), 1,
        scope="purchasing:write", order=10,
    ),
    BulkAction(
        "purchasing.approve", _("Approve"), CHANGE, PURCHASE, _step(services.approve_purchase_order), 1, _WHY,
        scope="purchasing:write", order=20,
    ),
    BulkAction(
        "purchasing.send", _("Mark as sent"), CHANGE, PURCHASE, _step(services.send_purchase_order), 1, _WHY,
        scope="purchasing:write", order=40,
    ),
)  # fmt: skip
