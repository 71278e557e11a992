"""Writing down what somebody counts, as it is scanned. What the ledger has is neither asked nor told here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from inventory.models import Lot, Sku
from inventory.selectors.counting import units_now
from warehouse.errors import CountRefused, NotFound
from warehouse.models import CountEntry, CountTask, Stocktake
from warehouse.services.counting.common import set_status
from warehouse.services.counting.rows import insert_counted

MOST = Decimal(1_000_000)  # of one SKU in one place; more is a barcode in the wrong field
LATE = timedelta(minutes=2)
_ENTRY = {
    "task_id": "bigint",
    "round": "bigint",
    "sku_id": "bigint",
    "lot_id": "bigint",
    "quantity": "numeric",
    "serials": "text",
    "counted_at": "timestamptz",
    "actor_id": "bigint",
    "actor_label": "text",
    "device": "text",
}


@dataclass(frozen=True, slots=True)
class CountInput:
    """So much of a SKU lies in the task's place. counted_at: when, if not the whole batch's instant.

    serials: the number of each unit, of a SKU that is tracked by serial number.
    """

    task_id: int
    sku_id: int
    quantity: Decimal
    lot_id: int | None = None
    serials: tuple[str, ...] = ()
    counted_at: datetime | None = None


@transaction.atomic(savepoint=False)
def record_counts(
    counts: Sequence[CountInput], *, company_id: int, counted_at: datetime, actor: Actor, device: str = ""
) -> None:
    """Write counts down; each of a SKU and lot replaces the one that this person gave before in this round.

    Raises CountRefused naming the row, NotFound; nothing is written then. Codes: person_needed, cancelled,
    counted_already, counted_by_another, assigned_to_another, same_person, not_asked, unknown_sku, kit, bad_quantity,
    lot_needed, wrong_lot, serials_needed, serial_twice, serial_not_tracked, serial_sold, serial_elsewhere, bad_time.
    Statements: 7 at most, 3 more where a stocktake begins; 1 more for serial numbers.
    """
    if actor.user_id is None:
        raise CountRefused("person_needed", _("A person counts, not a job."))
    if not counts:
        raise CountRefused("nothing", _("Nothing was counted yet."))
    tasks = _begin(
        [count.task_id for count in counts], company_id=company_id, at=counted_at, actor=actor, device=device
    )
    skus = _check(counts, tasks, company_id, counted_at)
    _write(counts, tasks, skus, counted_at, actor, device)


def _begin(
    task_ids: Collection[int], *, company_id: int, at: datetime, actor: Actor, device: str
) -> dict[int, CountTask]:
    """Lock the tasks and make them this person's; their stocktakes are being counted from now on."""
    planned = Stocktake.objects.select_for_update(of=("self",), no_key=True).filter(
        company_id=company_id, status="planned", pk__in=CountTask.objects.filter(pk__in=task_ids).values("stocktake")
    )
    for stocktake in planned.order_by("pk"):
        set_status(stocktake, "counting", actor=actor)
    tasks = {
        task.pk: task
        for task in CountTask.objects.select_for_update(of=("self",), no_key=True)
        .select_related("stocktake", "location", "sku", "counter", "assigned_to")
        .filter(pk__in=set(task_ids), stocktake__company_id=company_id)
        .order_by("pk")
    }
    if missing := set(task_ids) - tasks.keys():
        raise NotFound(_("There is no such count: load the list again."), missing=sorted(missing))
    check_counter(list(tasks.values()), actor)
    opened = [task.pk for task in tasks.values() if task.status == "open"]
    if opened:
        with prepared_cursor() as cursor:
            cursor.execute(
                "UPDATE warehouse_counttask SET status = 'counting', counter_id = %s, device = %s, started_at = %s"
                " WHERE id = ANY(%s)",
                [actor.user_id, device[:60], at, opened],
            )
    return tasks


def check_counter(tasks: Sequence[CountTask], actor: Actor) -> None:
    """Raises CountRefused unless this person may count all of these now. Statements: 0, or 1 for counts again."""
    again = [task.pk for task in tasks if task.round > 1 and not task.stocktake.one_person]
    before = set(
        CountEntry.objects.filter(task__in=again, actor_id=actor.user_id).values_list("task_id", "round")
        if again
        else ()
    )
    for task in tasks:
        words = {"place": task.location.code, "user": str(task.counter or task.assigned_to or "")}
        if task.status == "cancelled" or task.stocktake.status in ("cancelled", "posted"):
            raise CountRefused("cancelled", _("The count of %(place)s was given up: count nothing here.") % words)
        if task.status == "counted":
            raise CountRefused("counted_already", _("%(place)s was counted already, by %(user)s.") % words)
        if any(pk == task.pk and number < task.round for pk, number in before):
            raise CountRefused(
                "same_person", _("You counted %(place)s before: somebody else has to count it again.") % words
            )
        if task.counter_id is not None and task.counter_id != actor.user_id:
            raise CountRefused(
                "counted_by_another", _("%(user)s is counting %(place)s: leave it, or ask your lead.") % words
            )
        if task.assigned_to_id is not None and task.assigned_to_id != actor.user_id:
            raise CountRefused("assigned_to_another", _("%(place)s is for %(user)s to count: ask your lead.") % words)


