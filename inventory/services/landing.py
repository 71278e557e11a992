"""Landed cost: freight, duty, insurance spread over the goods that came in, estimated first and put right later."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import AccountRole, Party
from accounting.selectors import Books, books_of, exchange_rates
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO, round_money, split_by_weight
from backoffice.core.states import check_transition
from inventory.errors import LandedCostRefused, NotFound
from inventory.models import (
    CostLayer,
    LandedCost,
    LandedCostBasis,
    LandedCostKind,
    LandedCostLine,
    LandedCostShare,
    LandedCostStatus,
    StockMove,
)
from inventory.services.late_costs import LateCost, LateCostResult, preview_late_costs, spread_late_costs
from inventory.states import LANDED_COST

OBJECT = "inventory.landedcost"


@dataclass(frozen=True, slots=True)
class LandedCostLineInput:
    """kind: freight, duty, insurance, other. amount: in the document's currency, before tax."""

    kind: str
    amount: Decimal


@transaction.atomic(savepoint=False)
def create_landed_cost(
    lines: Sequence[LandedCostLineInput],
    *,
    move_ids: Sequence[int],
    company_id: int,
    effective_at: datetime.datetime,
    actor: Actor,
    basis: str = LandedCostBasis.VALUE,
    supplier_id: int | None = None,
    currency: str = "",
    is_estimate: bool = False,
    reference: str = "",
    note: str = "",
) -> LandedCost:
    """A draft over chosen arrivals (the moves that brought goods in); nothing is posted.

    currency: the company's if empty; converted at the day's rate. Raises LandedCostRefused (no_lines, bad_line,
    no_receipts, unknown_receipt, unknown_supplier, no_basis), naming the row; nothing is written. Statements: 10.
    """
    books = books_of(company_id)
    if supplier_id is not None and not Party.objects.filter(company_id=company_id, pk=supplier_id).exists():
        raise LandedCostRefused(_("Choose a supplier of this company."), code="unknown_supplier")
    _check_lines(lines, below_zero=False)
    moves = sorted(set(move_ids))
    if not moves:
        raise LandedCostRefused(_("Choose the arrivals that bear the cost."), code="no_receipts")
    known = set(CostLayer.objects.filter(company_id=company_id, pk__in=moves).values_list("pk", flat=True))
    for move in moves:
        if move not in known:
            raise LandedCostRefused(
                _("Move %(move)s brought no goods of this company in.") % {"move": move},
                code="unknown_receipt",
                move=move,
            )
    _weights(moves, basis)
    currency = currency or books.base_currency
    day = books.local_date(effective_at)
    rates = exchange_rates(company_id, {(currency, day)}) if currency != books.base_currency else {}
    return _write(
        LandedCost(
            company_id=company_id,
            supplier_id=supplier_id,
            basis=basis,
            currency=currency,
            rate=rates.get((currency, day), Decimal(1)),
            is_estimate=is_estimate,
            reference=reference,
            note=note,
            effective_at=effective_at,
        ),
        lines,
        moves,
        actor,
    )


def _check_lines(lines: Sequence[LandedCostLineInput], *, below_zero: bool) -> None:
    if not lines:
        raise LandedCostRefused(_("A landed cost needs a line."), code="no_lines")
    for row, line in enumerate(lines, start=1):
        sane = line.amount and line.amount.is_finite() and (below_zero or line.amount > 0)
        if line.kind not in LandedCostKind.values or not sane:
            raise LandedCostRefused(
                _("Line %(row)s: choose a kind of cost and give an amount above zero.") % {"row": row},
                code="bad_line",
                row=row,
            )


def _write(
    document: LandedCost, lines: Sequence[LandedCostLineInput], moves: Sequence[int], actor: Actor
) -> LandedCost:
    document.created_by_id, document.created_label = actor.user_id, actor.label
    document.save()
    LandedCostLine.objects.bulk_create(
        LandedCostLine(landed_cost=document, position=position, kind=line.kind, amount=line.amount)
        for position, line in enumerate(lines, start=1)
    )
    LandedCostShare.objects.bulk_create(LandedCostShare(landed_cost=document, move_id=move) for move in moves)
    _record(document, "", actor, action="created")
    return document


