"""Transfers as they are asked for, one or many at once."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from inventory.models import Lot, Sku, Transfer, TransferLine, TransferStatus, Warehouse
from inventory.services.transfers.common import OBJECT


@dataclass(frozen=True, slots=True)
class TransferLineInput:
    """Goods to bring over, in base units. lot_id: only of that lot; owner_id: another owner's goods."""

    sku_id: int
    quantity: Decimal
    lot_id: int | None = None
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class TransferDraft:
    """One transfer. source_key: the same key again is answered `already`, such as "proposal:7"."""

    source_id: int
    target_id: int
    lines: Sequence[TransferLineInput]
    expected_date: datetime.date | None = None
    priority: int = 100
    note: str = ""
    source_key: str | None = None


@dataclass(frozen=True, slots=True)
class TransferMade:
    """state: done, already, or refused with its code and sentence; row: of the line that is wrong, from 1."""

    state: str
    transfer_id: int | None = None
    code: str = ""
    detail: str = ""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What there is of a batch's warehouses, SKUs (with whether they are kits) and lots."""

    warehouses: dict[int, str]
    skus: dict[int, tuple[str, bool]]
    lots: dict[int, int]


@transaction.atomic(savepoint=False)
def create_transfers(drafts: Sequence[TransferDraft], *, company_id: int, actor: Actor) -> list[TransferMade]:
    """Make drafts of transfers; one result for each, in order. A refused one leaves the others alone.

    Codes: same_warehouse, unknown_warehouse, no_lines, unknown_sku, kit, bad_quantity, wrong_lot.
    Statements: 7 at most, whatever the number of transfers and lines.
    """
    known = _look(drafts, company_id)
    keys = [draft.source_key for draft in drafts if draft.source_key]
    there: dict[str | None, int] = dict(
        Transfer.objects.filter(company_id=company_id, source_key__in=keys).values_list("source_key", "pk")
    )
    results: list[TransferMade] = []
    fresh: list[tuple[int, TransferDraft]] = []
    asked: set[str] = set()
    for index, draft in enumerate(drafts):
        if draft.source_key and (draft.source_key in there or draft.source_key in asked):
            results.append(TransferMade("already", there.get(draft.source_key), "already"))
            continue
        refusal = _refusal(draft, known)
        results.append(refusal or TransferMade("done"))
        if refusal is None:
            fresh.append((index, draft))
            asked |= {draft.source_key} if draft.source_key else set()
    made = _write([draft for _index, draft in fresh], company_id, actor)
    for (index, _draft), transfer in zip(fresh, made, strict=True):
        results[index] = TransferMade("done", transfer.pk)
    return results


def _look(drafts: Sequence[TransferDraft], company_id: int) -> _Known:
    lines = [line for draft in drafts for line in draft.lines]
    warehouses = Warehouse.objects.filter(company_id=company_id, is_transit=False, is_active=True)
    skus = Sku.objects.filter(company_id=company_id, pk__in={line.sku_id for line in lines})
    lots = {line.lot_id for line in lines if line.lot_id is not None}
    return _Known(
        dict(warehouses.values_list("pk", "code")),
        {pk: (code, kit is not None) for pk, code, kit in skus.values_list("pk", "code", "kit_id")},
        dict(Lot.objects.filter(company_id=company_id, pk__in=lots).values_list("pk", "sku_id")) if lots else {},
    )


def _refusal(draft: TransferDraft, known: _Known) -> TransferMade | None:
    if draft.source_id == draft.target_id:
        return TransferMade(
            "refused", None, "same_warehouse", _("A transfer goes to another warehouse than the one it comes from.")
        )
    if not {draft.source_id, draft.target_id} <= known.warehouses.keys():
        return TransferMade("refused", None, "unknown_warehouse", _("Choose two active warehouses of this company."))
    if not draft.lines:
        return TransferMade("refused", None, "no_lines", _("A transfer needs a line."))
    for row, line in enumerate(draft.lines, start=1):
        if line.sku_id not in known.skus:
            return TransferMade("refused", None, "unknown_sku", _("Line %(row)s: unknown SKU.") % {"row": row}, row)
        code, is_kit = known.skus[line.sku_id]
        words = {"row": row, "sku": code}
        if is_kit:
            detail = _("Line %(row)s: %(sku)s is a kit: transfer its components.") % words
            return TransferMade("refused", None, "kit", detail, row)
        if not (line.quantity > 0 and line.quantity < 10**12 and line.quantity == round(line.quantity, 6)):
            detail = _("Line %(row)s: %(sku)s: give a quantity above zero.") % words
            return TransferMade("refused", None, "bad_quantity", detail, row)
        if line.lot_id is not None and known.lots.get(line.lot_id) != line.sku_id:
            detail = _("Line %(row)s: that is no lot of %(sku)s.") % words
            return TransferMade("refused", None, "wrong_lot", detail, row)
    return None


def _write(drafts: Sequence[TransferDraft], company_id: int, actor: Actor) -> list[Transfer]:
    if not drafts:
        return []
    made = Transfer.objects.bulk_create(
        Transfer(
            company_id=company_id,
            source_id=draft.source_id,
            target_id=draft.target_id,
            expected_date=draft.expected_date,
            priority=draft.priority,
            note=draft.note,
            source_key=draft.source_key,
            created_by_id=actor.user_id,
            created_label=actor.label,
        )
        for draft in drafts
    )
    TransferLine.objects.bulk_create(
        TransferLine(
            transfer=transfer,
            position=position,
            sku_id=line.sku_id,
            quantity=line.quantity,
            lot_id=line.lot_id,
            owner_id=line.owner_id,
        )
        for transfer, draft in zip(made, drafts, strict=True)
        for position, line in enumerate(draft.lines, start=1)
    )
    audit.record(
        [
            audit.Change(
                OBJECT, transfer.pk, "created", field="status", new=TransferStatus.DRAFT.value, company_id=company_id
            )
            for transfer in made
        ],
        actor=actor,
    )
    return made
