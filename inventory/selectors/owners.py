"""What a consignor's goods brought: the units sold and what is owed for them."""

import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import QuerySet, Sum

from accounting.models import BillLine, BillStatus
from inventory.models import ConsignmentTerm, GrniItem, StockMove, StockQuant
from inventory.selectors.billing import RECEIPT

TERM = "inventory.consignmentterm"


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
    rows = StockMove.objects.filter(company_id=company_id, source_type=TERM, source_id__in=terms, owner__isnull=True)
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


def open_receipts(party_id: int, *, company_id: int, until: datetime.date) -> QuerySet[GrniItem]:
    """What was sold of a consignor's goods up to a day and stands on no bill yet."""
    return GrniItem.objects.filter(
        company_id=company_id, supplier=party_id, kind="receipt", date__lte=until, open_quantity__gt=0,
        move__source_type=TERM,
    ).exclude(pk__in=_on_bills(party_id))  # fmt: skip


def _on_bills(party_id: int) -> QuerySet[BillLine, Any]:
    """What bills that are not posted yet are about."""
    lines = BillLine.objects.filter(bill__party=party_id, source_type=RECEIPT)
    return lines.exclude(bill__status__in=[BillStatus.POSTED, BillStatus.REVERSED]).values("source_id")


def unbilled(party_id: int, *, company_id: int, until: datetime.date) -> Decimal:
    """What they come to, in base currency. Statements: 1."""
    found = open_receipts(party_id, company_id=company_id, until=until).aggregate(value=Sum("open_value"))
    return found["value"] or Decimal(0)