def _check(counts: Sequence[CountInput], tasks: dict[int, CountTask], company_id: int, at: datetime) -> dict[int, Sku]:
    skus = {sku.pk: sku for sku in Sku.objects.filter(company_id=company_id, pk__in={c.sku_id for c in counts})}
    lots = dict(Lot.objects.filter(pk__in={c.lot_id for c in counts if c.lot_id}).values_list("pk", "sku_id"))
    units = units_now({(c.sku_id, code) for c in counts for code in c.serials})
    latest = timezone.now() + LATE
    for row, count in enumerate(counts, start=1):
        task, sku = tasks[count.task_id], skus.get(count.sku_id)
        words = {"row": row, "sku": sku.code if sku else "", "place": task.location.code}
        if sku is None:
            raise _told("unknown_sku", _("Unknown SKU."), row, len(counts))
        code, said = _refusal(count, sku, task, lots)
        if not code and not task.stocktake.created_at - LATE <= (count.counted_at or at) <= latest:
            code, said = (
                "bad_time",
                _("%(sku)s in %(place)s: counted before the count was planned, or in the future."),
            )
        if code:
            raise _told(code, said % words, row, len(counts))
        for number in count.serials:
            unit = units.get((count.sku_id, number))
            if unit is None or unit.kind in ("", "adjustment"):
                continue
            told = words | {"serial": number, "there": unit.place}
            if unit.warehouse_id is None:
                said = _("%(serial)s of %(sku)s left by the books: receive it as a return.") % told
                raise _told("serial_sold", said, row, len(counts))
            if unit.warehouse_id != task.warehouse_id:
                said = _("%(serial)s of %(sku)s is in another warehouse by the books (%(there)s): transfer it.") % told
                raise _told("serial_elsewhere", said, row, len(counts))
    return skus


def _told(code: str, said: str, row: int, rows: int) -> CountRefused:
    """Of one count by itself the row is no news."""
    detail = _("Row %(row)s: %(said)s") % {"row": row, "said": said} if rows > 1 else said
    return CountRefused(code, detail, row=row)


def _refusal(count: CountInput, sku: Sku, task: CountTask, lots: dict[int, int]) -> tuple[str, str]:
    """(code, sentence) of what is wrong with one count by itself."""
    quantity = count.quantity
    if sku.kit_id is not None:
        return "kit", _("%(sku)s is a kit: count its components.")
    if task.sku_id is not None and task.sku_id != sku.pk:
        return "not_asked", _("Only one article of %(place)s is to be counted, not %(sku)s.")
    if not (quantity.is_finite() and 0 <= quantity <= MOST and quantity == round(quantity, 6)):
        return "bad_quantity", _(
            "That is no quantity of %(sku)s: 0 to 1,000,000. Was a barcode scanned into the quantity?"
        )
    if sku.lot_tracked and count.lot_id is None:
        return "lot_needed", _("%(sku)s is tracked by lot: scan the lot.")
    if count.lot_id is not None and lots.get(count.lot_id) != sku.pk:
        return "wrong_lot", _("That is no lot of %(sku)s.")
    if count.serials and not sku.serial_tracked:
        return "serial_not_tracked", _("%(sku)s has no serial numbers.")
    if sku.serial_tracked and len(count.serials) != quantity:
        return "serials_needed", _("%(sku)s is tracked by serial number: scan each unit's.")
    if len(set(count.serials)) < len(count.serials):
        return "serial_twice", _("A serial number of %(sku)s is named twice.")
    return "", ""


def _write(
    counts: Sequence[CountInput],
    tasks: dict[int, CountTask],
    skus: dict[int, Sku],
    at: datetime,
    actor: Actor,
    device: str,
) -> None:
    """A lot counts only of what is tracked by lot: of other goods all lots are one heap."""
    rows = [
        (
            count.task_id, tasks[count.task_id].round, count.sku_id,
            count.lot_id if skus[count.sku_id].lot_tracked else None, count.quantity, count.serials,
            count.counted_at or at, actor.user_id, actor.label, device[:60],
        )
        for count in counts
    ]  # fmt: skip
    insert_counted("warehouse_countentry", _ENTRY, rows)
