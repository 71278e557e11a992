"""What sets a rule off, and for which causes: each cause sets one rule off at most once."""

from collections.abc import Callable, Mapping
from typing import Any

from orders.models.automation import RuleTrigger

Facts = Mapping[str, Any]
OPEN = ("placed", "released", "partly_shipped")


def _when(holds: Callable[[Facts], Any], cause: str) -> Callable[[Facts], list[str]]:
    return lambda facts: [cause] if holds(facts) else []


def _late(facts: Facts) -> list[str]:
    days = facts["days_to_promise"]
    late = facts["status"] in OPEN and days is not None and days < 0
    return [f"late:{facts['promise_date']}"] if late else []


def _each(prefix: str, key: str) -> Callable[[Facts], list[str]]:
    return lambda facts: [f"{prefix}:{pk}" for pk in facts[key]]


# Of the facts of one order: the causes that are there now. An order that changes is looked at again, however old it is.
_ORDER: dict[str, Callable[[Facts], list[str]]] = {
    RuleTrigger.PLACED: lambda facts: ["placed"],
    RuleTrigger.PAID: _when(lambda facts: facts["is_paid"], "paid"),
    RuleTrigger.HELD: _each("hold", "hold_ids"),
    RuleTrigger.RELEASED: _when(lambda facts: facts["status"] in ("released", "partly_shipped", "shipped", "completed"), "released"),
    RuleTrigger.BACK_ORDERED: _when(lambda facts: facts["waits"] and facts["status"] in OPEN, "back_ordered"),
    RuleTrigger.LATE: _late,
    RuleTrigger.SHIPPED: _when(lambda facts: facts["status"] in ("shipped", "completed"), "shipped"),
    RuleTrigger.RETURNED: _each("return", "return_ids"),
    RuleTrigger.TIME: lambda facts: [f"day:{facts['day']}"] if facts.get("day") and facts["status"] in OPEN else [],
}  # fmt: skip
ALERTS = {
    RuleTrigger.STOCK_LOW: "low",
    RuleTrigger.STOCK_OVER: "over",
    RuleTrigger.STOCK_DEAD: "dead",
    RuleTrigger.STOCK_EXPIRY: "expiry",
}
SUBJECTS: dict[str, str] = {
    **dict.fromkeys(_ORDER, "order"),
    **dict.fromkeys(ALERTS, "alert"),
    RuleTrigger.RECEIVED: "purchase_order",
    RuleTrigger.SYNC_FAILED: "alarm",
}


def subject_of(trigger: str) -> str:
    """What a trigger is about: order, alert (of stock), purchase_order or alarm."""
    return SUBJECTS[trigger]


def causes_of(trigger: str, facts: Facts) -> list[str]:
    """The causes that these facts hold for a rule with this trigger; empty: it is not set off."""
    if trigger in _ORDER:
        return _ORDER[trigger](facts)
    if trigger in ALERTS:
        return ["open"] if facts["kind"] == ALERTS[RuleTrigger(trigger)] and facts["is_open"] else []
    return [str(facts["cause"])]
