from inventory.admin import catalogue, promising, purchasing, stock, suppliers

__all__ = ["catalogue", "promising", "purchasing", "stock", "suppliers"]
