from backoffice.core.admin import bulk, people, trail

__all__ = ["bulk", "people", "trail"]
