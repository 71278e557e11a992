"""Four eyes with limits: may this person approve this document of this value?

The one place that is asked whenever two steps are not one person's: who made a document and who approves it, who
changed a supplier's bank account and who pays that supplier. The rooms register their pairs (registry.ApprovalAction).

The value up to which nobody is asked is a company's ApprovalThreshold for the action; without one, four eyes are off
for that action. Above it the author cannot approve, and whoever approves needs a limit that reaches as far
(ApprovalLimit of the person, else the highest of the person's roles; where an action has no limits at all, everybody
else with the permission may).

    check_approver("adjustment", actor=actor, creator_id=doc.created_by_id, amount=value, company_id=company_id)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from backoffice.core.models import ApprovalLimit, ApprovalThreshold, User
from backoffice.core.registry import registry
from backoffice.core.show import show_number
from backoffice.core.staff import StaffRole


class ApprovalRefused(DomainError):
    """Somebody else has to approve this; nothing was written.

    code: own_document (the author above the free value), over_limit (the actor's limit is lower, or there is none),
    person_needed (a job above the free value), account_changed (a supplier's bank account is too new).
    context: action, amount, free_up_to, limit, who (names and their limits).
    """

    code = "approval_refused"

    def __init__(self, code: str, detail: str, **context: object) -> None:
        super().__init__(detail, **context)
        self.code = code


@dataclass(frozen=True, slots=True)
class Approver:
    """A role or person and the value up to which they approve; None: any."""

    name: str
    amount: Decimal | None
    group_id: int | None = None
    user_id: int | None = None

    def reaches(self, amount: Decimal) -> bool:
        return self.amount is None or self.amount >= amount


@dataclass(frozen=True, slots=True)
class ApprovalTerms:
    """One company's rules for one action. free_up_to None: four eyes are off."""

    action: str
    free_up_to: Decimal | None
    approvers: tuple[Approver, ...] = ()

    def needs_approval(self, amount: Decimal) -> bool:
        """Whether a second person has to look at a document of this value (its sign does not matter)."""
        return self.free_up_to is not None and abs(amount) > self.free_up_to

    def own_limits(self, user_id: int | None, groups: Iterable[int]) -> list[Approver]:
        """The rows that count for a person: the personal one, else those of the roles."""
        mine = [one for one in self.approvers if one.user_id is not None and one.user_id == user_id]
        return mine or [one for one in self.approvers if one.group_id in set(groups)]

    def who(self, amount: Decimal) -> list[Approver]:
        """Those who may approve a document of this value."""
        return [one for one in self.approvers if one.reaches(abs(amount))]


def approval_terms(action: str, *, company_id: int, free_up_to: Decimal | None = None) -> ApprovalTerms:
    """The rules of one action. free_up_to: a document's own threshold; the lower of it and the company's counts.

    Raises ValueError for an unregistered action. Statements: 1, or 2 with four eyes on.
    """
    if action not in registry.approval_actions():
        raise ValueError(f"{action!r} is no registered approval action.")
    return _terms([action], company_id, free_up_to)[0]


def approval_rules(*, company_id: int) -> list[ApprovalTerms]:
    """The rules of every registered action. Statements: 2 at most."""
    return _terms(list(registry.approval_actions()), company_id)


def _terms(actions: Sequence[str], company_id: int, own: Decimal | None = None) -> list[ApprovalTerms]:
    thresholds = ApprovalThreshold.objects.filter(company_id=company_id, action__in=actions)
    free = dict(thresholds.values_list("action", "amount"))
    if own is not None:
        free = {action: min(own, free.get(action, own)) for action in actions}
    approvers: dict[str, list[Approver]] = {action: [] for action in actions}
    if free:
        rows = ApprovalLimit.objects.filter(company_id=company_id, action__in=list(free))
        for row in rows.select_related("group", "user").order_by("amount", "pk"):
            approvers[row.action].append(Approver(_name(row), row.amount, row.group_id, row.user_id))
    return [ApprovalTerms(action, free.get(action), tuple(approvers[action])) for action in actions]


def needs_approval(action: str, *, amount: Decimal, company_id: int, free_up_to: Decimal | None = None) -> bool:
    """Whether a second person has to approve a document of this value. amount: company's currency. Statements: 1-2."""
    return approval_terms(action, company_id=company_id, free_up_to=free_up_to).needs_approval(amount)


def check_approver(
    action: str,
    *,
    actor: Actor,
    creator_id: int | None,
    amount: Decimal,
    company_id: int,
    free_up_to: Decimal | None = None,
) -> None:
    """Raise ApprovalRefused unless the actor may approve a document of this value made by creator_id.

    action: a registered ApprovalAction's code. creator_id: the author's user id, None for a job's document.
    amount: in the company's base currency; its sign does not matter. free_up_to: see approval_terms.
    Statements: 1; 3 with four eyes on.
    """
    check_approvers(action, [(creator_id, amount)], actor=actor, company_id=company_id, free_up_to=free_up_to)


def check_approvers(
    action: str,
    documents: Sequence[tuple[int | None, Decimal]],
    *,
    actor: Actor,
    company_id: int,
    free_up_to: Decimal | None = None,
) -> None:
    """The same for many documents, (creator_id, amount) each: the first that is refused raises. Statements as for one."""
    terms = approval_terms(action, company_id=company_id, free_up_to=free_up_to)
    asking = [(creator_id, abs(amount)) for creator_id, amount in documents if terms.needs_approval(amount)]
    if not asking:
        return
    mine = terms.own_limits(actor.user_id, _groups(actor.user_id))
    for creator_id, amount in asking:
        _check_one(terms, actor, mine, creator_id, amount)


def _check_one(
    terms: ApprovalTerms, actor: Actor, mine: Sequence[Approver], creator_id: int | None, amount: Decimal
) -> None:
    action = registry.approval_actions()[terms.action]
    if actor.user_id is None:
        if action.jobs:
            return
        raise _refusal("person_needed", terms, amount, gettext("A job cannot approve this: a person has to."))
    if actor.user_id == creator_id:
        raise _refusal("own_document", terms, amount, str(action.rule) or gettext("Who made it cannot approve it."))
    if not terms.approvers or any(one.reaches(amount) for one in mine):
        return
    own = max((one.amount for one in mine if one.amount is not None), default=None)
    said = (
        gettext("You may not approve this.")
        if own is None
        else gettext("You may approve up to %(limit)s.") % {"limit": show_number(own, 2)}
    )
    raise _refusal("over_limit", terms, amount, said, limit=str(own) if own is not None else None)


def _refusal(code: str, terms: ApprovalTerms, amount: Decimal, said: str, **context: object) -> ApprovalRefused:
    who = terms.who(amount)
    names = ", ".join(_with_limit(one) for one in who) or gettext("anybody else with the right")
    if terms.approvers and not who:
        names = gettext("nobody yet: add a limit under Approval limits")
    return ApprovalRefused(
        code,
        gettext("%(action)s of %(amount)s: %(said)s May approve: %(names)s.")
        % {
            "action": registry.approval_actions()[terms.action].title,
            "amount": show_number(amount, 2),
            "said": said,
            "names": names,
        },
        action=terms.action,
        amount=str(amount),
        free_up_to=str(terms.free_up_to),
        who=[{"name": one.name, "up_to": None if one.amount is None else str(one.amount)} for one in who],
        **context,
    )


def _with_limit(one: Approver) -> str:
    if one.amount is None:
        return gettext("%(name)s (any value)") % {"name": one.name}
    return gettext("%(name)s (up to %(limit)s)") % {"name": one.name, "limit": show_number(one.amount, 2)}


def _name(row: ApprovalLimit) -> str:
    if row.user is not None:
        return row.user.get_username()
    name = row.group.name if row.group else ""
    return str(StaffRole(name).label) if name in StaffRole.values else name


def _groups(user_id: int | None) -> list[int]:
    if user_id is None:
        return []
    return list(User.groups.through.objects.filter(user_id=user_id).values_list("group_id", flat=True))
