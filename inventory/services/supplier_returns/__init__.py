"""Returns to suppliers."""

from inventory.services.supplier_returns.drafting import SupplierReturnInput, create_supplier_return
from inventory.services.supplier_returns.ending import (
    cancel_supplier_return,
    close_supplier_return,
    credit_supplier_return,
)
from inventory.services.supplier_returns.sending import approve_supplier_return, ship_supplier_return

__all__ = [
    "SupplierReturnInput",
    "approve_supplier_return",
    "cancel_supplier_return",
    "close_supplier_return",
    "create_supplier_return",
    "credit_supplier_return",
    "ship_supplier_return",
]
