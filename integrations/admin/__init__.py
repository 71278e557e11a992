from integrations.admin import channel_lists, connections, listings, mapping, quarantine, webhooks

__all__ = ["channel_lists", "connections", "listings", "mapping", "quarantine", "webhooks"]
