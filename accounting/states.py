"""Which state of a period may follow which; accounting_set_period_state holds the same table."""

from accounting.models import PeriodState
from backoffice.core.states import Transitions

PERIOD: Transitions = {
    PeriodState.OPEN: frozenset({PeriodState.SOFT_CLOSED, PeriodState.LOCKED}),
    PeriodState.SOFT_CLOSED: frozenset({PeriodState.OPEN, PeriodState.LOCKED}),
    PeriodState.LOCKED: frozenset({PeriodState.SOFT_CLOSED}),
}
