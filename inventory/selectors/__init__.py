"""Every read of the goods book that has a name."""

from inventory.selectors.history import stock_as_of, stock_value_as_of, value_as_of
from inventory.selectors.stock import Level, available, levels, skus_by_code, unit_costs
from inventory.selectors.waiting import Waiting, waiting_demands

__all__ = [
    "Level",
    "Waiting",
    "available",
    "levels",
    "skus_by_code",
    "stock_as_of",
    "stock_value_as_of",
    "unit_costs",
    "value_as_of",
    "waiting_demands",
]
