from inventory.admin import (
    adjustments,
    bills,
    catalogue,
    costs,
    grni,
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
    "costs",
    "grni",
    "planning",
    "products",
    "promising",
    "purchasing",
    "stock",
    "suppliers",
    "transfers",
]
