from orders.admin import channels, fulfilment, orders

__all__ = ["channels", "fulfilment", "orders"]
