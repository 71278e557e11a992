from orders.admin import (
    blanket,
    channels,
    documents,
    drafts,
    drop_shipping,
    fulfilment,
    orders,
    price_lists,
    promises,
    reservations,
    return_rules,
    returns,
)

__all__ = [
    "blanket",
    "channels",
    "documents",
    "drafts",
    "drop_shipping",
    "fulfilment",
    "orders",
    "price_lists",
    "promises",
    "reservations",
    "return_rules",
    "returns",
]
