from inventory.admin import catalogue, promising, purchasing, stock

__all__ = ["catalogue", "promising", "purchasing", "stock"]
