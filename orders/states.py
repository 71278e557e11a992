"""Which status may follow which."""

from backoffice.core.states import Transitions

ORDER: Transitions = {
    "draft": frozenset({"placed", "cancelled"}),
    "placed": frozenset({"released", "cancelled"}),
    "released": frozenset({"placed", "partly_shipped", "shipped", "cancelled"}),
    "partly_shipped": frozenset({"shipped"}),
    "shipped": frozenset({"completed"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
}
FULFILMENT: Transitions = {
    "pending": frozenset({"ready", "on_hold", "cancelled"}),
    "ready": frozenset({"in_wave", "picking", "on_hold", "cancelled"}),
    "in_wave": frozenset({"picking", "ready", "on_hold", "cancelled"}),
    "picking": frozenset({"ready", "picked", "cancelled"}),
    "picked": frozenset({"packing", "packed", "ready", "cancelled"}),
    "packing": frozenset({"packed", "ready", "cancelled"}),
    "packed": frozenset({"packing", "shipped", "cancelled"}),
    "on_hold": frozenset({"pending", "ready", "in_wave", "cancelled"}),
    "shipped": frozenset(),
    "cancelled": frozenset(),
}
DRAFT: Transitions = {
    "draft": frozenset({"quoted", "placed", "cancelled"}),
    "quoted": frozenset({"draft", "placed", "cancelled"}),
    "placed": frozenset(),
    "cancelled": frozenset(),
}
CANCEL_REQUEST: Transitions = {
    "open": frozenset({"accepted", "refused", "withdrawn"}),
    "accepted": frozenset(),
    "refused": frozenset(),
    "withdrawn": frozenset(),
}
SHIPMENT: Transitions = {
    "draft": frozenset({"labelled", "voided"}),  # packed, without a label
    "labelled": frozenset({"draft", "manifested", "in_transit", "voided"}),  # draft again: its label is void
    "manifested": frozenset({"in_transit"}),
    "in_transit": frozenset({"delivered", "exception", "returned_to_sender"}),
    "exception": frozenset({"in_transit", "delivered", "returned_to_sender"}),
    "delivered": frozenset(),
    "returned_to_sender": frozenset(),
    "voided": frozenset(),
}
RETURN: Transitions = {
    "requested": frozenset({"approved", "rejected", "cancelled"}),
    "approved": frozenset({"in_transit", "received", "resolved", "cancelled"}),
    "in_transit": frozenset({"received", "closed"}),
    "received": frozenset({"inspected"}),
    "inspected": frozenset({"resolved"}),
    "resolved": frozenset({"closed"}),
    "rejected": frozenset(),
    "closed": frozenset(),
    "cancelled": frozenset(),
}
BLANKET: Transitions = {
    "open": frozenset({"closed"}),
    "closed": frozenset({"open"}),
}
RESERVATION: Transitions = {
    "open": frozenset({"ordered", "released", "expired"}),
    "expired": frozenset({"ordered", "released"}),
    "ordered": frozenset(),
    "released": frozenset(),
}
