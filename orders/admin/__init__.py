from orders.admin import blanket, channels, documents, fulfilment, orders, price_lists, promises, returns

__all__ = ["blanket", "channels", "documents", "fulfilment", "orders", "price_lists", "promises", "returns"]
