"""Which status may follow which."""

from backoffice.core.states import Transitions

PICK_LIST: Transitions = {
    "open": frozenset({"in_progress", "cancelled"}),
    "in_progress": frozenset({"done", "cancelled"}),
    "done": frozenset(),
    "cancelled": frozenset(),
}
PICK_TASK: Transitions = {
    "open": frozenset({"assigned", "in_progress", "done", "short", "cancelled"}),
    "assigned": frozenset({"open", "in_progress", "cancelled"}),
    "in_progress": frozenset({"done", "short", "cancelled"}),
    "done": frozenset(),
    "short": frozenset(),
    "cancelled": frozenset(),
}
PICKUP: Transitions = {
    "waiting": frozenset({"ready", "cancelled"}),
    "ready": frozenset({"collected", "cancelled"}),
    "collected": frozenset(),
    "cancelled": frozenset(),
}
RECEIPT: Transitions = {
    "expected": frozenset({"arrived", "receiving", "cancelled"}),
    "arrived": frozenset({"receiving"}),
    "receiving": frozenset({"received"}),
    "received": frozenset({"put_away", "posted_back"}),
    "put_away": frozenset({"posted_back"}),
    "posted_back": frozenset(),
    "cancelled": frozenset(),
}
