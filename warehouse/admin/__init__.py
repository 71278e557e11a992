from warehouse.admin import (
    carriers,
    count_plans,
    counting,
    floor,
    over_deliveries,
    problems,
    receiving,
    scan,
    till,
    units,
    waves,
    work,
)

__all__ = [
    "carriers",
    "count_plans",
    "counting",
    "floor",
    "over_deliveries",
    "problems",
    "receiving",
    "scan",
    "till",
    "units",
    "waves",
    "work",
]
