"""What people decide of proposals before anything is ordered."""

import datetime
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import database_now
from inventory.errors import NotFound, PurchaseRefused
from inventory.models import Proposal, ProposalStatus

OBJECT = "inventory.proposal"


def lock_proposals(ids: Sequence[int], *, company_id: int) -> dict[int, Proposal]:
    """The proposals, locked in id order; those of other companies are left out. Statements: 1."""
    rows = Proposal.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    found = rows.filter(company_id=company_id, pk__in=list(ids)).select_related("sku", "warehouse", "supplier")
    return {row.pk: row for row in found}


@transaction.atomic(savepoint=False)
def choose_quantity(proposal_id: int, *, quantity: Decimal | None, company_id: int, actor: Actor) -> Proposal:
    """Order another quantity than was counted; None: as counted again. It stays whatever is counted later.

    Raises NotFound, PurchaseRefused (not_open, bad_quantity); nothing changed. Statements: 4.
    """
    proposal = lock_proposals([proposal_id], company_id=company_id).get(proposal_id)
    if proposal is None:
        raise NotFound(_("There is no such proposal."), proposal_id=proposal_id)
    if proposal.status != ProposalStatus.OPEN:
        raise PurchaseRefused(
            _("The proposal is %(status)s.") % {"status": proposal.get_status_display().lower()}, code="not_open"
        )
    if quantity is not None and not (Decimal(0) < quantity < 10**12 and quantity == round(quantity, 6)):
        raise PurchaseRefused(_("Give a quantity above zero."), code="bad_quantity", field="quantity")
    old, proposal.chosen_quantity = proposal.to_order, quantity
    proposal.save(update_fields=["chosen_quantity"])
    change = Change(
        OBJECT, proposal.pk, "changed", field="quantity", old=f"{old.normalize():f}",
        new=f"{proposal.to_order.normalize():f}", company_id=company_id,
    )  # fmt: skip
    record([change], actor=actor)
    return proposal


@transaction.atomic(savepoint=False)
def dismiss_proposals(
    ids: Sequence[int], *, company_id: int, until: datetime.date, reason: str, actor: Actor
) -> dict[int, str]:
    """Not to be proposed again before a day. By id what became of it: done, already or unknown.

    Raises PurchaseRefused (no_reason); nothing changed. Statements: 3, whatever the number.
    """
    if not reason.strip():
        raise PurchaseRefused(_("Say why it is not ordered."), code="no_reason", field="reason")
    found = lock_proposals(ids, company_id=company_id)
    going = [row for row in found.values() if row.status == ProposalStatus.OPEN]
    for row in going:
        row.status, row.dismissed_until, row.reason = ProposalStatus.DISMISSED, until, reason.strip()[:300]
        row.ended_by_id, row.ended_label, row.ended_at = actor.user_id, actor.label, database_now()
    Proposal.objects.bulk_update(
        going, ["status", "dismissed_until", "reason", "ended_by", "ended_label", "ended_at"], batch_size=1_000
    )
    record(
        [
            Change(
                OBJECT, row.pk, "status", field="status", old="open", new="dismissed", reason=row.reason,
                company_id=company_id,
            )
            for row in going
        ],
        actor=actor,
    )  # fmt: skip
    done = {row.pk for row in going}
    return {pk: "done" if pk in done else "already" if pk in found else "unknown" for pk in ids}
