from inventory.admin import bills, catalogue, grni, payables, planning, promising, purchasing, stock, suppliers

__all__ = ["bills", "catalogue", "grni", "payables", "planning", "promising", "purchasing", "stock", "suppliers"]
