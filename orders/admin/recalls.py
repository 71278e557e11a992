"""The recall list as a file: every order that got goods of a lot, or a unit."""

from typing import Any

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin.pages import require
from backoffice.core.export import table_response
from inventory.models import Lot, Serial
from orders.selectors.recalls import recalled

MODELS: dict[str, Any] = {"lot": Lot, "serial": Serial}
COLUMNS = (
    _("Order"), _("External id"), _("Channel"), _("Shipped"), _("Shipment"), _("Carrier"), _("Tracking number"),
    _("Quantity"), _("Returned"), _("Customer"), _("E-mail"), _("Phone"),
)  # fmt: skip


def recall_view(request: HttpRequest, kind: str, pk: int) -> StreamingHttpResponse:
    """?as=csv or xlsx."""
    require(request, "orders.view_order")
    if kind not in MODELS:
        raise Http404
    get_object_or_404(MODELS[kind], pk=pk)
    rows = (
        [
            f"SO-{row.order_id:06d}", row.external_id, row.channel, row.shipped_at, f"SH-{row.shipment_id:06d}",
            row.carrier, row.tracking_number, row.quantity, row.returned,
            row.customer, row.email, row.phone,
        ]
        for row in recalled(kind, pk)
    )  # fmt: skip
    return table_response(request.GET.get("as", "csv"), f"recall-{kind}-{pk}", COLUMNS, rows)
