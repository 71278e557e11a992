from warehouse.admin import carriers, count_plans, counting, over_deliveries, receiving, scan, till, waves, work

__all__ = ["carriers", "count_plans", "counting", "over_deliveries", "receiving", "scan", "till", "waves", "work"]
