from integrations.admin import channel_lists, connections, quarantine, webhooks

__all__ = ["channel_lists", "connections", "quarantine", "webhooks"]
