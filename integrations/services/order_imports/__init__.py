"""From the inbox to orders: each payload mapped, each batch placed in one transaction, the senseless kept apart.

A payload that cannot be mapped, or that orders refuse, is quarantined with its reason and the rest go on. Where
the database itself refuses a batch, each half is tried as a transaction of its own, down to the one at fault.
An order's newest version counts, in whatever order its versions came and however many workers have them.
"""

from integrations.services.order_imports.batches import connections_to_import, import_orders
from integrations.services.order_imports.items import ImportResult

__all__ = ["ImportResult", "connections_to_import", "import_orders"]
