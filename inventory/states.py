"""Which status of a purchase order or of a return to a supplier may follow which."""

from backoffice.core.states import Transitions

PURCHASE_ORDER: Transitions = {
    "draft": frozenset({"submitted", "cancelled"}),
    "submitted": frozenset({"draft", "approved", "cancelled"}),
    "approved": frozenset({"sent", "confirmed", "cancelled"}),
    "sent": frozenset({"confirmed", "partly_received", "received", "cancelled"}),
    "confirmed": frozenset({"partly_received", "received", "cancelled"}),
    "partly_received": frozenset({"received", "closed"}),
    "received": frozenset({"closed"}),
    "closed": frozenset({"received"}),
    "cancelled": frozenset(),
}
RECEIVABLE = frozenset({"sent", "confirmed", "partly_received"})
REVISABLE = frozenset({"approved", "sent", "confirmed", "partly_received"})
SUPPLIER_RETURN: Transitions = {
    "draft": frozenset({"approved", "cancelled"}),
    "approved": frozenset({"shipped", "cancelled"}),
    "shipped": frozenset({"credited", "closed"}),
    "credited": frozenset({"closed"}),
    "closed": frozenset(),
    "cancelled": frozenset(),
}
