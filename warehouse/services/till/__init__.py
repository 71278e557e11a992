"""The counter's writes."""

from warehouse.services.till.baskets import SaleLine, SaleRequest
from warehouse.services.till.cash import CashRequest, close_shift, move_cash, open_shift
from warehouse.services.till.pickups import (
    CollectRequest,
    ask_pickups,
    cancel_pickups,
    collect_pickup,
    ready_pickups,
)
from warehouse.services.till.returning import BackLine, TakeBackRequest, take_back
from warehouse.services.till.selling import SaleResult, sell
from warehouse.services.till.setup import create_till

__all__ = [
    "BackLine",
    "CashRequest",
    "CollectRequest",
    "SaleLine",
    "SaleRequest",
    "SaleResult",
    "TakeBackRequest",
    "ask_pickups",
    "cancel_pickups",
    "close_shift",
    "collect_pickup",
    "create_till",
    "move_cash",
    "open_shift",
    "ready_pickups",
    "sell",
    "take_back",
]
