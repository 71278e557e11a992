from warehouse.admin import count_plans, counting, over_deliveries, receiving, scan, till, waves, work

__all__ = ["count_plans", "counting", "over_deliveries", "receiving", "scan", "till", "waves", "work"]
