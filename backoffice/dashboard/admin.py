from backoffice.dashboard import scheduled_admin

__all__ = ["scheduled_admin"]
