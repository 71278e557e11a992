from orders.admin import blanket, channels, fulfilment, orders, price_lists, promises, returns

__all__ = ["blanket", "channels", "fulfilment", "orders", "price_lists", "promises", "returns"]
