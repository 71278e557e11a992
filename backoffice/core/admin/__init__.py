from backoffice.core.admin import bulk, people, tables, trail

__all__ = ["bulk", "people", "tables", "trail"]
