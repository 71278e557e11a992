"""What can be done to many rows of the goods book at once, as background jobs."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidInput
from backoffice.core.registry import BulkAction, BulkField, BulkTarget, RowResult
from inventory.models import Proposal
from inventory.services import dismiss_proposals, order_proposals

Params = Mapping[str, str]
PROPOSAL = "inventory.proposal"
MAX_DAYS = 3_650


def _by_company(ids: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for pk, company_id in Proposal.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "company_id"):
        found.setdefault(company_id, []).append(pk)
    return found


def order(ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
    """Drafts of purchase orders and transfers, one for each supplier and warehouse of the batch."""
    done = {
        result.proposal_id: result
        for company_id, own in sorted(_by_company(ids).items())
        for result in order_proposals(own, company_id=company_id, actor=actor, ordered_at=timezone.now())
    }
    results = []
    for pk in ids:
        result = done.get(pk)
        if result is None:
            results.append(RowResult(pk, "refused", "not_found", gettext("There is no such proposal.")))
        elif result.purchase_order_id:
            results.append(RowResult(pk, result.state, detail=f"PO-{result.purchase_order_id:06d}"))
        elif result.transfer_id:
            results.append(RowResult(pk, result.state, detail=f"TR-{result.transfer_id:06d}"))
        else:
            results.append(RowResult(pk, "refused", result.code, result.detail))
    return results


def dismiss(ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
    until = timezone.localdate() + datetime.timedelta(days=_days(params.get("days", "")))
    done: dict[int, str] = {}
    for company_id, own in sorted(_by_company(ids).items()):
        done |= dismiss_proposals(own, company_id=company_id, until=until, reason=params.get("reason", ""), actor=actor)
    return [
        RowResult(pk, done[pk])
        if done.get(pk, "unknown") != "unknown"
        else RowResult(pk, "refused", "not_found", gettext("There is no such proposal."))
        for pk in ids
    ]


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_DAYS:
        raise InvalidInput(gettext("Give the days as a whole number from 1 on."), errors=[{"field": "days"}])
    return int(text)


def _visible(request: Any, given: Mapping[str, Sequence[str]]) -> Any:
    """Proposals of the key's company, filtered as the API's list is. Raises ValidationError."""
    from backoffice.core.api.actions import own_rows
    from backoffice.core.api.filters import chosen
    from inventory.api.filters import ProposalFilter

    return chosen(ProposalFilter, given, own_rows(request, Proposal.objects.order_by("-pk")))


ENTRIES = (
    BulkTarget(PROPOSAL, _visible),
    BulkAction(
        "inventory.order_proposals", _("Make purchase orders and transfers"), "inventory.change_proposal", PROPOSAL, order,
        1_000, scope="purchasing:write", order=10,
    ),
    BulkAction(
        "inventory.dismiss_proposals", _("Dismiss"), "inventory.change_proposal", PROPOSAL, dismiss, 1_000,
        fields=(BulkField("days", _("Not again for so many days")), BulkField("reason", _("Reason"))),
        scope="purchasing:write", order=20,
    ),
)  # fmt: skip
