from warehouse.admin import receiving, work

__all__ = ["receiving", "work"]
