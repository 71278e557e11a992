from integrations.admin import channel_lists, connections, mapping, quarantine, webhooks

__all__ = ["channel_lists", "connections", "mapping", "quarantine", "webhooks"]
