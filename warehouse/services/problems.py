"""Problems of deliveries: told at the dock with photos, settled by whoever talks to the supplier."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.errors import InvalidInput
from backoffice.core.pictures import picture_format
from backoffice.core.states import check_transition
from backoffice.core.stored_first import stored_first
from orders.services.return_photos import checked_picture
from warehouse.errors import NotFound
from warehouse.models import ProblemKind, ProblemStatus, Receipt, ReceiptPhoto, ReceiptProblem
from warehouse.states import RECEIPT_PROBLEM

OBJECT = "warehouse.receiptproblem"
MAX_PHOTOS = 12


@dataclass(frozen=True, slots=True)
class ProblemInput:
    """Of a receipt, or of a purchase order that nothing came of yet. line_id: the purchase order line, if it is of one."""

    kind: str
    receipt_id: int | None = None
    purchase_order_id: int | None = None
    line_id: int | None = None
    sku_id: int | None = None
    quantity: Decimal | None = None
    note: str = ""
    lot_id: int | None = None


@transaction.atomic(savepoint=False)
def report_problems(
    problems: Sequence[ProblemInput], *, company_id: int, actor: Actor, device: str = ""
) -> list[ReceiptProblem]:
    """Note what is wrong with deliveries; the goods' books are not touched. Statements: 3.

    Raises InvalidInput naming the row: an unknown kind or receipt, over, short or damaged without a quantity, other
    without a note. Nothing is written then.
    """
    receipts = {
        row.pk: row
        for row in Receipt.objects.filter(
            company_id=company_id, pk__in={p.receipt_id for p in problems if p.receipt_id}
        )
    }
    wrong = [
        {"row": row, "field": field, "message": message, "code": "invalid"}
        for row, problem in enumerate(problems)
        for field, message in [_wrong(problem, receipts)]
        if field
    ]
    if wrong:
        raise InvalidInput(str(wrong[0]["message"]), errors=wrong)
    made = ReceiptProblem.objects.bulk_create(
        ReceiptProblem(
            company_id=company_id,
            receipt_id=problem.receipt_id,
            purchase_order_id=problem.purchase_order_id
            or (receipts[problem.receipt_id].purchase_order_id if problem.receipt_id else None),
            purchase_order_line_id=problem.line_id,
            kind=problem.kind,
            sku_id=problem.sku_id,
            lot_id=problem.lot_id,
            quantity=problem.quantity,
            note=problem.note.strip()[:500],
            actor_id=actor.user_id,
            actor_label=actor.label,
            device=device,
        )
        for problem in problems
    )
    record(
        [Change(OBJECT, row.pk, "reported", "kind", "", row.kind, row.note[:300], company_id) for row in made],
        actor=actor,
    )
    return made


def _wrong(problem: ProblemInput, receipts: dict[int, Receipt]) -> tuple[str, str]:
    if problem.kind not in ProblemKind.values:
        return "kind", _("Say what kind of problem it is.")
    if problem.receipt_id is None and problem.purchase_order_id is None:
        return "receipt", _("Say of which delivery it is.")
    if problem.receipt_id is not None and problem.receipt_id not in receipts:
        return "receipt", _("There is no such receipt.")
    counted = problem.kind in (ProblemKind.OVER, ProblemKind.SHORT, ProblemKind.DAMAGED)
    if counted and (problem.quantity is None or problem.quantity <= 0):
        return "quantity", _("How many? Give a quantity above zero.")
    if problem.kind == ProblemKind.OTHER and not problem.note.strip():
        return "note", _("Say what is wrong.")
    return "", ""


@transaction.atomic(savepoint=False)
def settle_problem(problem_id: int, *, settlement: str, company_id: int, actor: Actor) -> ReceiptProblem:
    """What was agreed with the supplier. Raises NotFound, InvalidInput without words, IllegalTransition. Statements: 3."""
    found = _locked(problem_id, company_id)
    said = settlement.strip()[:300]
    if not said:
        raise InvalidInput(_("Say what was agreed."), errors=[{"field": "settlement", "message": "required"}])
    check_transition(RECEIPT_PROBLEM, "problem", found.status, ProblemStatus.SETTLED)
    found.status, found.settlement = ProblemStatus.SETTLED, said
    found.settled_at, found.settled_by_label = timezone.now(), actor.label
    found.save(update_fields=["status", "settlement", "settled_at", "settled_by_label"])
    record([Change(OBJECT, found.pk, "settled", "status", "open", "settled", said, company_id)], actor=actor)
    return found


def _locked(problem_id: int, company_id: int) -> ReceiptProblem:
    found = (
        ReceiptProblem.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=problem_id, company_id=company_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such problem of a delivery."), problem_id=problem_id)
    return found


def add_receipt_photo(
    content: bytes, *, company_id: int, actor: Actor, receipt_id: int | None = None, problem_id: int | None = None
) -> ReceiptPhoto:
    """Keep a PNG or JPEG of a delivery, or of a problem with it, without place and camera; the same again is the same.

    Raises InvalidInput (too_large, not_a_picture, damaged, too_many), NotFound; nothing is written. Statements: 4.
    """
    if receipt_id is None and problem_id is None:
        raise ValueError("a photo is of a receipt or of a problem")
    kept = checked_picture(content)
    photo = ReceiptPhoto(
        company_id=company_id, receipt_id=receipt_id, problem_id=problem_id, kind=picture_format(kept), size=len(kept),
        digest=hashlib.sha256(content).hexdigest(), actor_id=actor.user_id, actor_label=actor.label,
    )  # fmt: skip
    with stored_first(photo, "photo", kept):
        return _add_photo(photo, actor)


@transaction.atomic(savepoint=False)
def _add_photo(photo: ReceiptPhoto, actor: Actor) -> ReceiptPhoto:
    company_id, receipt_id, problem_id = photo.company_id, photo.receipt_id, photo.problem_id
    if receipt_id is not None:
        rows = Receipt.objects.select_for_update(of=("self",), no_key=True).filter(pk=receipt_id, company_id=company_id)
        if not rows:
            raise NotFound(_("There is no such receipt."), receipt_id=receipt_id)
    else:
        _locked(problem_id or 0, company_id)
    present = list(ReceiptPhoto.objects.filter(receipt_id=receipt_id, problem_id=problem_id, erased_at__isnull=True))
    for one in present:
        if one.digest == photo.digest:
            return one
    if len(present) >= MAX_PHOTOS:
        message = _("There are %(most)s photos already.") % {"most": MAX_PHOTOS}
        raise InvalidInput(message, errors=[{"field": "photo", "message": message, "code": "too_many"}])
    photo.save(force_insert=True)
    what, pk = ("warehouse.receipt", receipt_id) if receipt_id is not None else (OBJECT, problem_id or 0)
    record([Change(what, pk or 0, "photo_added", company_id=company_id)], actor=actor)
    return photo
