"""What rules may do: names, parameters and the rights that whoever switches a rule on must have."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.core.staff import StaffRole
from orders.automation.conditions import Mistake
from orders.automation.fields import OPEN_SOURCES, Text
from orders.models import HoldKind

MOST_ACTIONS, LONGEST = 10, 300


@dataclass(frozen=True, slots=True)
class Param:
    """kind: text, number, mail or choice. source: where the page finds values to choose from."""

    name: str
    label: Text
    kind: str = "text"
    required: bool = True
    choices: tuple[tuple[str, Text], ...] = ()
    source: str = ""
    most: int = LONGEST

    @property
    def is_closed(self) -> bool:
        return bool(self.source) and self.source not in OPEN_SOURCES


@dataclass(frozen=True, slots=True)
class Action:
    """subjects: what it can be done to. permission: "" where anybody who may switch a rule on may have it done."""

    code: str
    label: Text
    subjects: tuple[str, ...]
    params: tuple[Param, ...] = ()
    permission: str = ""
    needs_one_of: tuple[str, ...] = ()  # of parameters that are each not required


ORDER, ALERT, STOCK, ANY = ("order",), ("alert",), ("order", "alert"), ("order", "alert", "purchase_order", "alarm")
_HOLDS = tuple((kind.value, kind.label) for kind in HoldKind if kind not in (HoldKind.MAPPING, HoldKind.EXCHANGE))
_REASON = Param("reason", gettext_lazy("Why"))
_TAG = Param("tag", gettext_lazy("Tag"), source="tags", most=40)
_WAREHOUSE = Param("warehouse", gettext_lazy("Warehouse"), source="warehouses", most=20)
_PRIORITY = Param("priority", gettext_lazy("Priority (low comes first)"), "number")
_MAIL = (
    Param("to", gettext_lazy("Mail address"), "mail"),
    Param("subject", gettext_lazy("Subject"), most=120),
    Param("text", gettext_lazy("Text"), required=False),
)
_TASK = (
    Param("role", gettext_lazy("Everybody in the role"), "choice", False, tuple(StaffRole.choices)),
    Param("person", gettext_lazy("or one person"), required=False, source="people", most=150),
    Param("title", gettext_lazy("What to do"), most=200),
    Param("days", gettext_lazy("Due in days"), "number", False),
)
CHANGE = "orders.change_order"

_ALL = (
    Action(
        "hold", gettext_lazy("Hold"), ORDER, (Param("kind", gettext_lazy("Kind"), "choice", choices=_HOLDS), _REASON),
        "orders.add_hold",
    ),
    Action(
        "release_holds", gettext_lazy("Release holds"), ORDER,
        (Param("kind", gettext_lazy("Kind (empty: all)"), "choice", False, _HOLDS), _REASON), "orders.change_hold",
    ),
    Action("release", gettext_lazy("Release to warehouse"), ORDER, (), CHANGE),
    Action("add_tag", gettext_lazy("Tag"), ORDER, (_TAG,), CHANGE),
    Action("remove_tag", gettext_lazy("Take a tag off"), ORDER, (_TAG,), CHANGE),
    Action("pin", gettext_lazy("Pin to a warehouse"), ORDER, (_WAREHOUSE, _REASON), CHANGE),
    Action(
        "set_service", gettext_lazy("Set the shipping service"), ORDER,
        (Param("service", gettext_lazy("Service"), source="services", most=60),), CHANGE,
    ),
    Action("set_priority", gettext_lazy("Set the priority"), ORDER, (_PRIORITY,), CHANGE),
    Action(
        "split", gettext_lazy("Split off goods of a category"), ORDER,
        (Param("category", gettext_lazy("Category"), source="categories", most=80),), CHANGE,
    ),
    Action("ship_parts", gettext_lazy("Send what is there now, the rest later"), ORDER, (), CHANGE),
    Action("merge", gettext_lazy("Merge with the buyer's other open orders"), ORDER, (), CHANGE),
    Action("cancel", gettext_lazy("Cancel what is open"), ORDER, (_REASON,), CHANGE),
    Action("note", gettext_lazy("Write a note into its events"), ORDER, (Param("text", gettext_lazy("Note")),), CHANGE),
    Action("mail_buyer", gettext_lazy("Mail the order confirmation to the buyer"), ORDER, (), "orders.add_documentmail"),
    Action("invoice", gettext_lazy("Invoice its charges"), ORDER, (), "accounting.add_invoice"),
    Action("drop_ship", gettext_lazy("Order what it lacks from drop-ship suppliers"), ORDER, (), CHANGE),
    Action("buy", gettext_lazy("Make purchase orders of what is proposed"), STOCK, (), "inventory.add_purchaseorder"),
    Action("bring", gettext_lazy("Make transfers of what is proposed"), STOCK, (), "inventory.add_transfer"),
    Action(
        "move", gettext_lazy("Make a transfer of these goods to another warehouse"), ALERT, (_WAREHOUSE,),
        "inventory.add_transfer",
    ),
    Action("mail", gettext_lazy("Write a mail to a colleague"), ANY, _MAIL),
    Action("task", gettext_lazy("Give a person a task"), ANY, _TASK, "core.add_stafftask", ("role", "person")),
    Action(
        "webhook", gettext_lazy("Tell subscribed webhooks (rule.fired)"), ANY,
        (Param("event", gettext_lazy("Name of the event"), most=60),),
    ),
)  # fmt: skip
ACTIONS: dict[str, Action] = {action.code: action for action in _ALL}


def check_actions(given: Any, *, subject: str) -> tuple[list[dict[str, str]], list[Mistake]]:
    """The actions as they are kept, and every mistake in them; actions for nobody are one too."""
    if not isinstance(given, list) or not 0 < len(given) <= MOST_ACTIONS:
        return [], [Mistake("actions", _("choose at least one action, and at most %(most)s") % {"most": MOST_ACTIONS})]
    kept, mistakes = [], []
    for place, item in enumerate(given):
        action = ACTIONS.get(str(item.get("action", ""))) if isinstance(item, Mapping) else None
        if action is None or subject not in action.subjects:
            mistakes.append(Mistake(f"actions[{place}].action", _("choose what to do")))
            continue
        values = {"action": action.code}
        for param in action.params:
            value = str(item.get(param.name, "") or "").strip()
            wrong = _wrong(param, value)
            if wrong:
                mistakes.append(Mistake(f"actions[{place}].{param.name}", wrong))
            elif value:
                values[param.name] = value
        if action.needs_one_of and not any(values.get(name) for name in action.needs_one_of):
            mistakes.append(Mistake(f"actions[{place}].{action.needs_one_of[0]}", _("choose one of these")))
        kept.append(values)
    return kept, mistakes


def _wrong(param: Param, value: str) -> str:
    if not value:
        return _("is needed") if param.required else ""
    if len(value) > param.most or any(ord(letter) < 32 and letter != "\n" for letter in value):
        return _("at most %(most)s characters, on one line") % {"most": param.most}
    if param.kind == "number" and not (value.isdecimal() and int(value) <= 30_000):
        return _("“%(value)s” is not a whole number from 0 to 30000") % {"value": value[:40]}
    if param.kind == "choice" and value not in {code for code, _label in param.choices}:
        return _("choose one of the list")
    if param.name == "tag" and "," in value:
        return _("a tag has no comma")
    if param.kind == "mail":
        try:
            validate_email(value)
        except ValidationError:
            return _("“%(value)s” is not a mail address") % {"value": value[:40]}
    return ""


def in_words(action: Mapping[str, str]) -> str:
    """An action as a person reads it: "Pin to a warehouse: WEST, near the buyer"."""
    found = ACTIONS[action["action"]]
    values = []
    for param in found.params:
        if value := action.get(param.name):
            said = str(dict(param.choices).get(value, value))
            values.append(f"{param.label}: {said}" if param.kind == "number" and len(found.params) > 1 else said)
    return f"{found.label}: {', '.join(values)}" if values else str(found.label)


def needed_permissions(actions: Sequence[Mapping[str, str]]) -> set[str]:
    """What whoever switches the rule on must be allowed to do by hand."""
    return {ACTIONS[action["action"]].permission for action in actions} - {""}


def after(facts: Mapping[str, Any], actions: Sequence[Mapping[str, str]]) -> dict[str, tuple[str, str]]:
    """What the actions would change of an order that can be told beforehand: (before, after) by field."""
    new: dict[str, Any] = {}
    for action in actions:
        match action["action"]:
            case "add_tag":
                new["tags"] = sorted({*new.get("tags", facts["tags"]), action["tag"]})
            case "remove_tag":
                new["tags"] = sorted({*new.get("tags", facts["tags"])} - {action["tag"]})
            case "hold":
                new["holds"] = sorted({*new.get("holds", facts["holds"]), action["kind"]})
            case "release_holds":
                gone = {action["kind"]} if action.get("kind") else set(facts["holds"])
                new["holds"] = sorted({*new.get("holds", facts["holds"])} - gone)
            case "pin":
                new["pinned"] = action["warehouse"]
            case "set_service":
                new["service"] = action["service"]
            case "set_priority":
                new["priority"] = action["priority"]
    return {
        code: (_text(facts[code]), _text(value)) for code, value in new.items() if _text(facts[code]) != _text(value)
    }


def _text(value: Any) -> str:
    return ", ".join(sorted(map(str, value))) if isinstance(value, list | tuple | set) else str(value or "")


def due_date(days: str, today: datetime.date) -> datetime.date | None:
    return today + datetime.timedelta(days=int(days)) if days else None
