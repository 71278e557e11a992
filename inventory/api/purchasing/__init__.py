"""Suppliers, purchase orders, their notices and returns over HTTP."""

from inventory.api.purchasing.notices import NoticeViewSet
from inventory.api.purchasing.orders import PurchaseOrderViewSet
from inventory.api.purchasing.returns import SupplierReturnViewSet
from inventory.api.purchasing.scorecards import ScorecardViewSet
from inventory.api.purchasing.suppliers import SupplierSkuViewSet

__all__ = ["NoticeViewSet", "PurchaseOrderViewSet", "ScorecardViewSet", "SupplierReturnViewSet", "SupplierSkuViewSet"]
