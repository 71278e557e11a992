"""Rules: kept, switched on, asked of what changed, and acted upon."""

from orders.services.automation.keeping import RuleInput, create_rule, switch_off, switch_on, update_rule
from orders.services.automation.looking import look_at, look_at_due
from orders.services.automation.noticing import notice_alerts, notice_changes, sweep
from orders.services.automation.running import run_firings
from orders.services.automation.tagging import add_tags, remove_tags
from orders.services.automation.trying import Trial, TrialRow, try_rule

__all__ = [
    "RuleInput",
    "Trial",
    "TrialRow",
    "add_tags",
    "create_rule",
    "look_at",
    "look_at_due",
    "notice_alerts",
    "notice_changes",
    "remove_tags",
    "run_firings",
    "sweep",
    "switch_off",
    "switch_on",
    "try_rule",
    "update_rule",
]
