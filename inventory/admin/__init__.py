from inventory.admin import (
    adjustments,
    bills,
    catalogue,
    grni,
    payables,
    planning,
    products,
    promising,
    purchasing,
    stock,
    suppliers,
    transfers,
)

__all__ = [
    "adjustments",
    "bills",
    "catalogue",
    "grni",
    "payables",
    "planning",
    "products",
    "promising",
    "purchasing",
    "stock",
    "suppliers",
    "transfers",
]
