"""Which status of purchase orders, returns to suppliers, transfers, adjustments and write-offs may follow which."""

from backoffice.core.states import Transitions

PURCHASE_ORDER: Transitions = {
    "draft": frozenset({"submitted", "cancelled"}),
    "submitted": frozenset({"draft", "approved", "cancelled"}),
    "approved": frozenset({"sent", "confirmed", "cancelled"}),
    "sent": frozenset({"confirmed", "partly_received", "received", "cancelled"}),
    "confirmed": frozenset({"partly_received", "received", "cancelled"}),
    "partly_received": frozenset({"received", "closed"}),
    "received": frozenset({"closed", "partly_received"}),
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

TRANSFER: Transitions = {
    "draft": frozenset({"approved", "cancelled"}),
    "approved": frozenset({"allocated", "cancelled"}),
    "allocated": frozenset({"partly_shipped", "shipped", "cancelled"}),
    # What is on its way may arrive, or be lost, before the rest leaves or is given up.
    "partly_shipped": frozenset({"shipped", "partly_received", "received", "closed"}),
    "shipped": frozenset({"partly_received", "received", "closed"}),
    "partly_received": frozenset({"received", "closed"}),
    "received": frozenset({"closed"}),
    "closed": frozenset(),
    "cancelled": frozenset(),
}
TRANSFER_SHIPS = frozenset({"allocated", "partly_shipped"})
TRANSFER_ARRIVES = frozenset({"partly_shipped", "shipped", "partly_received"})

ADJUSTMENT: Transitions = {
    "draft": frozenset({"submitted", "approved", "cancelled"}),
    "submitted": frozenset({"draft", "approved", "cancelled"}),
    "approved": frozenset({"posted"}),
    "posted": frozenset({"reversed"}),
    "reversed": frozenset(),
    "cancelled": frozenset(),
}

# The life of a SKU. A draft is neither bought nor sold; what is phased out is sold while it lasts, but not bought.
SKU: Transitions = {
    "draft": frozenset({"active", "discontinued"}),
    "active": frozenset({"phase_out", "discontinued"}),
    "phase_out": frozenset({"active", "discontinued"}),
    "discontinued": frozenset({"active", "phase_out"}),
}
BUYABLE = frozenset({"active"})
SALEABLE = frozenset({"active", "phase_out"})
RECEIVABLE_SKUS = SALEABLE  # also without an order: the last of what is phased out may still come
GRNI_WRITE_OFF: Transitions = {
    "requested": frozenset({"posted", "refused"}),
    "posted": frozenset(),
    "refused": frozenset(),
}

LANDED_COST: Transitions = {
    "draft": frozenset({"posted"}),
    "posted": frozenset({"reversed"}),
    "reversed": frozenset(),
}

REVALUATION: Transitions = {
    "draft": frozenset({"submitted", "approved", "cancelled"}),
    "submitted": frozenset({"approved", "cancelled"}),
    "approved": frozenset({"posted", "cancelled"}),
    "posted": frozenset({"reversed"}),
    "reversed": frozenset(),
    "cancelled": frozenset(),
}

ASSEMBLY: Transitions = {
    "draft": frozenset({"released", "cancelled"}),
    "released": frozenset({"in_progress", "done", "cancelled"}),
    "in_progress": frozenset({"done"}),
    "done": frozenset(),
    "cancelled": frozenset(),
}
