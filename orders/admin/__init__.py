from orders.admin import (
    blanket,
    channels,
    documents,
    drafts,
    fulfilment,
    orders,
    price_lists,
    promises,
    reservations,
    returns,
)

__all__ = [
    "blanket",
    "channels",
    "documents",
    "drafts",
    "fulfilment",
    "orders",
    "price_lists",
    "promises",
    "reservations",
    "returns",
]
