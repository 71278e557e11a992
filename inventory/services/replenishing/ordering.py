"""Proposals become purchase orders, one a supplier and warehouse, and transfers, one a pair of warehouses."""

import datetime
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import database_now
from backoffice.core.errors import DomainError
from inventory.models import Proposal, ProposalStatus
from inventory.services.purchasing import PurchaseLineInput, create_purchase_order
from inventory.services.replenishing.deciding import OBJECT, lock_proposals
from inventory.services.transfers import TransferDraft, TransferLineInput, create_transfers


@dataclass(frozen=True, slots=True)
class Ordered:
    """What became of one proposal. state: done, already or refused, then with code and sentence."""

    proposal_id: int
    state: str
    purchase_order_id: int | None = None
    transfer_id: int | None = None
    code: str = ""
    detail: str = ""


@transaction.atomic(savepoint=False)
def order_proposals(
    ids: Sequence[int], *, company_id: int, actor: Actor, ordered_at: datetime.datetime
) -> list[Ordered]:
    """Make drafts of purchase orders and transfers of proposals: one for each supplier and warehouse, and for each
    pair of warehouses. One result a proposal, in order.

    A proposal is ordered once (`already` afterwards); from then on the draft counts as coming. Refused: unknown,
    not_open, no_supplier, and what the order itself refuses (no price, discontinued), which leaves the others alone
    and its whole order unwritten.
    Statements: 5, and those of each purchase order (about 10), whatever the proposals of it; 7 for all transfers.
    """
    found = lock_proposals(ids, company_id=company_id)
    results = {pk: refused for pk in ids if (refused := _refusal(pk, found.get(pk))) is not None}
    going = [found[pk] for pk in dict.fromkeys(ids) if pk not in results]
    bought: defaultdict[tuple[int, int], list[Proposal]] = defaultdict(list)
    brought: defaultdict[tuple[int, int], list[Proposal]] = defaultdict(list)
    for row in going:
        if row.source_id is not None:
            brought[row.source_id, row.warehouse_id].append(row)
        else:
            assert row.supplier_id is not None
            bought[row.supplier_id, row.warehouse_id].append(row)
    for (supplier, warehouse), rows in sorted(bought.items()):
        results |= _buy(rows, supplier, warehouse, company_id, ordered_at, actor)
    results |= _bring(dict(sorted(brought.items())), company_id, actor)
    _end([found[result.proposal_id] for result in results.values() if result.state == "done"], results, actor)
    return [results[pk] for pk in ids]


def _refusal(pk: int, row: Proposal | None) -> Ordered | None:
    if row is None:
        return Ordered(pk, "refused", code="unknown", detail=_("There is no such proposal."))
    if row.status == ProposalStatus.ORDERED:
        return Ordered(pk, "already", row.purchase_order_id, row.transfer_id)
    if row.status != ProposalStatus.OPEN:
        words = {"status": row.get_status_display().lower()}
        return Ordered(pk, "refused", code="not_open", detail=_("The proposal is %(status)s.") % words)
    if row.source_id is None and row.supplier_id is None:
        detail = _("Nobody is known who sells %(sku)s: add it to a supplier's SKUs.") % {"sku": row.sku.code}
        return Ordered(pk, "refused", code="no_supplier", detail=detail)
    return None


def _buy(
    rows: Sequence[Proposal],
    supplier_id: int,
    warehouse_id: int,
    company_id: int,
    ordered_at: datetime.datetime,
    actor: Actor,
) -> dict[int, Ordered]:
    """One purchase order. What it refuses is refused before anything of it is written."""
    try:
        order = create_purchase_order(
            [PurchaseLineInput(row.sku_id, row.to_order) for row in rows],
            company_id=company_id,
            supplier_id=supplier_id,
            warehouse_id=warehouse_id,
            ordered_at=ordered_at,
            expected_date=_expected(rows, ordered_at),
            note=_("From replenishment proposals."),
            actor=actor,
        )
    except DomainError as error:
        return {
            row.pk: Ordered(row.pk, "refused", code=error.context.get("code", error.code), detail=error.detail)
            for row in rows
        }
    return {row.pk: Ordered(row.pk, "done", purchase_order_id=order.pk) for row in rows}


def _expected(rows: Sequence[Proposal], ordered_at: datetime.datetime) -> datetime.date:
    """When the slowest of them should be here."""
    days = max(Decimal(row.facts.get("lead_days", "0")) for row in rows)
    return (ordered_at + datetime.timedelta(days=math.ceil(days))).date()


def _bring(pairs: dict[tuple[int, int], list[Proposal]], company_id: int, actor: Actor) -> dict[int, Ordered]:
    """All transfers, in one call."""
    drafts = [
        TransferDraft(
            source,
            target,
            [TransferLineInput(row.sku_id, row.to_order) for row in rows],
            note=_("From replenishment proposals."),
            source_key=f"proposals:{rows[0].pk}",
        )
        for (source, target), rows in pairs.items()
    ]
    if not drafts:
        return {}
    made = create_transfers(drafts, company_id=company_id, actor=actor)
    results = {}
    for rows, transfer in zip(pairs.values(), made, strict=True):
        for row in rows:
            if transfer.state == "refused":
                results[row.pk] = Ordered(row.pk, "refused", code=transfer.code, detail=transfer.detail)
            else:
                results[row.pk] = Ordered(row.pk, "done", transfer_id=transfer.transfer_id)
    return results


def _end(rows: Sequence[Proposal], results: dict[int, Ordered], actor: Actor) -> None:
    now = database_now()
    for row in rows:
        result = results[row.pk]
        row.status, row.purchase_order_id, row.transfer_id = (
            ProposalStatus.ORDERED,
            result.purchase_order_id,
            result.transfer_id,
        )
        row.ended_by_id, row.ended_label, row.ended_at = actor.user_id, actor.label, now
    Proposal.objects.bulk_update(
        rows, ["status", "purchase_order", "transfer", "ended_by", "ended_label", "ended_at"], batch_size=1_000
    )
    record(
        [
            Change(OBJECT, row.pk, "status", field="status", old="open", new="ordered", company_id=row.company_id)
            for row in rows
        ],
        actor=actor,
    )
