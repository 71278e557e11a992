from warehouse.admin import receiving, till, work

__all__ = ["receiving", "till", "work"]
