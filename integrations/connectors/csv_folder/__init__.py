"""A folder in which a shop drops files of orders and from which it takes files of stock and tracking."""
