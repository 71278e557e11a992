"""Revaluations, write-downs and new standard prices: drafted, approved by value, posted, reversed."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import AccountRole
from accounting.selectors import Books, books_of
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.approving import check_approver, needs_approval
from backoffice.core.money import ZERO, round_money
from backoffice.core.states import check_transition
from inventory.errors import NotFound, RevaluationRefused
from inventory.models import (
    CostMethod,
    Revaluation,
    RevaluationKind,
    RevaluationLine,
    RevaluationStatus,
    Sku,
    SkuCost,
    StandardPrice,
)
from inventory.services.locking import lock_costs
from inventory.services.revaluing import ValueChangeRequest, change_values
from inventory.states import REVALUATION

OBJECT, ACTION = "inventory.revaluation", "revaluation"


@dataclass(frozen=True, slots=True)
class RevaluationLineInput:
    """unit_cost: the new one, in the company's currency."""

    sku_id: int
    unit_cost: Decimal


@transaction.atomic(savepoint=False)
def create_revaluation(
    lines: Sequence[RevaluationLineInput],
    *,
    company_id: int,
    kind: str,
    valid_from: datetime.date,
    actor: Actor,
    note: str = "",
) -> Revaluation:
    """A draft. kind: revaluation, write_down (only downwards), standard (prices of SKUs at standard cost, or for a change to it).

    Raises RevaluationRefused (no_lines, bad_kind, unknown_sku, twice, bad_cost, standard, not_below, kit), naming the
    row; nothing is written. Statements: 7.
    """
    if kind not in RevaluationKind.values:
        raise RevaluationRefused(_("Choose what is to be changed."), code="bad_kind")
    if not lines:
        raise RevaluationRefused(_("A revaluation needs a line."), code="no_lines")
    books = books_of(company_id)
    rows = [
        RevaluationLine(position=position, sku_id=line.sku_id, unit_cost=line.unit_cost)
        for position, line in enumerate(lines, start=1)
    ]
    costs = dict(SkuCost.objects.filter(sku_id__in={row.sku_id for row in rows}).values_list("sku_id", "value"))
    quantities = dict(SkuCost.objects.filter(sku_id__in=list(costs)).values_list("sku_id", "quantity"))
    _estimate(rows, {sku: (quantities[sku], costs[sku]) for sku in costs}, kind, company_id, books)
    document = Revaluation.objects.create(
        company_id=company_id,
        kind=kind,
        valid_from=valid_from,
        note=note,
        value=sum((abs(row.change) for row in rows), ZERO),
        created_by_id=actor.user_id,
        created_label=actor.label,
    )
    for row in rows:
        row.revaluation = document
    RevaluationLine.objects.bulk_create(rows)
    _record(document, "", actor, action="created")
    return document


def _estimate(
    rows: Sequence[RevaluationLine],
    costs: dict[int, tuple[Decimal, Decimal]],
    kind: str,
    company_id: int,
    books: Books,
) -> None:
    """Check the lines and reckon what each would change. Statements: 1."""
    skus = {sku.pk: sku for sku in Sku.objects.filter(company_id=company_id, pk__in={row.sku_id for row in rows})}
    seen: set[int] = set()
    for row in rows:
        sku = skus.get(row.sku_id)
        quantity, value = costs.get(row.sku_id, (ZERO, ZERO))
        row.quantity = quantity
        at_standard = sku is not None and sku.cost_method == CostMethod.STANDARD
        revalues = kind != RevaluationKind.STANDARD or at_standard
        sane = row.unit_cost.is_finite() and 0 <= row.unit_cost < 10**12
        row.change = (
            round_money(row.unit_cost * quantity, books.exponents[books.base_currency]) - value
            if revalues and sane
            else ZERO
        )
        words = {"row": row.position, "sku": sku.code if sku else ""}
        if sku is None:
            code, detail = "unknown_sku", _("Line %(row)s: unknown SKU.")
        elif row.sku_id in seen:
            code, detail = "twice", _("Line %(row)s: %(sku)s stands above already.")
        elif sku.kit_id is not None:
            code, detail = "kit", _("Line %(row)s: %(sku)s is a kit: its components have a value.")
        elif not sane:
            code, detail = "bad_cost", _("Line %(row)s: give a unit cost, 0 or more.")
        elif kind != RevaluationKind.STANDARD and at_standard:
            code, detail = "standard", _("Line %(row)s: %(sku)s counts at its standard price: set a new one instead.")
        elif kind != RevaluationKind.STANDARD and not quantity:
            code, detail = "no_stock", _("Line %(row)s: there is no stock of %(sku)s.")
        elif kind == RevaluationKind.WRITE_DOWN and row.change > 0:
            code, detail = "not_below", _("Line %(row)s: a write-down of %(sku)s goes below its present cost.")
        else:
            seen.add(row.sku_id)
            continue
        raise RevaluationRefused(detail % words, code=code, row=row.position)


