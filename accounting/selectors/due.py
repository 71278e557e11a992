"""What is due: owed to us past its day, and bills to be paid soon."""

import datetime

from django.db.models import F, QuerySet

from accounting.models import OpenItem, Side

PAY_WITHIN_DAYS = 7


def overdue_items(items: QuerySet[OpenItem], *, today: datetime.date) -> QuerySet[OpenItem]:
    """What others should have paid by now."""
    return items.filter(side=Side.DEBIT, used__lt=F("amount"), due_date__lt=today)


def items_to_pay(items: QuerySet[OpenItem], *, today: datetime.date) -> QuerySet[OpenItem]:
    """Suppliers' bills that are due within a week, or were."""
    until = today + datetime.timedelta(days=PAY_WITHIN_DAYS)
    return items.filter(side=Side.CREDIT, kind="bill", used__lt=F("amount"), due_date__lte=until)
