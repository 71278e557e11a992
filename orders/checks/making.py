"""How a sentence of the orders' proof is made."""

from backoffice.core.registry import Check, Text

# A shipment's goods are out of the building.
GONE = "('in_transit', 'delivered', 'exception', 'returned_to_sender')"


def check(name: str, title: Text, sql: str) -> Check:
    return Check(name, "orders", title, sql=sql)