@transaction.atomic(savepoint=False)
def submit_revaluation(
    revaluation_id: int, *, company_id: int, effective_at: datetime.datetime, actor: Actor, reason: str = ""
) -> Revaluation:
    """Ask for approval; one whose value needs none is approved at once, and posted if it is valid by then.

    Raises NotFound, IllegalTransition, RevaluationRefused; nothing is written then. Statements: about 20.
    """
    document, lines, books = _hold(revaluation_id, company_id)
    if not needs_approval(ACTION, amount=document.value, company_id=company_id):
        _move_on(document, RevaluationStatus.APPROVED, actor, reason)
        return _post_if_due(document, lines, books, effective_at, actor)
    _move_on(document, RevaluationStatus.SUBMITTED, actor, reason)
    return document


@transaction.atomic(savepoint=False)
def approve_revaluation(
    revaluation_id: int, *, company_id: int, effective_at: datetime.datetime, actor: Actor, reason: str = ""
) -> Revaluation:
    """submitted -> approved, and posted if it is valid by then; later ones are posted on their day.

    Raises NotFound, IllegalTransition, ApprovalRefused, RevaluationRefused; nothing is written then. Statements: about 20.
    """
    document, lines, books = _hold(revaluation_id, company_id)
    check_transition({**REVALUATION, "draft": frozenset({"submitted"})}, "revaluation", document.status, "approved")
    check_approver(ACTION, actor=actor, creator_id=document.created_by_id, amount=document.value, company_id=company_id)
    _move_on(document, RevaluationStatus.APPROVED, actor, reason)
    return _post_if_due(document, lines, books, effective_at, actor)


@transaction.atomic(savepoint=False)
def cancel_revaluation(revaluation_id: int, *, company_id: int, actor: Actor, reason: str) -> Revaluation:
    """It will not be posted. Raises NotFound, IllegalTransition."""
    document, _lines, _books = _hold(revaluation_id, company_id)
    _move_on(document, RevaluationStatus.CANCELLED, actor, reason)
    return document


@transaction.atomic(savepoint=False)
def reverse_revaluation(
    revaluation_id: int, *, company_id: int, effective_at: datetime.datetime, actor: Actor, reason: str
) -> Revaluation:
    """posted -> reversed: each change is posted the other way, on what is in stock now.

    Raises NotFound, IllegalTransition, RevaluationRefused (standard: set a new price instead), StockRefused (no_stock,
    below_zero: gone meanwhile); nothing is written then.
    """
    document, lines, _books = _hold(revaluation_id, company_id)
    if document.kind == RevaluationKind.STANDARD:
        raise RevaluationRefused(_("Standard prices are not reversed: set new ones."), code="standard")
    _move_on(document, RevaluationStatus.REVERSED, actor, reason)
    _change(document, lines, effective_at, actor, "reverse", -1)
    return document


