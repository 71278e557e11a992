from backoffice.core.admin import people, trail

__all__ = ["people", "trail"]
