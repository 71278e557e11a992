"""What we owe suppliers: open bills by their due day."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, QuerySet, Sum

from accounting.models import Bill, BillStatus, OpenItem, PartyBankAccount


def open_bills(
    *, company_id: int, due_by: datetime.date | None = None, supplier_id: int | None = None
) -> QuerySet[Bill]:
    """Posted bills and credit notes on which something is open, the earliest due first."""
    rows = Bill.objects.filter(
        company_id=company_id, status=BillStatus.POSTED, open_item__used__lt=F("open_item__amount")
    )
    if due_by is not None:
        rows = rows.filter(due_date__lte=due_by)
    if supplier_id is not None:
        rows = rows.filter(party_id=supplier_id)
    return rows.select_related("open_item", "party__person").order_by("due_date", "pk")


@dataclass(frozen=True, slots=True)
class Owed:
    """What is open with a supplier in one currency; owed to them is above zero."""

    currency: str
    amount: Decimal
    base: Decimal


def owed_to(supplier_id: int) -> list[Owed]:
    """A supplier's open balance by currency. Statements: 1."""
    rows = (
        OpenItem.objects.filter(party_id=supplier_id, account__control="payable", used__lt=F("amount"))
        .values("currency", "side")
        .annotate(amount=Sum("open_amount"), base=Sum(F("base_amount") - F("base_used")))
        .order_by("currency")
    )
    sums: dict[str, list[Decimal]] = {}
    for row in rows:
        sign = 1 if row["side"] == "credit" else -1
        both = sums.setdefault(row["currency"], [Decimal(0), Decimal(0)])
        both[0] += sign * row["amount"]
        both[1] += sign * row["base"]
    return [Owed(currency, *both) for currency, both in sums.items()]


def payee_accounts(party_ids: Collection[int]) -> dict[int, PartyBankAccount]:
    """The bank account in force of each supplier that has one. Statements: 1."""
    rows = PartyBankAccount.objects.filter(party__in=party_ids).order_by("party", "-pk").distinct("party")
    return {row.party_id: row for row in rows}
