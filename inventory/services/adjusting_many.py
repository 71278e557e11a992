"""Putting the stock of many places right in one go: one document for each warehouse and reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from backoffice.core.actor import Actor
from inventory.errors import StockRefused
from inventory.models import AdjustmentReason
from inventory.services.adjusting import AdjustmentLineInput, create_adjustment, refused_lines, submit_adjustment


@dataclass(frozen=True, slots=True)
class Adjusting:
    """A line with the document that it belongs to."""

    warehouse_id: int
    reason_id: int
    line: AdjustmentLineInput


@dataclass(frozen=True, slots=True)
class Adjusted:
    """state: posted, submitted (somebody else approves its document) or refused (nothing was written for it)."""

    state: str
    adjustment_id: int | None = None
    code: str = ""
    detail: str = ""


@transaction.atomic
def adjust_many(
    wanted: Sequence[Adjusting], *, company_id: int, effective_at: datetime, actor: Actor, note: str = ""
) -> list[Adjusted]:
    """Adjust line by line, each done or refused by itself; one result per line, in order.

    What a warehouse adjusts for one reason is one document: if its value needs approval, all its lines wait for it.
    Statements: for each warehouse and reason those of create_adjustment and submit_adjustment, once more where goods
    were not there; whatever the number of lines.
    """
    groups: dict[tuple[int, int], list[int]] = {}
    for index, one in enumerate(wanted):
        groups.setdefault((one.warehouse_id, one.reason_id), []).append(index)
    results: dict[int, Adjusted] = {}
    reasons = {row.pk: row for row in AdjustmentReason.objects.filter(pk__in={one.reason_id for one in wanted})}
    for (warehouse_id, reason_id), indexes in sorted(groups.items()):
        refused = refused_lines([wanted[i].line for i in indexes], reasons[reason_id], company_id, warehouse_id)
        for row, (code, detail) in refused.items():
            results[indexes[row - 1]] = Adjusted("refused", code=code, detail=detail)
        left = [index for index in indexes if index not in results]
        while left:
            lines = [wanted[index].line for index in left]
            try:
                # The second round locks a part of what the first one holds: it can wait for nobody new.
                with transaction.atomic():
                    made = create_adjustment(
                        lines, company_id=company_id, warehouse_id=warehouse_id, reason_id=reason_id, actor=actor, note=note
                    )  # fmt: skip
                    done = submit_adjustment(made.pk, company_id=company_id, effective_at=effective_at, actor=actor)
            except StockRefused as error:
                for index, adjusted in _not_there(error, left).items():
                    results[index] = adjusted
                left = [index for index in left if index not in results]
                continue
            results |= {index: Adjusted(done.status, done.pk) for index in left}
            break
    return [results[index] for index in range(len(wanted))]


def _not_there(error: StockRefused, left: Sequence[int]) -> dict[int, Adjusted]:
    """The lines that the stock refused; all of them where it does not say which."""
    items = error.context.get("items") or [{"index": place, "code": error.code} for place in range(len(left))]
    return {left[item["index"]]: Adjusted("refused", code=item["code"], detail=error.detail) for item in items}
