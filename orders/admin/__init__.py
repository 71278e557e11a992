from orders.admin import channels, fulfilment, orders, promises, returns

__all__ = ["channels", "fulfilment", "orders", "promises", "returns"]
