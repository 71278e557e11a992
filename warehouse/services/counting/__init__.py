"""Stocktakes: planned, counted blind while the shop goes on, counted again by others, approved by value, posted."""

from warehouse.services.counting.choosing import Choice, scopes_of
from warehouse.services.counting.creating import CountScope, Rules, create_stocktake
from warehouse.services.counting.following import ask_where_booked_late, post_waiting
from warehouse.services.counting.plans import close_requests, due, plan_requests, run_plan
from warehouse.services.counting.recording import CountInput, record_counts
from warehouse.services.counting.reviewing import (
    approve_stocktake,
    assign_counts,
    cancel_stocktake,
    finish_counts,
    post_stocktake,
    request_recount,
)

__all__ = [
    "Choice",
    "CountInput",
    "CountScope",
    "Rules",
    "approve_stocktake",
    "ask_where_booked_late",
    "close_requests",
    "due",
    "plan_requests",
    "post_waiting",
    "run_plan",
    "assign_counts",
    "cancel_stocktake",
    "create_stocktake",
    "finish_counts",
    "post_stocktake",
    "record_counts",
    "request_recount",
    "scopes_of",
]
