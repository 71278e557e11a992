"""Who got goods, on the pages of lots and of units with serial numbers."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import Panel, Row
from backoffice.core.scopes import offered
from backoffice.core.show import show_quantity, show_time
from orders.models import Shipment
from orders.selectors.recalls import recalled, recalled_by

SHOWN = 200
_COLUMNS = (
    ("order", _("Order")),
    ("customer", _("Customer")),
    ("shipped", _("Shipped")),
    ("channel", _("Channel")),
    ("external_id", _("External id")),
    ("quantity", _("Quantity")),
    ("returned", _("Returned")),
)


def _rows(kind: str, pk: int) -> list[Row]:
    return [
        {
            "order": f"SO-{row.order_id:06d}",
            "customer": row.customer,
            "shipped": show_time(row.shipped_at),
            "channel": row.channel,
            "external_id": row.external_id,
            "quantity": show_quantity(row.quantity),
            "returned": show_quantity(row.returned) if row.returned else "",
            "url": reverse("admin:orders_order_change", args=[row.order_id]),
        }
        for row in recalled_by(recalled(kind, pk), offered(Shipment.objects.all()))[:SHOWN]
    ]


RECALL_PANELS = (
    Panel("inventory.lot", "recall", _("Orders that got it"), _COLUMNS, lambda pk: _rows("lot", pk)),
    Panel("inventory.serial", "recall", _("Orders that got it"), _COLUMNS, lambda pk: _rows("serial", pk)),
)
