from orders.admin import channels, fulfilment, orders, returns

__all__ = ["channels", "fulfilment", "orders", "returns"]
