"""What a consignor's goods brought: the units sold and what is owed for them."""

import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from inventory.models import ConsignmentTerm, StockMove, StockQuant


class Sold(NamedTuple):
    """Units that were bought of their consignor in the breath in which they were sold. owed: in base currency."""

    at: datetime.datetime
    sku: str
    quantity: Decimal
    owed: Decimal
    move_id: int
    entry_id: int | None


def owner_statement(
    owner_id: int,
    *,
    company_id: int,
    since: datetime.date | None = None,
    until: datetime.date | None = None,
    limit: int | None = None,
) -> list[Sold]:
    """What was consumed of a consignor's goods from one day through another, newest first. Statements: 1."""
    terms = ConsignmentTerm.objects.filter(company_id=company_id, owner_id=owner_id).values("pk")
    rows = StockMove.objects.filter(
        company_id=company_id, source_type="inventory.consignmentterm", source_id__in=terms, owner__isnull=True
    )
    if since:
        rows = rows.filter(effective_at__date__gte=since)
    if until:
        rows = rows.filter(effective_at__date__lte=until)
    found = rows.order_by("-effective_at", "-id")[:limit]
    return [
        Sold(*row)
        for row in found.values_list("effective_at", "sku__code", "quantity", "value", "pk", "entry_id")
    ]  # fmt: skip


def owned_stock(party_id: int, *, company_id: int) -> QuerySet[StockQuant]:
    """Where an owner's goods lie."""
    rows = StockQuant.objects.filter(company_id=company_id, owner_id=party_id, quantity__gt=0)
    return rows.select_related("sku", "lot", "location__warehouse").order_by("sku__code", "id")
