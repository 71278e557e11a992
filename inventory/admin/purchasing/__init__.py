"""Purchasing on screen: the desk, orders, suppliers, notices, returns."""

from inventory.admin.purchasing import notices, orders, returns

__all__ = ["notices", "orders", "returns"]
