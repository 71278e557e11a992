"""What suppliers should have brought by now."""

import datetime

from django.db.models import QuerySet

from inventory.models import PurchaseOrder, PurchaseOrderStatus

ON_THE_WAY = (PurchaseOrderStatus.SENT, PurchaseOrderStatus.CONFIRMED, PurchaseOrderStatus.PARTLY_RECEIVED)


def late_purchase_orders(orders: QuerySet[PurchaseOrder], *, today: datetime.date) -> QuerySet[PurchaseOrder]:
    return orders.filter(status__in=ON_THE_WAY, expected_date__lt=today)
