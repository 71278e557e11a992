"""Which status of a purchase order may follow which."""

from backoffice.core.states import Transitions

PURCHASE_ORDER: Transitions = {
    "draft": frozenset({"submitted", "cancelled"}),
    "submitted": frozenset({"draft", "approved", "cancelled"}),
    "approved": frozenset({"sent", "cancelled"}),
    "sent": frozenset({"confirmed", "partly_received", "received", "cancelled"}),
    "confirmed": frozenset({"partly_received", "received", "cancelled"}),
    "partly_received": frozenset({"received", "closed"}),
    "received": frozenset({"closed"}),
    "closed": frozenset(),
    "cancelled": frozenset(),
}
RECEIVABLE = frozenset({"sent", "confirmed", "partly_received"})
