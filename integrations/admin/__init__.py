from integrations.admin import connections, quarantine, webhooks

__all__ = ["connections", "quarantine", "webhooks"]
