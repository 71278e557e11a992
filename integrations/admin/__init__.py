from integrations.admin import connections, quarantine

__all__ = ["connections", "quarantine"]
