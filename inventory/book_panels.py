"""The goods behind money: what moved, on the page of the journal entry that values it."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import Panel, Row, links_of
from backoffice.core.show import show_money, show_quantity
from inventory.models import StockMove, ValueChange

SHOWN = 200


def _moves(entry_id: int) -> Sequence[Row]:
    """Statements: 2 and those that name the documents."""
    moves = list(
        StockMove.objects.filter(entry=entry_id)
        .select_related("sku", "from_location", "to_location", "company")
        .order_by("pk")[:SHOWN]
    )
    documents = links_of(sorted({(move.source_type, move.source_id) for move in moves if move.source_id}))
    rows = []
    for move in moves:
        document = documents.get((move.source_type, move.source_id or 0))
        rows.append(
            {
                "sku": move.sku.code,
                "quantity": show_quantity(move.quantity),
                "from": str(move.from_location),
                "to": str(move.to_location),
                "document": document.label if document else "",
                "value": show_money(move.value, move.company.base_currency_id),
                "url": reverse("admin:inventory_stockmove_change", args=[move.pk]),
            }
        )
    return rows


def _changes(entry_id: int) -> Sequence[Row]:
    """Statements: 1."""
    changes = ValueChange.objects.filter(entry_id=entry_id).select_related("sku", "company").order_by("pk")
    return [
        {
            "sku": change.sku.code,
            "reason": change.reason,
            "value": show_money(change.value, change.company.base_currency_id),
            "url": reverse("admin:inventory_sku_change", args=[change.sku_id]),
        }
        for change in changes[:SHOWN]
    ]


BOOK_PANELS = (
    Panel(
        "accounting.journalentry",
        "moves",
        _("Stock moves"),
        (
            ("sku", _("SKU")),
            ("quantity", _("Quantity")),
            ("from", _("From")),
            ("to", _("To")),
            ("document", _("Document")),
            ("value", _("Value")),
        ),
        _moves,
    ),
    Panel(
        "accounting.journalentry",
        "value_changes",
        _("Changes of value"),
        (("sku", _("SKU")), ("reason", _("Reason")), ("value", _("Value"))),
        _changes,
    ),
)
