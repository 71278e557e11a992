from integrations.admin import connections

__all__ = ["connections"]
