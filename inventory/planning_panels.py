"""Proposals and alerts on the pages of what they are about."""

from collections.abc import Callable, Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import Panel, Row
from backoffice.core.show import show_quantity
from inventory.models import Proposal, StockAlert
from inventory.replenishment_words import tell


def _proposals_of(order: str) -> Callable[[int], Sequence[Row]]:
    """What a purchase order or a transfer was proposed for."""

    def rows(pk: int) -> Sequence[Row]:
        found = Proposal.objects.filter(**{order: pk}).select_related("sku", "warehouse").order_by("pk")[:200]
        return [
            {
                "sku": row.sku.code,
                "quantity": show_quantity(row.to_order),
                "needed": row.needed_date or "",
                "url": reverse("admin:inventory_proposal_change", args=[row.pk]),
            }
            for row in found
        ]

    return rows


def _planned(sku_id: int) -> Sequence[Row]:
    """What is proposed of a SKU, and what its stock needs an eye for."""
    proposals = Proposal.objects.filter(sku=sku_id, status="open").select_related("warehouse")
    alerts = StockAlert.objects.filter(sku=sku_id, closed_at__isnull=True).select_related("warehouse")
    return [
        {
            "what": _("To be ordered"),
            "warehouse": row.warehouse.code,
            "says": show_quantity(row.to_order),
            "url": reverse("admin:inventory_proposal_change", args=[row.pk]),
        }
        for row in proposals.order_by("pk")
    ] + [
        {
            "what": row.get_kind_display(),
            "warehouse": row.warehouse.code,
            "says": tell(row.kind, row.facts),
            "url": reverse("admin:inventory_stockalert_change", args=[row.pk]),
        }
        for row in alerts.order_by("pk")[:50]
    ]


_PROPOSED = (("sku", _("SKU")), ("quantity", _("Quantity")), ("needed", _("Needed by")))
PLANNING_PANELS = (
    Panel("inventory.purchaseorder", "proposals", _("From proposals"), _PROPOSED, _proposals_of("purchase_order")),
    Panel("inventory.transfer", "proposals", _("From proposals"), _PROPOSED, _proposals_of("transfer")),
    Panel(
        "inventory.sku", "planning", _("Planning"),
        (("what", _("What")), ("warehouse", _("Warehouse")), ("says", _("Figures"))), _planned,
    ),
)  # fmt: skip
