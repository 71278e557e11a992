"""Which state of a period (accounting_set_period_state holds the same table) of a bill or of a journal by hand may follow which."""

from accounting.models import PeriodState
from backoffice.core.states import Transitions

PERIOD: Transitions = {
    PeriodState.OPEN: frozenset({PeriodState.SOFT_CLOSED, PeriodState.LOCKED}),
    PeriodState.SOFT_CLOSED: frozenset({PeriodState.OPEN, PeriodState.LOCKED}),
    PeriodState.LOCKED: frozenset({PeriodState.SOFT_CLOSED}),
}
# What was paid is read from the open item: posted, partly_paid and paid are one stored status.
BILL: Transitions = {
    "draft": frozenset({"matching"}),
    "matching": frozenset({"approved", "exception", "draft"}),
    "exception": frozenset({"approved", "draft", "matching"}),
    "approved": frozenset({"posted", "draft"}),
    "posted": frozenset({"reversed"}),
    "reversed": frozenset(),
}
MANUAL_JOURNAL: Transitions = {
    "draft": frozenset({"submitted", "cancelled"}),
    "submitted": frozenset({"posted", "draft", "cancelled"}),
    "posted": frozenset({"reversed"}),
    "reversed": frozenset(),
    "cancelled": frozenset(),
}
DUNNING_RUN: Transitions = {
    "proposed": frozenset({"approved", "cancelled"}),
    "approved": frozenset(),
    "cancelled": frozenset(),
}
WRITE_OFF: Transitions = {
    "waiting": frozenset({"posted", "refused"}),
    "posted": frozenset(),
    "refused": frozenset(),
}
RECURRING_JOURNAL: Transitions = {
    "draft": frozenset({"active", "ended"}),
    "active": frozenset({"paused", "ended"}),
    "paused": frozenset({"active", "ended"}),
    "ended": frozenset(),
}
