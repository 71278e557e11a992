"""Setting who may approve what, up to how much; each change stands in the audit trail."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.errors import InvalidInput
from backoffice.core.models import ApprovalLimit, ApprovalThreshold
from backoffice.core.money import ZERO
from backoffice.core.registry import registry

MAX_AMOUNT = Decimal(10) ** 15


@transaction.atomic
def set_threshold(*, company_id: int, action: str, amount: Decimal | None, actor: Actor, reason: str = "") -> None:
    """Set the value up to which nobody is asked; None switches four eyes off. Statements: 4.

    Raises InvalidInput for an unknown action or an amount below 0; nothing is written.
    """
    _check(action, amount)
    rows = ApprovalThreshold.objects.filter(company_id=company_id, action=action)
    before = rows.select_for_update(of=("self",), no_key=True).first()
    old = "" if before is None else str(before.amount)
    told = f"{action}: {reason}" if reason else action
    if amount is not None:
        row, made = ApprovalThreshold.objects.update_or_create(
            company_id=company_id, action=action, defaults={"amount": amount}
        )
        what = "created" if made else "changed"
        change = Change("core.approvalthreshold", row.pk, what, "amount", old, str(amount), told, company_id)
        record([change], actor=actor)
    elif before is not None:
        change = Change("core.approvalthreshold", before.pk, "deleted", "amount", old, "", told, company_id)
        record([change], actor=actor)
        before.delete()


@transaction.atomic
def switch_on_from_start(*, company_id: int, actor: Actor) -> None:
    """The pairs that a company begins with are on, at any value; the owner limits them or switches them off.

    A value that is set already stays.
    """
    known = set(ApprovalThreshold.objects.filter(company_id=company_id).values_list("action", flat=True))
    for action in registry.approval_actions().values():
        if action.from_start and action.code not in known:
            set_threshold(company_id=company_id, action=action.code, amount=ZERO, actor=actor)


@transaction.atomic
def set_limit(
    *,
    company_id: int,
    action: str,
    amount: Decimal | None,
    actor: Actor,
    group_id: int | None = None,
    user_id: int | None = None,
) -> ApprovalLimit:
    """Let a role or a person approve up to a value; None: any. Statements: 5.

    Raises InvalidInput unless exactly one of group_id and user_id is given, for the actor's own limit, an unknown action or an
    amount below 0; nothing is written.
    """
    _check(action, amount)
    if (group_id is None) == (user_id is None):
        raise _wrong("user", gettext("Choose either a role or a person."))
    if user_id is not None and user_id == actor.user_id:
        raise _wrong("user", gettext("Nobody sets their own limit: ask somebody else."))
    keys: dict[str, Any] = {"company_id": company_id, "action": action, "group_id": group_id, "user_id": user_id}
    before = ApprovalLimit.objects.filter(**keys).select_for_update(of=("self",), no_key=True).first()
    row, made = ApprovalLimit.objects.update_or_create(**keys, defaults={"amount": amount})
    old = "" if before is None else _told(before.amount)
    what = "created" if made else "changed"
    record([Change("core.approvallimit", row.pk, what, "amount", old, _told(amount), action, company_id)], actor=actor)
    return row


@transaction.atomic
def remove_limit(row: ApprovalLimit, *, actor: Actor) -> None:
    """Take a limit away; whoever had it approves nothing above the free value, unless no limit is left. Statements: 2."""
    old = _told(row.amount)
    change = Change("core.approvallimit", row.pk, "deleted", "amount", old, "", row.action, row.company_id)
    record([change], actor=actor)
    row.delete()


def _told(amount: Decimal | None) -> str:
    return "any" if amount is None else str(amount)


def _check(action: str, amount: Decimal | None) -> None:
    if action not in registry.approval_actions():
        known = ", ".join(registry.approval_actions())
        raise _wrong("action", gettext("Unknown action. There are: %(known)s.") % {"known": known})
    if amount is not None and not 0 <= amount < MAX_AMOUNT:
        raise _wrong("amount", gettext("Give an amount of 0 or more."))


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, errors=[{"field": field, "message": message, "code": "invalid"}])
