from backoffice.core.admin import bulk, people, staff_tasks, tables, trail

__all__ = ["bulk", "people", "staff_tasks", "tables", "trail"]
