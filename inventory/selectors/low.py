"""What is wanted and cannot be promised any more."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from inventory.models import Demand, StockLevel


def low_levels(levels: QuerySet[StockLevel] | None = None) -> QuerySet[StockLevel]:
    """Levels of our own goods with nothing left to promise although somebody wants them: all of the sellable
    stock is claimed, or a demand for the SKU waits for goods.
    """
    rows = StockLevel.objects.all() if levels is None else levels
    waiting = Demand.objects.filter(sku=OuterRef("sku"), quantity__gt=F("claimed") + F("used"))
    return rows.filter(Q(reserved__gt=0) | Exists(waiting), owner__isnull=True, available__lte=0)
