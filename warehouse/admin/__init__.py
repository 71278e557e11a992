from warehouse.admin import counting, over_deliveries, receiving, scan, till, waves, work

__all__ = ["counting", "over_deliveries", "receiving", "scan", "till", "waves", "work"]
