"""Which status may follow which."""

from backoffice.core.states import Transitions

FLOOR_TASK: Transitions = {
    "open": frozenset({"assigned", "in_progress", "done", "short", "cancelled"}),
    "assigned": frozenset({"open", "in_progress", "done", "short", "cancelled"}),
    "in_progress": frozenset({"open", "done", "short", "cancelled"}),
    "done": frozenset(),
    "short": frozenset(),
    "cancelled": frozenset(),
}
PICK_LIST: Transitions = {
    "open": frozenset({"in_progress", "cancelled"}),
    "in_progress": frozenset({"done", "cancelled"}),
    "done": frozenset(),
    "cancelled": frozenset(),
}
PICK_TASK: Transitions = {
    "open": frozenset({"assigned", "in_progress", "done", "short", "cancelled"}),
    "assigned": frozenset({"open", "in_progress", "done", "short", "cancelled"}),
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
RECEIPT_PROBLEM: Transitions = {
    "open": frozenset({"settled"}),
    "settled": frozenset({"open"}),
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
STOCKTAKE: Transitions = {
    "planned": frozenset({"counting", "cancelled"}),
    "counting": frozenset({"review", "cancelled"}),
    "recount": frozenset({"review", "cancelled"}),
    "review": frozenset({"recount", "approved", "cancelled"}),
    "approved": frozenset({"posted"}),
    "posted": frozenset(),
    "cancelled": frozenset(),
}
COUNT_TASK: Transitions = {
    "open": frozenset({"counting", "cancelled"}),
    "counting": frozenset({"open", "counted", "cancelled"}),
    "counted": frozenset({"open", "cancelled"}),
    "cancelled": frozenset(),
}
WAVE: Transitions = {
    "draft": frozenset({"released", "cancelled"}),
    "released": frozenset({"in_progress", "done", "cancelled"}),
    "in_progress": frozenset({"done"}),
    "done": frozenset(),
    "cancelled": frozenset(),
}
PICK_ROUND: Transitions = {
    "open": frozenset({"in_progress", "done", "cancelled"}),
    "in_progress": frozenset({"done", "cancelled"}),
    "done": frozenset(),
    "cancelled": frozenset(),
}
