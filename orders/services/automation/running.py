"""Acting: what rules have fired for is done, each action in a transaction of its own, never twice."""

import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import database_now
from backoffice.core.errors import DomainError
from backoffice.core.staff import StaffRole
from backoffice.core.staff_tasks import give_task, role_group
from orders.automation.actions import in_words
from orders.models import AutomationRule, FiringState, RuleFiring
from orders.services.automation.acting import do
from orders.services.automation.doing import SOURCES, Doing

TRIES = 3
MOST_AN_HOUR = 5  # of one rule on one subject: more goes in circles with another rule
WAIT = datetime.timedelta(minutes=2)  # before what a worker left undone is tried again


def run_firings(*, limit: int = 200) -> dict[str, int]:
    """Do what is due; how many ended how. Two at once take different firings."""
    ended: dict[str, int] = {}
    for _number in range(limit):
        firing = _take()
        if firing is None:
            break
        state = _stop(firing) if _circles(firing) else _act(firing)
        ended[state] = ended.get(state, 0) + 1
    return ended


@transaction.atomic
def _take() -> RuleFiring | None:
    """The next one, counted as tried before anything is done; those of rules that were switched off are left."""
    due = (
        RuleFiring.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(state=FiringState.DUE, due_at__lte=database_now(), rule__is_active=True)
        .select_related("rule")
        .order_by("due_at", "pk")
        .first()
    )
    if due is None:
        return None
    due.attempts += 1
    due.due_at = database_now() + WAIT
    due.save(update_fields=["attempts", "due_at"])
    return due


def _circles(firing: RuleFiring) -> bool:
    """Whether the rule has acted on this again and again: one rule undoes what another does."""
    hour = firing.recorded_at - datetime.timedelta(hours=1)
    same = RuleFiring.objects.filter(
        rule=firing.rule_id, subject_type=firing.subject_type, subject_id=firing.subject_id, recorded_at__gt=hour
    )
    return same.filter(pk__lt=firing.pk).count() >= MOST_AN_HOUR


def _act(firing: RuleFiring) -> str:
    """All actions in turn; a refusal of one does not keep the rest from being done."""
    actor = Actor(f"rule:{firing.rule.name}", firing.actor_id)
    doing = Doing(firing, actor)
    for place in range(len(firing.results), len(firing.actions)):
        action = firing.actions[place]
        try:
            with transaction.atomic():
                said = do(action, doing)
                _tell(firing, action, "done", str(said))
        except DomainError as refusal:
            with transaction.atomic():
                _tell(firing, action, "refused", refusal.detail)
        except Exception as error:
            if firing.attempts < TRIES:
                raise
            with transaction.atomic():
                _tell(firing, action, "failed", f"{type(error).__name__}: {error}"[:300])
        doing.after_commit()
    states = {result["state"] for result in firing.results}
    end = FiringState.FAILED if "failed" in states else FiringState.REFUSED if "refused" in states else FiringState.DONE
    _finish(firing, end)
    return end.value


def _tell(firing: RuleFiring, action: dict[str, Any], state: str, detail: str) -> None:
    """Keep the action's result with its change, and on the order's timeline."""
    firing.results = [*firing.results, {"action": action["action"], "state": state, "detail": detail[:300]}]
    firing.save(update_fields=["results"])
    if firing.order_id:
        said = f"{in_words(action)}{': ' + detail if detail else ''}"
        change = Change(
            "orders.order",
            firing.order_id,
            "rule_acted",
            firing.rule.name[:60],
            "",
            said[:300],
            "" if state == "done" else state,
            firing.company_id,
        )
        record([change], actor=Actor(f"rule:{firing.rule.name}", firing.actor_id))


def _finish(firing: RuleFiring, state: FiringState) -> None:
    firing.state, firing.finished_at = state, database_now()
    firing.save(update_fields=["state", "finished_at"])


@transaction.atomic
def _stop(firing: RuleFiring) -> str:
    """Do nothing more, and give the order desk a task: two rules undo each other."""
    rule = AutomationRule.objects.get(pk=firing.rule_id)
    title = _("The rule “%(rule)s” goes in circles: look at the rules that act with it") % {"rule": rule.name}
    give_task(
        title=title[:200],
        role=role_group(StaffRole.ORDER_DESK),
        source=(SOURCES[firing.subject_type], firing.subject_id),
        company_id=firing.company_id,
        actor=Actor(f"rule:{rule.name}", firing.actor_id),
    )
    _finish(firing, FiringState.STOPPED)
    if firing.order_id:
        change = Change(
            "orders.order", firing.order_id, "rule_stopped", rule.name[:60], "", title[:300], "", firing.company_id
        )
        record([change], actor=Actor(f"rule:{rule.name}", firing.actor_id))
    return FiringState.STOPPED.value
