from warehouse.admin import over_deliveries, receiving, scan, till, waves, work

__all__ = ["over_deliveries", "receiving", "scan", "till", "waves", "work"]
