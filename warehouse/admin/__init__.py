from warehouse.admin import over_deliveries, receiving, till, work

__all__ = ["over_deliveries", "receiving", "till", "work"]