def post_due_revaluations(*, company_id: int, effective_at: datetime.datetime, actor: Actor) -> int:
    """Post approved documents whose first day has come, each in its own transaction; how many."""
    day = books_of(company_id).local_date(effective_at)
    due = Revaluation.objects.filter(company_id=company_id, status=RevaluationStatus.APPROVED, valid_from__lte=day)
    keys = list(due.order_by("valid_from", "pk").values_list("pk", flat=True))
    for pk in keys:
        with transaction.atomic():
            document, lines, books = _hold(pk, company_id)
            if document.status == RevaluationStatus.APPROVED:
                _post_if_due(document, lines, books, effective_at, actor)
    return len(keys)


def _hold(revaluation_id: int, company_id: int) -> tuple[Revaluation, list[RevaluationLine], Books]:
    """The document and its SKUs' costs, locked, and what its lines would change now."""
    held = Revaluation.objects.select_for_update(of=("self",), no_key=True)
    document = held.filter(company_id=company_id, pk=revaluation_id).order_by("pk").first()
    if document is None:
        raise NotFound(_("There is no such revaluation."), revaluation_id=revaluation_id)
    lines = list(document.lines.order_by("position"))
    books = books_of(company_id)
    if document.status in (RevaluationStatus.DRAFT, RevaluationStatus.SUBMITTED, RevaluationStatus.APPROVED):
        costs = lock_costs(company_id, sorted(line.sku_id for line in lines))
        _estimate(lines, costs, document.kind, company_id, books)
        document.value = sum((abs(line.change) for line in lines), ZERO)
        RevaluationLine.objects.bulk_update(lines, ["quantity", "change"])
        document.save(update_fields=["value"])
    return document, lines, books


def _post_if_due(
    document: Revaluation,
    lines: Sequence[RevaluationLine],
    books: Books,
    effective_at: datetime.datetime,
    actor: Actor,
) -> Revaluation:
    if document.valid_from > books.local_date(effective_at):
        return document
    document.posted_at = effective_at
    if document.kind == RevaluationKind.STANDARD:
        StandardPrice.objects.bulk_create(
            StandardPrice(
                company_id=document.company_id,
                sku_id=line.sku_id,
                price=line.unit_cost,
                valid_from=document.valid_from,
                revaluation=document,
            )
            for line in lines
        )
    _change(document, lines, effective_at, actor, "post", 1)
    _move_on(document, RevaluationStatus.POSTED, actor, "")
    return document


def _change(
    document: Revaluation,
    lines: Sequence[RevaluationLine],
    effective_at: datetime.datetime,
    actor: Actor,
    what: str,
    sign: int,
) -> None:
    def role(change: Decimal) -> str:
        if document.kind == RevaluationKind.STANDARD:
            return AccountRole.PRICE_VARIANCE
        return AccountRole.INVENTORY_GAIN if change > 0 else AccountRole.INVENTORY_LOSS

    change_values(
        [
            ValueChangeRequest(
                sku_id=line.sku_id,
                value=sign * line.change,
                reason=document.kind,
                effective_at=effective_at,
                source_type=OBJECT,
                source_id=document.pk,
                entry_key=f"revaluation:{document.pk}:{what}",
                offset_role=role(line.change),
            )
            for line in lines
            if line.change
        ],
        company_id=document.company_id,
        actor=actor,
    )


def _move_on(document: Revaluation, status: str, actor: Actor, reason: str) -> None:
    check_transition(REVALUATION, "revaluation", document.status, status)
    old, document.status = document.status, status
    document.save(update_fields=["status", "posted_at"])
    _record(document, old, actor, reason=reason)


def _record(document: Revaluation, old: str, actor: Actor, *, action: str = "status", reason: str = "") -> None:
    change = audit.Change(
        OBJECT, document.pk, action, field="status", old=old, new=document.status, reason=reason,
        company_id=document.company_id,
    )  # fmt: skip
    audit.record([change], actor=actor)
