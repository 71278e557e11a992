from integrations.admin import channel_lists, connections, listings, mapping, quarantine, webhook_messages, webhooks

__all__ = ["channel_lists", "connections", "listings", "mapping", "quarantine", "webhook_messages", "webhooks"]