def preview_landed_cost(document: LandedCost) -> list[tuple[LandedCostShare, LateCostResult]]:
    """How posting it now would split it, arrival by arrival; nothing is written. Statements: 7."""
    shares, items = _items(document, books_of(document.company_id))
    return list(zip(shares, preview_late_costs(items, company_id=document.company_id), strict=True))


@transaction.atomic(savepoint=False)
def post_landed_cost(landed_cost_id: int, *, company_id: int, actor: Actor) -> LandedCost:
    """draft -> posted: what is left of the arrivals costs more, the rest goes where the goods went; owed as landed cost.

    Raises NotFound, IllegalTransition and LandedCostRefused, nothing written. Statements: about 20.
    """
    document = _hold(landed_cost_id, company_id)
    check_transition(LANDED_COST, "landed cost", document.status, "posted")
    books = books_of(company_id)
    shares, items = _items(document, books)
    results = spread_late_costs(items, company_id=company_id, actor=actor, books=books)
    for share, item, result in zip(shares, items, results, strict=True):
        share.value, share.stock, share.gone, share.entry_id = item.value, result.stock, result.gone, result.entry_id
    LandedCostShare.objects.bulk_update(shares, ["value", "stock", "gone", "entry"])
    _move_on(document, LandedCostStatus.POSTED, actor)
    return document


@transaction.atomic(savepoint=False)
def reverse_landed_cost(landed_cost_id: int, *, company_id: int, actor: Actor, reason: str) -> LandedCost:
    """posted -> reversed: the same amounts leave again, from what is left now; the accrual is back at zero.

    Raises NotFound, IllegalTransition, LandedCostRefused (corrected: reverse its correction first).
    """
    document = _hold(landed_cost_id, company_id)
    check_transition(LANDED_COST, "landed cost", document.status, "reversed")
    if document.corrections.exclude(status=LandedCostStatus.REVERSED).exists():
        raise LandedCostRefused(
            _("%(number)s was put right by another one: reverse that first.") % {"number": document.number},
            code="corrected",
        )
    shares = list(document.shares.order_by("move_id"))
    items = [_item(document, share, -share.value, "reverse") for share in shares]
    spread_late_costs(items, company_id=company_id, actor=actor)
    _move_on(document, LandedCostStatus.REVERSED, actor, reason)
    return document


@transaction.atomic(savepoint=False)
def true_up_landed_cost(
    landed_cost_id: int,
    *,
    lines: Sequence[LandedCostLineInput],
    company_id: int,
    effective_at: datetime.datetime,
    actor: Actor,
    reference: str = "",
) -> LandedCost:
    """Put an estimate right: lines say what the bill says; the differences are posted as a document of their own.

    Raises NotFound, LandedCostRefused (no_estimate, corrected, no_difference); nothing is written.
    """
    estimate = _hold(landed_cost_id, company_id)
    if not estimate.is_estimate or estimate.status != LandedCostStatus.POSTED:
        raise LandedCostRefused(_("Only a posted estimate can be put right."), code="no_estimate")
    if estimate.corrections.exclude(status=LandedCostStatus.REVERSED).exists():
        raise LandedCostRefused(
            _("%(number)s was put right by another one: reverse that first.") % {"number": estimate.number},
            code="corrected",
        )
    _check_lines(lines, below_zero=False)
    more: dict[str, Decimal] = {}
    for kind, amount in [(line.kind, line.amount) for line in lines] + [
        (kind, -amount) for kind, amount in estimate.lines.values_list("kind", "amount")
    ]:
        more[kind] = more.get(kind, ZERO) + amount
    differences = [LandedCostLineInput(kind, amount) for kind, amount in more.items() if amount]
    if not differences:
        raise LandedCostRefused(_("The bill is as estimated: there is nothing to put right."), code="no_difference")
    document = _write(
        LandedCost(
            company_id=company_id,
            supplier_id=estimate.supplier_id,
            basis=estimate.basis,
            currency=estimate.currency,
            rate=estimate.rate,
            corrects=estimate,
            reference=reference,
            effective_at=effective_at,
        ),
        differences,
        list(estimate.shares.order_by("move_id").values_list("move_id", flat=True)),
        actor,
    )
    return post_landed_cost(document.pk, company_id=company_id, actor=actor)


