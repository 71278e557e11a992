"""What came in on a purchase order, and what of it was taken back."""

from django.db.models import Exists, F, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from inventory.models import StockMove


def receipts_of(purchase_order_id: int) -> QuerySet[StockMove]:
    """Its receipts, the newest first, each with is_reversed."""
    key = Concat(Value("receipt_back:"), Cast(OuterRef("pk"), TextField()), output_field=TextField())
    back = StockMove.objects.filter(company_id=OuterRef("company_id"), source_key=key)
    return (
        StockMove.objects.filter(
            grni_item__kind="receipt",
            grni_item__po_line__purchase_order=purchase_order_id,
            to_location__warehouse__isnull=False,
        )
        .annotate(is_reversed=Exists(back), is_billed=F("grni_item__used"))
        .select_related("sku", "to_location", "lot")
        .order_by("-pk")
    )
