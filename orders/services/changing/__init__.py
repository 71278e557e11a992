"""Changes of what was promised. Status changes are re-exported: every service of this app makes them."""

from orders.services.changing.status import change_status, passed_through, passing_through, status_changes

__all__ = ["change_status", "passed_through", "passing_through", "status_changes"]