def _items(document: LandedCost, books: Books) -> tuple[list[LandedCostShare], list[LateCost]]:
    """The shares, in order, each with its part of the whole."""
    shares = list(document.shares.order_by("move_id"))
    weights = _weights([share.move_id for share in shares], document.basis)
    exponent = books.exponents[books.base_currency]
    total = round_money(sum((line.amount for line in document.lines.all()), ZERO) * document.rate, exponent)
    values = split_by_weight(total, [weights[share.move_id] for share in shares], exponent)
    return shares, [_item(document, share, value, "post") for share, value in zip(shares, values, strict=True)]


def _item(document: LandedCost, share: LandedCostShare, value: Decimal, what: str) -> LateCost:
    return LateCost(
        receipt_move_id=share.move_id,
        value=value,
        reason="landed_cost",
        effective_at=document.effective_at,
        source_type=OBJECT,
        source_id=document.pk,
        entry_key=f"landed_cost:{document.pk}:{what}",
        offset_role=AccountRole.LANDED_COST,
    )


def _weights(moves: Sequence[int], basis: str) -> Mapping[int, Decimal]:
    """What each arrival weighs in the split. Raises LandedCostRefused (no_basis) if a SKU lacks what it is split by."""
    weights: dict[int, Decimal] = {}
    for move in StockMove.objects.filter(pk__in=moves).select_related("sku").order_by("pk"):
        sku = move.sku
        if basis == LandedCostBasis.VALUE:
            one: Decimal | None = move.value / move.quantity
        elif basis == LandedCostBasis.QUANTITY:
            one = Decimal(1)
        elif basis == LandedCostBasis.WEIGHT:
            one = Decimal(sku.weight_g) if sku.weight_g else None
        else:
            sides = (sku.length_mm, sku.width_mm, sku.height_mm)
            one = Decimal(sides[0] * sides[1] * sides[2]) if all(sides) else None  # type: ignore[operator]
        if one is None:
            raise LandedCostRefused(
                _("%(sku)s has no %(basis)s: give it one, or split by something else.")
                % {"sku": sku.code, "basis": LandedCostBasis(basis).label},
                code="no_basis",
                sku=sku.code,
            )
        weights[move.pk] = move.quantity * one if basis != LandedCostBasis.VALUE else move.value
    if not sum(weights.values()):
        raise LandedCostRefused(_("These arrivals have no value: split by quantity."), code="no_basis")
    return weights


def _hold(landed_cost_id: int, company_id: int) -> LandedCost:
    rows = LandedCost.objects.select_for_update(of=("self",), no_key=True)
    document = rows.filter(company_id=company_id, pk=landed_cost_id).order_by("pk").first()
    if document is None:
        raise NotFound(_("There is no such landed cost."), landed_cost_id=landed_cost_id)
    return document


def _move_on(document: LandedCost, status: str, actor: Actor, reason: str = "") -> None:
    old, document.status = document.status, status
    if status == LandedCostStatus.POSTED:
        document.posted_at = document.effective_at
    document.save(update_fields=["status", "posted_at"])
    _record(document, old, actor, reason=reason)


def _record(document: LandedCost, old: str, actor: Actor, *, action: str = "status", reason: str = "") -> None:
    change = audit.Change(
        OBJECT, document.pk, action, field="status", old=old, new=document.status, reason=reason,
        company_id=document.company_id,
    )  # fmt: skip
    audit.record([change], actor=actor)
